import type { EpochMs, Interval, Window } from '../time.ts';
import { toIso } from '../time.ts';

/** The end of year 9999: nothing later can be told in the form that people read. */
const LATEST = Date.UTC(9999, 11, 31);

/** Whether an instant is one that a picture can hold: a number, not before 1970 and not beyond year 9999. */
export function isTold(at: EpochMs | undefined): at is EpochMs {
  return at !== undefined && at >= 0 && at <= LATEST;
}

/** Whether both ends of an interval can be told, and in that order. */
export function isToldInterval({ notBefore, notAfter }: Interval): boolean {
  return isTold(notBefore) && isTold(notAfter) && notBefore <= notAfter;
}

/** The same span within what can be told. */
export function toldSpan({ start, end }: Window): Window {
  return { start: Math.max(0, start), end: Math.min(LATEST, end) };
}

/** The UTC day of an instant, `2031-05-06`. */
export function dayText(at: EpochMs): string {
  return toIso(at).slice(0, 10);
}

/** To the minute, `14:08`; with the day in front where that is another than `day`. In UTC. */
export function minuteText(at: EpochMs, day: string): string {
  return onDay(at, day, 16);
}

/** To the second, `14:08:05`; with the day in front where that is another than `day`. In UTC. */
export function secondText(at: EpochMs, day: string): string {
  return onDay(at, day, 19);
}

/** `between 14:08 and 14:21`, or `at 14:08` where both lie in the same minute. */
export function spanText(from: EpochMs, to: EpochMs, day: string): string {
  const [start, end] = [minuteText(from, day), minuteText(to, day)];
  return start === end ? `at ${start}` : `between ${start} and ${end}`;
}

function onDay(at: EpochMs, day: string, end: number): string {
  const iso = toIso(at);
  return `${iso.startsWith(day) ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, end)}`;
}
