import { describe, expect, it } from 'vitest';
import { TransientError } from '../../functions/runtime/errors.ts';
import { within } from '../../functions/runtime/within.ts';
import { FakeClock } from './fake-clock.ts';

const never = () => new Promise<never>(() => {});
const inNoTime = { now: () => 0, sleep: async () => {} };

describe('what is waited for so long only', () => {
  it('is what the work comes to, and calls the clock off', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const clock = {
      now: () => 0,
      sleep: (_: number, signal?: AbortSignal) => {
        signals.push(signal);
        return never();
      },
    };
    expect(await within(clock, 500, async () => 'answer')).toBe('answer');
    await expect(within(clock, 500, () => Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
  });

  it('is given up, and told so, when the time is over', async () => {
    let told: AbortSignal | undefined;
    const waiting = within(inNoTime, 500, (over) => {
      told = over;
      return never();
    });
    await expect(waiting).rejects.toThrow(new TransientError('there was no answer within 500 ms'));
    expect(told?.aborted).toBe(true);
  });

  it('is not given up before', async () => {
    const later = new Promise((resolve) => setImmediate(() => resolve('later')));
    expect(await within(new FakeClock(), 1, () => later)).toBe('later');
  });
});
