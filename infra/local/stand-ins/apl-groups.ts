import type { Frame, Read } from './apl-compiled.ts';
import type { Value } from './apl-values.ts';

/** Numbers groups of rows, from 0 in the order they come: rows with the same values of all keys are one group. */
export class Groups {
  readonly #keys: readonly Key[];
  /** Values of each group, by key. */
  readonly #values: Value[][];
  #count = 0;

  constructor(keys: readonly Read[]) {
    this.#keys = keys.map((read) => ({ read, ids: new ValueIds(), pairs: new Map() }));
    this.#values = keys.map(() => []);
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** The number of the row's group. Without keys all rows are one group. */
  groupOf(frame: Frame): number {
    let group = -1;
    for (const { read, ids, pairs } of this.#keys) {
      const id = ids.idOf(read(frame));
      group = group < 0 ? id : pairId(pairs, group, id);
    }
    if (group < 0) return 0;
    if (group === this.#count) this.#begin(frame);
    return group;
  }

  /** The group's value of one of the keys, counted from 0. */
  valueOf(group: number, key: number): Value {
    return this.#values[key]?.[group] ?? null;
  }

  #begin(frame: Frame): void {
    this.#count += 1;
    for (const [index, { read }] of this.#keys.entries()) this.#values[index]?.push(read(frame));
  }
}

interface Key {
  readonly read: Read;
  readonly ids: ValueIds;
  /** Groups of the keys before and a value of this one, by the numbers of both. */
  readonly pairs: Map<number, number>;
}

/** More than there can be ids in the memory of a process. */
const MOST_IDS = 2 ** 26;

function pairId(pairs: Map<number, number>, left: number, right: number): number {
  const pair = left * MOST_IDS + right;
  const known = pairs.get(pair);
  if (known !== undefined) return known;
  const id = pairs.size;
  pairs.set(pair, id);
  return id;
}

/** Numbers values from 0; lists are equal where their texts are. */
class ValueIds {
  readonly #plain = new Map<Value, number>();
  readonly #lists = new Map<string, number>();

  idOf(value: Value): number {
    return Array.isArray(value) ? this.#idIn(this.#lists, JSON.stringify(value)) : this.#idIn(this.#plain, value);
  }

  #idIn<Key>(ids: Map<Key, number>, key: Key): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = this.#plain.size + this.#lists.size;
    ids.set(key, id);
    return id;
  }
}
