import * as z from 'zod/mini';
import { withoutSecrets } from '../../functions/core/hostile-text.ts';
import type { Clock } from '../../functions/runtime/clock.ts';
import { RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import { type Fetch, requestJson, retryAfterMs } from '../../functions/runtime/http.ts';
import { withRetries } from '../../functions/runtime/retry.ts';

export interface AxiomRestOptions {
  /** Root of the API, not of an edge deployment: those manage nothing (`reference/axiom.md` §4). */
  readonly url: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** What Axiom answered, whatever the status below 500 but 429. */
export interface AxiomAnswer {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
  /** Axiom's own words about a refusal, without what looks like a secret; '' where it gave none. */
  readonly refusal: string;
}

const Refusal = z.object({ message: z.string() });

const TIMEOUT_MS = 30_000;
const PATIENCE_MS = 60_000;
const RETRIES = { attempts: 3, baseMs: 500, maxMs: 8_000 };
const LONGEST_REFUSAL = 300;

/** Axiom's management API, for the operator's tools. Nothing it is used for matters when it is sent twice. */
export class AxiomRest {
  readonly #options: AxiomRestOptions;

  constructor(options: AxiomRestOptions) {
    this.#options = options;
  }

  /**
   * @param path from `/v2` on, without it
   * @throws TransientError, RateLimitedError when trying again did not help
   */
  async ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<AxiomAnswer> {
    const { clock, random } = this.#options;
    return await withRetries(() => this.#send(method, path, body), {
      ...RETRIES,
      clock,
      random,
      deadline: clock.now() + PATIENCE_MS,
    });
  }

  async #send(method: string, path: string, body: object | undefined): Promise<AxiomAnswer> {
    const { url, token, fetch, clock } = this.#options;
    const answer = await requestJson(fetch, {
      url: `${url.replace(/\/+$/, '')}/v2${path}`,
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      ...(body === undefined ? {} : { body }),
      timeoutMs: TIMEOUT_MS,
    });
    const { status, headers } = answer;
    if (status === 429) {
      throw new RateLimitedError('Axiom answered 429: too many requests', retryAfterMs(headers, clock.now()));
    }
    if (status === 408 || status >= 500) throw new TransientError(`Axiom answered ${status}`);
    const { data } = Refusal.safeParse(answer.body);
    const refusal = status < 300 || data === undefined ? '' : withoutSecrets(data.message, LONGEST_REFUSAL);
    return { status, body: answer.body, refusal };
  }
}
