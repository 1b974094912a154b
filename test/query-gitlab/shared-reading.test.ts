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
        const { window: read } = planReading(window, now, SLACK);
        expect(read.start).toBeLessThanOrEqual(window.start - SLACK);
        expect(read.end).toBeGreaterThanOrEqual(window.end + SLACK);
        expect(window.start - SLACK - read.start).toBeLessThan(15 * MINUTE);
        expect(read.end - window.end - SLACK).toBeLessThanOrEqual(16 * MINUTE);
      }),
    );
  });

  it('is the same for every case of the moment with that name', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const plan = ({ start, length, now }: typeof a) =>
          planReading({ start, end: Math.min(start + length, now) }, now, SLACK);
        const [one, other] = [plan(a), plan(b)];
        if (one.key === other.key) expect(one.window).toEqual(other.window);
      }),
    );
  });

  it('is shared by cases that opened within the quarter of an hour, and not a minute later', () => {
    const plan = (start: number, now: number) => planReading({ start, end: now }, now, SLACK).key;
    expect(plan(NOW - 35 * MINUTE, NOW)).toBe(plan(NOW - 30 * MINUTE, NOW + 10_000));
    expect(plan(NOW - 35 * MINUTE, NOW)).not.toBe(plan(NOW - 35 * MINUTE, NOW + MINUTE));
  });
});

describe('cases that share a reading', () => {
  const plan = planReading({ start: NOW - HOUR, end: NOW }, NOW, SLACK);
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
    const all = await Promise.all(
      ['a', 'b', 'c'].map((holder) => shareReading(plan, read, caseOf(readings, holder).options)),
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

  it('read anew where the shared reading is gone', async () => {
    const readings = new MemoryReadings();
    await readings.save(plan.key, 'gone', evidence(NOW));
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
