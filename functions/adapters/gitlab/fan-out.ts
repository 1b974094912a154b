import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Listing } from './listing.ts';

/** Requests that are under way at the same time: polite, and enough to fill 2,000 a minute. */
const CONCURRENCY = 4;
/** After so many lists in a row that could not be read, GitLab is down: the rest is not asked for. */
const MAX_FAILURES_IN_A_ROW = 4;

/** What many lists said together. */
export interface FanOut<T> {
  readonly listings: readonly Listing<T>[];
  /** Lists that were not asked for, because time ran out or GitLab stopped answering. */
  readonly unasked: number;
}

/** Whether every list was asked for and read to its end. */
export function isWhole({ listings, unasked }: FanOut<unknown>): boolean {
  return unasked === 0 && listings.every(({ end }) => end.kind === 'whole');
}

/** Reads many lists, a few at a time, until all are read, the deadline comes, or nothing answers any more. */
export async function fanOut<S, T>(
  items: readonly S[],
  read: (item: S) => Promise<Listing<T>>,
  limits: { clock: Clock; deadline: EpochMs },
): Promise<FanOut<T>> {
  const listings: Listing<T>[] = [];
  let taken = 0;
  let failures = 0;
  const work = async (): Promise<void> => {
    while (taken < items.length && failures < MAX_FAILURES_IN_A_ROW && limits.clock.now() < limits.deadline) {
      const item = items[taken++];
      if (item === undefined) return;
      const listing = await read(item);
      listings.push(listing);
      failures = listing.end.kind === 'cut' && listing.pages === 0 ? failures + 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { listings, unasked: items.length - listings.length };
}
