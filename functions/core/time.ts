/** An instant: milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A half-open span of time in UTC: `start` is inside, `end` is not. */
export interface Window {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** When something happened, as far as its source can say. Both ends are inside; equal ends are an exact instant. */
export interface Interval {
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
}

/** An exact instant as an interval. */
export function instant(at: EpochMs): Interval {
  return { notBefore: at, notAfter: at };
}

/** The interval's length in milliseconds; 0 for an exact instant, Infinity where one end is unknown. */
export function lengthOf(interval: Interval): number {
  return interval.notAfter - interval.notBefore;
}

/** The window, longer by `slack` milliseconds at each end. */
export function widen(window: Window, slack: number): Window {
  return { start: window.start - slack, end: window.end + slack };
}

/** Whether the interval (both ends inside) and the half-open window share an instant. */
export function touches(interval: Interval, window: Window): boolean {
  return interval.notBefore < window.end && interval.notAfter >= window.start;
}

/** Milliseconds between two intervals; 0 where they overlap or meet. */
export function gapBetween(a: Interval, b: Interval): number {
  return Math.max(0, a.notBefore - b.notAfter, b.notBefore - a.notAfter);
}

/** An instant as ISO 8601 in UTC with milliseconds, the form of every output of this product. */
export function toIso(at: EpochMs): string {
  return new Date(at).toISOString();
}
