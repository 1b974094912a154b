import type { Value } from './apl-values.ts';

/** A list is looked through value by value up to this length. */
const SHORT = 16;

/** Different values by group. Most groups have few, of which a million must fit into memory: those are plain lists. */
export class DistinctValues {
  readonly #limit: number;
  readonly #lists: Value[][] = [];
  readonly #sets = new Map<number, Set<Value>>();

  /** @param limit values kept of a group; the first ones stay */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a value that is not null; a list counts as its text. */
  add(group: number, given: Value): void {
    if (given === null) return;
    const value = Array.isArray(given) ? JSON.stringify(given) : given;
    const list = this.#lists[group];
    if (list === undefined) {
      this.#lists[group] = [value];
      return;
    }
    if (list.length >= this.#limit) return;
    if (list.length < SHORT) {
      if (!list.includes(value)) list.push(value);
      return;
    }
    const set = this.#setOf(group, list);
    if (set.has(value)) return;
    set.add(value);
    list.push(value);
  }

  /** In the order they came. */
  values(group: number): readonly Value[] {
    return this.#lists[group] ?? [];
  }

  #setOf(group: number, list: readonly Value[]): Set<Value> {
    const known = this.#sets.get(group);
    if (known !== undefined) return known;
    const set = new Set(list);
    this.#sets.set(group, set);
    return set;
  }
}
