import type { EpochMs } from '../core/time.ts';
import type { Traffic } from '../core/traffic.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StepLogger } from '../runtime/logger.ts';
import { errorFields } from '../runtime/safe-error.ts';
import { within } from '../runtime/within.ts';

/** What came of asking for requests over time: them, or why there are none. */
export type TrafficReading = Traffic | Error;

export interface TrafficServices {
  readonly clock: Clock;
  readonly logger: Pick<StepLogger, 'warn'>;
  /** Wait no longer than to then. */
  readonly deadline: EpochMs;
}

/** Milliseconds that a look waits for its traffic to be read and stored, once its sightings are found. */
const PATIENCE_MS = 1_000;

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
 * Stores a look's traffic when it can be read and stored in time. Never throws: without it the look is the same, and the
 * log says why there may be none.
 */
export async function keepTraffic(
  reading: Promise<TrafficReading>,
  save: (traffic: Traffic) => Promise<void>,
  { clock, logger, deadline }: TrafficServices,
): Promise<void> {
  try {
    await within(clock, Math.min(PATIENCE_MS, Math.max(0, deadline - clock.now())), async (over) => {
      const read = await reading;
      if (read instanceof Error) throw read;
      if (!over.aborted) await save(read);
    });
  } catch (error) {
    // Fails towards a look without traffic.
    logger.warn('no traffic stored', errorFields(error));
  }
}
