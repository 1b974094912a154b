import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { RateLimitedError } from '../../runtime/errors.ts';

const SPAN_MS = 60_000;

/**
 * Keeps requests of one kind below a number per minute, counted over every span of 60 seconds. GitLab's audit limits
 * (200 a minute, per user and per group or project) are not told in `RateLimit-*` headers, so they must be kept blindly
 * (`reference/gitlab.md` §1).
 */
export class Pacer {
  readonly #perMinute: number;
  readonly #clock: Clock;
  readonly #starts = new Map<string, EpochMs[]>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Resolves when a request of this kind may start. Throws `RateLimitedError` at once where that would not be before
   * the deadline.
   */
  async wait(kind: string, deadline: EpochMs): Promise<void> {
    const now = this.#clock.now();
    const starts = (this.#starts.get(kind) ?? []).filter((at) => at > now - SPAN_MS);
    // The place is taken before the pause, so that whoever asks meanwhile comes after it.
    const last = starts.at(-this.#perMinute);
    const start = last === undefined ? now : Math.max(now, last + SPAN_MS);
    if (start >= deadline) {
      throw new RateLimitedError(`GitLab allows ${this.#perMinute} requests a minute to ${kind}, and time ran out`);
    }
    starts.push(start);
    this.#starts.set(kind, starts);
    if (start > now) await this.#clock.sleep(start - now);
  }
}
