import type { Match } from './finding.ts';
import type { HuntReads } from './hunt.ts';
import type { SightingIndex } from './join.ts';
import type { Sighting } from './sighting.ts';
import { type EpochMs, gapBetween, type Window } from './time.ts';
import type { TokenUse } from './token-use.ts';

/** The matches that belong to a hunt, and the keys under which the next hunt finds those it might see again. */
export interface OwnedMatches {
  readonly matches: readonly Match[];
  readonly lateKeys: readonly string[];
}

/**
 * Of the matches a hunt sees, those that are its own, so that a pair that straddles two windows is found exactly once:
 * a pair belongs to the window that holds the later of its two instants (design §7). A pair of the end of the window
 * before, whose evidence may have come too late for that hunt, is this one's where that one did not report it.
 *
 * @param index every sighting read, not only those that matched best
 * @param slack milliseconds
 * @param reported keys of the hunt before; undefined where it has not been joined yet and will see the pairs itself
 */
export function ownedMatches(
  matches: readonly Match[],
  index: SightingIndex,
  reads: HuntReads,
  slack: number,
  reported: ReadonlySet<string> | undefined,
): OwnedMatches {
  const next = reads.owned.end - (reads.late.end - reads.late.start);
  const owned: Match[] = [];
  const lateKeys: string[] = [];
  for (const match of matches) {
    const at = pairedAt(match.use, index.get(match.use.network) ?? [], slack);
    if (at === undefined) continue;
    const key = pairKey(match.use);
    const isLate = holds(reads.late, at) && reported !== undefined && !reported.has(key);
    if (!holds(reads.owned, at) && !isLate) continue;
    owned.push(match);
    if (at >= next) lateKeys.push(key);
  }
  return { matches: owned, lateKeys };
}

/**
 * The instant at which a use first had a sighting within the slack: its own end (`notAfter`), or the beginning of the
 * sighting that followed; undefined where it had none.
 */
function pairedAt(use: TokenUse, sightings: readonly Sighting[], slack: number): EpochMs | undefined {
  let first: EpochMs | undefined;
  for (const { seen } of sightings) {
    if (gapBetween(seen, use.at) > slack) continue;
    const at = Math.max(use.at.notAfter, seen.notBefore);
    if (first === undefined || at < first) first = at;
  }
  return first;
}

/** Without the end: a span of counted requests that only grew by late ones is no news. */
function pairKey({ credential, address, strength, at, action }: TokenUse): string {
  return `${credential} ${address} ${strength} ${at.notBefore} ${action ?? '-'}`;
}

function holds(window: Window, at: EpochMs): boolean {
  return at >= window.start && at < window.end;
}
