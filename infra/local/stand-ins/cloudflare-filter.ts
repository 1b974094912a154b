import type { EpochMs } from '../../../functions/core/time.ts';
import type { Column, Columns } from './cloudflare-columns.ts';
import { invalidValue, unknownField } from './cloudflare-errors.ts';

export interface Filter<Row> {
  readonly holds: (row: Row) => boolean;
  /** The columns it reads. */
  readonly columns: readonly string[];
  /** The span of time it asks for at its outermost level, as far as it says. */
  readonly since: EpochMs | undefined;
  readonly until: EpochMs | undefined;
}

const OPERATORS = [
  'gt',
  'lt',
  'geq',
  'leq',
  'neq',
  'in',
  'notin',
  'like',
  'notlike',
  'has',
  'hasall',
  'hasany',
] as const;
type Operator = (typeof OPERATORS)[number] | 'eq';
type Value = string | number | readonly string[];

/**
 * Turns a filter object (`reference/cloudflare.md` §4.5) into a test of rows.
 * @throws Refused for a column or operator that does not exist, or a value of the wrong type.
 */
export function compileFilter<Row>(given: unknown, columns: Columns<Row>): Filter<Row> {
  if (!isObject(given)) throw invalidValue('filter', 'an object');
  const tests: ((row: Row) => boolean)[] = [];
  const used: string[] = [];
  let since: EpochMs | undefined;
  let until: EpochMs | undefined;
  const narrow = (from: EpochMs | undefined, to: EpochMs | undefined) => {
    if (from !== undefined) since = Math.max(since ?? from, from);
    if (to !== undefined) until = Math.min(until ?? to, to);
  };
  for (const [key, value] of Object.entries(given)) {
    if (key === 'AND' || key === 'OR') {
      const parts = (Array.isArray(value) ? value : [value]).map((part) => compileFilter(part, columns));
      for (const part of parts) used.push(...part.columns);
      if (key === 'AND') for (const part of parts) narrow(part.since, part.until);
      tests.push(key === 'AND' ? (row) => parts.every((p) => p.holds(row)) : (row) => parts.some((p) => p.holds(row)));
      continue;
    }
    const { name, column, operator } = resolve(key, columns);
    used.push(name);
    tests.push(comparison(key, column, operator, value));
    if (column.type === 'time' || column.type === 'date') {
      const at = Array.isArray(value) ? undefined : instantOf(key, value);
      narrow(
        /geq|gt|eq/.test(operator) && operator !== 'neq' ? at : undefined,
        /leq|lt|^eq/.test(operator) ? at : undefined,
      );
    }
  }
  return { holds: (row) => tests.every((test) => test(row)), columns: used, since, until };
}

function resolve<Row>(key: string, columns: Columns<Row>): { name: string; column: Column<Row>; operator: Operator } {
  const plain = columns[key];
  if (plain !== undefined) return { name: key, column: plain, operator: 'eq' };
  const cut = key.lastIndexOf('_');
  const name = key.slice(0, cut);
  const column = columns[name];
  const operator = OPERATORS.find((known) => known === key.slice(cut + 1));
  if (cut < 0 || column === undefined || operator === undefined) throw unknownField(key);
  return { name, column, operator };
}

function comparison<Row>(key: string, column: Column<Row>, operator: Operator, given: unknown): (row: Row) => boolean {
  const { of } = column;
  const one = (): string | number => scalarOf(key, column, given);
  const many = (): readonly (string | number)[] => {
    if (!Array.isArray(given)) throw invalidValue(key, 'a list');
    return given.map((value) => scalarOf(key, column, value));
  };
  switch (operator) {
    case 'eq':
      return equalTo(one(), of);
    case 'neq': {
      const value = one();
      return (row) => of(row) !== value;
    }
    case 'gt':
      return ordered(one(), of, (a, b) => a > b);
    case 'lt':
      return ordered(one(), of, (a, b) => a < b);
    case 'geq':
      return ordered(one(), of, (a, b) => a >= b);
    case 'leq':
      return ordered(one(), of, (a, b) => a <= b);
    case 'in':
    case 'notin': {
      const values = new Set<Value>(many());
      return operator === 'in' ? (row) => values.has(of(row)) : (row) => !values.has(of(row));
    }
    case 'like':
    case 'notlike': {
      const pattern = likePattern(String(one()));
      return (row) => pattern.test(String(of(row))) === (operator === 'like');
    }
    default: {
      const wanted = operator === 'has' ? [one()] : many();
      const every = operator !== 'hasany';
      return (row) => {
        const held = of(row);
        const has = (value: string | number) => Array.isArray(held) && held.includes(value);
        return every ? wanted.every(has) : wanted.some(has);
      };
    }
  }
}

function equalTo<Row>(value: string | number, of: (row: Row) => Value): (row: Row) => boolean {
  return (row) => of(row) === value;
}

function ordered<Row>(
  value: string | number,
  of: (row: Row) => Value,
  test: (a: string | number, b: string | number) => boolean,
): (row: Row) => boolean {
  return (row) => {
    const held = of(row);
    return typeof held === typeof value && (typeof held === 'string' || typeof held === 'number') && test(held, value);
  };
}

function scalarOf<Row>(key: string, column: Column<Row>, given: unknown): string | number {
  if (column.type === 'time' || column.type === 'date') return instantOf(key, given);
  if (column.type === 'number') {
    if (typeof given !== 'number' || !Number.isFinite(given)) throw invalidValue(key, 'a number');
    return given;
  }
  if (typeof given !== 'string') throw invalidValue(key, 'a string');
  return given;
}

function instantOf(key: string, given: unknown): EpochMs {
  const written =
    typeof given === 'string' && /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.test(given);
  const at = written ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(at)) throw invalidValue(key, 'an ISO 8601 time');
  return at;
}

function likePattern(like: string): RegExp {
  const escaped = like.split('%').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
