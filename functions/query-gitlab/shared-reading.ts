import type { TokenEvidence } from '../core/evidence.ts';
import { type EpochMs, MINUTE, toIso, type Window, widen } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { EvidenceGapError } from '../runtime/errors.ts';

/** Readings of GitLab that cases share. */
export interface Readings {
  claim(
    key: string,
    holder: string,
    now: EpochMs,
    leaseMs: number,
  ): Promise<'claimed' | 'held' | { readonly readingId: string }>;
  save(key: string, readingId: string, evidence: TokenEvidence): Promise<void>;
  release(key: string, holder: string): Promise<void>;
  load(readingId: string): Promise<TokenEvidence>;
}

export interface SharedReading {
  readonly readingId: string;
  readonly evidence: TokenEvidence;
}

export interface SharingOptions {
  readonly readings: Readings;
  readonly clock: Clock;
  /** When everything must be stored. */
  readonly deadline: EpochMs;
  readonly newId: () => string;
}

const GRID = 15 * MINUTE;
const POLL_MS = 1_000;

/** What GitLab is asked for on behalf of every case whose window is alike, and the name that reading goes by. */
export interface ReadingPlan {
  readonly key: string;
  readonly window: Window;
}

/**
 * Rounds a case's window outwards to quarters of an hour, so that cases of the same moment share one reading. A window
 * that reaches the present is read to the end of the current minute and shared within that minute only: evidence keeps
 * arriving.
 *
 * @param slack milliseconds added at each end
 */
export function planReading(window: Window, now: EpochMs, slack: number): ReadingPlan {
  const start = Math.floor(window.start / GRID) * GRID;
  const quarter = Math.ceil(window.end / GRID) * GRID;
  const minute = Math.floor(now / MINUTE) * MINUTE;
  const reachesNow = quarter >= minute && window.end <= minute + MINUTE;
  const end = reachesNow ? minute + MINUTE : quarter;
  return { key: `${toIso(start)}/${toIso(end)}/${toIso(minute)}/${slack}`, window: widen({ start, end }, slack) };
}

/**
 * The reading of a plan: made by whoever claims it first, waited for by the others. Who waited for half the time left,
 * or whose predecessor's lease ran out, reads for itself: GitLab asked twice is better than a case without evidence.
 */
export async function shareReading(
  { key }: ReadingPlan,
  read: () => Promise<TokenEvidence>,
  { readings, clock, deadline, newId }: SharingOptions,
): Promise<SharedReading> {
  const holder = newId();
  const begun = clock.now();
  const patience = begun + (deadline - begun) / 2;
  for (;;) {
    const now = clock.now();
    const claim = await readings.claim(key, holder, now, Math.max(0, deadline - now));
    if (claim === 'claimed') return await readFor(key, holder, read, readings);
    const shared = typeof claim === 'object' ? await loadShared(claim.readingId, readings) : undefined;
    if (shared !== undefined) return shared;
    if (typeof claim === 'object' || now + POLL_MS >= patience) {
      return await readFor(`${key}/${holder}`, holder, read, readings);
    }
    await clock.sleep(POLL_MS);
  }
}

async function loadShared(readingId: string, readings: Readings): Promise<SharedReading | undefined> {
  try {
    return { readingId, evidence: await readings.load(readingId) };
  } catch (error) {
    // Fails toward reading anew: a reading that is no longer whole is none.
    if (error instanceof EvidenceGapError) return undefined;
    throw error;
  }
}

async function readFor(
  key: string,
  holder: string,
  read: () => Promise<TokenEvidence>,
  readings: Readings,
): Promise<SharedReading> {
  try {
    const evidence = await read();
    await readings.save(key, holder, evidence);
    return { readingId: holder, evidence };
  } catch (error) {
    // Fails toward a retry by the state machine; the others need not wait until the lease runs out.
    await readings.release(key, holder);
    throw error;
  }
}
