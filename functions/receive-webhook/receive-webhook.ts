import { errorFields } from '../runtime/safe-error.ts';
import { bytesOf, headerOf, type WebhookRequest } from '../runtime/webhook/request.ts';
import { refused, type WebhookResponse } from '../runtime/webhook/response.ts';
import { done } from './answers.ts';
import { readEnvelope } from './envelope.ts';
import { isPolicyTest } from './policy-test.ts';
import { readAlert } from './read-alert.ts';
import type { Services } from './services.ts';
import { takeIn } from './take-in.ts';

/** The largest body that is read, in bytes. */
export const BODY_BYTES = 256 * 1024;

/**
 * Takes one delivery of a Cloudflare notification. Size, secret and form are checked in this order, and nothing of a
 * refused delivery is stored; what is accepted is stored before anything else happens, and starts its case once.
 * @throws What reading the secret throws, when there is none to check with.
 */
export async function receiveWebhook(request: WebhookRequest, services: Services): Promise<WebhookResponse> {
  const { logger, clock, settings } = services;
  const bytes = bytesOf(request);
  if (bytes.length > BODY_BYTES) return refused(413, `the body is larger than ${BODY_BYTES} bytes`);
  if (!(await services.auth.accepts(headerOf(request, 'cf-webhook-auth')))) {
    logger.warn('refused', { status: 401 });
    return refused(401, 'header cf-webhook-auth is missing or wrong');
  }
  const envelope = readEnvelope(bytes, headerOf(request, 'content-type'));
  if ('reason' in envelope) {
    logger.warn('refused', { status: envelope.status });
    return refused(envelope.status, envelope.reason);
  }
  if (envelope.textOnly) return done('test', 'a test message; nothing was stored');
  const alert = readAlert(envelope, clock.now());
  if (isPolicyTest(envelope, alert, settings.cloudflare.zones)) {
    return done('test', 'a test of a notification policy; nothing was stored');
  }
  try {
    return await takeIn(envelope, alert, services);
  } catch (thrown) {
    // Fails toward being sent again: what was stored by now makes the next delivery carry on rather than start over.
    logger.error('not stored', errorFields(thrown));
    return refused(503, 'the notification could not be stored; send it again');
  }
}
