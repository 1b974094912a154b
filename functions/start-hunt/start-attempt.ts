import { type CaseState, openCase } from '../core/case.ts';
import { HUNT_SPAN, huntCaseId, huntExecutionName } from '../core/hunt.ts';
import { toIso } from '../core/time.ts';
import type { Attempt } from './attempts-due.ts';
import type { HuntServices } from './services.ts';

/**
 * Claims the attempt, opens its case and starts its execution. Answers with the execution's name; undefined where
 * another run was faster.
 */
export async function startAttempt(attempt: Attempt, services: HuntServices): Promise<string | undefined> {
  const { hunts, cases, executions, clock, logger } = services;
  const { start, claimed } = attempt;
  const window = toIso(start);
  if (!claimed && !(await hunts.claim(start, attempt.attempt, clock.now()))) {
    logger.info('window left alone: another run was faster', { window, attempt: attempt.attempt });
    return undefined;
  }
  const opening = { caseId: huntCaseId(start), trigger: 'hunt', openedAt: clock.now() } as const;
  const opened = await cases.open(opening);
  const state = await firstState(attempt, services);
  const name = huntExecutionName(start, attempt.attempt);
  await executions.start(state, name);
  if (opened) await cases.list(opening);
  logger.info('hunt started', { window, attempt: attempt.attempt, resend: state.hunt?.resend });
  return name;
}

/** What the execution begins with: a case that knows nothing yet, or all that the attempt before had found. */
async function firstState(attempt: Attempt, { cases, shadow }: HuntServices): Promise<CaseState> {
  const { start, halfWritten } = attempt;
  const hunt = { attempt: attempt.attempt, resend: false, written: false };
  const caseId = huntCaseId(start);
  const found = halfWritten ? await foundBefore(caseId, cases) : undefined;
  if (found !== undefined) return { ...found, hunt: { ...hunt, resend: true } };
  const window = { start: toIso(start), end: toIso(start + HUNT_SPAN) };
  return openCase({ caseId, trigger: 'hunt', window, shadow, hunt });
}

/**
 * The state that an attempt left with a report to write, so that the same is written again and what was found is paged
 * if it was not. Undefined where either has passed its retention time: the window is then hunted anew.
 */
async function foundBefore(caseId: string, cases: HuntServices['cases']): Promise<CaseState | undefined> {
  const [report, record] = await Promise.all([cases.loadReport(caseId), cases.load(caseId)]);
  const state = record?.state;
  if (report === undefined || state === undefined) return undefined;
  const explained = (await cases.loadAnalysis(caseId, state.look)) !== undefined;
  return { ...state, due: { ...state.due, report: true, explain: state.due.explain && !explained } };
}
