import type { Frame, Read } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { compile, nameOf, type Scope } from './apl-expressions.ts';
import { type About, consume, fromTuples, type Relation, tupleOf } from './apl-relation.ts';
import type { SortKey } from './apl-syntax.ts';
import { compareValues, type Value } from './apl-values.ts';

interface Order {
  readonly read: Read;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/**
 * The rows in order, at most `count` of them; equal rows stay as they came.
 * @throws AplError for keys that have no order
 */
export function sortRows(relation: Relation, keys: readonly SortKey[], count: number, scope: Scope): Relation {
  const orders = keys.map(({ expression, descending, nullsFirst }): Order => {
    const { type, read } = compile(expression, scope);
    if (type === 'array') throw new AplError('cannot sort by an array', expression.at);
    return { read, descending, nullsFirst };
  });
  const order = keys.flatMap(({ expression, descending }) => {
    const field = nameOf(expression);
    return field === undefined ? [] : [{ field, desc: descending }];
  });
  return sorted(relation, orders, count, { ...relation.about, order });
}

/** At most `count` rows: of events the newest, newest first, else the first. */
export function limitRows(relation: Relation, count: number): Relation {
  const { events, about, each, columns } = relation;
  if (events !== undefined) {
    const newest = { read: events.time, descending: true, nullsFirst: false };
    return sorted(relation, [newest], count, { ...about, order: [{ field: '_time', desc: true }] });
  }
  return {
    columns,
    about,
    each: (visit) => {
      let left = count;
      if (left > 0) each((frame) => visit(frame) && --left > 0);
    },
  };
}

function sorted(relation: Relation, orders: readonly Order[], count: number, about: About): Relation {
  const fields = relation.columns.map(({ name, type }) => ({ name, type }));
  return fromTuples(
    fields,
    () => {
      const best = new Best(orders, count);
      consume(relation, (frame) => {
        best.offer(frame, () => tupleOf(relation.columns, frame));
        return count > 0;
      });
      return best.tuples();
    },
    about,
  );
}

interface Candidate {
  readonly keys: readonly Value[];
  readonly tuple: readonly Value[];
}

/** The first rows in an order, without keeping many more of them than asked for. */
class Best {
  readonly #orders: readonly Order[];
  readonly #count: number;
  #candidates: Candidate[] = [];
  /** The keys of the last of `count` rows: what comes behind them need not be kept. */
  #last: readonly Value[] | undefined;

  constructor(orders: readonly Order[], count: number) {
    this.#orders = orders;
    this.#count = count;
  }

  offer(frame: Frame, tuple: () => Value[]): void {
    const keys = this.#orders.map(({ read }) => read(frame));
    if (this.#last !== undefined && this.#compare(keys, this.#last) >= 0) return;
    this.#candidates.push({ keys, tuple: tuple() });
    if (this.#candidates.length >= this.#count * 2 + 1000) this.#cut();
  }

  tuples(): (readonly Value[])[] {
    this.#cut();
    return this.#candidates.map(({ tuple }) => tuple);
  }

  #cut(): void {
    this.#candidates.sort((a, b) => this.#compare(a.keys, b.keys));
    this.#candidates.length = Math.min(this.#candidates.length, this.#count);
    if (this.#candidates.length === this.#count) this.#last = this.#candidates.at(-1)?.keys;
  }

  #compare(a: readonly Value[], b: readonly Value[]): number {
    for (const [index, { descending, nullsFirst }] of this.#orders.entries()) {
      const left = a[index] ?? null;
      const right = b[index] ?? null;
      if (left === null && right === null) continue;
      if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
      const order = compareValues(left, right);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  }
}
