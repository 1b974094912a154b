import { DAY, type EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import type { Fetch } from '../../../functions/runtime/http.ts';
import type { Settings } from '../../settings.ts';
import type { CredentialNames, Credentials, Unread, Urls } from '../inputs.ts';
import { fail, type Line, ok, warn } from '../report.ts';

/** What every check is given. */
export interface Checking {
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly unread: Unread;
  /** What a credential is called that is not there. */
  readonly names: CredentialNames;
  readonly urls: Urls;
  /** Events may be sent to PagerDuty, Axiom and the alert webhook, and the model asked. */
  readonly sendTest: boolean;
  /** Region of the stack as far as it is known. */
  readonly region: string | undefined;
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** What the checks of one outside system keep while they run: nothing outlives them. */
export function memoryCache() {
  const kept = new Map<string, unknown>();
  return {
    get: async (key: string): Promise<unknown> => kept.get(key),
    put: async (key: string, value: unknown): Promise<void> => {
      kept.set(key, value);
    },
  };
}

/**
 * Says that a credential is not there, or that nobody could look whether it is.
 * @param cost what does not work without it, and what to do
 */
export function without(kind: keyof Credentials, what: string, cost: string, { names, unread }: Checking): Line {
  const why = unread[kind];
  return why === undefined
    ? fail(what, `${names[kind]} is missing: ${cost}`)
    : warn(what, `${names[kind]} was not looked at: ${why}`);
}

/** Days before its end at which a credential should be renewed. */
const SOON = 14;

/**
 * Says of a working credential when it ends.
 * @param ends undefined: never.
 */
export function untilItEnds(what: string, facts: string, ends: EpochMs | undefined, now: EpochMs): Line {
  if (ends === undefined) return ok(what, `${facts}; never expires`);
  const days = Math.floor((ends - now) / DAY);
  const day = new Date(ends).toISOString().slice(0, 10);
  if (ends <= now) return fail(what, `${facts}; expired on ${day}: make a new one`);
  const left = `expires in ${days} ${days === 1 ? 'day' : 'days'} (${day})`;
  return days < SOON ? warn(what, `${facts}; ${left}: renew it before then`) : ok(what, `${facts}; ${left}`);
}
