import type { EpochMs } from '../../functions/core/time.ts';
import type { Clock } from '../../functions/runtime/clock.ts';

/** A clock that stands still but for its own sleeps. One with a signal bounds something, and lasts until it is called off. */
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
    if (signal !== undefined) return await untilCalledOff(signal);
    this.pauses.push(ms);
    this.#now += ms;
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Rejects with the signal's reason when it aborts: how a bound ends that nothing has reached. */
export async function untilCalledOff(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}
