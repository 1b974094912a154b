import { dueWindows, HUNT_SPAN } from '../core/hunt.ts';
import { type EpochMs, HOUR, toIso } from '../core/time.ts';
import { errorFields } from '../runtime/safe-error.ts';
import type { HuntServices } from './services.ts';

/** Windows that ended longer ago than this are given up, so that what is new is not kept waiting for ever. */
const KEPT_MS = 72 * HOUR;

const SOURCE = 'hunt-skipped';

/**
 * Where catching up begins: at the cursor, or where that is too old, at the oldest window that is still worth a hunt.
 * The pipeline's owner hears of hours given up before the cursor leaves them: told twice rather than never.
 */
export async function firstKeptWindow(
  time: EpochMs,
  latest: EpochMs,
  services: HuntServices,
): Promise<{ readonly from: EpochMs; readonly gaveUp: boolean }> {
  const cursor = await services.hunts.cursor(latest);
  const oldest = Math.ceil((time - KEPT_MS) / HUNT_SPAN) * HUNT_SPAN - HUNT_SPAN;
  if (cursor >= oldest) return { from: cursor, gaveUp: false };
  const hours = await unfinished(cursor, oldest, services);
  if (hours === 0 || (await tellLost(hours, cursor, oldest, services))) await services.hunts.skipTo(oldest, cursor);
  return { from: oldest, gaveUp: hours > 0 };
}

/** Resolves what was told of hours given up: every window that is due is hunted again. */
export async function tellCaughtUp({ health, logger }: HuntServices): Promise<void> {
  try {
    if (!(await health.raised()).some(({ source }) => source === SOURCE)) return;
    await health.tell({ source: SOURCE, action: 'resolve', why: 'hunts have caught up' });
  } catch (thrown) {
    // Toward an alert that stays open: the next run tries again.
    logger.warn('health could not be resolved', { source: SOURCE, ...errorFields(thrown) });
  }
}

/** Only windows this close behind the cursor can be finished: no run has looked further ahead of it. */
async function unfinished(from: EpochMs, to: EpochMs, { hunts }: HuntServices): Promise<number> {
  const ahead = dueWindows(from, Math.min(to, from + KEPT_MS + HUNT_SPAN), 0);
  const records = await Promise.all(ahead.map((start) => hunts.window(start)));
  return (to - from) / HUNT_SPAN - records.filter((record) => record?.status === 'finished').length;
}

async function tellLost(hours: number, from: EpochMs, to: EpochMs, { health, logger }: HuntServices): Promise<boolean> {
  const why =
    `hunts fell behind: ${hours === 1 ? '1 hour' : `${hours} hours`} between ${toIso(from)} and ${toIso(to)} ended more ` +
    'than 72 hours ago and will not be hunted. Read why their executions failed; to hunt one all the same, invoke ' +
    'start-hunt with "force": true and a "time" at which that hour was the latest due';
  logger.error('windows given up', { hours, from: toIso(from), to: toIso(to) });
  try {
    await health.tell({ source: SOURCE, action: 'raise', why });
    return true;
  } catch (thrown) {
    // Toward hunting what is new; the cursor stays, so that the next run tells it.
    logger.error('health could not be told', { source: SOURCE, ...errorFields(thrown) });
    return false;
  }
}
