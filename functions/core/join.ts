import type { Match, MatchRule } from './finding.ts';
import { METHODS_BEST_FIRST, type Sighting } from './sighting.ts';
import { gapBetween, type Window } from './time.ts';
import type { TokenUse } from './token-use.ts';

/** Sightings by network, ready to be looked up once per token use. */
export type SightingIndex = ReadonlyMap<string, readonly Sighting[]>;

export interface JoinRules {
  /** The case's window; a use outside it, widened by the slack, is not this case's business. */
  readonly window: Window;
  /** Milliseconds allowed between a sighting and a use, and at each end of the window. */
  readonly slack: number;
}

/** Groups sightings by network. O(n). */
export function indexSightings(sightings: readonly Sighting[]): SightingIndex {
  const index = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const sameNetwork = index.get(sighting.network);
    if (sameNetwork === undefined) index.set(sighting.network, [sighting]);
    else sameNetwork.push(sighting);
  }
  return index;
}

/**
 * Joins token uses with sightings of the same network whose times touch within the slack. Each use gives at most one
 * match, its best: equal address before equal network, then the smaller gap in time, then the better method. The order
 * of either list changes nothing but the order of the result. O(uses + sightings of matched networks).
 */
export function joinUses(uses: Iterable<TokenUse>, index: SightingIndex, rules: JoinRules): Match[] {
  const matches: Match[] = [];
  const earliest = rules.window.start - rules.slack;
  const latest = rules.window.end + rules.slack;
  for (const use of uses) {
    const candidates = index.get(use.network);
    if (candidates === undefined || use.at.notAfter < earliest || use.at.notBefore >= latest) continue;
    const match = bestMatch(use, candidates, rules.slack);
    if (match !== undefined) matches.push(match);
  }
  return matches;
}

function bestMatch(use: TokenUse, candidates: readonly Sighting[], slack: number): Match | undefined {
  let best: Match | undefined;
  for (const sighting of candidates) {
    const gap = gapBetween(sighting.seen, use.at);
    if (gap > slack) continue;
    const rule: MatchRule = sighting.address === use.address ? 'same-address' : 'same-network';
    const match: Match = { rule, sighting, use, gap };
    if (best === undefined || compareMatches(match, best) < 0) best = match;
  }
  return best;
}

/** Orders matches of one use, or of one credential, best first. Total: equal only for equal evidence. */
export function compareMatches(a: Match, b: Match): number {
  return (
    rank(a.rule) - rank(b.rule) ||
    a.gap - b.gap ||
    METHODS_BEST_FIRST.indexOf(a.sighting.method) - METHODS_BEST_FIRST.indexOf(b.sighting.method) ||
    compareText(a.sighting.address, b.sighting.address) ||
    compareText(a.sighting.zone.id, b.sighting.zone.id) ||
    a.sighting.seen.notBefore - b.sighting.seen.notBefore ||
    a.sighting.seen.notAfter - b.sighting.seen.notAfter ||
    a.use.at.notBefore - b.use.at.notBefore ||
    compareText(a.use.action ?? '', b.use.action ?? '')
  );
}

function rank(rule: MatchRule): number {
  return rule === 'same-address' ? 0 : 1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
