import { type CaseFile, newestWith } from '../../case-file.ts';
import type { CoverageStatus } from '../../coverage.ts';
import type { SightingReport } from '../../sighting.ts';
import { type EpochMs, MINUTE, type Window } from '../../time.ts';
import type { Traffic } from '../../traffic.ts';
import { isTold, isToldInterval } from '../told-time.ts';

/** The bots' requests over time, as an area is drawn of them. */
export interface BotTraffic {
  /**
   * Counted over time · spread evenly over the time each address was seen, as nothing counted them over time · no address
   * was named as a bot · nobody answered at the newest look that stored anything · no look stored what was seen.
   */
  readonly from: 'counted' | 'spread' | 'nothing-seen' | 'not-asked' | 'not-stored';
  /** How well the newest look that stored anything could see; undefined where none did. */
  readonly status: CoverageStatus | undefined;
  /** The newest look got no answer, and what is drawn is that of an earlier one. */
  readonly isOlder: boolean;
  /** Milliseconds of each step: one after the other without a gap. */
  readonly step: number;
  /** Ascending; `at` is the start of a step. Only where something was asked about: elsewhere nothing is known. */
  readonly steps: readonly { readonly at: EpochMs; readonly perMinute: number }[];
  /** Requests beside the picture. */
  readonly outside: number;
  /** From when to when they came at a fifth of their fastest or faster. Undefined: no request in the picture. */
  readonly busiest?: Window;
  /** Their fastest, requests a minute. */
  readonly peak: number;
}

/** The most steps drawn. */
export const STEPS_DRAWN = 180;

const BUSY = 1 / 5;

/** The traffic of a case within a picture. */
export function botTraffic(file: CaseFile, window: Window | undefined, picture: Window): BotTraffic {
  const status = newestStatus(file);
  const isSilent = status === 'unavailable' || status === 'off';
  const counted = file.looks.findLast(({ traffic }) => traffic?.points.some(({ requests }) => requests > 0))?.traffic;
  if (counted !== undefined) {
    return { ...stepsOf('counted', pouredFrom(counted), window, picture), status, isOlder: isSilent };
  }
  const naming = file.looks.findLast(({ sightings }) => (sightings?.sightings.length ?? 0) > 0)?.sightings;
  const poured = naming === undefined ? [] : spread(naming);
  if (poured.length > 0) {
    const drawn = stepsOf('spread', { step: MINUTE, origin: 0, poured }, window, picture);
    return { ...drawn, status, isOlder: isSilent };
  }
  const isStored = status !== undefined || newestWith(file, 'traffic') !== undefined;
  const from = isSilent ? 'not-asked' : isStored ? 'nothing-seen' : 'not-stored';
  return { from, step: MINUTE, steps: [], outside: 0, peak: 0, status, isOlder: false };
}

function newestStatus(file: CaseFile): CoverageStatus | undefined {
  return newestWith(file, 'sightings')?.sightings.coverage.status;
}

/** Requests that came evenly over a span; all of them at once where it has no length. */
interface Poured {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly requests: number;
}

interface Source {
  readonly step: number;
  /** An instant at which a step starts. */
  readonly origin: EpochMs;
  readonly poured: readonly Poured[];
}

function pouredFrom({ step, points }: Traffic): Source {
  const told = points.filter(({ at, requests }) => isTold(at) && isAmount(requests));
  const poured = told.map(({ at, requests }) => ({ start: at, end: at, requests }));
  return { step: isTold(step) ? Math.max(MINUTE, step) : MINUTE, origin: told[0]?.at ?? 0, poured };
}

function spread({ sightings }: SightingReport): Poured[] {
  return sightings
    .filter(({ seen, requests }) => isToldInterval(seen) && isAmount(requests))
    .map(({ seen, requests }) => ({ start: seen.notBefore, end: seen.notAfter, requests }));
}

function isAmount(requests: number): boolean {
  return requests > 0 && Number.isFinite(requests);
}

function stepsOf(
  from: BotTraffic['from'],
  { step: finest, origin, poured }: Source,
  window: Window | undefined,
  picture: Window,
): Omit<BotTraffic, 'status' | 'isOlder'> {
  const step = finest * Math.ceil((picture.end - picture.start) / (finest * STEPS_DRAWN));
  const floor = (at: EpochMs) => origin + Math.floor((at - origin) / step) * step;
  const covered = coveredSpan(poured, window, picture);
  const first = floor(covered.start);
  const requests = new Float64Array(Math.floor((covered.end - first) / step) + 1);
  let outside = 0;
  for (const one of poured) {
    const length = one.end - one.start;
    if (length === 0) {
      const isInside = one.start >= picture.start && one.start <= picture.end;
      if (isInside) add(requests, Math.floor((one.start - first) / step), one.requests);
      else outside += one.requests;
      continue;
    }
    const inside = { start: Math.max(one.start, picture.start), end: Math.min(one.end, picture.end) };
    const share = Math.max(0, inside.end - inside.start) / length;
    outside += one.requests * (1 - share);
    if (share === 0) continue;
    for (let at = floor(inside.start); at < inside.end; at += step) {
      const overlap = Math.min(at + step, inside.end) - Math.max(at, inside.start);
      add(requests, Math.round((at - first) / step), (one.requests * overlap) / length);
    }
  }
  const steps = [...requests].map((sum, index) => ({ at: first + index * step, perMinute: (sum * MINUTE) / step }));
  const peak = steps.reduce((most, { perMinute }) => Math.max(most, perMinute), 0);
  return { from, step, steps, outside: Math.round(outside), peak, ...busiestOf(steps, step, peak) };
}

function add(requests: Float64Array, index: number, more: number): void {
  requests[index] = (requests[index] ?? 0) + more;
}

/** The part of the picture that was asked about: the window, and wherever there are requests. */
function coveredSpan(poured: readonly Poured[], window: Window | undefined, picture: Window): Window {
  let { start, end } = window ?? { start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY };
  for (const one of poured) {
    if (one.end < picture.start || one.start > picture.end) continue;
    start = Math.min(start, one.start);
    end = Math.max(end, one.end);
  }
  if (start > end) return { start: picture.start, end: picture.start };
  return { start: Math.max(start, picture.start), end: Math.min(end, picture.end) };
}

function busiestOf(steps: BotTraffic['steps'], step: number, peak: number): { busiest?: Window } {
  const first = steps.find(({ perMinute }) => peak > 0 && perMinute >= peak * BUSY);
  const last = steps.findLast(({ perMinute }) => peak > 0 && perMinute >= peak * BUSY);
  return first === undefined || last === undefined ? {} : { busiest: { start: first.at, end: last.at + step } };
}
