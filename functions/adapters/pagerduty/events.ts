import * as z from 'zod/mini';
import { inertText } from '../../core/hostile-text.ts';
import { EVENT_BYTES, type PagerEvent } from '../../core/pager-event.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BadInputError, ConfigError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { type Fetch, type HttpAnswer, requestJson, retryAfterMs } from '../../runtime/http.ts';
import { withRetries } from '../../runtime/retry.ts';
import type { ReadOptions, RoutingKeys } from '../../runtime/secrets.ts';

export interface PagerDutyOptions {
  readonly fetch: Fetch;
  /** Root; `/v2/enqueue` is appended. */
  readonly eventsUrl: string;
  /** The keys of the PagerDuty secret; asked `fresh` once when the one at hand was refused. */
  readonly routingKeys: (options: ReadOptions) => Promise<RoutingKeys>;
  readonly clock: Clock;
  /** 0 ≤ random() < 1, for jitter. */
  readonly random: () => number;
}

export interface SendOptions {
  /** Which key it is sent with. */
  readonly to: keyof RoutingKeys;
  /** No attempt starts a pause that would end after this instant. */
  readonly deadline: EpochMs;
}

/** What PagerDuty said to an event it took: accepted for processing, which is all 202 promises. */
export interface Sent {
  readonly status: number;
  readonly dedupKey: string;
}

const ATTEMPT_MS = 5_000;
/** One attempt and two quick retries; longer waits are the state machine's (`reference/pagerduty.md` §3). */
const RETRIES = { attempts: 3, baseMs: 500, maxMs: 2_000 };

const Accepted = z.object({ dedup_key: z.optional(z.string()) });
const Refused = z.object({ message: z.optional(z.string()), errors: z.optional(z.array(z.unknown())) });

/** PagerDuty's Events API v2. Sending an event twice is harmless: its `dedup_key` makes both the same alert. */
export class PagerDutyEvents {
  readonly #options: PagerDutyOptions;

  constructor(options: PagerDutyOptions) {
    this.#options = options;
  }

  /**
   * Sends one event; tried again quickly where trying again can help, and once with freshly read keys when the key
   * itself was refused.
   * @throws RateLimitedError on 429 at once: PagerDuty asks for pauses of half a minute, which the state machine makes.
   * @throws TransientError when PagerDuty cannot be reached or fails.
   * @throws ConfigError when the routing key is refused; BadInputError when the event is.
   */
  async send(event: PagerEvent, options: SendOptions): Promise<Sent> {
    const keys = await this.#options.routingKeys({ fresh: false });
    const first = await this.#post(event, keys[options.to], options.deadline);
    if (!namesTheKey(first)) return this.#outcome(first, event);
    const fresh = await this.#options.routingKeys({ fresh: true });
    if (fresh[options.to] === keys[options.to]) return this.#outcome(first, event);
    return this.#outcome(await this.#post(event, fresh[options.to], options.deadline), event);
  }

  /** The answer, once it is one that trying again quickly would not change. */
  async #post(event: PagerEvent, routingKey: string, deadline: EpochMs): Promise<HttpAnswer> {
    const body = JSON.stringify({ routing_key: routingKey, ...event });
    if (Buffer.byteLength(body, 'utf8') > EVENT_BYTES) {
      throw new BadInputError(`the PagerDuty event ${event.dedup_key} is larger than ${EVENT_BYTES} bytes`);
    }
    const { fetch, eventsUrl, clock, random } = this.#options;
    return await withRetries(
      async () => {
        const answer = await requestJson(fetch, {
          url: `${eventsUrl.replace(/\/+$/, '')}/v2/enqueue`,
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body,
          timeoutMs: ATTEMPT_MS,
          maxBytes: 64 * 1024,
        });
        if (answer.status === 408 || answer.status >= 500) {
          throw new TransientError(`PagerDuty answered ${answer.status} to an event`);
        }
        return answer;
      },
      { ...RETRIES, clock, random, deadline },
    );
  }

  #outcome(answer: HttpAnswer, event: PagerEvent): Sent {
    const { status } = answer;
    if (status >= 200 && status < 300) {
      const accepted = Accepted.safeParse(answer.body);
      return { status, dedupKey: accepted.data?.dedup_key ?? event.dedup_key };
    }
    if (status === 429) {
      throw new RateLimitedError(
        'PagerDuty takes no more events for this key now (429)',
        retryAfterMs(answer.headers, this.#options.clock.now()),
      );
    }
    if (namesTheKey(answer)) {
      throw new ConfigError(
        `PagerDuty refused the routing key of the PagerDuty secret (${status}): ${errorsOf(answer)}`,
      );
    }
    if (status < 400 || [401, 403, 404, 405].includes(status)) {
      throw new ConfigError(`PagerDuty answered ${status}: check pagerduty.eventsUrl and the PagerDuty secret`);
    }
    throw new BadInputError(`PagerDuty refused the event (${status}): ${errorsOf(answer)}`);
  }
}

/** A refusal that names the key, or one of its credentials' kind: the secret may have been rotated since it was read. */
function namesTheKey(answer: HttpAnswer): boolean {
  if (answer.status === 401 || answer.status === 403) return true;
  return answer.status === 400 && /routing[_ ]?key|service[_ ]?key|integration[_ ]?key/i.test(refusalText(answer));
}

/** Routing keys are 32 characters; an answer that repeats one must not carry it into a log. */
const KEY_LIKE = /\w{32,}/g;

/** PagerDuty's own words about the event's form; bounded, and inert wherever they are shown. */
function errorsOf(answer: HttpAnswer): string {
  return inertText(refusalText(answer).replace(KEY_LIKE, '[key]'), 500) || 'no reason given';
}

function refusalText({ body }: HttpAnswer): string {
  const refused = Refused.safeParse(body);
  if (!refused.success) return '';
  const errors = refused.data.errors?.filter((error) => typeof error === 'string').slice(0, 10) ?? [];
  return errors.length > 0 ? errors.join('; ') : (refused.data.message ?? '');
}
