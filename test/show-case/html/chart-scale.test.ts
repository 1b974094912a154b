import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { timeTicks, valueTicks } from '../../../functions/show-case/html/chart-scale.ts';
import { NOON } from '../../support/evidence.ts';

describe('marks on an axis of time', () => {
  it.each([
    [MINUTE, ['12:00:10', '12:00:15', '12:00:30', '12:00:45', '12:01:00']],
    [2 * HOUR, ['12:15:00', '12:30:00', '12:45:00', '13:00:00', '13:15:00', '13:30:00', '13:45:00', '14:00:00']],
    [DAY, ['15:00:00', '18:00:00', '21:00:00', '00:00:00', '03:00:00', '06:00:00', '09:00:00', '12:00:00']],
  ])('are where a clock shows something round: over %i ms', (span, times) => {
    const ticks = timeTicks({ start: NOON + 10_000, end: NOON + 10_000 + span }, 7);
    expect(ticks.map((tick) => toIso(tick).slice(11, 19))).toEqual(span === MINUTE ? times.slice(1) : times);
  });

  it('are few and inside, however long the time is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * DAY }), (span) => {
        const window = { start: NOON + 7, end: NOON + 7 + span };
        const ticks = timeTicks(window, 7);
        expect(ticks.length).toBeLessThanOrEqual(11);
        expect(ticks.every((tick) => tick >= window.start && tick <= window.end)).toBe(true);
        if (span > 10_000) expect(ticks.length).toBeGreaterThan(1);
      }),
    );
  });
});

describe('marks on an axis of values', () => {
  it.each([
    [1, [0.5, 1]],
    [0.3, [0.2, 0.4]],
    [3, [2, 4]],
    [10, [5, 10]],
    [11, [10, 20]],
    [7_300, [5_000, 10_000]],
  ])('up to %d are round and reach it', (highest, ticks) => {
    expect(valueTicks(highest)).toEqual(ticks);
  });

  it('are two at most, and the last no less than the highest value', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (highest) => {
        const ticks = valueTicks(highest);
        expect(ticks.length).toBeLessThanOrEqual(2);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-12));
      }),
    );
  });
});
