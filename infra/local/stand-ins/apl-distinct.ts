import type { Value } from './apl-values.ts';

type Single = string | number | boolean;

/** A list is looked through value by value up to this length. */
const SHORT = 16;

/** Different values by group. Most groups have one or few, of which a million must fit into memory. */
export class DistinctValues {
  readonly #limit: number;
  /** A group's only value, or all of them in the order they came. */
  readonly #values: (Single | Single[] | undefined)[] = [];
  readonly #sets = new Map<number, Set<Single>>();

  /** @param limit values kept of a group; the first ones stay */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a value that is not null; a list counts as its text. */
  add(group: number, given: Value): void {
    if (given === null) return;
    const value = typeof given === 'object' ? JSON.stringify(given) : given;
    const known = this.#values[group];
    if (known === undefined) this.#values[group] = value;
    else if (typeof known === 'object') this.#addTo(known, group, value);
    else if (known !== value && this.#limit > 1) this.#values[group] = [known, value];
  }

  /** In the order they came. */
  values(group: number): readonly Single[] {
    const known = this.#values[group];
    if (known === undefined) return [];
    return typeof known === 'object' ? known : [known];
  }

  #addTo(list: Single[], group: number, value: Single): void {
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

  #setOf(group: number, list: readonly Single[]): Set<Single> {
    const known = this.#sets.get(group);
    if (known !== undefined) return known;
    const set = new Set(list);
    this.#sets.set(group, set);
    return set;
  }
}
