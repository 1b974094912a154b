import type { SourceCoverage } from '../core/coverage.ts';
import { DAY, type EpochMs, HOUR } from '../core/time.ts';
import type { SnapshotServices } from './services.ts';

/** Read again before the last reading: GitLab's clock is not ours, and its lists lag by minutes. */
const OVERLAP_MS = HOUR;
/** Milliseconds a try to keep what was learned may take. */
const LEARNING_MS = 15_000;
/** Milliseconds kept to answer in. */
const RESERVE_MS = 2_000;

/**
 * Reads the lists of tokens used since the last snapshot, so that the next one bounds what was used when (design §6);
 * the first goes back as far as anything is kept. What it says of earlier days is learned. GitLab not answering is
 * coverage.
 * @param time when the schedule fired
 */
export async function takeSnapshot(time: EpochMs, services: SnapshotServices): Promise<SourceCoverage> {
  const { inventory, learned, retentionDays, clock, logger, deadline } = services;
  const last = await inventory.lastTaken();
  const end = clock.now();
  const kept = time - retentionDays * DAY;
  const start = Math.min(end, last === undefined ? kept : Math.max(kept, last - OVERLAP_MS));
  const reading = await inventory.read({ window: { start, end }, deadline: deadline - RESERVE_MS });
  await learned.learn(reading, deadline - LEARNING_MS, logger);
  const { coverage } = reading;
  const { status, why } = coverage;
  if (status === 'unavailable') logger.error('GitLab gave no inventory snapshot', { status, why });
  else logger.info('inventory snapshot taken', { status, why });
  return coverage;
}
