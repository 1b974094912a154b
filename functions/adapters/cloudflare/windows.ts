import { type EpochMs, MINUTE, type Window } from '../../core/time.ts';
import type { NodeLimits } from './capabilities.ts';

/** Cloudflare's clock moves on while a query travels: stay this far inside its limits (`reference/cloudflare.md` §13.8). */
const MARGIN_MS = MINUTE;

/** The most requests one window may take: a month in days, or a day in hours with room to spare. */
const MOST_PIECES = 40;

/** A window as a node can be asked about it. */
export interface AskableWindows {
  /** In order, without gaps, none longer than the node's `maxDuration`; empty when all of the window is too old. */
  readonly windows: readonly Window[];
  /** Whether the start had to move: the node no longer keeps it, or answers about too little at once. */
  readonly clamped: boolean;
}

/** Cuts a window to what the node keeps and allows at `now`. Ends move outward to whole seconds, never inward. */
export function askableWindows(window: Window, limits: NodeLimits, now: EpochMs): AskableWindows {
  const { oldest, longest, start: wanted, end } = boundsOf(window, limits, now);
  const start = Math.max(wanted, oldest, end - longest * MOST_PIECES);
  const clamped = start > wanted;
  if (start >= end) return { windows: [], clamped };
  const pieces = Math.ceil((end - start) / longest);
  const windows: Window[] = [];
  let from = start;
  for (let piece = 1; piece <= pieces; piece++) {
    const to = piece === pieces ? end : start + Math.floor(((end - start) * piece) / pieces / 1000) * 1000;
    windows.push({ start: from, end: to });
    from = to;
  }
  return { windows, clamped };
}

/** As much of the window's end as the node answers about at once; `short` where that lacks more than the margin. */
export function latestWindow(
  window: Window,
  limits: NodeLimits,
  now: EpochMs,
): { window: Window; short: boolean } | undefined {
  const { oldest, longest, start: wanted, end } = boundsOf(window, limits, now);
  const start = Math.max(wanted, oldest, end - longest);
  return start < end ? { window: { start, end }, short: start - wanted > MARGIN_MS } : undefined;
}

/** A window's ends in whole seconds, the first instant that a node still keeps, and the longest it answers about. */
function boundsOf(window: Window, limits: NodeLimits, now: EpochMs): Window & { oldest: EpochMs; longest: number } {
  const margin = Math.min(MARGIN_MS / 1000, limits.maxDuration / 2);
  return {
    start: Math.floor(window.start / 1000) * 1000,
    end: Math.ceil(window.end / 1000) * 1000,
    oldest: Math.ceil((now - limits.notOlderThan * 1000 + MARGIN_MS) / 1000) * 1000,
    longest: Math.floor(Math.max(1, limits.maxDuration - margin)) * 1000,
  };
}

/** The two halves of a window, meeting on a whole minute where there is one; undefined below two seconds. */
export function halves(window: Window): readonly [Window, Window] | undefined {
  const middle = window.start + (window.end - window.start) / 2;
  const minute = Math.round(middle / MINUTE) * MINUTE;
  const cut = minute > window.start && minute < window.end ? minute : Math.floor(middle / 1000) * 1000;
  if (cut <= window.start || cut >= window.end) return undefined;
  return [
    { start: window.start, end: cut },
    { start: cut, end: window.end },
  ];
}
