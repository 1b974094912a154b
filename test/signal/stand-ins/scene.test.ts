import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { lessonsOf } from './scene.ts';

const DAY_OF_SCENE = Date.UTC(2031, 2, 12);

function lessons(begin: number, start: number) {
  const plan = { start, end: start + HOUR, lessonDays: 2, lessonHours: [9, 23] };
  return lessonsOf({ begin }, plan).map((hour) => toIso(hour).slice(5, 13));
}

describe('hours that are hunted to learn from', () => {
  it('are those of the days before, the oldest first', () => {
    expect(lessons(DAY_OF_SCENE - 9 * DAY, DAY_OF_SCENE + 12 * HOUR)).toEqual([
      '03-10T09',
      '03-10T23',
      '03-11T09',
      '03-11T23',
    ]);
  });

  it('lie within the story', () => {
    expect(lessons(DAY_OF_SCENE - 2 * DAY + 10 * HOUR, DAY_OF_SCENE + 12 * HOUR)).toEqual([
      '03-10T23',
      '03-11T09',
      '03-11T23',
    ]);
  });

  it('are over before the hours that come right before the scene', () => {
    expect(lessons(DAY_OF_SCENE - 9 * DAY, DAY_OF_SCENE + 30 * MINUTE)).toEqual(['03-10T09', '03-10T23', '03-11T09']);
  });
});
