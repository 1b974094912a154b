import { describe, expect, it } from 'vitest';
import { systemClock } from '../../functions/runtime/clock.ts';

describe('systemClock', () => {
  it('tells the time in epoch milliseconds and lets a pause pass', async () => {
    const before = Date.now();
    await systemClock.sleep(1);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
  });

  it('ends a pause with the reason of its signal', async () => {
    const stop = new AbortController();
    const pause = systemClock.sleep(1_000_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(pause).rejects.toThrow('enough');
  });

  it('does not begin a pause whose signal has aborted', async () => {
    await expect(systemClock.sleep(1_000_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});
