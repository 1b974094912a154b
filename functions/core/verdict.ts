import type { Verdict } from './case.ts';
import type { Finding, Match } from './finding.ts';
import { HOUR, lengthOf, touches, type Window } from './time.ts';
import { isExactlyTimed } from './token-use.ts';

export type FindingVerdict = Finding['verdict'];

export interface VerdictRules {
  /** The case's window, already widened by the slack. */
  readonly window: Window;
  /** The longest interval, in hours, that still counts as a use with a known time. */
  readonly probableHours: number;
}

const BEST_FIRST: readonly Verdict[] = ['confirmed', 'probable', 'corroborated', 'not-observed', 'undetermined'];

/**
 * What the matches of one credential on one network prove (design §6): `confirmed` by an exact use in the window;
 * `probable` by an inventory use bounded closely enough, or by inventory and audit agreeing on owner and address;
 * `corroborated` by anything else.
 */
export function verdictOf(matches: readonly Match[], rules: VerdictRules): FindingVerdict {
  const inWindow = matches.filter((match) => touches(match.use.at, rules.window));
  if (inWindow.some(isExactUse)) return 'confirmed';
  if (inWindow.some((match) => isBoundedUse(match, rules.probableHours)) || sourcesAgree(inWindow)) return 'probable';
  return 'corroborated';
}

/** A use whose very instant is known: the token authenticated there and then. */
export function isExactUse(match: Match): boolean {
  return match.use.strength === 'used' && isExactlyTimed(match.use);
}

function isBoundedUse(match: Match, hours: number): boolean {
  return match.use.strength === 'used' && lengthOf(match.use.at) <= hours * HOUR;
}

/** The inventory says the token was used from an address, and the audit log says its owner acted from the same one. */
export function sourcesAgree(matches: readonly Match[]): boolean {
  const addresses = new Set<string>();
  for (const { use } of matches) {
    if (use.strength === 'used' && use.sources.includes('inventory')) addresses.add(use.address);
  }
  return matches.some(({ use }) => use.strength !== 'refused' && isAudit(use.sources) && addresses.has(use.address));
}

function isAudit(sources: readonly string[]): boolean {
  return sources.includes('audit') || sources.includes('stream');
}

/** The better of two verdicts; an answer of any kind beats `undetermined`. */
export function betterVerdict<V extends Verdict>(a: V, b: V): V {
  return BEST_FIRST.indexOf(a) <= BEST_FIRST.indexOf(b) ? a : b;
}
