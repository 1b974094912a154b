import type { EpochMs } from '../core/time.ts';
import { ConfigError, TransientError } from './errors.ts';

/** The `fetch` a caller hands in; Node's own in production. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is; anything else as JSON, with its content type. */
  readonly body?: unknown;
  /** Milliseconds for the whole exchange, the body included. */
  readonly timeoutMs: number;
  /** Most bytes of (decompressed) response body; default 16 MiB. */
  readonly maxBytes?: number;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: unknown;
  readonly text: string;
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * One exchange. Answers whatever the status is; redirects are answered, not followed, as our credentials would travel
 * with them. Throws `TransientError` (naming host and path only) on a network error, a time-out, a body over
 * `maxBytes` or cut short, and `ConfigError` where the URL or a header cannot be sent at all.
 */
export async function requestJson(fetch: Fetch, request: HttpRequest): Promise<HttpAnswer> {
  const place = placeOf(request.url);
  const init = initOf(request, place);
  try {
    const response = await fetch(request.url, init);
    const text = await readText(response, request.maxBytes ?? DEFAULT_MAX_BYTES);
    return { status: response.status, headers: response.headers, body: parseJson(text), text };
  } catch (error) {
    // Fails toward a retry. The cause is left out: it may quote headers or the body.
    const says = `${request.method} ${place} failed: ${reasonOf(error, request)}`;
    throw error instanceof OversizeBody ? new AnswerTooLargeError(says) : new TransientError(says);
  }
}

/**
 * Milliseconds a `Retry-After` header asks for (seconds or an HTTP date); undefined when it is missing or unreadable.
 * Never negative.
 */
export function retryAfterMs(headers: Headers, now: EpochMs): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The body is larger than the caller takes: asking for the same again would end the same way. */
export class AnswerTooLargeError extends TransientError {}

class OversizeBody extends Error {}

function placeOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw new ConfigError('A request URL is not a URL; check the URL settings.');
  return parsed.host + parsed.pathname;
}

function initOf(request: HttpRequest, place: string): RequestInit {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const { body } = request;
  const isText = typeof body === 'string' || body === undefined;
  return {
    method: request.method,
    headers: headersOf(request, isText, place),
    redirect: 'manual',
    signal: request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]),
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  };
}

function headersOf(request: HttpRequest, isText: boolean, place: string): Headers {
  try {
    const headers = new Headers(request.headers);
    if (!isText && !headers.has('content-type')) headers.set('content-type', 'application/json');
    return headers;
  } catch {
    // Stops: it would fail again. The platform's message quotes the value, which may be a credential.
    throw new ConfigError(`${request.method} ${place}: a header holds characters HTTP cannot carry; check the secret.`);
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the loop by the throw cancels the stream, so an endless body stops costing us here.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new OversizeBody();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The adapter decides what an answer that is no JSON means; it has the status too.
    return undefined;
  }
}

function reasonOf(error: unknown, request: HttpRequest): string {
  if (error instanceof OversizeBody) return `the body is larger than ${request.maxBytes ?? DEFAULT_MAX_BYTES} bytes`;
  if (request.signal?.aborted) return 'cancelled';
  if (error instanceof Error && error.name === 'TimeoutError') return `no whole answer within ${request.timeoutMs} ms`;
  return networkCodeOf(error) ?? 'network error or truncated body';
}

/** The code of the socket error (`ECONNREFUSED`, `UND_ERR_SOCKET`), which undici puts on the cause. */
function networkCodeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}
