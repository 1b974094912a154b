import type { TokenEvidence } from '../core/evidence.ts';
import { type EpochMs, MINUTE, toIso, type Window, widen } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';

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
  const minute = Math.floor(now / MINUTE) * MINUTE;
  const end = Math.ceil(window.end / GRID) * GRID;
  const whole = { start, end: end < minute ? end : Math.max(window.end, minute + MINUTE) };
  const upTo = end < minute ? toIso(end) : 'now';
  return { key: `${toIso(start)}/${upTo}/${toIso(minute)}/${slack}`, window: widen(whole, slack) };
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
    if (typeof claim === 'object') {
      return { readingId: claim.readingId, evidence: await readings.load(claim.readingId) };
    }
    if (claim === 'claimed') return await readFor(key, holder, read, readings);
    if (now + POLL_MS >= patience) return await readFor(`${key}/${holder}`, holder, read, readings);
    await clock.sleep(POLL_MS);
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
