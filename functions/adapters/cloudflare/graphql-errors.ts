import * as z from 'zod/mini';
import { ConfigError, type LatchkeyError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import {
  type FieldRefusal,
  FieldsRefusedError,
  NOT_AUTHORIZED,
  NodeRefusedError,
  QueryRefusedError,
  QueryTooHeavyError,
  ZonesRefusedError,
} from './refusals.ts';

/** "rate limiter budget depleted, try again after 5 minutes" (`reference/cloudflare.md` §4.7). */
const BUDGET_PAUSE_MS = 5 * 60_000;

const GraphqlErrors = z.array(
  z.object({
    message: z.catch(z.string(), ''),
    extensions: z.optional(z.nullable(z.object({ code: z.optional(z.unknown()) }))),
  }),
);

const FIELD = /(?:does not have access to the field|unknown field|cannot query field)\s*['"`]?([\w.]{1,100})/i;

/** Ids of zones, 32 hex digits, as messages name them. */
const ZONE_ID = /\b[0-9a-f]{32}\b/gi;

interface Class {
  readonly says: RegExp;
  /** @param zoneIds The zones that its messages name. */
  readonly error: (zoneIds: readonly string[], retryAfterMs?: number) => LatchkeyError;
}

/** One class of §4.7: what its messages contain, and the error it becomes. Messages are ours: theirs are outside text. */
const CLASSES: readonly Class[] = [
  { says: /does not have access to the path/i, error: (zoneIds) => new NodeRefusedError(zoneIds) },
  {
    says: /not authorized|authentication|unauthorized|permission/i,
    error: (zoneIds) => (zoneIds.length > 0 ? new ZonesRefusedError(zoneIds) : new ConfigError(NOT_AUTHORIZED)),
  },
  {
    says: /budget depleted|rate limit/i,
    error: (_, retryAfterMs) =>
      new RateLimitedError("Cloudflare's budget of GraphQL requests is used up", retryAfterMs ?? BUDGET_PAUSE_MS),
  },
  {
    says: /too many (?:nodes|zones)|excessive resources/i,
    error: () => new QueryTooHeavyError('it reads too much at once'),
  },
  {
    says: /time range is too large|time range wider/i,
    error: () => new QueryTooHeavyError('its time range is too long'),
  },
  { says: /older than/i, error: () => new QueryRefusedError('its time range is older than the zone keeps') },
  { says: /limit must be/i, error: () => new QueryRefusedError('its page is larger than the node allows') },
  { says: /number of fields/i, error: () => new QueryRefusedError('it asks for more fields than the node allows') },
  {
    says: /unable to execute query|too many queries in progress|internal|timeout|timed out/i,
    error: () => new TransientError('Cloudflare could not execute the query just now'),
  },
  {
    says: /parsing|syntax|invalid|unknown arg|unknown type|expected/i,
    error: () => new QueryRefusedError('it does not accept the way it is written'),
  },
];

/**
 * The error a GraphQL answer's `errors` stand for, whatever its HTTP status: Cloudflare sends errors with HTTP 200 too,
 * also beside partial data. Undefined when there are none.
 * @param retryAfterMs What a `Retry-After` header said.
 */
export function graphqlFailure(errors: unknown, retryAfterMs?: number): LatchkeyError | undefined {
  if (errors === undefined || errors === null) return undefined;
  const parsed = GraphqlErrors.safeParse(errors);
  if (!parsed.success) return new TransientError('Cloudflare answered with errors in a form it does not document');
  if (parsed.data.length === 0) return undefined;
  const refusals = parsed.data.flatMap(({ message }) => fieldRefusal(message) ?? []);
  if (refusals.length > 0) return new FieldsRefusedError(refusals);
  if (parsed.data.some(({ extensions }) => extensions?.code === 'budget')) {
    return new RateLimitedError("Cloudflare's budget of GraphQL requests is used up", retryAfterMs ?? BUDGET_PAUSE_MS);
  }
  for (const { says, error } of CLASSES) {
    const messages = parsed.data.flatMap(({ message }) => (says.test(message) ? message : []));
    if (messages.length > 0) return error(messages.flatMap(zoneIdsIn), retryAfterMs);
  }
  // Worth another try: an error that stays comes back, and ends as a gap in coverage.
  return new TransientError('Cloudflare answered with an error it does not document');
}

function fieldRefusal(message: string): FieldRefusal | undefined {
  const field = FIELD.exec(message)?.[1];
  const [zoneId] = zoneIdsIn(message);
  return field === undefined ? undefined : { field, ...(zoneId === undefined ? {} : { zoneId }) };
}

/** At most as many as a query may be about. */
function zoneIdsIn(message: string): readonly string[] {
  return [...message.slice(0, 2_000).matchAll(ZONE_ID)].map(([id]) => id.toLowerCase());
}
