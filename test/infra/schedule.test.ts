import { describe, expect, it } from 'vitest';
import { longestPause } from '../../infra/schedule.ts';

describe('longestPause', () => {
  it.each([
    ['rate(1 minute)', 1],
    ['rate(90 minutes)', 90],
    ['rate(1 hour)', 60],
    ['rate(2 days)', 2880],
    ['cron(* * * * ? *)', 1],
    ['cron(10 * * * ? *)', 60],
    ['cron(10 * ? * * *)', 60],
    ['cron(*/20 * * * ? *)', 20],
    ['cron(0/15 * * * ? *)', 15],
    // From minute 50 of one hour to minute 5 of the next.
    ['cron(5,50 * * * ? *)', 45],
    ['cron(0 */3 * * ? *)', 180],
    ['cron(30 1/4 * * ? *)', 240],
    // From 17:00 to 9:00 on the next day.
    ['cron(0 9-17 * * ? *)', 16 * 60],
    ['cron(0 8-18/2,23 * * ? *)', 9 * 60],
    ['cron(0 0 * * ? *)', 24 * 60],
  ])('of %s is %i minutes', (schedule, minutes) => {
    expect(longestPause(schedule)).toBe(minutes);
  });

  it.each([
    'cron(0 * ? * MON-FRI *)',
    'cron(0 * 1 * ? *)',
    'cron(0 * * JAN ? *)',
    'cron(0 * * * ? 2030)',
    'cron(0 24 * * ? *)',
  ])('has no end where the days are not alike, or there is no run: %s', (schedule) => {
    expect(longestPause(schedule)).toBe(Number.POSITIVE_INFINITY);
  });
});
