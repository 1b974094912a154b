import { createHash, timingSafeEqual } from 'node:crypto';
import { type EpochMs, MINUTE } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import type { StepLogger } from '../logger.ts';
import type { ReadOptions, RotatingSecret } from '../secrets.ts';

/** How often a wrong secret may make us read ours again: a rotation works at once, a flood of guesses costs nothing. */
const REFRESH_PAUSE = MINUTE;

/**
 * Checks a shared secret that a sender gives verbatim in a header, without signature or time: `cf-webhook-auth`
 * (`reference/cloudflare.md` §1.2), `X-Gitlab-Event-Streaming-Token` (`reference/gitlab.md` §3).
 */
export class WebhookAuth {
  readonly #read: (options?: ReadOptions) => Promise<RotatingSecret>;
  readonly #clock: Clock;
  readonly #logger: StepLogger;
  #refreshedAt: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(read: (options?: ReadOptions) => Promise<RotatingSecret>, clock: Clock, logger: StepLogger) {
    this.#read = read;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether the header holds a current secret. Throws what reading the secret throws when none was ever read. */
  async accepts(given: string | undefined): Promise<boolean> {
    if (given === undefined || given === '') return false;
    if (matches(given, await this.#read())) return true;
    const fresh = await this.#refreshed();
    return fresh !== undefined && matches(given, fresh);
  }

  async #refreshed(): Promise<RotatingSecret | undefined> {
    const now = this.#clock.now();
    if (now - this.#refreshedAt < REFRESH_PAUSE) return undefined;
    this.#refreshedAt = now;
    try {
      return await this.#read({ fresh: true });
    } catch {
      // Fails closed: what cannot be verified is refused, and the log says that it may have been right.
      this.#logger.warn('secret could not be refreshed; a delivery was refused by the one at hand');
      return undefined;
    }
  }
}

/** Digests have one length, which `timingSafeEqual` needs; every secret is compared, whichever matches. */
function matches(given: string, { current, previous }: RotatingSecret): boolean {
  const digest = digestOf(given);
  const isCurrent = timingSafeEqual(digest, digestOf(current));
  const isPrevious = timingSafeEqual(digest, digestOf(previous ?? current));
  return isCurrent || isPrevious;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
