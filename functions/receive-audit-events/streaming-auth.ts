import { type EpochMs, MINUTE } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';
import type { ReadOptions, RotatingSecret } from '../runtime/secrets.ts';
import { WebhookAuth } from '../runtime/webhook/auth.ts';

/** For so long a secret that is not there is not looked for again: whoever finds the route costs nothing by it. */
const ABSENT_MS = MINUTE;

/**
 * Checks `X-Gitlab-Event-Streaming-Token` (`reference/gitlab.md` §3). Streaming is optional: where no token is stored,
 * everything is refused, the log says why, and nothing fails. A token cannot be changed at GitLab, so two are accepted
 * while one destination takes over from another.
 */
export class StreamingAuth {
  readonly #auth: WebhookAuth;
  readonly #clock: Clock;
  readonly #logger: StepLogger;
  #absentUntil: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(read: (options?: ReadOptions) => Promise<RotatingSecret>, clock: Clock, logger: StepLogger) {
    this.#auth = new WebhookAuth(read, clock, logger);
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether the header holds a current token. Throws `TransientError` where the secret could not be read just now. */
  async accepts(given: string | undefined): Promise<boolean> {
    if (this.#clock.now() < this.#absentUntil) return false;
    try {
      return await this.#auth.accepts(given);
    } catch (error) {
      // Fails closed: without a token of ours nobody can be told from anybody.
      if (!(error instanceof ConfigError)) throw error;
      this.#absentUntil = this.#clock.now() + ABSENT_MS;
      this.#logger.warn('streaming is not set up; deliveries are refused', { reason: error.message });
      return false;
    }
  }
}
