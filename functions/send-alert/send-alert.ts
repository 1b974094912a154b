import type { AlertWebhook } from '../adapters/alert-webhook/client.ts';
import { caseUrlInTime } from '../adapters/dynamodb/case-links.ts';
import type { AlertRetry } from '../adapters/dynamodb/monitors.ts';
import type { CasePages } from '../core/alert-gitlab.ts';
import type { AlertFacts } from '../core/alert-message.ts';
import type { AlertOrder } from '../core/alert-order.ts';
import type { Analysis } from '../core/analysis.ts';
import type { CaseState, MonitorCase } from '../core/case.ts';
import type { Coverage } from '../core/coverage.ts';
import type { Finding } from '../core/finding.ts';
import type { PageOrder } from '../core/incident.ts';
import { pauseAfter } from '../core/monitor.ts';
import type { EventsPicture } from '../core/security-events.ts';
import { type EpochMs, HOUR } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { LatchkeyError, RateLimitedError, TransientError, UndeliveredError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';

/** What the workflow hands over: the case, which execution it is, and what went wrong on the way here. */
export interface SendAlertInput extends CaseState {
  /** The execution, by its ARN, for a link; the alert goes out without it, too. */
  readonly execution?: { readonly id: string };
  readonly analyzeFailure?: unknown;
  readonly alertFailure?: unknown;
}

/** What a case ordered from PagerDuty: a page, or a silent update. */
interface OrderedPage {
  readonly order: Pick<PageOrder, 'kind' | 'dedupKey'>;
}

export interface SendAlertServices {
  readonly cases: {
    loadPicture(caseId: string, look: number): Promise<EventsPicture | undefined>;
    loadFindings(caseId: string, look: number): Promise<readonly Finding[]>;
    loadCoverage(caseId: string, look: number): Promise<Coverage | undefined>;
    loadAnalysis(caseId: string, look: number): Promise<Analysis | undefined>;
    unsentPages(caseId: string): Promise<readonly OrderedPage[]>;
    sentPages(caseId: string): Promise<readonly OrderedPage[]>;
  };
  readonly alerts: {
    unsent(caseId: string): Promise<readonly AlertOrder[]>;
    markSent(caseId: string, order: AlertOrder, at: EpochMs): Promise<void>;
  };
  readonly monitors: {
    settle(key: string, caseId: string): Promise<void>;
    retryLater(retry: AlertRetry): Promise<void>;
    dropRetry(caseId: string): Promise<void>;
    loadRetry(caseId: string): Promise<AlertRetry | undefined>;
  };
  /** Makes the link to the page of a case; undefined where there is no such page. */
  readonly links: { caseUrl(caseId: string): Promise<string | undefined> };
  readonly webhook: Pick<AlertWebhook, 'send'>;
  /** The alert's body in the format of whoever listens at the webhook; undefined where alerts are switched off. */
  readonly write: ((facts: AlertFacts) => Promise<object>) | undefined;
  readonly clock: Clock;
  readonly logger: StepLogger;
  readonly deadline: EpochMs;
  /** Name of this deployment. */
  readonly environment: string;
  /** Root of the GitLab site; undefined: no links there. */
  readonly gitlabUrl: string | undefined;
}

/** Milliseconds kept to store what became of the alerts, and to answer. */
const CLOSING_MS = 5_000;
/** The longest wait that a webhook may ask for: an alert is worth little a day later. */
const LONGEST_WAIT = 6 * HOUR;

/**
 * Sends every alert of the case that the webhook has not taken yet, and marks each before going on. Should marking fail,
 * it is sent again: an alert may be told twice, and is never lost. From then on the monitor's rule goes on, for a failure
 * too, as the poll sends again what is stored here for a later try.
 * @throws UndeliveredError when an alert was not taken, once the next try is stored · TransientError where that, or that
 *   all was delivered, could not be stored: to be retried, as nothing else says that there is something to do
 */
export async function sendAlert(input: SendAlertInput, services: SendAlertServices): Promise<SendAlertInput> {
  const { analyzeFailure, alertFailure, ...state } = input;
  const { monitors, write, logger } = services;
  const done = { ...state, due: { ...state.due, alert: false } };
  if (state.monitor === undefined) return done;
  if (write === undefined) {
    // Switched off since it was ordered: nobody listens, so nobody must wait for it either.
    logger.warn('not sending: alerts are switched off');
  } else {
    try {
      await sendUnsent(state, state.monitor, { ...services, write });
    } catch (thrown) {
      logger.error('an alert was not delivered', { reason: reasonOf(thrown) });
      await tryLater(thrown, state.caseId, state.monitor.key, services);
      throw new UndeliveredError(`An alert was not delivered and is tried again later: ${reasonOf(thrown)}`, thrown);
    }
  }
  await monitors.settle(state.monitor.key, state.caseId);
  await monitors.dropRetry(state.caseId);
  if (write !== undefined) await keepRetry(state.caseId, state.monitor.key, services);
  return done;
}

/**
 * A later look may have ordered an alert meanwhile, and stored its next try where the one for ours was. Looking after
 * ours was dropped cannot miss it; at worst the poll finds nothing left to send.
 */
async function keepRetry(caseId: string, key: string, { alerts, monitors, clock }: SendAlertServices): Promise<void> {
  if ((await alerts.unsent(caseId)).length === 0 || (await monitors.loadRetry(caseId)) !== undefined) return;
  await monitors.retryLater({ caseId, key, attempts: 1, at: clock.now() + pauseAfter(1) });
}

type Sending = SendAlertServices & { readonly write: NonNullable<SendAlertServices['write']> };

/** One alert that is refused does not hold back the next; where nothing goes through now, none is tried. */
async function sendUnsent(state: SendAlertInput, monitor: MonitorCase, services: Sending): Promise<void> {
  let refused: unknown;
  for (const order of await services.alerts.unsent(state.caseId)) {
    try {
      await sendOne(order, state, monitor, services);
    } catch (thrown) {
      if (isPassing(thrown)) throw thrown;
      // Toward delivery: what is wrong with this alert need not be wrong with the next.
      refused ??= thrown;
    }
  }
  if (refused !== undefined) throw refused;
}

async function sendOne(order: AlertOrder, state: SendAlertInput, monitor: MonitorCase, services: Sending) {
  const { alerts, webhook, write, clock, deadline, logger } = services;
  const body = await write(await factsOf(order, state, monitor, services));
  // Another execution of this case may send at the same time; what it has sent by now is not sent again.
  const unsent = await alerts.unsent(state.caseId);
  if (!unsent.some(({ look }) => look === order.look)) return;
  await webhook.send(body, deadline - CLOSING_MS);
  await alerts.markSent(state.caseId, order, clock.now());
  logger.info('alert delivered', { kind: order.kind, orderedAt: order.look });
}

async function factsOf(
  order: AlertOrder,
  state: SendAlertInput,
  monitor: MonitorCase,
  services: SendAlertServices,
): Promise<AlertFacts> {
  const { cases, environment, gitlabUrl, logger } = services;
  const { caseId } = state;
  const { look } = order;
  const [picture, findings, coverage, analysis, pages, caseUrl] = await Promise.all([
    readable(cases.loadPicture(caseId, look), undefined, 'picture', logger),
    readable(cases.loadFindings(caseId, look), [], 'findings', logger),
    readable(cases.loadCoverage(caseId, look), undefined, 'coverage', logger),
    readable(cases.loadAnalysis(caseId, look), undefined, 'analysis', logger),
    readable(pagesOf(caseId, cases), undefined, 'pages', logger),
    caseUrlInTime(services.links, caseId, services.clock, (thrown) =>
      logger.warn('alerting without a link to the case', { reason: reasonOf(thrown) }),
    ),
  ]);
  return {
    order,
    state,
    monitor,
    picture,
    findings,
    coverage: coverage ?? {},
    pages,
    analysis,
    caseUrl,
    environment,
    gitlabUrl,
    execution: state.execution?.id,
  };
}

/** One after the other: a page that PagerDuty takes in between is in both answers, and never in none. */
async function pagesOf(caseId: string, cases: SendAlertServices['cases']): Promise<CasePages> {
  const keysOf = (orders: readonly OrderedPage[]) =>
    orders.filter(({ order }) => order.kind === 'page').map(({ order }) => order.dedupKey);
  const unsent = keysOf(await cases.unsentPages(caseId));
  const taken = new Set(keysOf(await cases.sentPages(caseId)));
  return { taken: taken.size > 0, waiting: unsent.some((key) => !taken.has(key)) };
}

/** Toward the alert: what cannot be read however often it is tried is left out of it, never the alert out. */
async function readable<T>(reading: Promise<T>, otherwise: T, what: string, logger: StepLogger): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    if (isPassing(thrown)) throw thrown;
    logger.error('alerting without what could not be read', { what, reason: reasonOf(thrown) });
    return otherwise;
  }
}

/** Stores the next try before the rule goes on: in between, the alert's claim still stands. */
async function tryLater(thrown: unknown, caseId: string, key: string, services: SendAlertServices): Promise<void> {
  const { monitors, clock } = services;
  try {
    const attempts = ((await monitors.loadRetry(caseId))?.attempts ?? 0) + 1;
    const asked = thrown instanceof RateLimitedError ? (thrown.retryAfterMs ?? 0) : 0;
    const pause = Math.max(pauseAfter(attempts), Math.min(asked, LONGEST_WAIT));
    await monitors.retryLater({ caseId, key, attempts, at: clock.now() + pause });
    await monitors.settle(key, caseId);
  } catch (failure) {
    // Toward the claim, which still stands: when its lease has run out the poll asks what became of this alert.
    throw new TransientError('the next try of an undelivered alert could not be stored', failure);
  }
}

function isPassing(thrown: unknown): boolean {
  return thrown instanceof TransientError || thrown instanceof RateLimitedError;
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof LatchkeyError) return thrown.message;
  return thrown instanceof Error ? thrown.name : 'unknown error';
}
