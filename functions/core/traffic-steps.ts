import { type EpochMs, HOUR, MINUTE, type Window } from './time.ts';
import type { Traffic, TrafficPoint } from './traffic.ts';

/** The most steps of a window: more would be drawn finer than a screen shows. */
const MOST_STEPS = 1_440;

/** The lengths of a step that analytics tell by themselves (`reference/cloudflare.md` §4.4), in milliseconds. */
export const STEPS: readonly number[] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR];

/**
 * Milliseconds of a step of the window: a minute, or longer for a window of more than 1,440 of them. Whoever asks by
 * whole seconds asks about a little more than a day, which is one all the same.
 */
export function stepOf({ start, end }: Window): number {
  const least = (Math.round((end - start) / MINUTE) * MINUTE) / MOST_STEPS;
  return STEPS.find((step) => step >= least) ?? HOUR * Math.ceil(least / HOUR);
}

/** Requests by the start of their step, points of one step added up. Steps begin at multiples of their length. */
export function byStep(points: Iterable<TrafficPoint>, step: number): Map<EpochMs, number> {
  const sums = new Map<EpochMs, number>();
  for (const { at, requests } of points) {
    const start = Math.floor(at / step) * step;
    sums.set(start, (sums.get(start) ?? 0) + requests);
  }
  return sums;
}

/** Points as traffic: put together by step, rounded, in order of time. */
export function trafficOf(points: Iterable<TrafficPoint>, step: number): Traffic {
  const summed = [...byStep(points, step)].sort(([a], [b]) => a - b);
  return { step, points: summed.map(([at, requests]) => ({ at, requests: Math.round(requests) })) };
}
