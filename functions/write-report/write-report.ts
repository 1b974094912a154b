import type { CaseState } from '../core/case.ts';
import { asWritten, type HuntReport, manifestOf, retractionOf } from '../core/hunt-report.ts';
import type { OperatorUse } from '../core/operators.ts';
import type { EpochMs } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { BadInputError, EvidenceGapError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';

/** The windows of hunts: who writes them, what was written, and which are finished. */
export interface WindowBook {
  /**
   * Notes that an attempt writes these keys, and answers with every key that any attempt began to write before.
   * Throws `BadInputError` where a newer attempt has the window.
   */
  beginWriting(start: EpochMs, attempt: number, keys: readonly string[]): Promise<readonly string[]>;
  /** Closes the window: it is not hunted again unless somebody asks for it. */
  finish(start: EpochMs, attempt: number, now: EpochMs): Promise<void>;
}

/** Takes rows for the correlation dataset; resolves when all of them are stored there. */
export interface RowWriter {
  send(events: Iterable<object>, deadline: EpochMs): Promise<{ readonly events: number; readonly requests: number }>;
}

export interface WriteReportServices {
  readonly cases: {
    loadReport(caseId: string): Promise<HuntReport | undefined>;
    saveState(caseId: string, state: CaseState): Promise<void>;
  };
  readonly hunts: WindowBook;
  readonly reports: RowWriter;
  readonly learned: {
    /** Never fails because it could not be kept. */
    learnOperators(uses: readonly OperatorUse[], until: EpochMs, logger: Pick<StepLogger, 'warn'>): Promise<void>;
  };
  readonly health: { raised(): Promise<readonly { readonly source: string }[]> };
  readonly clock: Clock;
  /** When Lambda ends this invocation. */
  readonly deadline: EpochMs;
  readonly logger: Pick<StepLogger, 'info' | 'warn'>;
}

/** Milliseconds a try to keep what was learned may take. */
const LEARNING_MS = 15_000;
/** Milliseconds kept for closing the window. */
const RESERVE_MS = 5_000;

/**
 * Writes a hunt's report: its rows, then what an earlier attempt wrote and this one does not have as `retracted`, then
 * one manifest. A window without a manifest is unfinished, so the manifest comes last, and the window is closed after
 * it. Then what the report says of networks is learned. Axiom takes nothing back: a repeated try writes rows again under the same keys, of which readers keep one.
 * @throws EvidenceGapError when no report is stored · BadInputError when a newer attempt has the window · what Axiom and
 *   the table throw
 */
export async function writeReport(state: CaseState, services: WriteReportServices): Promise<CaseState> {
  const { hunt } = state;
  if (hunt === undefined) throw new BadInputError(`Case ${state.caseId} has no field hunt: only hunts have a report.`);
  const report = await services.cases.loadReport(state.caseId);
  if (report === undefined) {
    throw new EvidenceGapError(`The report of case ${state.caseId} is not stored or has passed its retention time.`);
  }
  const sent = await send(report, hunt.attempt, services);
  await services.hunts.finish(report.window.start, hunt.attempt, services.clock.now());
  services.logger.info('hunt written', { attempt: hunt.attempt, rows: report.rows.length, ...sent });
  const raised = await services.health.raised();
  const recovers = raised.some(({ source }) => source === 'hunt-report');
  const written = {
    ...state,
    hunt: { ...hunt, written: true },
    due: { ...state.due, report: false, health: state.due.health || recovers },
  };
  await services.cases.saveState(state.caseId, written);
  await services.learned.learnOperators(report.operators ?? [], services.deadline - LEARNING_MS, services.logger);
  return written;
}

async function send(report: HuntReport, attempt: number, services: WriteReportServices) {
  const { window, runId, rows } = report;
  const deadline = services.deadline - RESERVE_MS;
  const keys = rows.map(({ row_key }) => row_key);
  const before = await services.hunts.beginWriting(window.start, attempt, keys);
  const now = services.clock.now();
  const kept = new Set(keys);
  const gone = before.filter((key) => !kept.has(key));
  const written = await services.reports.send(
    [
      ...rows.map((row) => asWritten(row, runId, attempt, now, window)),
      ...gone.map((key) => retractionOf(key, runId, attempt, now, window)),
    ],
    deadline,
  );
  const closed = await services.reports.send([manifestOf(report, attempt, now, gone.length)], deadline);
  return { retracted: gone.length, requests: written.requests + closed.requests };
}
