import { answer, type WebhookResponse } from '../runtime/webhook/response.ts';

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
