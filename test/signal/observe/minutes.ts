import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';

/** Amounts by minute of a story, added up so that the sum over any minutes is known at once. */
export class Minutes {
  readonly begin: EpochMs;
  readonly count: number;
  readonly #amounts: Float64Array;
  #sums: Float64Array | undefined;

  constructor(begin: EpochMs, end: EpochMs) {
    this.begin = begin;
    this.count = Math.ceil((end - begin) / MINUTE);
    this.#amounts = new Float64Array(this.count);
  }

  /** Spreads an amount evenly over `[from, until)`; what lies outside the story is left out. */
  add(from: EpochMs, until: EpochMs, amount: number): void {
    const perMs = amount / Math.max(1, until - from);
    const last = Math.min(this.count - 1, this.minuteOf(Math.max(from, until - 1)));
    for (let minute = Math.max(0, this.minuteOf(from)); minute <= last; minute++) {
      const start = Math.max(from, this.startOf(minute));
      const end = Math.min(Math.max(until, from + 1), this.startOf(minute + 1));
      this.#amounts[minute] = (this.#amounts[minute] ?? 0) + (end - start) * perMs;
    }
    this.#sums = undefined;
  }

  at(minute: number): number {
    return this.#amounts[minute] ?? 0;
  }

  /** Over the minutes `[first, end)`. */
  sum(first: number, end: number): number {
    this.#sums ??= sumsOf(this.#amounts);
    const clamped = (minute: number) => Math.min(this.count, Math.max(0, minute));
    return (this.#sums[clamped(end)] ?? 0) - (this.#sums[clamped(first)] ?? 0);
  }

  minuteOf(at: EpochMs): number {
    return Math.floor((at - this.begin) / MINUTE);
  }

  startOf(minute: number): EpochMs {
    return this.begin + minute * MINUTE;
  }
}

/** Element n is the sum of the first n amounts. */
export function sumsOf(amounts: Float64Array): Float64Array {
  const sums = new Float64Array(amounts.length + 1);
  for (let index = 0; index < amounts.length; index++) sums[index + 1] = (sums[index] ?? 0) + (amounts[index] ?? 0);
  return sums;
}
