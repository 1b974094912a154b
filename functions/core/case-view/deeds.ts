import { count } from '../amount-text.ts';
import type { Finding } from '../finding.ts';
import { sensitiveActionsOf } from '../sensitive-actions.ts';
import type { Interval } from '../time.ts';
import { type Strength, type TokenUse, usesCounted } from '../token-use.ts';

/** One thing a credential did from matched addresses. Texts are hostile. */
export interface Deed {
  /** A call (`GET /api/:version/projects`) or the name of an event. */
  readonly what: string;
  readonly target?: string;
  readonly address: string;
  readonly strength: Strength;
  readonly refusal?: string;
  /** How many uses of it there were; each counts once however often it was called within one. */
  readonly uses: number;
  /** From the first to the last of them. */
  readonly at: Interval;
  /** It takes secrets, or makes sure to stay. */
  readonly sensitive: boolean;
}

/** What a credential did, as far as its kept matches name it. */
export interface Deeds {
  /** What takes secrets or makes sure to stay first, then the latest first. */
  readonly told: readonly Deed[];
  readonly leftOut: number;
}

/** The deeds of a finding's matched uses, those that are alike as one; at most `limit`. */
export function deedsOf({ matches }: Finding, limit: number): Deeds {
  const found = new Map<string, Deed>();
  for (const { use } of matches) {
    for (const deed of deedsOfUse(use)) {
      const key = JSON.stringify([deed.what, deed.target, deed.address, deed.strength, deed.refusal]);
      const known = found.get(key);
      found.set(key, known === undefined ? deed : together(known, deed));
    }
  }
  const all = [...found.values()].sort(
    (a, b) => Number(b.sensitive) - Number(a.sensitive) || b.at.notAfter - a.at.notAfter || (a.what < b.what ? -1 : 1),
  );
  return { told: all.slice(0, limit), leftOut: Math.max(0, all.length - limit) };
}

function deedsOfUse(use: TokenUse): Deed[] {
  const { action, calls = [], ...rest } = use;
  const whats = [...new Set(calls.length > 0 ? calls : action === undefined ? [] : [action])];
  return whats.map((what) => ({
    what,
    address: use.address,
    strength: use.strength,
    uses: usesCounted(use),
    at: use.at,
    sensitive:
      sensitiveActionsOf([{ ...rest, ...(calls.length > 0 ? { calls: [what] } : { action: what }) }]).length > 0,
    ...(use.target === undefined ? {} : { target: use.target }),
    ...(use.refusal === undefined ? {} : { refusal: use.refusal }),
  }));
}

/** How often: `once`, `3 times`. */
export function timesWords(times: number): string {
  return times === 1 ? 'once' : `${count(times)} times`;
}

function together(a: Deed, b: Deed): Deed {
  return {
    ...a,
    uses: a.uses + b.uses,
    at: hull(a.at, b.at),
  };
}

/** From where the first of the two begins to where the last ends. */
export function hull(a: Interval, b: Interval): Interval {
  return { notBefore: Math.min(a.notBefore, b.notBefore), notAfter: Math.max(a.notAfter, b.notAfter) };
}
