import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../../functions/adapters/gitlab/pacer.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { RateLimitedError } from '../../../functions/runtime/errors.ts';

/** A clock whose sleeps pass at once, when nobody else has anything to do. */
function clock() {
  let now = 1_000_000;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now = Math.max(now, now + ms);
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('the pace of requests', () => {
  it('is never above the limit in any minute', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(40_000), { maxLength: 40 }),
        async (limit, gaps) => {
          const time = clock();
          const pacer = new Pacer(limit, time);
          const starts: number[] = [];
          for (const gap of gaps) {
            time.pass(gap);
            await pacer.wait('audit_events', Number.POSITIVE_INFINITY);
            starts.push(time.now());
          }
          for (const at of starts) {
            expect(starts.filter((other) => other >= at && other < at + MINUTE).length).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  it('is counted for each kind by itself', async () => {
    const time = clock();
    const pacer = new Pacer(1, time);
    await pacer.wait('projects/1/audit_events', Number.POSITIVE_INFINITY);
    await pacer.wait('projects/2/audit_events', Number.POSITIVE_INFINITY);
    expect(time.now()).toBe(1_000_000);
  });

  it('does not wait past the deadline', async () => {
    const time = clock();
    const pacer = new Pacer(1, time);
    await pacer.wait('audit_events', time.now() + MINUTE);
    await expect(pacer.wait('audit_events', time.now() + MINUTE)).rejects.toBeInstanceOf(RateLimitedError);
    expect(time.now()).toBe(1_000_000);
  });
});
