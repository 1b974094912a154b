import * as z from 'zod/mini';
import type { Clock } from '../../functions/runtime/clock.ts';
import { RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import { type Fetch, requestJson, retryAfterMs } from '../../functions/runtime/http.ts';
import { withRetries } from '../../functions/runtime/retry.ts';

export interface CloudflareRestOptions {
  /** Up to and including `/client/v4`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** What the REST envelope says, whatever the status below 500 but 429 (`reference/cloudflare.md` §9). */
export interface RestAnswer {
  readonly status: number;
  /** Undefined where there is none. */
  readonly result: unknown;
  /** Cloudflare's own words and codes about a refusal; '' where it gave none. Outside text: bounded, not yet inert. */
  readonly refusal: string;
}

const Envelope = z.object({
  result: z.optional(z.unknown()),
  errors: z.catch(z.array(z.object({ code: z.optional(z.number()), message: z.catch(z.string(), '') })), []),
});

const TIMEOUT_MS = 30_000;
const PATIENCE_MS = 60_000;
const RETRIES = { attempts: 4, baseMs: 500, maxMs: 8_000 };
const LONGEST_REFUSAL = 500;

/** Cloudflare's REST API for the operator's tools, which also write and want to know why they were refused. */
export class CloudflareRest {
  readonly #options: CloudflareRestOptions;

  constructor(options: CloudflareRestOptions) {
    this.#options = options;
  }

  /** @throws TransientError, RateLimitedError when trying again did not help. */
  async get(path: string): Promise<RestAnswer> {
    return await this.#retried(() => this.#send('GET', path));
  }

  /** As {@link get}; sending it twice makes no difference. */
  async put(path: string, body: object): Promise<RestAnswer> {
    return await this.#retried(() => this.#send('PUT', path, body));
  }

  /** Sent once: a second time could make a second one. @throws TransientError, RateLimitedError */
  async post(path: string, body: object): Promise<RestAnswer> {
    return await this.#send('POST', path, body);
  }

  async #retried(send: () => Promise<RestAnswer>): Promise<RestAnswer> {
    const { clock, random } = this.#options;
    return await withRetries(send, { ...RETRIES, clock, random, deadline: clock.now() + PATIENCE_MS });
  }

  async #send(method: string, path: string, body?: object): Promise<RestAnswer> {
    const { apiUrl, token, fetch, clock } = this.#options;
    const answer = await requestJson(fetch, {
      url: `${apiUrl.replace(/\/+$/, '')}${path}`,
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      ...(body === undefined ? {} : { body }),
      timeoutMs: TIMEOUT_MS,
    });
    const { status, headers } = answer;
    if (status === 429) {
      throw new RateLimitedError('Cloudflare answered 429: too many requests', retryAfterMs(headers, clock.now()));
    }
    const parsed = Envelope.safeParse(answer.body);
    const errors = parsed.data?.errors ?? [];
    const refusal = errors.map(({ code, message }) => (code === undefined ? message : `${message} (${code})`));
    // To what writes, a refusal that explains itself is an answer even as a server error: a failed webhook test is one.
    if (status === 408 || (status >= 500 && (method === 'GET' || errors.length === 0))) {
      throw new TransientError(`Cloudflare answered ${status}`);
    }
    if (!parsed.success && status < 300) throw new TransientError('Cloudflare answered something that is no JSON');
    return { status, result: parsed.data?.result, refusal: refusal.join('; ').slice(0, LONGEST_REFUSAL) };
  }
}

const ZoneRow = z.object({ id: z.string(), name: z.string(), account: z.object({ id: z.string() }) });
export type ZoneRow = z.infer<typeof ZoneRow>;

/** The rows of a zone list that can be read. */
export function zoneRows(result: unknown): ZoneRow[] {
  return (Array.isArray(result) ? result : [result]).flatMap((row) => {
    const parsed = ZoneRow.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
}
