import { DAY, type EpochMs } from '../../functions/core/time.ts';

/** The time a story takes: it is lived from `begin`, and counted from `from` to `to` (exclusive). */
export interface Span {
  readonly begin: EpochMs;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Monday, 3 March 2031: far from every real date, so that nothing can come to depend on today's. */
const BEGIN = Date.UTC(2031, 2, 3);

/** A week to learn what is usual, then thirty days that count. */
export const STORY_SPAN: Span = { begin: BEGIN, from: BEGIN + 7 * DAY, to: BEGIN + 37 * DAY };

/** Calendar days (UTC) of the whole story; day 0 is a Monday. */
export const STORY_DAYS = (STORY_SPAN.to - STORY_SPAN.begin) / DAY;

/** Midnight UTC of a day of the story. */
export function dayStart(day: number): EpochMs {
  return BEGIN + day * DAY;
}

export function isWeekend(day: number): boolean {
  return day % 7 >= 5;
}
