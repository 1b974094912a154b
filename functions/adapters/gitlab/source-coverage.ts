import type { SourceCoverage } from '../../core/coverage.ts';
import type { EpochMs } from '../../core/time.ts';
import type { FanOut } from './fan-out.ts';
import type { Listing } from './listing.ts';

/** What a source saw and what it could not see. */
export interface Reading {
  /** Counts of the evidence itself, by name. */
  readonly counts: Readonly<Record<string, number>>;
  readonly oldest?: EpochMs;
  readonly newest?: EpochMs;
  /** Rows that were left out beyond those that the lists skipped. */
  readonly skippedMalformed?: number;
  readonly lists: readonly FanOut<unknown>[];
  /** What this deployment does not show at all, as sentences. */
  readonly blindSpots: readonly string[];
  /** What to say of lists that were refused, `what` being counted, for example `token lists`. */
  readonly what: string;
  readonly permission: string;
}

/**
 * Coverage of a source: `complete` when every list was read to its end and nothing is hidden, `unavailable` when lists
 * were asked and none answered, `off` when every list was refused or there is none, `partial` otherwise.
 */
export function coverageOf(reading: Reading): SourceCoverage {
  const listings = reading.lists.flatMap(({ listings }) => listings);
  const unasked = reading.lists.reduce((sum, list) => sum + list.unasked, 0);
  const pages = sum(listings, ({ pages }) => pages);
  const refused = listings.filter(({ end }) => end.kind === 'refused');
  const cut = listings.filter(({ end }) => end.kind === 'cut');
  const skippedMalformed = (reading.skippedMalformed ?? 0) + sum(listings, ({ skippedMalformed }) => skippedMalformed);
  const why = [
    ...cutReasons(cut, reading.what),
    ...(unasked > 0 ? [`${unasked} ${reading.what} were not read: time ran out or GitLab stopped answering.`] : []),
    ...refusals(refused, reading),
    ...(skippedMalformed > 0
      ? [`${skippedMalformed} rows of ${reading.what} could not be read and were left out.`]
      : []),
    ...reading.blindSpots,
  ];
  return {
    status: statusOf({ pages, failed: cut.length + unasked > 0 || refused.some(isTokenRefusal), gaps: why.length > 0 }),
    why,
    counts: { ...reading.counts, skippedMalformed, refused: refused.length, unread: cut.length + unasked },
    pages,
    ...(reading.oldest === undefined ? {} : { oldest: reading.oldest }),
    ...(reading.newest === undefined ? {} : { newest: reading.newest }),
  };
}

function statusOf(seen: { pages: number; failed: boolean; gaps: boolean }): SourceCoverage['status'] {
  if (seen.pages === 0) return seen.failed ? 'unavailable' : 'off';
  return seen.gaps ? 'partial' : 'complete';
}

/** 401 is about the token itself, which worked when this reading began: it says nothing about what is offered. */
function isTokenRefusal({ end }: Listing<unknown>): boolean {
  return end.kind === 'refused' && end.status === 401;
}

/** The same failure of many lists is told once. */
function cutReasons(cut: readonly Listing<unknown>[], what: string): string[] {
  const reasons = new Map<string, number>();
  for (const { end } of cut) {
    if (end.kind === 'cut') reasons.set(end.why, (reasons.get(end.why) ?? 0) + 1);
  }
  const told = [...reasons].slice(0, MAX_REASONS).map(([why, count]) => `${count} ${what} not read whole: ${why}.`);
  return reasons.size > MAX_REASONS ? [...told, `${reasons.size - MAX_REASONS} further reasons.`] : told;
}

const MAX_REASONS = 5;

function refusals(refused: readonly Listing<unknown>[], reading: Reading): string[] {
  const statuses = new Set(refused.map(({ end }) => (end.kind === 'refused' ? end.status : 0)));
  if (refused.length === 0) return [];
  const codes = [...statuses].sort((a, b) => a - b).join(', ');
  return [`${refused.length} ${reading.what} were refused by GitLab (${codes}): ${reading.permission}.`];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
