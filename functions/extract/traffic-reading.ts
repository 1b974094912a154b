import type { EpochMs } from '../core/time.ts';
import type { Traffic } from '../core/traffic.ts';
import type { Clock } from '../runtime/clock.ts';
import { TransientError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';
import { errorFields } from '../runtime/safe-error.ts';

/** What came of asking for requests over time: them, or why there are none. */
export type TrafficReading = Traffic | Error;

export interface TrafficServices {
  readonly clock: Clock;
  readonly logger: Pick<StepLogger, 'warn'>;
  /** Wait no longer than to then. */
  readonly deadline: EpochMs;
}

/** Milliseconds that a look waits for its traffic once its sightings are found. */
const PATIENCE_MS = 3_000;

/** Begins to read traffic. Never rejects, bugs of ours included: it is to look at, and no look depends on it. */
export async function readingOf(read: () => Promise<Traffic>): Promise<TrafficReading> {
  try {
    return await read();
  } catch (error) {
    // Fails towards a look without traffic, which says in the log why.
    return error instanceof Error ? error : new Error('traffic could not be read');
  }
}

/**
 * Stores a look's traffic when it is there in time. Never throws: without it the look is the same, and the log says why
 * there is none.
 */
export async function keepTraffic(
  reading: Promise<TrafficReading>,
  save: (traffic: Traffic) => Promise<void>,
  { clock, logger, deadline }: TrafficServices,
): Promise<void> {
  try {
    const read = await inTime(reading, Math.min(PATIENCE_MS, Math.max(0, deadline - clock.now())), clock);
    if (read instanceof Error) throw read;
    await save(read);
  } catch (error) {
    // Fails towards a look without traffic.
    logger.warn('no traffic stored', errorFields(error));
  }
}

async function inTime(reading: Promise<TrafficReading>, patienceMs: number, clock: Clock): Promise<TrafficReading> {
  const waiting = new AbortController();
  const late = () => new TransientError(`traffic was not there ${patienceMs} ms after the sightings`);
  try {
    return await Promise.race([reading, clock.sleep(patienceMs, waiting.signal).then(late, late)]);
  } finally {
    waiting.abort();
  }
}
