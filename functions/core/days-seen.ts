import { DAY, type EpochMs, HOUR } from './time.ts';

/** A UTC day, counted from 1970-01-01. */
export type DayNumber = number;

/** How many days are remembered, the newest included. */
export const DAYS_REMEMBERED = 32;

/** On which UTC days something was seen: bit `i` of the mask is the day `i` before `last`. */
export type DaysSeen = readonly [last: DayNumber, mask: number];

export function dayOf(at: EpochMs): DayNumber {
  return Math.floor(at / DAY);
}

/** The hour of the day, UTC: 0..23. */
export function hourOf(at: EpochMs): number {
  return Math.floor(at / HOUR) % 24;
}

/** One day more; the same whatever the order of the days, and however often one is told. */
export function withDay(seen: DaysSeen | undefined, day: DayNumber): DaysSeen {
  if (seen === undefined) return [day, 1];
  const [last, mask] = seen;
  const ago = last - day;
  if (ago >= DAYS_REMEMBERED) return seen;
  if (ago >= 0) return [last, (mask | (1 << ago)) >>> 0];
  return [day, -ago >= DAYS_REMEMBERED ? 1 : ((mask << -ago) | 1) >>> 0];
}

/** The days seen before a day, the newest first; none older than {@link DAYS_REMEMBERED} before it. */
export function daysBefore([last, mask]: DaysSeen, day: DayNumber): DayNumber[] {
  const days: DayNumber[] = [];
  for (let ago = 0; ago < DAYS_REMEMBERED; ago++) {
    const seen = last - ago;
    if (seen < day && day - seen <= DAYS_REMEMBERED && ((mask >>> ago) & 1) === 1) days.push(seen);
  }
  return days;
}
