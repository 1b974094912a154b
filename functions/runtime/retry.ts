import type { EpochMs } from '../core/time.ts';
import type { Clock } from './clock.ts';
import { RateLimitedError, TransientError } from './errors.ts';

export interface RetryOptions {
  /** Most attempts in all, the first included; at least 1. */
  readonly attempts: number;
  /** Longest first pause in milliseconds; each later one may be twice as long. */
  readonly baseMs: number;
  /** Longest pause of our own choosing in milliseconds. A wait the other system asks for is not cut by it. */
  readonly maxMs: number;
  readonly clock: Clock;
  /** No attempt starts at or after this instant. */
  readonly deadline: EpochMs;
  /** A number in [0, 1), as `Math.random` gives. */
  readonly random: () => number;
  /** Ends a pause early; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` until it succeeds, passing the number of the attempt (from 1). Only `TransientError` and
 * `RateLimitedError` are tried again, after a pause with full jitter; a rate limit's own wait is always honoured.
 * Throws the last error when the attempts are used up or the pause would reach the deadline.
 */
export async function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      // Fails toward the caller, who turns it into coverage or lets the state machine retry.
      if (!isRetryable(error) || attempt >= options.attempts) throw error;
      const pause = pauseAfter(error, attempt, options);
      if (options.clock.now() + pause >= options.deadline) throw error;
      await options.clock.sleep(pause, options.signal);
    }
  }
}

function isRetryable(error: unknown): error is TransientError | RateLimitedError {
  return error instanceof TransientError || error instanceof RateLimitedError;
}

/** Jitter is added on top of a wait we were told, so that callers told the same wait do not come back as one. */
function pauseAfter(error: TransientError | RateLimitedError, attempt: number, options: RetryOptions): number {
  const told = error instanceof RateLimitedError ? error.retryAfterMs : undefined;
  if (told !== undefined) return Math.max(0, told) + options.random() * options.baseMs;
  return options.random() * Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1));
}
