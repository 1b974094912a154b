import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, gapBetween, HOUR, instant, lengthOf, MINUTE, toIso, touches, widen } from '../../functions/core/time.ts';

const at = fc.integer({ min: -1e12, max: 1e13 });
const interval = fc.tuple(at, fc.nat(DAY)).map(([start, length]) => ({ notBefore: start, notAfter: start + length }));
const window = fc
  .tuple(at, fc.integer({ min: 1, max: DAY }))
  .map(([start, length]) => ({ start, end: start + length }));

describe('touches', () => {
  it('counts the start of a window in and its end out', () => {
    const hour = { start: 0, end: HOUR };
    expect(touches(instant(0), hour)).toBe(true);
    expect(touches(instant(HOUR - 1), hour)).toBe(true);
    expect(touches(instant(HOUR), hour)).toBe(false);
    expect(touches(instant(-1), hour)).toBe(false);
  });

  it('counts both ends of an interval in', () => {
    const hour = { start: 0, end: HOUR };
    expect(touches({ notBefore: -DAY, notAfter: 0 }, hour)).toBe(true);
    expect(touches({ notBefore: -DAY, notAfter: -1 }, hour)).toBe(false);
    expect(touches({ notBefore: HOUR - 1, notAfter: DAY }, hour)).toBe(true);
    expect(touches({ notBefore: HOUR, notAfter: DAY }, hour)).toBe(false);
    expect(touches({ notBefore: -DAY, notAfter: DAY }, hour)).toBe(true);
  });

  it('puts every instant into exactly one of two windows that adjoin', () => {
    fc.assert(
      fc.property(at, fc.nat(DAY), fc.nat(DAY), (start, first, second) => {
        const middle = start + first + 1;
        const end = middle + second + 1;
        for (const moment of [start, middle - 1, middle, end - 1]) {
          const inside = [
            { start, end: middle },
            { start: middle, end },
          ].filter((one) => touches(instant(moment), one));
          expect(inside).toHaveLength(1);
        }
      }),
    );
  });

  it('is not lost by widening the window', () => {
    fc.assert(
      fc.property(interval, window, fc.nat(HOUR), (use, seen, slack) => {
        if (touches(use, seen)) expect(touches(use, widen(seen, slack))).toBe(true);
      }),
    );
  });
});

describe('widen', () => {
  it('adds the slack at each end', () => {
    expect(widen({ start: HOUR, end: 2 * HOUR }, 30 * MINUTE)).toEqual({ start: 30 * MINUTE, end: 150 * MINUTE });
  });
});

describe('gapBetween', () => {
  it('is zero where intervals overlap or meet, else the time between them', () => {
    const first = { notBefore: 0, notAfter: 10 };
    expect(gapBetween(first, { notBefore: 10, notAfter: 20 })).toBe(0);
    expect(gapBetween(first, { notBefore: 3, notAfter: 4 })).toBe(0);
    expect(gapBetween(first, { notBefore: 15, notAfter: 20 })).toBe(5);
    expect(gapBetween(first, instant(-7))).toBe(7);
  });

  it('is the same both ways and never negative', () => {
    fc.assert(
      fc.property(interval, interval, (a, b) => {
        expect(gapBetween(a, b)).toBe(gapBetween(b, a));
        expect(gapBetween(a, b)).toBeGreaterThanOrEqual(0);
        expect(gapBetween(a, b) === 0).toBe(a.notBefore <= b.notAfter && b.notBefore <= a.notAfter);
      }),
    );
  });
});

describe('instants and lengths', () => {
  it('an instant has no length', () => {
    expect(instant(5)).toEqual({ notBefore: 5, notAfter: 5 });
    expect(lengthOf(instant(5))).toBe(0);
    expect(lengthOf({ notBefore: 5, notAfter: 5 + HOUR })).toBe(HOUR);
    expect(lengthOf({ notBefore: 0, notAfter: Number.POSITIVE_INFINITY })).toBe(Number.POSITIVE_INFINITY);
  });

  it('prints UTC whatever the zone of the machine', () => {
    // vitest.config.ts sets a zone other than UTC; were it not to take effect, this test would prove nothing.
    expect(new Date(0).getTimezoneOffset()).not.toBe(0);
    expect(toIso(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(toIso(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123Z');
  });
});
