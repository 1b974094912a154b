import type { EpochMs } from '../../../functions/core/time.ts';
import type { GitlabCall, WebActivity } from '../truth.ts';

/** Instants spread evenly. */
export interface Train {
  readonly start: EpochMs;
  /** Milliseconds from one to the next; need not be whole. */
  readonly step: number;
  readonly count: number;
}

/** Those of a train's instants that lie in some span. */
export interface Part {
  /** Of the first of them in the train. */
  readonly index: number;
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly count: number;
}

/** When the requests of an activity, or so many of them, were: from its start, the last before its end. */
export function webTrain({ from, until, requests }: WebActivity, count = requests): Train {
  return { start: from, step: count > 1 ? (until - from) / count : 0, count };
}

/** When the requests of a call, or so many of them, were: the last of them at its end. */
export function callTrain({ from, until, times }: GitlabCall, count = times): Train {
  return { start: from, step: count > 1 ? (until - from) / (count - 1) : 0, count };
}

export function instantAt({ start, step }: Train, index: number): EpochMs {
  return Math.floor(start + index * step);
}

export function lastOf(train: Train): EpochMs {
  return instantAt(train, train.count - 1);
}

/** The instants in `[start, end)`; undefined where there is none. */
export function partOf(train: Train, start: EpochMs, end: EpochMs): Part | undefined {
  const lowest = indexFrom(train, start);
  const highest = indexFrom(train, end) - 1;
  if (lowest > highest) return undefined;
  return {
    index: lowest,
    first: instantAt(train, lowest),
    last: instantAt(train, highest),
    count: highest - lowest + 1,
  };
}

/**
 * The instants in `[start, end)` as spans without a longer silence than `quiet`: one, unless the train itself pauses
 * longer.
 */
export function burstsOf(train: Train, start: EpochMs, end: EpochMs, quiet: number): Part[] {
  const part = partOf(train, start, end);
  if (part === undefined) return [];
  if (train.step <= quiet) return [part];
  return Array.from({ length: part.count }, (_, offset) => {
    const index = part.index + offset;
    const at = instantAt(train, index);
    return { index, first: at, last: at, count: 1 };
  });
}

/** The index of the first instant at or after `at`; `count` where there is none. */
function indexFrom({ start, step, count }: Train, at: EpochMs): number {
  if (at <= start) return 0;
  return step === 0 ? count : Math.min(count, Math.ceil((at - start) / step));
}
