import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';
import { stepOf, trafficOf } from '../../functions/core/traffic-steps.ts';

const START = Date.parse('2026-03-01T12:00:00Z');

describe('the step of traffic', () => {
  it.each([
    [1, MINUTE],
    [HOUR, MINUTE],
    [DAY, MINUTE],
    [DAY + 2_000, MINUTE],
    [DAY + MINUTE, 5 * MINUTE],
    [5 * DAY, 5 * MINUTE],
    [5 * DAY + MINUTE, 15 * MINUTE],
    [15 * DAY + MINUTE, HOUR],
    [60 * DAY + MINUTE, 2 * HOUR],
  ])('of a window of %i ms is %i ms: never more than 1,440 of them', (length, step) => {
    expect(stepOf({ start: START, end: START + length })).toBe(step);
  });
});

describe('points', () => {
  it('become steps in order of time, added up before they are rounded', () => {
    const points = [
      { at: START + 5 * MINUTE, requests: 1 },
      { at: START + MINUTE - 1, requests: 2.4 },
      { at: START, requests: 1.3 },
      { at: START - 1, requests: 4 },
    ];
    expect(trafficOf(points, MINUTE)).toEqual({
      step: MINUTE,
      points: [
        { at: START - MINUTE, requests: 4 },
        { at: START, requests: 4 },
        { at: START + 5 * MINUTE, requests: 1 },
      ],
    });
    expect(trafficOf(points, HOUR).points).toEqual([
      { at: START - HOUR, requests: 4 },
      { at: START, requests: 5 },
    ]);
  });

  it('of nothing are no steps', () => {
    expect(trafficOf([], MINUTE)).toEqual({ step: MINUTE, points: [] });
  });
});
