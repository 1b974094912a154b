import { type HealthServices, raiseHealth, tellHealth } from '../adapters/pagerduty/raise-health.ts';
import { type CaseState, isLastLook } from '../core/case.ts';
import type { Coverage } from '../core/coverage.ts';
import { answered, gitlabEverAnswered, type HealthChange, healthChanges, shadowDigestDue } from '../core/health.ts';
import { plainText } from '../core/hostile-text.ts';
import type { PageOrder } from '../core/incident.ts';
import { LatchkeyError, RateLimitedError, TransientError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';
import { type AbandonedBook, abandonPage } from './abandon-page.ts';

/** What Step Functions' catch leaves in the state. */
export interface StepFailure {
  readonly Error?: string;
  readonly Cause?: string;
}

export interface HealthInput extends CaseState {
  /** The look could not be joined and scored: the execution ends as failed. */
  readonly failure?: StepFailure;
  /** The hunt's report could not be written: its window stays open. */
  readonly reportFailure?: StepFailure;
  /** The last try to page failed. */
  readonly pageFailure?: StepFailure;
  readonly healthFailure?: StepFailure;
}

export interface ReportHealthServices extends HealthServices {
  readonly cases: {
    loadCoverage(caseId: string, look: number): Promise<Coverage | undefined>;
    loadReadingId(caseId: string, look: number): Promise<string | undefined>;
    unsentPages(caseId: string): Promise<readonly { readonly order: PageOrder }[]>;
  };
  readonly incidents: AbandonedBook;
  readonly readings: { load(readingId: string): Promise<{ readonly realIpMissing: boolean }> };
  /** Minutes after the first look of each further one. */
  readonly looksMinutes: readonly number[];
  readonly logger: StepLogger;
}

/**
 * Tells the pipeline's owner what changed: a broken execution, an unwritten report, an undelivered page, or what the look's coverage says of
 * the sources (design §8). Leaves `due.health` false.
 * @throws TransientError when PagerDuty cannot be told now; nothing is remembered then, so a retry tells it.
 */
export async function reportHealth(input: HealthInput, services: ReportHealthServices): Promise<CaseState> {
  const { failure, reportFailure, pageFailure, healthFailure, ...state } = input;
  const undelivered = pageFailure !== undefined && state.due.page;
  // Before anything is sent: PagerDuty may be the trouble, and the next case must know.
  if (failure !== undefined || (undelivered && isLast(state, services))) await leavePages(state, services);
  if (failure !== undefined) await tellBroken(failure, state, services);
  else {
    if (reportFailure !== undefined) await tellUnwritten(reportFailure, state, services);
    if (undelivered) await tellUndelivered(pageFailure, state, services);
    if (state.due.health) await tellChanges(await changesNow(state, services), state, services);
  }
  return { ...state, due: { ...state.due, health: false } };
}

function isLast(state: CaseState, { looksMinutes }: ReportHealthServices): boolean {
  return isLastLook(state, looksMinutes);
}

/** This case ends without its pages: whichever case sees their credentials next orders them again. */
async function leavePages({ caseId }: CaseState, { cases, incidents }: ReportHealthServices): Promise<void> {
  const orders = (await cases.unsentPages(caseId)).map(({ order }) => order);
  for (const order of orders.filter(({ kind }) => kind === 'page')) await abandonPage(order, incidents);
}

async function tellBroken(failure: StepFailure, state: CaseState, services: ReportHealthServices): Promise<void> {
  const why = `case ${state.caseId} broke off in 'Join and score' at look ${state.look} with ${nameOf(failure)}: whether a bot held a credential is unknown; read the log of function join, then start the execution's input again`;
  await deliver('pipeline', services, () => raiseHealth(services, 'pipeline', why, state.caseId));
}

/** Told at each look that could not deliver; resolved when PagerDuty takes a page again. */
async function tellUndelivered(failure: StepFailure, state: CaseState, services: ReportHealthServices) {
  const why = `case ${state.caseId} decided to page (score ${state.topScore}) and PagerDuty did not take the page at look ${state.look} (${nameOf(failure)}). Nobody was woken by it: read the case now; later looks try again`;
  await deliver('page', services, () => tellHealth(services, { source: 'page', action: 'raise', why }, state.caseId));
}

/** Resolved when a report is written again. */
async function tellUnwritten(failure: StepFailure, state: CaseState, services: ReportHealthServices): Promise<void> {
  const why = `the report on the hour from ${state.window.start} could not be written to Axiom (${nameOf(failure)}). Its findings are stored with case ${state.caseId}, and the next hunt writes them`;
  await deliver('hunt-report', services, () => raiseHealth(services, 'hunt-report', why, state.caseId));
}

async function tellChanges(changes: readonly HealthChange[], state: CaseState, services: ReportHealthServices) {
  const failures: unknown[] = [];
  for (const change of changes) {
    try {
      await deliver(change.source, services, () => tellHealth(services, change, state.caseId));
      services.logger.info('health told', { source: change.source, action: change.action });
    } catch (thrown) {
      // The other sources are told all the same; the retry finds this one untold.
      failures.push(thrown);
    }
  }
  const [first] = failures;
  if (first !== undefined) throw failures.find(passes) ?? first;
}

/** The same changes the join step saw, from what it stored. */
async function changesNow(state: CaseState, services: ReportHealthServices): Promise<HealthChange[]> {
  const { cases, health, clock } = services;
  const { caseId, look } = state;
  const earlier = Array.from({ length: Math.max(0, look - 1) }, (_, index) => index + 1);
  const [raised, coverage, before, realIpMissing] = await Promise.all([
    health.raised(),
    cases.loadCoverage(caseId, look),
    Promise.all(earlier.map((number) => cases.loadCoverage(caseId, number))),
    realIpMissingAt(state, services),
  ]);
  return healthChanges({
    state,
    lastLook: isLast(state, services),
    coverage: coverage ?? {},
    gitlabAnsweredEver: gitlabEverAnswered(state),
    cloudflareAnsweredEver: before.some((seen) => answered(seen?.cloudflare)),
    realIpMissing,
    raised: raised.map(({ source }) => source),
    shadowDigestDue: shadowDigestDue(state.shadow, raised, clock.now()),
  });
}

async function realIpMissingAt(state: CaseState, { cases, readings, logger }: ReportHealthServices): Promise<boolean> {
  try {
    const readingId = await cases.loadReadingId(state.caseId, state.look);
    return readingId !== undefined && (await readings.load(readingId)).realIpMissing;
  } catch (thrown) {
    // Toward telling the rest: a reading that is gone says nothing about addresses, the other sources still do.
    if (passes(thrown)) throw thrown;
    logger.warn('the reading of GitLab is gone, so its addresses were not judged', { look: state.look });
    return false;
  }
}

/** When PagerDuty itself is the trouble there is nobody to tell but the log, its alarm, and the retry list. */
async function deliver(source: string, { logger }: ReportHealthServices, send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (thrown) {
    const reason = thrown instanceof LatchkeyError ? thrown.message : 'unexpected error';
    logger.error('health could not be told', { source, reason });
    throw thrown;
  }
}

function passes(thrown: unknown): boolean {
  return thrown instanceof TransientError || thrown instanceof RateLimitedError;
}

/** Only the error's name: causes may hold anything. */
function nameOf({ Error: name }: StepFailure): string {
  return plainText(name ?? 'an unknown error', 80);
}
