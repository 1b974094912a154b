export interface WebhookResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why an accepted delivery started nothing. */
export type Outcome = 'test' | 'duplicate' | 'nothing to do';

/** 202: a case was started, or is being looked at. */
export function accepted(caseId: string): WebhookResponse {
  return answer(202, { caseId });
}

/** 200: nothing was started, and why. */
export function done(result: Outcome, message: string, caseId?: string): WebhookResponse {
  return answer(200, { result, message, ...(caseId === undefined ? {} : { caseId }) });
}

/** The delivery was not taken. The reason names the field and quotes nothing that was sent. */
export function refused(statusCode: 401 | 413 | 415 | 422 | 503, error: string): WebhookResponse {
  return answer(statusCode, { error });
}

function answer(statusCode: number, body: object): WebhookResponse {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
