import { type Accumulator, type AggregatePlan, planAggregate } from './apl-aggregates.ts';
import { type Column, constant } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { compile, nameOf, type Scope } from './apl-expressions.ts';
import { Groups } from './apl-groups.ts';
import { type About, consume, type Field, fromTuples, type Relation } from './apl-relation.ts';
import type { Named } from './apl-syntax.ts';
import { compareValues, type Value } from './apl-values.ts';

/**
 * One row for each group, with the values rows were grouped by first; groups of spans of time in their order. Without
 * groups there is one row, even of nothing.
 * @throws AplError for what is no aggregate, and for two fields of one name
 */
export function summarize(
  relation: Relation,
  { aggregates, by }: { readonly aggregates: readonly Named[]; readonly by: readonly Named[] },
  scope: Scope,
  at: number,
): Relation {
  const keys = by.map((named, index) => ({ ...compile(named.expression, scope), name: keyName(named, index) }));
  const groups = keys.map(({ name }) => name);
  const plans = aggregates.map((named) => planAggregate(named, scope, groups));
  const fields = [...keys, ...plans.flatMap((plan) => plan.fields)].map(({ name, type }) => ({ name, type }));
  mustDiffer(fields, at);
  const spans = by.map(({ expression }, index) => spanOf(expression, keys[index]?.type, scope));
  let result: Result | undefined;
  const compute = () => {
    result ??= new Result(relation, keys, plans);
    return result;
  };
  return fromTuples(fields, () => compute().tuples(spans[0] !== undefined), {
    groups,
    aggregates: new Map(plans.flatMap(({ name, fields }) => fields.map((field) => [field.name, name]))),
    ...bucketsOf(groups, spans),
    ...totalsOf(fields, spans, compute),
  });
}

function keyName({ name, expression }: Named, index: number): string {
  return name ?? nameOf(expression) ?? `Column${index + 1}`;
}

function mustDiffer(fields: readonly Field[], at: number): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name)) throw new AplError(`two fields would be named ${name}`, at);
    seen.add(name);
  }
}

/** The length, in milliseconds, of the spans of time that the expression makes groups of; undefined for others. */
function spanOf(expression: Named['expression'], type: Field['type'] | undefined, scope: Scope): number | undefined {
  if (expression.kind !== 'call' || expression.name !== 'bin' || type !== 'datetime') return undefined;
  const size = expression.args[1];
  const span = size === undefined ? constant(null, 'null') : compile(size.expression, scope);
  return typeof span.constant?.value === 'number' ? span.constant.value : undefined;
}

type Spans = readonly (number | undefined)[];

function bucketsOf(groups: readonly string[], spans: Spans): About {
  const index = spans.findIndex((span) => span !== undefined);
  const field = groups[index];
  const span = spans[index];
  return field === undefined || span === undefined ? {} : { buckets: { field, size: span * 1_000_000 } };
}

function totalsOf(fields: readonly Field[], spans: Spans, compute: () => Result): About {
  if (spans.every((span) => span === undefined)) return {};
  const kept = fields.filter((_field, index) => spans[index] === undefined);
  const stays = spans.map((span) => span === undefined);
  return { totals: () => ({ fields: kept, tuples: compute().totals(stays) }) };
}

/** The groups of a relation and what the aggregates found in them. */
class Result {
  readonly #groups: Groups;
  readonly #accumulators: readonly Accumulator[];
  readonly #count: number;

  constructor(relation: Relation, keys: readonly Column[], plans: readonly AggregatePlan[]) {
    const groups = new Groups(keys.map(({ read }) => read));
    const accumulators = plans.map(({ start }) => start());
    consume(relation, (frame) => {
      const group = groups.groupOf(frame);
      for (const accumulator of accumulators) accumulator.add(group, frame);
      return true;
    });
    this.#groups = groups;
    this.#accumulators = accumulators;
    this.#count = keys.length === 0 ? 1 : groups.count;
  }

  *tuples(byTime: boolean): Iterable<readonly Value[]> {
    if (!byTime) {
      for (let group = 0; group < this.#count; group++) yield this.#tuple(group, this.#groups.valuesOf(group));
      return;
    }
    const timed = Array.from({ length: this.#count }, (_, group) => this.#groups.valuesOf(group));
    const order = [...timed.entries()].sort(([, [a = null]], [, [b = null]]) => compareTimes(a, b));
    for (const [group, values] of order) yield this.#tuple(group, values);
  }

  /** Rows over those keys only that stay. */
  *totals(stays: readonly boolean[]): Iterable<readonly Value[]> {
    const values: Value[][] = Array.from({ length: this.#count }, (_, group) => this.#groups.valuesOf(group));
    const rest = new Map<string, { readonly total: number; readonly kept: readonly Value[] }>();
    for (const [group, all] of values.entries()) {
      const kept = all.filter((_value, index) => stays[index]);
      const key = JSON.stringify(kept);
      const known = rest.get(key) ?? { total: this.#count + rest.size, kept };
      rest.set(key, known);
      for (const accumulator of this.#accumulators) accumulator.merge(group, known.total);
    }
    for (const { total, kept } of rest.values()) yield this.#tuple(total, kept);
  }

  #tuple(group: number, values: readonly Value[]): Value[] {
    return [...values, ...this.#accumulators.flatMap((accumulator) => accumulator.values(group))];
  }
}

function compareTimes(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareValues(a, b);
}
