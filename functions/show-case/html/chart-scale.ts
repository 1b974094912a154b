import { DAY, type EpochMs, HOUR, MINUTE, type Window } from '../../core/time.ts';

/*
 * Scales and ticks of the charts. Not d3's: its packages come as one file each, of which little can be left out, and these
 * three functions would be 11 kB of the 400 that this function may have (design §10).
 */

/** From a value to where it is drawn. */
export type Scale = (value: number) => number;

/** Maps a span of values evenly to a span of the drawing; a span of one value to where it begins. */
export function linearScale([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  const length = to - from;
  return (value) => (length === 0 ? start : start + ((value - from) / length) * (end - start));
}

/**
 * Instants that an axis of time is marked at: whole seconds, minutes, hours or days in UTC, some `count` of them, never
 * half as many again.
 */
export function timeTicks({ start, end }: Window, count: number): EpochMs[] {
  const step =
    TIME_STEPS.find((one) => (end - start) / one <= 1.4 * count) ?? Math.ceil((end - start) / count / DAY) * DAY;
  const first = Math.ceil(start / step) * step;
  const ticks = Math.floor((end - first) / step) + 1;
  return Array.from({ length: Math.max(0, ticks) }, (_, index) => first + index * step);
}

/** Values that an axis from 0 is marked at: two of them at most, so that the last is no less than the `highest`. */
export function valueTicks(highest: number): [number] | [number, number] {
  const power = 10 ** Math.floor(Math.log10(highest / 2));
  const step = power * ([1, 2, 5].find((factor) => factor * power * 2 >= highest) ?? 10);
  return highest > step ? [step, 2 * step] : [step];
}

const TIME_STEPS: readonly number[] = [
  ...[1, 5, 15, 30].map((seconds) => seconds * 1_000),
  ...[1, 5, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR),
  DAY,
];
