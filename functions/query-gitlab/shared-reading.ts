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
  save(key: string, readingId: string, evidence: TokenEvidence, freshUntil: EpochMs): Promise<void>;
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
const POLL_MS = 500;

/**
 * A reading is shared for as long as it took to make, as evidence keeps arriving; and for this long at least, which is
 * more than the pause of those who wait for it.
 */
const FRESH_AT_LEAST = 2_000;

/** What GitLab is asked for on behalf of every case whose window is alike, and the name that reading goes by. */
export interface ReadingPlan {
  readonly key: string;
  readonly window: Window;
}

/**
 * Rounds a case's window outwards to quarters of an hour, so that cases of the same moment share one reading. A window
 * that reaches the present is read to the end of the current minute. Looks share with looks of the same number only: a
 * later look is there to see what arrived since, and must not be handed what an earlier one saw.
 *
 * @param look the number of the look, or of a hunt's attempt
 * @param slack milliseconds added at each end
 */
export function planReading(window: Window, look: number, now: EpochMs, slack: number): ReadingPlan {
  const start = Math.floor(window.start / GRID) * GRID;
  const minute = Math.floor(now / MINUTE) * MINUTE;
  const end = Math.ceil(window.end / GRID) * GRID;
  const whole = { start, end: end < minute ? end : Math.max(window.end, minute + MINUTE) };
  const upTo = end < minute ? toIso(end) : 'now';
  return { key: `${toIso(start)}/${upTo}/${slack}/look-${look}`, window: widen(whole, slack) };
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
    if (claim === 'claimed') return await readFor(key, holder, read, readings, clock);
    const shared = typeof claim === 'object' ? await loadShared(claim.readingId, readings) : undefined;
    if (shared !== undefined) return shared;
    if (typeof claim === 'object' || now + POLL_MS >= patience) {
      return await readFor(`${key}/${holder}`, holder, read, readings, clock);
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
  clock: Clock,
): Promise<SharedReading> {
  const begun = clock.now();
  try {
    const evidence = await read();
    const now = clock.now();
    await readings.save(key, holder, evidence, now + Math.max(FRESH_AT_LEAST, now - begun));
    return { readingId: holder, evidence };
  } catch (error) {
    // Fails toward a retry by the state machine; the others need not wait until the lease runs out.
    await readings.release(key, holder);
    throw error;
  }
}
