import type { AlertRetry } from '../adapters/dynamodb/monitors.ts';
import { type Claim, extended, type MonitorState, monitorKey, settled, withdrawn } from '../core/monitor.ts';
import type { EpochMs } from '../core/time.ts';
import { type Beginning, beginCase } from './begin-case.ts';
import type { KeyedReading } from './read-zones.ts';
import type { Services } from './services.ts';

/** An alert under way that nobody has settled in time. */
export interface Lapsed {
  readonly key: string;
  readonly state: MonitorState;
  readonly claim: Claim;
  /** What this poll saw of its zone and filter, where it did. */
  readonly reading: KeyedReading | undefined;
  /** The alert waits for another try already. */
  readonly waits: boolean;
}

/** What became of it, and the alert that is to be tried again where there is one. */
export interface Resolved {
  readonly state: MonitorState;
  readonly retry?: AlertRetry;
  /** Its execution, where it was started only now. */
  readonly started?: string;
}

/**
 * What became of an alert whose lease has run out, and the state that follows; the caller stores it. Throws what kept
 * it from being found out, or its execution from being started: the next poll asks again.
 */
export async function resolveLapsed(lapsed: Lapsed, at: EpochMs, services: Services): Promise<Resolved> {
  const { key, state, claim, waits } = lapsed;
  const { executions, monitors, alerts, settings, logger } = services;
  const { caseId } = claim;
  if (waits) return { state: settled(state, caseId) };
  const standing = await executions.status(caseId);
  logger.warn('alert not settled in time', { caseId, standing });
  if (standing === 'NONE') return await startAgain(lapsed, at, services);
  if (!settings.alertsOn) return { state: settled(state, caseId) };
  if ((await alerts.unsent(caseId)).length === 0) {
    // Delivered, though nobody could note it; or not ordered yet; or broken off before it was, so that nothing is lost.
    if ((await alerts.sent(caseId)).length > 0) return { state: settled(state, caseId) };
    return { state: standing === 'RUNNING' ? extended(state, caseId, at) : withdrawn(state, caseId) };
  }
  // Whoever was to send it left no trace. Should it be sending just now, the alert is told twice, which beats never.
  const retry: AlertRetry = { caseId, key, attempts: 1, at };
  // Before the state is settled: a crash in between tries once more, the other order could lose the alert.
  await monitors.retryLater(retry);
  return { state: settled(state, caseId), retry };
}

/** A poll broke off between claim and start: the same name is the same execution, wherever it broke off. */
async function startAgain(lapsed: Lapsed, at: EpochMs, services: Services): Promise<Resolved> {
  const { state, claim } = lapsed;
  const { caseId } = claim;
  const stored = (await services.cases.load(caseId))?.state;
  if (stored !== undefined) await services.executions.start(stored, caseId);
  else {
    const beginning = beginningOf(lapsed, services);
    if (beginning === undefined) return { state: withdrawn(state, caseId) };
    await beginCase(beginning, services);
  }
  const next = services.settings.alertsOn ? extended(state, caseId, at) : settled(state, caseId);
  return { state: next, started: caseId };
}

/** Undefined: nobody watches this any more. */
function beginningOf({ key, state, claim, reading }: Lapsed, { settings }: Services): Beginning | undefined {
  const zoneId = key.slice(0, key.indexOf('#'));
  const filter = settings.filters.find((candidate) => monitorKey(zoneId, candidate) === key);
  if (filter === undefined) return undefined;
  const zone = reading?.zone ?? { id: zoneId };
  return {
    key,
    zone,
    filter,
    claim,
    reference: state.reference,
    picture: reading?.picture,
    alertOn: settings.rule.alertOn,
  };
}
