import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError, type LatchkeyError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { type Fetch, type HttpAnswer, requestJson, retryAfterMs } from '../../runtime/http.ts';
import { withRetries } from '../../runtime/retry.ts';
import { isWebhookUrl, type ReadOptions } from '../../runtime/secrets.ts';
import { formatOf } from './format.ts';

export interface AlertWebhookOptions {
  readonly fetch: Fetch;
  /** Where alerts go; asked `fresh` once when the URL at hand was refused. It is a credential. */
  readonly url: (options: ReadOptions) => Promise<string>;
  readonly clock: Clock;
  /** 0 ≤ random() < 1, for jitter. */
  readonly random: () => number;
}

const ATTEMPT_MS = 8_000;
/** One attempt and one quick retry: longer waits are the poll's, which sends what was not delivered again. */
const RETRIES = { attempts: 2, baseMs: 1_000, maxMs: 1_000 };
/** Bytes read of an answer; all that is documented is far shorter. */
const ANSWER_BYTES = 4_096;

/** Whoever listens at a webhook's URL: Slack, Google Chat, or a program of the operator's own. */
export class AlertWebhook {
  readonly #options: AlertWebhookOptions;

  constructor(options: AlertWebhookOptions) {
    this.#options = options;
  }

  /**
   * Posts one alert as JSON and resolves when it was taken: at a 2xx, unless the body says no. Tried a second time where
   * that can help and `deadline` allows, a time-out included: whether the first was taken is then unknown, and an alert
   * that is told twice is better than one that is not told. Redirects are not followed: the alert names attackers and
   * credentials, and goes nowhere but where the operator said.
   * No error holds the URL, or anything of the answer but its status and a short code.
   * @throws RateLimitedError when it takes no more alerts now; with the wait it asked for.
   * @throws TransientError when it cannot be reached, fails, or did not answer in time.
   * @throws ConfigError when it refuses the alert, or the URL is not one alerts may be posted to.
   */
  async send(body: object, deadline: EpochMs): Promise<void> {
    const text = JSON.stringify(body);
    const url = await this.#url({ fresh: false });
    const failure = await this.#post(url, text, deadline);
    if (failure === undefined) return;
    // The URL may have been replaced since it was read.
    const fresh = await this.#url({ fresh: true });
    const again = fresh.href === url.href ? failure : await this.#post(fresh, text, deadline);
    if (again !== undefined) throw again;
  }

  async #url(options: ReadOptions): Promise<URL> {
    const text = await this.#options.url(options);
    const url = isWebhookUrl(text) ? URL.parse(text) : null;
    if (url !== null) return url;
    throw new ConfigError(
      'the URL of the alert webhook must be https (http only to 127.0.0.1, [::1] or localhost), ' +
        'without user name and password: check the alert webhook secret and ALERT_WEBHOOK_URL',
    );
  }

  /** Undefined once it was taken, or the refusal that trying again quickly would not change. */
  async #post(url: URL, body: string, deadline: EpochMs): Promise<LatchkeyError | undefined> {
    const { clock, random } = this.#options;
    return await withRetries(
      async () => {
        const failure = failureOf(await this.#exchange(url, body, deadline), url, clock.now());
        if (failure instanceof TransientError || failure instanceof RateLimitedError) throw failure;
        return failure;
      },
      { ...RETRIES, clock, random, deadline },
    );
  }

  async #exchange(url: URL, body: string, deadline: EpochMs): Promise<HttpAnswer> {
    const { fetch, clock } = this.#options;
    const left = Math.floor(deadline - clock.now());
    if (left <= 0) throw new TransientError(`no time was left to send the alert to ${url.host}`);
    // Errors name the address that is asked for, so this one is given without what makes it a credential.
    return await requestJson(async (_place, init) => startOf(await fetch(url.href, init)), {
      url: url.origin,
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body,
      timeoutMs: Math.min(ATTEMPT_MS, left),
      maxBytes: ANSWER_BYTES * 4,
    });
  }
}

/** The answer with the start of its body. The status says whether the alert was taken, however the body goes on. */
async function startOf({ body, status, headers }: Response): Promise<Response> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  try {
    // Leaving the loop cancels the stream, so an endless body stops costing us here.
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk.subarray(0, ANSWER_BYTES - bytes), { stream: true });
      bytes += chunk.byteLength;
      if (bytes >= ANSWER_BYTES) break;
    }
  } catch {
    // Toward what the status says: an alert that was taken is not sent again because the rest of the answer was lost.
  }
  return new Response(text === '' ? null : text, { status, headers });
}

const Verdict = z.object({ ok: z.boolean() });

function failureOf(answer: HttpAnswer, url: URL, now: EpochMs): LatchkeyError | undefined {
  const { status, headers } = answer;
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && saysYes(answer, url)) return undefined;
  const code = codeOf(answer, url);
  const said = `the alert webhook at ${url.host} answered ${status}${code === undefined ? '' : ` (${code})`}`;
  if (status === 429) return new RateLimitedError(`${said}: no more alerts now`, retryAfterMs(headers, now));
  if (status === 408 || status >= 500) return new TransientError(said);
  if (isSuccess && code === undefined) return new TransientError(`${said} without saying that it took the alert`);
  if (status >= 300 && status < 400) return new ConfigError(`${said}: redirects are not followed; store the final URL`);
  return new ConfigError(`${said}: check the alert webhook's URL and alert.format`);
}

/** Slack has taken a message only where it answers `ok`, whatever the status (docs.slack.dev, incoming webhooks). */
function saysYes({ body, text }: HttpAnswer, url: URL): boolean {
  const verdict = Verdict.safeParse(body);
  if (verdict.success) return verdict.data.ok;
  return formatOf('auto', url.href) !== 'slack' || text.trim() === 'ok';
}

/** Slack's body is the code alone, or names it as `error`; Google's has it as `error.status`. */
const Refused = z.object({ error: z.union([z.string(), z.object({ status: z.string() })]) });
/** `invalid_blocks`, `INVALID_ARGUMENT`: words, not sentences, and nothing that could carry a secret. */
const CODE = /^(?:[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)*)$/;
const CODE_LENGTH = 48;

/** The short code a refusal gives; undefined where it gives none, or one that repeats a part of the URL. */
function codeOf({ body, text }: HttpAnswer, url: URL): string | undefined {
  const refused = Refused.safeParse(body);
  const error = refused.success ? refused.data.error : text.trim();
  const code = typeof error === 'string' ? error : error.status;
  return code.length <= CODE_LENGTH && CODE.test(code) && !url.href.includes(code) ? code : undefined;
}
