import type { EpochMs } from '../../functions/core/time.ts';
import type { Clock } from '../../functions/runtime/clock.ts';

/** A clock that stands still but for its own sleeps. */
export class FakeClock implements Clock {
  /** Every pause asked for, in milliseconds. */
  readonly pauses: number[] = [];
  #now: EpochMs;

  constructor(now: EpochMs = 1_000_000) {
    this.#now = now;
  }

  now(): EpochMs {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.pauses.push(ms);
    this.#now += ms;
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
