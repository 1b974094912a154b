import type { AlertRetry } from '../adapters/dynamodb/monitors.ts';
import type { CaseState } from '../core/case.ts';
import { CLAIM_LEASE, pauseAfter } from '../core/monitor.ts';
import { type EpochMs, toIso } from '../core/time.ts';
import type { PollFailure } from './poll-failure.ts';
import type { Services } from './services.ts';

/** What came of one alert that waits for another try. */
export interface Tried {
  /** The execution that was started. */
  readonly started?: string;
  /** It is still undelivered. */
  readonly waits: boolean;
  readonly failures: readonly PollFailure[];
}

/**
 * Starts another try at an alert that is due for one: an execution that does nothing but send. Never throws: what could
 * not be done is a failure, and the next poll does it.
 * @param now when the poll is
 */
export async function tryAgain(retry: AlertRetry, now: EpochMs, services: Services): Promise<Tried> {
  try {
    return await tryDue(retry, now, services);
  } catch (thrown) {
    // Toward the other alerts; the poll fails after them.
    return { waits: true, failures: [{ about: `alert of ${retry.caseId}`, error: thrown, fails: true }] };
  }
}

async function tryDue(retry: AlertRetry, now: EpochMs, services: Services): Promise<Tried> {
  const { monitors, cases, settings, logger } = services;
  const { caseId, attempts } = retry;
  if (!settings.alertsOn) return await giveUp('alerts are switched off', retry, services);
  if (retry.at > now) return { waits: true, failures: [] };
  const state = (await cases.load(caseId))?.state;
  if (state?.monitor === undefined) return await giveUp('its case has passed its retention time', retry, services);
  const name = retry.execution ?? tryName(retry);
  const standing = retry.execution === undefined ? 'NONE' : await services.executions.status(name);
  if (standing === 'RUNNING') return { waits: true, failures: [] };
  if (standing !== 'NONE') {
    // That try ended and nobody counted it.
    logger.warn('alert tried without a trace', { caseId, execution: name, standing });
    const at = now + pauseAfter(attempts + 1);
    if (await monitors.claimRetry(retry, name, at)) {
      await monitors.retryLater({ caseId, key: retry.key, attempts: attempts + 1, at });
    }
    return { waits: true, failures: [] };
  }
  const started = await start(retry, { name, state: onlyTheAlert(state, state.monitor) }, now, services);
  return { ...(started ? { started: name } : {}), waits: true, failures: [] };
}

/** A try is named after when it was due: a case's count begins again with a later look's alert, and names do not. */
function tryName({ caseId, at }: AlertRetry): string {
  return `${caseId}-alert-${toIso(at).replace(/[-:.]/g, '')}`;
}

/** Takes the retry and starts its execution. False: another poll was faster. */
async function start(
  retry: AlertRetry,
  { name, state }: { readonly name: string; readonly state: CaseState },
  now: EpochMs,
  { monitors, executions, logger }: Services,
): Promise<boolean> {
  const until = now + CLAIM_LEASE;
  if (!(await monitors.claimRetry(retry, name, until))) return false;
  try {
    await executions.start(state, name);
  } catch (thrown) {
    // Whether it started is unknown: the next poll asks.
    await monitors.claimRetry({ ...retry, at: until }, name, now);
    throw thrown;
  }
  logger.info('alert tried again', { caseId: retry.caseId, execution: name });
  return true;
}

/** The case as its last look left it, with nothing to do but send: nothing is read or explained again. */
function onlyTheAlert(state: CaseState, monitor: NonNullable<CaseState['monitor']>): CaseState {
  return {
    ...state,
    monitor: { ...monitor, resend: true },
    due: { explain: false, page: false, report: false, alert: true, health: false },
  };
}

async function giveUp(why: string, { caseId, attempts }: AlertRetry, { monitors, logger }: Services): Promise<Tried> {
  logger.warn('alert given up', { caseId, attempts, why });
  await monitors.dropRetry(caseId);
  return { waits: false, failures: [] };
}
