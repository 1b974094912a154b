import type { EpochMs } from '../../../functions/core/time.ts';
import type { Answer } from './stand-in.ts';

/** A GraphQL query that is refused as a whole, in Cloudflare's words (`reference/cloudflare.md` §4.7). */
export class Refused extends Error {
  /** The documented class: 400 client, 401/403 authorization, 429 budget, 503. */
  readonly status: number;
  readonly code: string | undefined;
  readonly path: readonly string[] | null;

  constructor(status: number, message: string, more: { code?: string; path?: readonly string[] } = {}) {
    super(message);
    this.status = status;
    this.code = more.code;
    this.path = more.path ?? null;
  }
}

export function unknownField(name: string): Refused {
  return new Refused(400, `unknown field "${name}"`);
}

export function invalidValue(field: string, wanted: string): Refused {
  return new Refused(400, `invalid value for "${field}": ${wanted} expected`);
}

/** One field the zone's plan does not include fails the whole query; the name comes back lower-cased. */
export function gatedField(zoneId: string, field: string, path: readonly string[]): Refused {
  const message = `zone '${zoneId}' does not have access to the field '${field.toLowerCase()}'`;
  return new Refused(200, message, { code: 'authz', path });
}

export function gatedNode(zoneId: string, path: readonly string[]): Refused {
  return new Refused(403, `zone '${zoneId}' does not have access to the path`, { code: 'authz', path });
}

/** Where Cloudflare draws this line is not documented. */
export function tooManyNodes(): Refused {
  return new Refused(429, 'in combination, your request queries too many nodes, zones and accounts');
}

export function zonesRefused(ids: readonly string[]): Refused {
  return new Refused(403, `zones [${ids.join(' ')}] are not authorized`, { code: 'authz' });
}

/**
 * The body of a refused query. Errors come with HTTP 200 unless `asStatus`: the documentation names both, and public
 * captures show that errors in a 200 are the rule. A spent budget and a bad token always have their own status.
 */
export function refusal(refused: Refused, now: EpochMs, asStatus: boolean): Answer {
  const own = refused.status === 401 || refused.status === 429;
  return {
    status: own || asStatus ? refused.status : 200,
    body: {
      data: null,
      errors: [
        {
          message: refused.message,
          path: refused.path,
          extensions: {
            timestamp: new Date(now).toISOString(),
            ...(refused.code === undefined ? {} : { code: refused.code }),
          },
        },
      ],
    },
  };
}
