import { describe, expect, it } from 'vitest';
import {
  fieldsOf,
  type Portion,
  rowsIn,
  smaller,
  wholePortion,
} from '../../../functions/adapters/cloudflare/event-portion.ts';
import { HOUR } from '../../../functions/core/time.ts';

const DAY = { start: 0, end: 24 * HOUR };

function all(fixed?: boolean): readonly Portion[] {
  const portions: Portion[] = [];
  for (let next: Portion | undefined = wholePortion(DAY); next !== undefined; next = smaller(next, fixed)) {
    portions.push(next);
  }
  return portions;
}

describe('what is too much at once', () => {
  it('is asked for in fewer rows, then without long texts, and only then of fewer hours', () => {
    const asked = all().map((portion) => [
      rowsIn(portion, 10_000),
      fieldsOf(portion, ['clientIP', 'clientRequestPath', 'description']).length,
      (portion.window.end - portion.window.start) / HOUR,
    ]);
    expect(asked).toEqual([
      [10_000, 3, 24],
      [2_500, 3, 24],
      [2_500, 1, 24],
      [2_500, 1, 12],
      [2_500, 1, 6],
      [2_500, 1, 3],
    ]);
    expect(all().every(({ window }) => window.end === DAY.end)).toBe(true);
  });

  it('is never of other hours than before where these are fixed', () => {
    expect(all(true)).toHaveLength(3);
    expect(all(true).every(({ window }) => window.start === DAY.start)).toBe(true);
  });

  it('is at least a row, and a second', () => {
    expect(rowsIn({ ...wholePortion(DAY), divisor: 4 }, 1)).toBe(1);
    const second: Portion = { window: { start: 0, end: 1000 }, divisor: 4, withoutTexts: true, halvings: 0 };
    expect(smaller(second)).toBeUndefined();
  });
});
