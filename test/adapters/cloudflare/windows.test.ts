import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askableWindows, halves, latestWindow } from '../../../functions/adapters/cloudflare/windows.ts';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const limits = (maxDuration: number, notOlderThan: number) => ({
  enabled: true,
  maxPageSize: 10_000,
  maxNumberOfFields: 30,
  maxDuration,
  notOlderThan,
});

describe('askable windows', () => {
  it('cover the window without gaps or overlaps, in whole seconds, none too long and none too old', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 * DAY }),
        fc.integer({ min: 1, max: 40 * DAY }),
        fc.constantFrom(60, 3600, 86_400, 31 * 86_400),
        fc.constantFrom(3600, 86_400, 31 * 86_400),
        (age, length, maxDuration, notOlderThan) => {
          const window = { start: NOW - age, end: Math.min(NOW, NOW - age + length) };
          const { windows, clamped } = askableWindows(window, limits(maxDuration, notOlderThan), NOW);
          const oldest = NOW - notOlderThan * 1000;
          for (const [index, { start, end }] of windows.entries()) {
            expect(end).toBeGreaterThan(start);
            expect(end - start).toBeLessThanOrEqual(maxDuration * 1000);
            expect(start).toBeGreaterThan(oldest);
            expect([start % 1000, end % 1000]).toEqual([0, 0]);
            if (index > 0) expect(start).toBe(windows[index - 1]?.end);
          }
          const first = windows[0];
          if (first !== undefined && !clamped) expect(first.start).toBeLessThanOrEqual(window.start);
          if (first !== undefined) expect(windows.at(-1)?.end).toBeGreaterThanOrEqual(window.end);
          if (first === undefined) expect(clamped || window.start >= window.end).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leaves a window alone that the zone takes', () => {
    const window = { start: NOW - HOUR, end: NOW };
    expect(askableWindows(window, limits(86_400, 86_400), NOW)).toEqual({ windows: [window], clamped: false });
  });
});

describe('the latest window', () => {
  const day = { start: NOW - DAY, end: NOW };

  it('is the one wanted where the node answers about it at once', () => {
    expect(latestWindow(day, limits(2 * 86_400, 2 * 86_400), NOW)).toEqual({ window: day, short: false });
  });

  it('stays a minute inside what the node answers about at once and keeps', () => {
    const { window } = latestWindow(day, limits(86_400, 86_400), NOW) ?? {};
    expect(window).toEqual({ start: NOW - DAY + MINUTE, end: NOW });
  });

  it('is no longer than the node answers about, and short by more than that minute', () => {
    const hour = { window: { start: NOW - HOUR + MINUTE, end: NOW }, short: true };
    expect(latestWindow(day, limits(3600, 86_400), NOW)).toEqual(hour);
    expect(latestWindow(day, limits(86_400, 3600), NOW)).toEqual(hour);
  });

  it('is none where the node keeps nothing of it', () => {
    expect(latestWindow({ start: NOW - DAY, end: NOW - 2 * HOUR }, limits(86_400, 3600), NOW)).toBeUndefined();
  });
});

describe('halves', () => {
  it('meet on a whole minute and make up the window', () => {
    const window = { start: NOW - 45 * MINUTE + 1000, end: NOW };
    const parts = halves(window);
    expect(parts?.[0].start).toBe(window.start);
    expect(parts?.[0].end).toBe(parts?.[1].start);
    expect(parts?.[1].end).toBe(window.end);
    expect((parts?.[0].end ?? 1) % MINUTE).toBe(0);
  });

  it('end at a second', () => {
    expect(halves({ start: NOW, end: NOW + 1000 })).toBeUndefined();
    expect(halves({ start: NOW, end: NOW + 3000 })).toEqual([
      { start: NOW, end: NOW + 1000 },
      { start: NOW + 1000, end: NOW + 3000 },
    ]);
  });
});
