import { describe, expect, it } from 'vitest';
import { BadInputError, ConfigError, RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import { type RetryOptions, withRetries } from '../../functions/runtime/retry.ts';
import { FakeClock } from './fake-clock.ts';

/** Fails with each error in turn, then answers `done`. */
function failing(...errors: readonly Error[]) {
  const attempts: number[] = [];
  const work = async (attempt: number) => {
    attempts.push(attempt);
    const error = errors[attempts.length - 1];
    if (error !== undefined) throw error;
    return 'done';
  };
  return { attempts, work };
}

function options(clock: FakeClock, given: Partial<RetryOptions> = {}): RetryOptions {
  return { attempts: 4, baseMs: 100, maxMs: 300, clock, deadline: clock.now() + 60_000, random: () => 1, ...given };
}

const transient = () => new TransientError('down');

describe('withRetries', () => {
  it('answers at once what works at once', async () => {
    const clock = new FakeClock();
    expect(await withRetries(failing().work, options(clock))).toBe('done');
    expect(clock.pauses).toEqual([]);
  });

  it('tries again with pauses that may double up to the longest', async () => {
    const clock = new FakeClock();
    const { attempts, work } = failing(transient(), transient(), transient());
    expect(await withRetries(work, options(clock))).toBe('done');
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(clock.pauses).toEqual([100, 200, 300]);
  });

  it('spreads every pause from nothing to its longest', async () => {
    for (const [random, pause] of [
      [0, 0],
      [0.25, 25],
    ] as const) {
      const clock = new FakeClock();
      await withRetries(failing(transient()).work, options(clock, { random: () => random }));
      expect(clock.pauses).toEqual([pause]);
    }
  });

  it('throws the last error when the attempts are used up', async () => {
    const last = transient();
    const { attempts, work } = failing(transient(), last, transient());
    await expect(withRetries(work, options(new FakeClock(), { attempts: 2 }))).rejects.toBe(last);
    expect(attempts).toEqual([1, 2]);
  });

  it.each([new BadInputError('wrong'), new ConfigError('missing'), new TypeError('bug')])(
    'does not try %s again',
    async (error) => {
      const { attempts, work } = failing(error);
      await expect(withRetries(work, options(new FakeClock()))).rejects.toBe(error);
      expect(attempts).toEqual([1]);
    },
  );

  it('waits at least as long as it was told, longer than its own longest pause', async () => {
    const clock = new FakeClock();
    const { work } = failing(new RateLimitedError('slow', 5_000), new RateLimitedError('slow', 0));
    await withRetries(work, options(clock, { random: () => 0.5 }));
    expect(clock.pauses).toEqual([5_050, 50]);
  });

  it('backs off by itself when a rate limit says no time', async () => {
    const clock = new FakeClock();
    await withRetries(failing(new RateLimitedError('slow')).work, options(clock));
    expect(clock.pauses).toEqual([100]);
  });

  it('gives up when the pause would reach the deadline', async () => {
    const clock = new FakeClock();
    const error = new RateLimitedError('slow', 900);
    const { attempts, work } = failing(error);
    await expect(withRetries(work, options(clock, { deadline: clock.now() + 1_000 }))).rejects.toBe(error);
    expect(attempts).toEqual([1]);
    expect(clock.pauses).toEqual([]);
  });

  it('ends a pause with the signal', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(withRetries(failing(transient()).work, options(new FakeClock(), { signal }))).rejects.toThrow(
      'cancelled',
    );
  });
});
