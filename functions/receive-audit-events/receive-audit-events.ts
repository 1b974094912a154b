import { readStreamedRows, type StreamedRows } from '../adapters/gitlab/streamed-rows.ts';
import { errorFields } from '../runtime/safe-error.ts';
import { kindOf, readJsonBody } from '../runtime/webhook/json-body.ts';
import { bytesOf, headerOf, type WebhookRequest } from '../runtime/webhook/request.ts';
import { answer, refused, type WebhookResponse } from '../runtime/webhook/response.ts';
import type { Services } from './services.ts';

/**
 * The largest body that is read, in bytes: the largest GitLab sends (`reference/gitlab.md` §3). What Lambda itself takes
 * is less, 6 MB with the body in base64; the gateway answers 413 to the rest (`reference/aws-platform.md` §6).
 */
export const BODY_BYTES = 25 * 1024 * 1024;

const HEADER = 'x-gitlab-event-streaming-token';

/**
 * Takes one delivery of streamed audit events: one event or an array of them. Size, token and form are checked in this
 * order; what is worth keeping is stored before GitLab is answered.
 * @throws TransientError where the token could not be read
 */
export async function receiveAuditEvents(request: WebhookRequest, services: Services): Promise<WebhookResponse> {
  const { logger } = services;
  const bytes = bytesOf(request);
  if (bytes.length > BODY_BYTES) return refused(413, `the body is larger than ${BODY_BYTES} bytes`);
  if (!(await services.auth.accepts(headerOf(request, HEADER)))) {
    logger.warn('refused', { status: 401 });
    return refused(401, `header ${HEADER} is missing or wrong, or no streaming token is stored`);
  }
  const body = readJsonBody(bytes, headerOf(request, 'content-type'));
  if ('reason' in body) return unread(body.status, body.reason, services);
  if (typeof body.value !== 'object' || body.value === null) {
    return unread(422, `the body must be an audit event or an array of them, got ${kindOf(body.value)}`, services);
  }
  const rows = readStreamedRows(body.value);
  try {
    await services.events.save(rows.kept, rows.skippedMalformed);
  } catch (thrown) {
    // Fails toward being sent again, which GitLab may or may not do; what was stored by then is stored once.
    logger.error('not stored', errorFields(thrown));
    return refused(503, 'the audit events could not be stored; send them again');
  }
  return taken(rows, services);
}

function unread(status: 415 | 422, reason: string, { logger }: Services): WebhookResponse {
  logger.warn('refused', { status });
  return refused(status, reason);
}

function taken({ kept, dropped, skippedMalformed }: StreamedRows, { logger }: Services): WebhookResponse {
  const counts = { kept: kept.length, dropped, skippedMalformed };
  if (kept.length > 0) {
    logger.info('stored', counts);
    return answer(202, counts);
  }
  if (skippedMalformed > 0 && dropped === 0) {
    logger.warn('refused', { status: 422, ...counts });
    return refused(422, `none of ${skippedMalformed} rows is an audit event: id, author_id, created_at and details`);
  }
  logger.info('nothing to keep', counts);
  const message = dropped === 0 ? 'there is no event in it' : 'events of these types say nothing of credentials';
  return answer(200, { result: 'nothing to keep', message, ...counts });
}
