/** What an HTTP API makes its answer of (payload format 2.0). */
export interface WebhookResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The delivery was not taken. The reason names the field and quotes nothing that was sent. */
export function refused(statusCode: 401 | 413 | 415 | 422 | 503, error: string): WebhookResponse {
  return answer(statusCode, { error });
}

/** Any answer, its body as JSON. */
export function answer(statusCode: number, body: object): WebhookResponse {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
