import type { EpochMs, Interval } from '../../core/time.ts';
import { lengthOf, toIso } from '../../core/time.ts';
import { type Html, html } from './markup.ts';

/** The largest instant a date can hold, in milliseconds. */
const LAST_DATE = 8.64e15;

/** An instant to the second in UTC; the page's script writes the reader's own time beside it. */
export function timeOf(at: EpochMs): Html {
  // Neither is NaN, which corrupted data may hold.
  if (!(Math.abs(at) <= LAST_DATE)) return html`unknown`;
  const iso = toIso(at);
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

/** An instant, or from when to when; where only the end is known it says so. */
export function intervalOf(interval: Interval): Html {
  if (lengthOf(interval) === 0) return timeOf(interval.notAfter);
  if (interval.notBefore <= 0) return html`at an unknown time up to ${timeOf(interval.notAfter)}`;
  return html`between ${timeOf(interval.notBefore)} and ${timeOf(interval.notAfter)}`;
}
