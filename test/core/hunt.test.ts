import { describe, expect, it } from 'vitest';
import {
  dueWindows,
  type HuntTimes,
  huntCaseId,
  huntExecutionName,
  huntReads,
  latestWindow,
  overlapSuffices,
} from '../../functions/core/hunt.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { NOON } from '../support/evidence.ts';

/** The defaults of the settings. */
const TIMES: HuntTimes = { slack: 30 * MINUTE, overlap: 45 * MINUTE, delay: 10 * MINUTE, lateness: 15 * MINUTE };
const WINDOW = { start: NOON, end: NOON + HOUR };

/** Minutes from noon. */
const minutes = ({ start, end }: { start: number; end: number }) => [(start - NOON) / MINUTE, (end - NOON) / MINUTE];

describe('what a hunt reads', () => {
  it('reaches back far enough for pairs that straddle the hour, and for late ones', () => {
    const { owned, late, uses, sightings } = huntReads(WINDOW, TIMES);
    expect([owned, late, uses, sightings].map(minutes)).toEqual([
      [0, 60],
      [-5, 0],
      [-45, 60],
      [-75, 60],
    ]);
  });

  it('has no late pairs where it waits as long as evidence may take', () => {
    const { late } = huntReads(WINDOW, { ...TIMES, delay: 20 * MINUTE });
    expect(minutes(late)).toEqual([0, 0]);
  });

  it('looks for late pairs in the window before, and in no other', () => {
    const { late } = huntReads(WINDOW, { ...TIMES, lateness: 200 * MINUTE, overlap: 300 * MINUTE });
    expect(minutes(late)).toEqual([-60, 0]);
  });

  it.each([
    ['the defaults', {}, true],
    ['an overlap as long as the slack and a delay as long as the lateness', { overlap: 30, delay: 15 }, true],
    ['an overlap shorter than the slack', { overlap: 29, delay: 60 }, false],
    ['a minute less than late evidence takes', { overlap: 34, delay: 10 }, false],
    ['no slack and nothing late', { slack: 0, overlap: 0, delay: 0, lateness: 0 }, true],
  ])('suffices or not: %s', (_what, changes, suffices) => {
    const changed = Object.fromEntries(Object.entries(changes).map(([name, count]) => [name, count * MINUTE]));
    expect(overlapSuffices({ ...TIMES, ...changed })).toBe(suffices);
  });
});

describe('windows that are due', () => {
  const delay = 10 * MINUTE;

  it.each([
    ['at the delay', NOON + delay, NOON - HOUR],
    ['just before it', NOON + delay - 1, NOON - 2 * HOUR],
    ['long after it', NOON + HOUR, NOON - HOUR],
  ])('begin with the last that ended: %s', (_when, now, start) => {
    expect(latestWindow(now, delay)).toBe(start);
  });

  it('are all that are unfinished, the oldest first', () => {
    const now = NOON + delay;
    expect(dueWindows(NOON - 3 * HOUR, now, delay)).toEqual([NOON - 3 * HOUR, NOON - 2 * HOUR, NOON - HOUR]);
    expect(dueWindows(NOON - HOUR, now, delay)).toEqual([NOON - HOUR]);
    expect(dueWindows(NOON - HOUR, now - 1, delay)).toEqual([]);
    expect(dueWindows(NOON + 5 * HOUR, now, delay)).toEqual([]);
  });

  it('have one case each, and one execution each time they are tried', () => {
    expect(huntCaseId(Date.parse('2026-11-20T18:00:00Z'))).toBe('hunt-2026-11-20T18Z');
    expect(huntExecutionName(Date.parse('2026-11-20T18:00:00Z'), 3)).toBe('hunt-2026-11-20T18Z-3');
  });
});
