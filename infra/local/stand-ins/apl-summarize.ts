import { type Accumulator, type AggregatePlan, planAggregate } from './apl-aggregates.ts';
import { type Column, constant, type Frame, newFrame } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { compile, nameOf, type Scope } from './apl-expressions.ts';
import { Groups } from './apl-groups.ts';
import { type About, consume, type Field, type Relation } from './apl-relation.ts';
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
  let found: Result | undefined;
  const result = () => {
    found ??= new Result(relation, keys, plans);
    return found;
  };
  return {
    columns: fields.map((field, index) => ({ ...field, read: ({ group }) => result().value(group, index) })),
    each: (visit) => eachGroup(result().groups(spans[0] !== undefined), visit),
    about: {
      groups,
      aggregates: new Map(plans.flatMap(({ name, fields }) => fields.map((field) => [field.name, name]))),
      ...bucketsOf(groups, spans),
      ...totalsOf(fields, spans, result),
    },
  };
}

function eachGroup(groups: Iterable<number>, visit: (frame: Frame) => boolean): void {
  const frame = newFrame();
  for (const group of groups) {
    frame.group = group;
    frame.row += 1;
    if (!visit(frame)) return;
  }
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

function totalsOf(fields: readonly Field[], spans: Spans, result: () => Result): About {
  if (spans.every((span) => span === undefined)) return {};
  const kept = fields.flatMap((field, index) => (spans[index] === undefined ? [{ field, index }] : []));
  const stays = spans.flatMap((span, index) => (span === undefined ? [index] : []));
  const tuples = () => {
    const found = result();
    return found.totals(stays).map((group) => kept.map(({ index }) => found.value(group, index)));
  };
  return { totals: () => ({ fields: kept.map(({ field }) => field), tuples: tuples() }) };
}

/** The groups of a relation and what the aggregates found in them. */
class Result {
  readonly #groups: Groups;
  readonly #keys: number;
  readonly #accumulators: readonly Accumulator[];
  /** Behind the keys: which accumulator a field is of, and which of its fields. */
  readonly #fields: readonly { readonly accumulator: Accumulator; readonly field: number }[];
  readonly #count: number;
  /** For groups of groups, the group whose keys they have. */
  readonly #first = new Map<number, number>();

  constructor(relation: Relation, keys: readonly Column[], plans: readonly AggregatePlan[]) {
    const groups = new Groups(keys.map(({ read }) => read));
    const started = plans.map(({ start, fields }) => ({ accumulator: start(), fields }));
    const accumulators = started.map(({ accumulator }) => accumulator);
    consume(relation, (frame) => {
      const group = groups.groupOf(frame);
      for (const accumulator of accumulators) accumulator.add(group, frame);
      return true;
    });
    this.#groups = groups;
    this.#keys = keys.length;
    this.#accumulators = accumulators;
    this.#fields = started.flatMap(({ accumulator, fields }) => fields.map((_, field) => ({ accumulator, field })));
    this.#count = keys.length === 0 ? 1 : groups.count;
  }

  groups(byTime: boolean): Iterable<number> {
    const numbers = Array.from({ length: this.#count }, (_, group) => group);
    return byTime ? numbers.sort((a, b) => compareTimes(this.value(a, 0), this.value(b, 0))) : numbers;
  }

  /** The value of one of the fields, keys first. */
  value(group: number, field: number): Value {
    if (field < this.#keys) return this.#groups.valueOf(this.#first.get(group) ?? group, field);
    const found = this.#fields[field - this.#keys];
    return found?.accumulator.value(group, found.field) ?? null;
  }

  /** Puts groups together that have the same of these keys; answers with the numbers of the new ones. */
  totals(keys: readonly number[]): number[] {
    const totals = new Map<string, number>();
    for (const group of this.groups(false)) {
      const key = JSON.stringify(keys.map((index) => this.value(group, index)));
      const total = totals.get(key) ?? this.#count + totals.size;
      if (!totals.has(key)) this.#first.set(total, group);
      totals.set(key, total);
      for (const accumulator of this.#accumulators) accumulator.merge(group, total);
    }
    return [...totals.values()];
  }
}

function compareTimes(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareValues(a, b);
}
