import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { type Fetch, type HttpAnswer, requestJson, retryAfterMs } from '../../runtime/http.ts';
import { withRetries } from '../../runtime/retry.ts';
import { nextPage } from './next-page.ts';
import type { Pacer } from './pacer.ts';

/** What GitLab answered, whatever the status below 500 but 429. */
export interface GitLabAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the body of a refusal is none. */
  readonly body: unknown;
  /** The query that asks for the next page. */
  readonly next?: string;
  /** Why there is a next page that is not asked for. */
  readonly nextRefused?: string;
}

export interface TransportOptions {
  /** The site's root, without `/api/v4`. */
  readonly url: string;
  /** Our token; `fresh` asks for it anew, after a 401. */
  readonly token: (options?: { fresh: boolean }) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** For the audit endpoints. */
  readonly pacer: Pacer;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const TIMEOUT_MS = 10_000;
/** A page of 100 audit events is some 100 kB. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 2;

/**
 * GETs from GitLab's REST API: time-out and size cap per request, own back-off that honours `Retry-After` and
 * `RateLimit-Reset`, no redirect to another host (the token would travel with it). Errors name host and path only.
 */
export class GitLabTransport {
  readonly host: string;
  readonly #options: TransportOptions;
  readonly #base: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#base = `${options.url.replace(/\/+$/, '')}/api/v4/`;
    this.host = new URL(this.#base).host;
  }

  /**
   * @param path below `/api/v4/`, its segments encoded
   * @param query without the `?`
   * @throws TransientError, RateLimitedError (after retries) · ConfigError (redirect elsewhere, secret not readable)
   */
  async get(path: string, query: string, deadline: EpochMs): Promise<GitLabAnswer> {
    const { clock, random, pacer } = this.#options;
    const once = async () => {
      if (path.endsWith('audit_events')) await pacer.wait(path, deadline);
      return await this.#exchange(this.#base + path + (query === '' ? '' : `?${query}`), deadline, MAX_REDIRECTS);
    };
    const retries = { attempts: ATTEMPTS, baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS };
    return await withRetries(once, { ...retries, clock, deadline, random });
  }

  /** Reads the token anew; true when it is another one than before. */
  async refreshToken(): Promise<boolean> {
    const before = await this.#options.token();
    return (await this.#options.token({ fresh: true })) !== before;
  }

  async #exchange(url: string, deadline: EpochMs, redirects: number): Promise<GitLabAnswer> {
    const left = deadline - this.#options.clock.now();
    if (left <= 0) throw new TransientError(`GET ${this.#place(url)}: no time left to ask`);
    const answer = await requestJson(this.#options.fetch, {
      url,
      method: 'GET',
      headers: { 'private-token': await this.#options.token(), accept: 'application/json' },
      timeoutMs: Math.min(TIMEOUT_MS, left),
      maxBytes: MAX_BYTES,
    });
    if (answer.status < 300 || answer.status >= 400) return this.#read(answer, url);
    return await this.#exchange(this.#redirect(answer, url, redirects), deadline, redirects - 1);
  }

  #read(answer: HttpAnswer, url: string): GitLabAnswer {
    const { status, body, headers } = answer;
    const place = this.#place(url);
    if (status === 429) {
      throw new RateLimitedError(`GET ${place}: GitLab asked us to slow down (429)`, this.#pause(headers));
    }
    if (status >= 500 || status === 408) throw new TransientError(`GET ${place}: GitLab answered ${status}`);
    if (status >= 400) return { status, body };
    if (body === undefined) throw new TransientError(`GET ${place}: the answer is no JSON or was cut short`);
    return { status, body, ...nextPage(headers.get('link'), this.host) };
  }

  #pause(headers: Headers): number | undefined {
    const now = this.#options.clock.now();
    const told = retryAfterMs(headers, now);
    if (told !== undefined) return told;
    const reset = headers.get('ratelimit-reset') ?? '';
    return /^\d{9,11}$/.test(reset) ? Math.max(0, Number(reset) * 1000 - now) : undefined;
  }

  /** GitLab redirects moved groups and projects within its API; anything else must not get the token. */
  #redirect(answer: HttpAnswer, url: string, redirects: number): string {
    const location = URL.parse(answer.headers.get('location') ?? '', url);
    const isOurs = location?.href.startsWith(this.#base) ?? false;
    if (location !== null && isOurs && redirects > 0) return location.href;
    throw new ConfigError(
      `GET ${this.#place(url)}: GitLab redirects elsewhere; gitlab.url must be the address its API answers at`,
    );
  }

  #place(url: string): string {
    const { host, pathname } = new URL(url);
    return host + pathname;
  }
}
