import { caseUrlInTime } from '../adapters/dynamodb/case-links.ts';
import type { PagerDutyEvents } from '../adapters/pagerduty/events.ts';
import type { Analysis } from '../core/analysis.ts';
import type { CaseState } from '../core/case.ts';
import type { Coverage } from '../core/coverage.ts';
import { identifyEvidence } from '../core/evidence-ids.ts';
import type { Finding } from '../core/finding.ts';
import type { PageOrder } from '../core/incident.ts';
import { type PageFacts, pageEvent } from '../core/page-event.ts';
import { summarise } from '../core/summary.ts';
import type { EpochMs } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { LatchkeyError, RateLimitedError, TransientError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';

/** What the workflow hands over: the case, which execution it is, and what went wrong on the way here. */
export interface PageInput extends CaseState {
  /** The execution, by its ARN, for a link; the page goes out without it, too. */
  readonly execution?: { readonly id: string };
  readonly analyzeFailure?: unknown;
  readonly pageFailure?: unknown;
}

interface Ordered {
  readonly order: PageOrder;
  readonly look: number;
}

export interface PageServices {
  readonly cases: {
    unsentPages(caseId: string): Promise<readonly Ordered[]>;
    markSent(caseId: string, order: PageOrder, look: number, at: EpochMs): Promise<void>;
    loadFindings(caseId: string, look: number): Promise<readonly Finding[]>;
    loadAnalysis(caseId: string, look: number): Promise<Analysis | undefined>;
    loadCoverage(caseId: string, look: number): Promise<Coverage | undefined>;
    load(caseId: string): Promise<{ readonly alert?: { readonly link?: string } } | undefined>;
  };
  readonly pager: Pick<PagerDutyEvents, 'send'>;
  /** Makes the link to the page of a case; undefined where there is no such page. */
  readonly links: { caseUrl(caseId: string): Promise<string | undefined> };
  /** Sources whose health event stands. */
  readonly health: { raised(): Promise<readonly { readonly source: string }[]> };
  readonly clock: Clock;
  readonly logger: StepLogger;
  readonly deadline: EpochMs;
  /** Name of this deployment. */
  readonly environment: string;
  /** Root of the GitLab site; undefined: no links there. */
  readonly gitlabUrl: string | undefined;
}

/** Milliseconds kept to mark what was sent and to answer. */
const CLOSING_MS = 2_000;

/**
 * Sends every order of the case that PagerDuty has not accepted yet, and marks each before going on: a retry sends only
 * the rest. One order's failure does not hold back another.
 * @throws The failure that is best tried again, once every order was tried.
 */
export async function page(input: PageInput, services: PageServices): Promise<PageInput> {
  const { analyzeFailure, pageFailure, ...state } = input;
  const done = { ...state, due: { ...state.due, page: false } };
  if (state.shadow) {
    // Toward silence, here alone: shadow mode promises that nobody is woken, whatever led here.
    services.logger.warn('not paging: shadow mode');
    return done;
  }
  const orders = inOrder(await services.cases.unsentPages(state.caseId));
  if (orders.length === 0) return done;
  const look = await loadLook(state, services);
  const failures: unknown[] = [];
  for (const ordered of orders) {
    if (services.clock.now() > services.deadline - CLOSING_MS) {
      failures.push(new TransientError(`no time was left to send page ${ordered.order.dedupKey}`));
      continue;
    }
    try {
      await sendOne(ordered, state, look, services);
    } catch (thrown) {
      // Toward paging: the others still go out, and this one is tried again by the state machine.
      services.logger.error('a page was not delivered', {
        incident: ordered.order.incidentId,
        reason: reasonOf(thrown),
      });
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw mostHopeful(failures);
  return { ...done, due: { ...done.due, health: done.due.health || (await standsUndelivered(services)) } };
}

/** Whether the pipeline's owner was told that pages do not arrive, and is to hear that they do again. */
async function standsUndelivered({ health, logger }: PageServices): Promise<boolean> {
  try {
    return (await health.raised()).some(({ source }) => source === 'page');
  } catch (thrown) {
    // The pages are out; an alert that stays open a little longer must not send them again.
    logger.warn('whether the page alert stands could not be read', { reason: reasonOf(thrown) });
    return false;
  }
}

interface Look {
  readonly findings: ReadonlyMap<string, Finding>;
  readonly coverage: Coverage;
  readonly analysis: Analysis;
  readonly dashboardLink: string | undefined;
  readonly caseUrl: string | undefined;
}

async function sendOne({ order, look }: Ordered, state: PageInput, seen: Look, services: PageServices): Promise<void> {
  const facts: PageFacts = {
    order,
    state,
    findings: order.credentials.flatMap((id) => seen.findings.get(id) ?? []),
    coverage: seen.coverage,
    analysis: seen.analysis,
    caseUrl: seen.caseUrl,
    environment: services.environment,
    gitlabUrl: services.gitlabUrl,
    dashboardLink: seen.dashboardLink,
    execution: state.execution?.id,
  };
  const { pager, deadline, cases, clock, logger } = services;
  const { status } = await pager.send(pageEvent(facts), { to: 'routingKey', deadline: deadline - CLOSING_MS });
  // Stored before this state ends. Should storing fail, a retry sends it again and PagerDuty adds it to the same alert.
  await cases.markSent(state.caseId, order, look, clock.now());
  logger.info('paged', { incident: order.incidentId, kind: order.kind, status, credentials: order.credentials.length });
}

/** Everything this look and the earlier ones found: of each credential the newest finding. */
async function loadLook(state: CaseState, services: PageServices): Promise<Look> {
  const { caseId, look } = state;
  const { cases, logger } = services;
  const looks = Array.from({ length: look }, (_, index) => index + 1);
  const [findingsOf, coverage, analysis, record, caseUrl] = await Promise.all([
    Promise.all(looks.map((number) => readable(cases.loadFindings(caseId, number), [], 'findings', logger))),
    readable(cases.loadCoverage(caseId, look), undefined, 'coverage', logger),
    readable(newestAnalysis(caseId, look, cases), undefined, 'analysis', logger),
    readable(cases.load(caseId), undefined, 'case', logger),
    caseUrlInTime(services.links, caseId, services.clock, (thrown) =>
      logger.warn('paging without a link to the case', { reason: reasonOf(thrown) }),
    ),
  ]);
  const findings = new Map(findingsOf.flat().map((finding) => [finding.credential.id, finding]));
  return {
    findings,
    coverage: coverage ?? {},
    analysis: analysis ?? withoutAnalysis(state, [...findings.values()], coverage ?? {}),
    dashboardLink: record?.alert?.link,
    caseUrl,
  };
}

/** Toward paging: what cannot be read however often it is tried is left out of the page, never the page out. */
async function readable<T>(reading: Promise<T>, otherwise: T, what: string, logger: StepLogger): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    if (thrown instanceof TransientError || thrown instanceof RateLimitedError) throw thrown;
    logger.error('paging without what could not be read', { what, reason: reasonOf(thrown) });
    return otherwise;
  }
}

async function newestAnalysis(
  caseId: string,
  look: number,
  cases: PageServices['cases'],
): Promise<Analysis | undefined> {
  for (let number = look; number > 0; number--) {
    const analysis = await cases.loadAnalysis(caseId, number);
    if (analysis !== undefined) return analysis;
  }
  return undefined;
}

/** The deterministic summary, from the matched addresses alone: the analysis itself failed or was not stored. */
function withoutAnalysis(state: CaseState, findings: readonly Finding[], coverage: Coverage): Analysis {
  const matched = new Map(
    findings.flatMap(({ matches }) => matches.map(({ sighting }) => [sighting.address, sighting])),
  );
  const summary = summarise(identifyEvidence(findings, [...matched.values()], coverage), state);
  // It counts the matched addresses, not all that were sighted: the state knows how many those were.
  const text = `${state.counts.sightings} addresses were sighted as bots; the following is about the matched ones.`;
  return {
    ...summary,
    status: 'failed',
    why: 'the analysis failed',
    summary: [{ text, evidence: ['t1'] }, ...summary.summary.slice(1)],
  };
}

/** Oldest look first; the page of an alert before its updates. */
function inOrder(orders: readonly Ordered[]): Ordered[] {
  const rank = ({ order }: Ordered) => (order.kind === 'page' ? 0 : 1);
  return [...orders].sort((a, b) => rank(a) - rank(b) || a.look - b.look);
}

/** The failure the state machine retries longest: a rate limit, then what passes, then what does not. */
function mostHopeful(failures: readonly unknown[]): unknown {
  return (
    failures.find((failure) => failure instanceof RateLimitedError) ??
    failures.find((failure) => failure instanceof TransientError) ??
    failures[0]
  );
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof LatchkeyError) return thrown.message;
  return thrown instanceof Error ? thrown.name : 'unknown error';
}
