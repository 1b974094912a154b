import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAYS_REMEMBERED, type DaysSeen, daysBefore, withDay } from '../../functions/core/days-seen.ts';

function seen(days: readonly number[]): DaysSeen | undefined {
  return days.reduce<DaysSeen | undefined>((known, day) => withDay(known, day), undefined);
}

const anyDay = fc.integer({ min: 20_000, max: 20_080 });

describe('days seen', () => {
  it('are those before a day, the newest first, as far as they are remembered', () => {
    const days = seen([20_000, 20_009, 20_010]) ?? [0, 0];
    expect(daysBefore(days, 20_010)).toEqual([20_009, 20_000]);
    expect(daysBefore(days, 20_011)).toEqual([20_010, 20_009, 20_000]);
    expect(daysBefore(days, 20_000)).toEqual([]);
    expect(daysBefore(days, 20_000 + DAYS_REMEMBERED)).toEqual([20_010, 20_009, 20_000]);
    expect(daysBefore(days, 20_001 + DAYS_REMEMBERED)).toEqual([20_010, 20_009]);
  });

  it('do not depend on the order they are told in, nor on how often', () => {
    fc.assert(
      fc.property(fc.array(anyDay, { minLength: 1 }), fc.array(fc.nat()), anyDay, (days, order, today) => {
        const shuffled = [...days, ...days.slice(0, 3)].sort((a, b) => (order[a % 7] ?? 0) - (order[b % 7] ?? 0));
        expect(seen(shuffled)).toEqual(seen(days));
        const newest = Math.max(...days);
        const kept = days.filter(
          (day) => day > newest - DAYS_REMEMBERED && day < today && today - day <= DAYS_REMEMBERED,
        );
        expect(daysBefore(seen(days) ?? [0, 0], today)).toEqual([...new Set(kept)].sort((a, b) => b - a));
      }),
    );
  });
});
