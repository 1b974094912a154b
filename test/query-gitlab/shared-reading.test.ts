import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';
import { planReading, shareReading } from '../../functions/query-gitlab/shared-reading.ts';
import { MemoryReadings } from './memory-readings.ts';

const NOW = Date.UTC(2026, 0, 5, 12, 7, 30);
const SLACK = 30 * MINUTE;

function evidence(readAt: number): TokenEvidence {
  const window = { start: NOW - HOUR, end: NOW };
  return { window, readAt, credentials: [], uses: [], coverage: {}, realIpMissing: false };
}

describe('what is read for a window', () => {
  const any = fc.record({
    start: fc.integer({ min: NOW - 3 * DAY, max: NOW - MINUTE }),
    length: fc.integer({ min: 0, max: DAY }),
    now: fc.integer({ min: NOW, max: NOW + HOUR }),
  });

  it('holds the window with its slack, and not much more', () => {
    fc.assert(
      fc.property(any, ({ start, length, now }) => {
        const window = { start, end: Math.min(start + length, now) };
        const { window: read } = planReading(window, 1, now, SLACK);
        expect(read.start).toBeLessThanOrEqual(window.start - SLACK);
        expect(read.end).toBeGreaterThanOrEqual(window.end + SLACK);
        expect(window.start - SLACK - read.start).toBeLessThan(15 * MINUTE);
        expect(read.end - window.end - SLACK).toBeLessThanOrEqual(16 * MINUTE);
      }),
    );
  });

  it('starts at the same time for every case with that name, and ends at the same time or with the minute', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const plan = ({ start, length, now }: typeof a) =>
          planReading({ start, end: Math.min(start + length, now) }, 1, now, SLACK);
        const [one, other] = [plan(a), plan(b)];
        if (one.key !== other.key) return;
        expect(one.window.start).toBe(other.window.start);
        if (Math.floor(a.now / MINUTE) === Math.floor(b.now / MINUTE)) expect(one.window).toEqual(other.window);
      }),
    );
  });

  it('is shared by cases that opened within the quarter of an hour, look by look', () => {
    const plan = (start: number, look: number) => planReading({ start, end: NOW }, look, NOW, SLACK).key;
    expect(plan(NOW - 35 * MINUTE, 1)).toBe(plan(NOW - 30 * MINUTE, 1));
    expect(plan(NOW - 35 * MINUTE, 1)).not.toBe(plan(NOW - 35 * MINUTE, 2));
    expect(plan(NOW - 35 * MINUTE, 1)).not.toBe(plan(NOW - 65 * MINUTE, 1));
  });
});

describe('cases that share a reading', () => {
  const plan = planReading({ start: NOW - HOUR, end: NOW }, 1, NOW, SLACK);
  const deadline = NOW + 40_000;

  function caseOf(readings: MemoryReadings, holder: string, start = NOW) {
    let now = start;
    const slept: number[] = [];
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        slept.push(ms);
        now += ms;
        await Promise.resolve();
      },
    };
    return { slept, clock, options: { readings, clock, deadline, newId: () => holder } };
  }

  it('ask GitLab once', async () => {
    const readings = new MemoryReadings();
    let asked = 0;
    const read = async () => {
      asked += 1;
      for (let n = 0; n < 20; n++) await Promise.resolve();
      return evidence(NOW);
    };
    const { options } = caseOf(readings, 'a');
    const all = await Promise.all(
      ['a', 'b', 'c'].map((holder) => shareReading(plan, read, { ...options, newId: () => holder })),
    );
    expect(asked).toBe(1);
    expect(all.map(({ readingId }) => readingId)).toEqual(['a', 'a', 'a']);
  });

  it('read by themselves after half their time', async () => {
    const readings = new MemoryReadings();
    await readings.claim(plan.key, 'stuck', NOW, HOUR);
    const one = caseOf(readings, 'b');
    const { readingId } = await shareReading(plan, async () => evidence(NOW), one.options);
    expect(readingId).toBe('b');
    expect(one.clock.now() - NOW).toBeLessThanOrEqual(20_000);
    expect(one.slept.length).toBeGreaterThan(10);
    expect(readings.saved.has('b')).toBe(true);
  });

  it('take over where the lease ran out', async () => {
    const readings = new MemoryReadings();
    await readings.claim(plan.key, 'dead', NOW, 5_000);
    const one = caseOf(readings, 'b');
    await shareReading(plan, async () => evidence(NOW), one.options);
    expect(one.clock.now() - NOW).toBe(5_000);
    expect(await readings.claim(plan.key, 'c', NOW, 1)).toEqual({ readingId: 'b' });
  });

  it.each([
    ['two seconds when it was made at once', 0, 2_000],
    ['as long as it took to make', 20_000, 20_000],
  ])('share it for %s', async (_what, takes, shared) => {
    const readings = new MemoryReadings();
    const one = caseOf(readings, 'a');
    const read = async () => {
      await one.clock.sleep(takes);
      return evidence(NOW);
    };
    await shareReading(plan, read, one.options);
    const made = NOW + takes;
    expect(await readings.claim(plan.key, 'b', made + shared - 1, 1)).toEqual({ readingId: 'a' });
    expect(await readings.claim(plan.key, 'b', made + shared, 1)).toBe('claimed');
  });

  it('read anew where the shared reading is gone', async () => {
    const readings = new MemoryReadings();
    await readings.save(plan.key, 'gone', evidence(NOW), NOW + HOUR);
    readings.saved.clear();
    const { readingId } = await shareReading(plan, async () => evidence(NOW), caseOf(readings, 'b').options);
    expect(readingId).toBe('b');
  });

  it('are not kept waiting by a reading that failed', async () => {
    const readings = new MemoryReadings();
    const failing = shareReading(plan, () => Promise.reject(new Error('bug')), caseOf(readings, 'a').options);
    await expect(failing).rejects.toThrow('bug');
    expect(await readings.claim(plan.key, 'b', NOW, 1)).toBe('claimed');
  });
});
