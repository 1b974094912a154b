import { dueWindows, huntExecutionName, latestWindow } from '../core/hunt.ts';
import { type EpochMs, MINUTE, toIso } from '../core/time.ts';
import { firstKeptWindow } from './lost-windows.ts';
import type { HuntRequest } from './read-event.ts';
import type { HuntServices } from './services.ts';

/** An attempt at a window that can be started now. */
export interface Attempt {
  /** Where the window begins. */
  readonly start: EpochMs;
  readonly attempt: number;
  /** It was claimed before, and whoever claimed it did not start it. */
  readonly claimed: boolean;
  /** An earlier attempt broke off while it wrote its report, which only has to be written again. */
  readonly halfWritten: boolean;
}

export interface Due {
  /** The oldest window first. */
  readonly attempts: readonly Attempt[];
  /** Windows were given up as too old. */
  readonly gaveUp: boolean;
}

/**
 * Every attempt that can be started: one per window that is due, not finished and not being hunted.
 *
 * A forced run takes the latest due window only, finished or not. Its claim opens the window again, and the cursor does
 * not move back: where the cursor had passed it, the hourly runs never see it, so a forced attempt that fails stays a
 * matter of whoever forced it and of the health events its own case raises. Where the cursor had not passed it, the
 * next run takes it up like any other.
 */
export async function attemptsDue({ time, force }: HuntRequest, services: HuntServices): Promise<Due> {
  const delay = services.delayMinutes * MINUTE;
  const latest = latestWindow(time, delay);
  const { from, gaveUp } = force ? { from: latest, gaveUp: false } : await firstKeptWindow(time, latest, services);
  const found = await Promise.all(dueWindows(from, time, delay).map((start) => attemptAt(start, force, services)));
  return { attempts: found.filter((attempt) => attempt !== undefined), gaveUp };
}

async function attemptAt(
  start: EpochMs,
  force: boolean,
  { hunts, executions, logger }: HuntServices,
): Promise<Attempt | undefined> {
  const record = await hunts.window(start);
  if (record === undefined) return { start, attempt: 1, claimed: false, halfWritten: false };
  const { attempt, status, writing, writer } = record;
  const next = { start, attempt: attempt + 1, claimed: false, halfWritten: writing && !force };
  if (status === 'finished') return force ? next : undefined;
  const standing = await executions.status(huntExecutionName(start, attempt));
  if (standing === 'RUNNING') {
    logger.info('window left alone: it is being hunted', { window: toIso(start), attempt, force });
    return undefined;
  }
  // No execution: a crash between claim and start, or another run that is about to start it. The same name again is
  // the same execution. One that has begun to write did run, whatever became of it: its rows are this number's.
  return standing === 'NONE' && writer !== attempt ? { ...next, attempt, claimed: true } : next;
}
