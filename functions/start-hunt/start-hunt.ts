import type { CoverageStatus } from '../core/coverage.ts';
import { WINDOWS_PER_RUN } from '../core/hunt.ts';
import { TransientError } from '../runtime/errors.ts';
import { errorFields } from '../runtime/safe-error.ts';
import { attemptsDue } from './attempts-due.ts';
import { tellCaughtUp } from './lost-windows.ts';
import { type HuntRequest, readEvent } from './read-event.ts';
import type { HuntServices, Services } from './services.ts';
import { startAttempt } from './start-attempt.ts';
import { takeSnapshot } from './take-snapshot.ts';

/** What a run did. */
export interface HuntsStarted {
  /** Names of the executions started, the oldest window first. */
  readonly executions: readonly string[];
  /** How far GitLab's token lists could be read. */
  readonly snapshot: CoverageStatus;
}

/**
 * The hourly rule: starts an execution for each window that is due and not finished, then takes the inventory snapshot,
 * which is wanted whether or not there are hunts (design §6). Repeating it is harmless: a run that broke off is carried
 * on, an attempt that runs is left alone, and a name starts once. Only a forced run that is repeated after its window
 * was finished hunts it once more.
 * @throws BadInputError for an event without a time · what kept a window from being started, once everything else was
 *   done · TransientError when GitLab could not be asked and no hunt's own case will tell
 */
export async function startHunt(event: unknown, services: Services): Promise<HuntsStarted> {
  const request = readEvent(event);
  const { logger, huntsConfigured } = services;
  const { executions, failures } = huntsConfigured
    ? await startHunts(request, services)
    : { executions: [], failures: [] };
  const snapshot = await takeSnapshot(request.time, services);
  logger.info('run of the hunt rule', { executions, snapshot: snapshot.status });
  if (failures.length > 0) throw failures.find((failure) => failure instanceof TransientError) ?? failures[0];
  if (snapshot.status === 'unavailable' && !huntsConfigured) {
    throw new TransientError(`GitLab's token lists could not be read: ${snapshot.why.join(' ')}`);
  }
  return { executions, snapshot: snapshot.status };
}

interface Outcome {
  readonly executions: readonly string[];
  readonly failures: readonly unknown[];
}

/** Starts what can be started, whatever becomes of the other windows. */
async function startHunts(request: HuntRequest, services: HuntServices): Promise<Outcome> {
  try {
    const { attempts, gaveUp } = await attemptsDue(request, services);
    // The oldest first, whatever became of them before: what stays unread for 72 hours is given up.
    const chosen = attempts.slice(0, WINDOWS_PER_RUN);
    const started = await Promise.allSettled(chosen.map((attempt) => startAttempt(attempt, services)));
    const outcome = outcomeOf(started, services);
    const isCaughtUp = !gaveUp && attempts.length <= WINDOWS_PER_RUN && outcome.failures.length === 0;
    if (isCaughtUp && !request.force) await tellCaughtUp(services);
    return outcome;
  } catch (thrown) {
    // Toward the snapshot, which needs none of this; what was thrown is thrown after it.
    return { executions: [], failures: [thrown] };
  }
}

function outcomeOf(started: readonly PromiseSettledResult<string | undefined>[], { logger }: HuntServices): Outcome {
  const executions: string[] = [];
  const failures: unknown[] = [];
  for (const one of started) {
    if (one.status === 'rejected') {
      logger.error('a hunt could not be started', errorFields(one.reason));
      failures.push(one.reason);
    } else if (one.value !== undefined) executions.push(one.value);
  }
  return { executions, failures };
}
