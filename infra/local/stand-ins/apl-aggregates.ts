import type { Column, Compiled, Frame, Read } from './apl-compiled.ts';
import { constant } from './apl-compiled.ts';
import { mustBeTruth } from './apl-conditionals.ts';
import { DistinctValues } from './apl-distinct.ts';
import { AplError } from './apl-error.ts';
import { compile, nameOf, type Scope } from './apl-expressions.ts';
import type { Field } from './apl-relation.ts';
import type { Expression, Named } from './apl-syntax.ts';
import { compareValues, isNumeric, type Value } from './apl-values.ts';

/** An aggregate as it was written, ready to be worked out any number of times. */
export interface AggregatePlan {
  /** The function's name. */
  readonly name: string;
  readonly fields: readonly Field[];
  readonly start: () => Accumulator;
}

/** An aggregate over groups that are numbered from 0. A group without rows has the value of no rows. */
export interface Accumulator {
  readonly add: (group: number, frame: Frame) => void;
  /** Adds what one group holds to another. */
  readonly merge: (from: number, into: number) => void;
  /** The value of one of the fields, counted from 0. */
  readonly value: (group: number, field: number) => Value;
}

/** @throws AplError for what is no aggregate that is understood */
export function planAggregate(
  { name: alias, expression }: Named,
  scope: Scope,
  groups: readonly string[],
): AggregatePlan {
  const { at } = expression;
  if (expression.kind !== 'call') throw new AplError('expected an aggregation function', at);
  const { name, args } = expression;
  if (name === 'arg_max') return argMax(alias, args, scope, groups, at);
  const entry = AGGREGATES.get(name);
  if (entry === undefined) throw new AplError(`unknown aggregation function: ${name.slice(0, 80)}`, at);
  if (args.length < entry.least || args.length > entry.most)
    throw new AplError(`wrong number of arguments for ${name}`, at);
  if (args.some((arg) => arg.name !== undefined)) throw new AplError(`${name} takes no named arguments`, at);
  const values = args.map((arg) => compile(arg.expression, scope));
  const [value = constant(null, 'null'), second] = values;
  const { type, start } = entry.plan(value, second, at);
  const field = alias ?? `${name}_${nameOf(expression) ?? ''}`;
  return { name, fields: [{ name: field, type }], start };
}

interface Entry {
  readonly least: number;
  readonly most: number;
  readonly plan: (
    value: Compiled,
    second: Compiled | undefined,
    at: number,
  ) => { readonly type: Field['type']; readonly start: () => Accumulator };
}

const AGGREGATES: ReadonlyMap<string, Entry> = new Map([
  ['count', { least: 0, most: 0, plan: () => ({ type: 'integer', start: () => summing(() => 1) }) }],
  ['countif', { least: 1, most: 1, plan: countIf }],
  ['sum', { least: 1, most: 1, plan: sum }],
  ['min', { least: 1, most: 1, plan: ({ type, read }) => ({ type, start: () => extreme(read, -1) }) }],
  ['max', { least: 1, most: 1, plan: ({ type, read }) => ({ type, start: () => extreme(read, 1) }) }],
  [
    'dcount',
    { least: 1, most: 1, plan: ({ read }) => ({ type: 'integer', start: () => distinct(read, Infinity).count }) },
  ],
  ['make_set', { least: 1, most: 2, plan: makeSet }],
] satisfies (readonly [string, Entry])[]);

function summing(amount: (frame: Frame) => number): Accumulator {
  const sums: number[] = [];
  return {
    add: (group, frame) => {
      sums[group] = (sums[group] ?? 0) + amount(frame);
    },
    merge: (from, into) => {
      sums[into] = (sums[into] ?? 0) + (sums[from] ?? 0);
    },
    value: (group) => sums[group] ?? 0,
  };
}

function countIf(condition: Compiled, _none: unknown, at: number): ReturnType<Entry['plan']> {
  mustBeTruth(condition, at);
  return { type: 'integer', start: () => summing((frame) => (condition.read(frame) === true ? 1 : 0)) };
}

function sum({ type, read }: Compiled, _none: unknown, at: number): ReturnType<Entry['plan']> {
  if (!isNumeric(type) && type !== 'unknown' && type !== 'timespan' && type !== 'null') {
    throw new AplError(`cannot sum ${type}`, at);
  }
  return { type, start: () => summing((frame) => numberOf(read(frame))) };
}

function numberOf(value: Value): number {
  return typeof value === 'number' ? value : 0;
}

/** @param sign 1 for the largest, -1 for the smallest */
function extreme(read: Read, sign: number): Accumulator {
  const best: Value[] = [];
  const offer = (group: number, value: Value) => {
    const known = best[group] ?? null;
    if (value !== null && (known === null || compareValues(value, known) * sign > 0)) best[group] = value;
  };
  return {
    add: (group, frame) => offer(group, read(frame)),
    merge: (from, into) => offer(into, best[from] ?? null),
    value: (group) => best[group] ?? null,
  };
}

/** Different values other than null. */
function distinct(read: Read, limit: number): { readonly count: Accumulator; readonly set: Accumulator } {
  const found = new DistinctValues(limit);
  const base = {
    add: (group: number, frame: Frame) => found.add(group, read(frame)),
    merge: (from: number, into: number) => {
      for (const value of found.values(from)) found.add(into, value);
    },
  };
  return {
    count: { ...base, value: (group) => found.values(group).length },
    set: { ...base, value: (group) => found.values(group) },
  };
}

/** What `make_set` keeps without a limit of its own (`reference/axiom.md` §2). */
const SET_LIMIT = 128;

function makeSet({ read }: Compiled, most: Compiled | undefined, at: number): ReturnType<Entry['plan']> {
  const limit = most === undefined ? SET_LIMIT : most.constant?.value;
  if (typeof limit !== 'number' || limit < 1) throw new AplError('the size of a set must be a number above 0', at);
  return { type: 'array', start: () => distinct(read, limit).set };
}

/** The row with the largest value: that value, and columns of the row; with `*` all but those rows are grouped by. */
function argMax(
  alias: string | undefined,
  [largest, ...others]: readonly Named[],
  scope: Scope,
  groups: readonly string[],
  at: number,
): AggregatePlan {
  if (largest === undefined || others.length === 0) throw new AplError('arg_max takes a value and what to return', at);
  const value = compile(largest.expression, scope);
  const first = { name: alias ?? columnName(largest, at), type: value.type, read: value.read };
  const isStar = others.some(({ expression }) => expression.kind === 'star');
  const rest = isStar
    ? scope.columns.filter(({ name }) => name !== first.name && !groups.includes(name))
    : others.map((other): Column => ({ ...compile(other.expression, scope), name: columnName(other, at) }));
  const columns = [first, ...rest];
  return {
    name: 'arg_max',
    fields: columns.map(({ name, type }) => ({ name, type })),
    start: () => rowOfLargest(columns),
  };
}

function columnName(
  { name, expression }: { readonly name?: string; readonly expression: Expression },
  at: number,
): string {
  const found = name ?? nameOf(expression);
  if (found === undefined) throw new AplError('arg_max takes columns, or expressions with a name', at);
  return found;
}

/** The first column decides; of equal rows the first stays. */
function rowOfLargest(columns: readonly Column[]): Accumulator {
  const [decisive] = columns;
  const best: (readonly Value[] | undefined)[] = [];
  const isLarger = (value: Value, group: number) => {
    const known = best[group]?.[0] ?? null;
    return best[group] === undefined || (value !== null && (known === null || compareValues(value, known) > 0));
  };
  return {
    add: (group, frame) => {
      if (isLarger(decisive?.read(frame) ?? null, group)) best[group] = columns.map(({ read }) => read(frame));
    },
    merge: (from, into) => {
      const row = best[from];
      if (row !== undefined && isLarger(row[0] ?? null, into)) best[into] = row;
    },
    value: (group, field) => best[group]?.[field] ?? null,
  };
}
