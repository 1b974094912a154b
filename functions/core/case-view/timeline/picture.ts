import type { CaseFile } from '../../case-file.ts';
import { DAY, type EpochMs, HOUR, type Interval, MINUTE, type Window } from '../../time.ts';
import { isTold, isToldInterval, toldSpan } from '../told-time.ts';

/** What a picture is laid out around. */
export interface PictureContent {
  /** Undefined where the case has none yet. */
  readonly window: Window | undefined;
  /** Milliseconds. */
  readonly slack: number;
  readonly openedAt: EpochMs;
  /** What happened to the case itself: looks, pages, alerts. */
  readonly events: readonly EpochMs[];
  /** Exact uses that matched; and those that did not. */
  readonly matched: readonly Interval[];
  readonly others: readonly Interval[];
}

/** A picture is never shorter than this: a window of no length still has a before and an after. */
const SHORTEST = 10 * MINUTE;

/** How far beyond the window's own length, at least, a late page may widen the picture. */
const LATE = 2 * HOUR;

/** A matched use lies within the slack of a sighting; one that is told farther away is nonsense and moves nothing. */
const FARTHEST_USE = 7 * DAY;

/** Room at both ends, as a part of the picture. */
const MARGIN = 0.03;

/** The window of a case's state; undefined where there is none that can be told. */
export function windowOf({ state }: CaseFile): Window | undefined {
  const start = Date.parse(state?.window.start ?? '');
  const end = Date.parse(state?.window.end ?? '');
  return isToldInterval({ notBefore: start, notAfter: end }) ? { start, end } : undefined;
}

/**
 * From when to when a timeline is drawn: the window, widened to hold exact matched uses, other uses as far as the slack
 * goes, and what happened to the case unless that was so late that the rest would shrink to nothing. Of slack that holds
 * nothing only a little is shown. Undefined where no time is known at all.
 */
export function pictureOf({ window, slack, openedAt, events, matched, others }: PictureContent): Window | undefined {
  const middle = [openedAt, ...events].find(isTold);
  const base = window ?? (middle === undefined ? undefined : { start: middle, end: middle });
  if (base === undefined) return undefined;
  const core = toldSpan(base);
  const reach = Math.max(LATE, core.end - core.start);
  const held = [
    ...instantsWithin(core, reach, events),
    ...instantsWithin(core, FARTHEST_USE, endsOf(matched)),
    ...instantsWithin(core, slackOf(slack), endsOf(others)),
  ];
  const start = held.reduce((earliest, at) => Math.min(earliest, at), core.start);
  const end = held.reduce((latest, at) => Math.max(latest, at), core.end);
  const margin = (end - start) * MARGIN;
  return longEnough(toldSpan({ start: start - margin, end: end + margin }));
}

function endsOf(uses: readonly Interval[]): EpochMs[] {
  return uses.filter(isToldInterval).flatMap((at) => [at.notBefore, at.notAfter]);
}

/** A slack that can be drawn: a number of milliseconds, at most a day. */
export function slackOf(slack: number): number {
  return slack > 0 ? Math.min(slack, DAY) : 0;
}

function longEnough({ start, end }: Window): Window {
  const missing = Math.max(0, SHORTEST - (end - start));
  return toldSpan({ start: start - missing / 2, end: end + missing / 2 });
}

function instantsWithin(core: Window, reach: number, instants: readonly EpochMs[]): EpochMs[] {
  return instants.filter((at) => isTold(at) && at >= core.start - reach && at <= core.end + reach);
}
