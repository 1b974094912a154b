/** What of an HTTP API event (payload format 2.0) is used. */
export interface WebhookRequest {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

/** The body as it was sent; empty where there was none. */
export function bytesOf({ body, isBase64Encoded }: WebhookRequest): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
}

/** HTTP APIs send header names in lower case, as `name` is; a caller that does not loses nothing by it. */
export function headerOf({ headers = {} }: WebhookRequest, name: string): string | undefined {
  return Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
}
