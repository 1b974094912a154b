import { type EpochMs, HOUR } from '../../../functions/core/time.ts';
import { lastOf, type Train } from './train.ts';

/** What is spread over time, found by the hours that it touches. */
export class ByHour<Item extends { readonly train: Train }> {
  readonly #hours = new Map<number, Item[]>();

  constructor(items: Iterable<Item>) {
    for (const item of items) {
      const last = hourOf(lastOf(item.train));
      for (let hour = hourOf(item.train.start); hour <= last; hour++) {
        const same = this.#hours.get(hour);
        if (same === undefined) this.#hours.set(hour, [item]);
        else same.push(item);
      }
    }
  }

  /** Each item once that may have instants in `[start, end)`: all that have, and few others. */
  *within(start: EpochMs, end: EpochMs): Generator<Item> {
    const first = hourOf(start);
    for (let hour = first; hour <= hourOf(end - 1); hour++) {
      for (const item of this.#hours.get(hour) ?? []) {
        if (hour === Math.max(first, hourOf(item.train.start))) yield item;
      }
    }
  }
}

function hourOf(at: EpochMs): number {
  return Math.floor(at / HOUR);
}
