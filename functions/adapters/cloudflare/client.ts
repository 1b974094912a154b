import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { AnswerTooLargeError, type Fetch, requestJson, retryAfterMs } from '../../runtime/http.ts';
import { withRetries } from '../../runtime/retry.ts';
import { graphqlFailure } from './graphql-errors.ts';
import { QueryRefusedError, QueryTooHeavyError } from './refusals.ts';

export interface CloudflareClientOptions {
  /** Up to and including `/client/v4`. */
  readonly apiUrl: string;
  /** The API token; `fresh` asks for it past any cache, after Cloudflare refused the one we had. */
  readonly token: (fresh: boolean) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** The longest one request may take, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** The most bytes of one answer; default 32 MiB. */
  readonly maxBytes?: number;
  /** Tries of one question, the first included; default 4. */
  readonly attempts?: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs?: number;
}

const REQUEST_TIMEOUT_MS = 20_000;
/** 10,000 groups of a few dimensions are about 2 MB. */
const MAX_BYTES = 32 * 1024 * 1024;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

const Envelope = z.object({ data: z.optional(z.unknown()), errors: z.optional(z.unknown()) });

/**
 * Cloudflare's API by `fetch` (its SDK has no GraphQL resource and would be most of a bundle: `reference/cloudflare.md`
 * §9). Retries what passes within the caller's deadline. Once Cloudflare asked for a pause, later calls keep it too:
 * the budget belongs to the token, not to a query.
 */
export class CloudflareClient {
  readonly #options: CloudflareClientOptions;
  readonly #root: string;
  #pausedUntil: EpochMs = 0;
  #pausedBecause = '';
  #sent = 0;

  constructor(options: CloudflareClientOptions) {
    this.#options = options;
    this.#root = options.apiUrl.replace(/\/+$/, '');
  }

  /** Requests sent so far, retries included. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Runs a GraphQL query and gives its `data`.
   * @throws TransientError, RateLimitedError when the deadline leaves no time for another try; ConfigError for the
   * token's permissions; FieldsRefusedError, NodeRefusedError, QueryTooHeavyError, QueryRefusedError (`refusals.ts`)
   */
  async graphql(query: string, variables: Readonly<Record<string, unknown>>, deadline: EpochMs): Promise<unknown> {
    return await this.#retried(deadline, async () => {
      const answer = await this.#authorized('POST', '/graphql', JSON.stringify({ query, variables }), deadline);
      if (answer.status === 401) this.#check(answer);
      const envelope = Envelope.safeParse(answer.body);
      const failure = envelope.success ? graphqlFailure(envelope.data.errors, answer.retryAfterMs) : undefined;
      // What else a 403 says is about the token, too, and no further try changes it (`reference/cloudflare.md` §4.7).
      if (answer.status === 403 && !(failure instanceof ConfigError)) this.#check(answer);
      // A 429 asks for a pause whatever its body says.
      if (answer.status === 429 && !(failure instanceof RateLimitedError)) this.#check(answer);
      if (failure instanceof RateLimitedError) this.#pause(failure);
      if (failure !== undefined) throw failure;
      this.#check(answer);
      if (!envelope.success || envelope.data.data === undefined || envelope.data.data === null) {
        throw new TransientError('Cloudflare answered a GraphQL query without data');
      }
      return envelope.data.data;
    });
  }

  /**
   * A GET of the REST API: its body, or undefined where there is no such thing (404).
   * @throws as `graphql`
   */
  async get(path: string, deadline: EpochMs): Promise<unknown> {
    return await this.#retried(deadline, async () => {
      const answer = await this.#authorized('GET', path, undefined, deadline);
      if (answer.status === 404) return undefined;
      this.#check(answer);
      if (answer.body === undefined) throw new TransientError('Cloudflare answered something that is no JSON');
      return answer.body;
    });
  }

  async #retried<T>(deadline: EpochMs, work: () => Promise<T>): Promise<T> {
    const { clock, random, attempts = ATTEMPTS } = this.#options;
    return await withRetries(
      async () => {
        const pause = this.#pausedUntil - clock.now();
        if (pause > 0) throw new RateLimitedError(this.#pausedBecause, pause);
        return await work();
      },
      { attempts, baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS, clock, deadline, random },
    );
  }

  /** One request; after a refused token once more with a token read afresh, as it may have been rotated. */
  async #authorized(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    deadline: EpochMs,
  ): Promise<Answer> {
    const token = await this.#options.token(false);
    const answer = await this.#send(method, path, body, token, deadline);
    if (answer.status !== 401 && answer.status !== 403) return answer;
    const fresh = await this.#options.token(true);
    return fresh === token ? answer : await this.#send(method, path, body, fresh, deadline);
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    token: string,
    deadline: EpochMs,
  ): Promise<Answer> {
    const left = deadline - this.#options.clock.now();
    if (left <= 0) throw new TransientError('there was no time left to ask Cloudflare');
    this.#sent++;
    const answer = await requestJson(this.#options.fetch, {
      url: this.#root + path,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: Math.min(left, this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS),
      maxBytes: this.#options.maxBytes ?? MAX_BYTES,
    }).catch((error: unknown) => {
      // Less is to be asked for: the same question would have the same answer.
      throw error instanceof AnswerTooLargeError ? new QueryTooHeavyError('its answer is too large') : error;
    });
    const pause = retryAfterMs(answer.headers, this.#options.clock.now());
    return { status: answer.status, body: answer.body, ...(pause === undefined ? {} : { retryAfterMs: pause }) };
  }

  #check({ status, retryAfterMs }: Answer): void {
    if (status >= 200 && status < 300) return;
    if (status === 429) {
      const limited = new RateLimitedError('Cloudflare answered 429: too many requests', retryAfterMs);
      this.#pause(limited);
      throw limited;
    }
    if (status === 408 || status >= 500) throw new TransientError(`Cloudflare answered ${status}`);
    if (status === 401 || status === 403) {
      throw new ConfigError(
        `Cloudflare answered ${status}: the API token in secret latchkey/cloudflare is wrong, has expired, or lacks Account Analytics Read, Analytics Read or Zone Read`,
      );
    }
    throw new QueryRefusedError(`it answered ${status}`);
  }

  #pause({ retryAfterMs, message }: RateLimitedError): void {
    if (retryAfterMs === undefined) return;
    this.#pausedUntil = this.#options.clock.now() + retryAfterMs;
    this.#pausedBecause = message;
  }
}
