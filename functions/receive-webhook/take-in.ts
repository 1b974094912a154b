import type { Alert } from '../core/alert.ts';
import { openCase } from '../core/case.ts';
import { MINUTE, toIso } from '../core/time.ts';
import type { WebhookResponse } from '../runtime/webhook/response.ts';
import { alertKind } from './alert-types.ts';
import { accepted, done } from './answers.ts';
import { correlationOf, deliveryKey, spikeCaseId } from './delivery-key.ts';
import type { Envelope } from './envelope.ts';
import { isEnd } from './read-alert.ts';
import type { CorrelatedCase, Services } from './services.ts';

/**
 * Stores an authentic notification and does what it asks for, once: the delivery is remembered first and marked when
 * everything is done, so a delivery that broke off is carried on by its repeat. Throws what a store or the start throws.
 */
export async function takeIn(envelope: Envelope, alert: Alert, services: Services): Promise<WebhookResponse> {
  const kind = alertKind(envelope.alertType);
  if (kind !== 'spike') return await keep(envelope, alert, services, kind === 'logpush' && !isEnd(envelope));
  const correlation = correlationOf(envelope);
  const ended =
    isEnd(envelope) && correlation !== undefined ? await services.deliveries.caseOfCorrelation(correlation) : undefined;
  if (ended?.started) return await recordEnd(ended.caseId, envelope, alert, services);
  return await investigate(envelope, alert, services, ended);
}

/**
 * Opens and starts the notification's case. An end is no exception: without a start it is all we heard of the attack,
 * and when the start's case (`ended`) could not be started then, it is now.
 */
async function investigate(
  envelope: Envelope,
  alert: Alert,
  services: Services,
  ended: CorrelatedCase | undefined,
): Promise<WebhookResponse> {
  const { deliveries, cases, logger } = services;
  const key = deliveryKey(envelope);
  const correlation = correlationOf(envelope);
  const ownId = ended?.caseId ?? spikeCaseId(key, alert.startedAt, alert.receivedAt);
  const remembered = await deliveries.remember({
    key,
    caseId: ownId,
    ...(correlation === undefined ? {} : { correlation }),
    at: alert.receivedAt,
    body: envelope.body,
  });
  if (remembered !== 'new' && remembered.started) return duplicate(remembered.caseId);
  const caseId = remembered === 'new' ? ownId : (remembered.caseId ?? ownId);
  await start(caseId, envelope, alert, services);
  if (ended !== undefined && ended.key !== key) {
    await cases.recordEnd(caseId, endOf(alert), { body: envelope.body });
    await deliveries.markStarted(ended.key);
  }
  await deliveries.markStarted(key);
  logger.info('accepted', { caseId });
  return accepted(caseId);
}

/** The window starts before the attack does: the baseline lies there, and so may the first requests. */
async function start(caseId: string, envelope: Envelope, alert: Alert, services: Services): Promise<void> {
  const { cases, workflow, settings, clock } = services;
  const now = clock.now();
  const delivery = { body: envelope.body };
  const opening = { caseId, trigger: 'spike', openedAt: now, delivery, alert } as const;
  const opened = await cases.open(opening);
  const known = opened ? alert : ((await cases.load(caseId))?.alert ?? alert);
  const window = { start: toIso(known.startedAt - settings.window.leadMinutes * MINUTE), end: toIso(now) };
  await workflow.start(openCase({ caseId, trigger: 'spike', window, shadow: settings.mode === 'shadow' }));
  // Should this process end before it: the case's first state lists it.
  if (opened) await cases.list(opening);
}

/** The attack is over; its case goes on, as evidence arrives late. */
async function recordEnd(
  caseId: string,
  envelope: Envelope,
  alert: Alert,
  { deliveries, cases, logger }: Services,
): Promise<WebhookResponse> {
  const key = deliveryKey(envelope);
  const remembered = await deliveries.remember({ key, caseId, at: alert.receivedAt, body: envelope.body });
  if (remembered !== 'new' && remembered.started) return duplicate(remembered.caseId);
  await cases.recordEnd(caseId, endOf(alert), { body: envelope.body });
  await deliveries.markStarted(key);
  logger.info('end recorded', { caseId });
  return done('nothing to do', 'the end was recorded on its case, which goes on', caseId);
}

/** Keeps what is no attack. Before evidence stops coming, the pipeline's owner hears of it. */
async function keep(
  envelope: Envelope,
  alert: Alert,
  { deliveries, health, logger }: Services,
  evidenceStops: boolean,
): Promise<WebhookResponse> {
  const key = deliveryKey(envelope);
  const remembered = await deliveries.remember({ key, at: alert.receivedAt, body: envelope.body });
  if (remembered !== 'new' && remembered.started) return duplicate(undefined);
  if (evidenceStops) {
    await health.raise('logpush', `Cloudflare switched off a Logpush job, so its logs stop arriving. ${envelope.text}`);
  }
  await deliveries.markStarted(key);
  logger.info('kept', { evidenceStops });
  return done('nothing to do', evidenceStops ? 'stored; the owner of the pipeline was told' : 'stored; no attack');
}

function duplicate(caseId: string | undefined): WebhookResponse {
  return done('duplicate', 'this event was delivered before', caseId);
}

function endOf(alert: Alert): number {
  return alert.endedAt ?? alert.receivedAt;
}
