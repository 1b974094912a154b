import * as z from 'zod/mini';
import { ConfigError, type LatchkeyError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { FieldsRefusedError, NodeRefusedError, QueryRefusedError, QueryTooHeavyError } from './refusals.ts';

/** "rate limiter budget depleted, try again after 5 minutes" (`reference/cloudflare.md` §4.7). */
const BUDGET_PAUSE_MS = 5 * 60_000;

const GraphqlErrors = z.array(
  z.object({
    message: z.catch(z.string(), ''),
    extensions: z.optional(z.nullable(z.object({ code: z.optional(z.unknown()) }))),
  }),
);

const FIELD = /(?:does not have access to the field|unknown field|cannot query field)\s*['"`]?([\w.]{1,100})/i;

/** One class of §4.7: what its messages contain, and the error it becomes. Messages are ours: theirs are outside text. */
const CLASSES: readonly { readonly says: RegExp; readonly error: (retryAfterMs?: number) => LatchkeyError }[] = [
  { says: /does not have access to the path/i, error: () => new NodeRefusedError() },
  {
    says: /not authorized|authentication|unauthorized|permission/i,
    error: () =>
      new ConfigError(
        'Cloudflare says the API token is not authorized: it needs Account Analytics Read and, for each zone, Analytics Read',
      ),
  },
  {
    says: /budget depleted|rate limit/i,
    error: (retryAfterMs) =>
      new RateLimitedError("Cloudflare's budget of GraphQL requests is used up", retryAfterMs ?? BUDGET_PAUSE_MS),
  },
  {
    says: /too many nodes|excessive resources/i,
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
  const fields = parsed.data.flatMap(({ message }) => FIELD.exec(message)?.[1] ?? []);
  if (fields.length > 0) return new FieldsRefusedError([...new Set(fields)]);
  if (parsed.data.some(({ extensions }) => extensions?.code === 'budget')) {
    return new RateLimitedError("Cloudflare's budget of GraphQL requests is used up", retryAfterMs ?? BUDGET_PAUSE_MS);
  }
  for (const { says, error } of CLASSES) {
    if (parsed.data.some(({ message }) => says.test(message))) return error(retryAfterMs);
  }
  // Worth another try: an error that stays comes back, and ends as a gap in coverage.
  return new TransientError('Cloudflare answered with an error it does not document');
}
