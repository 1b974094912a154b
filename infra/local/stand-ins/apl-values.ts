import type { EpochMs } from '../../../functions/core/time.ts';

/** What a column holds in a row. Instants and spans of time are milliseconds: only a column's type tells them apart. */
export type Value = string | number | boolean | null | readonly unknown[];

/** Axiom's names of types. `unknown` is a column of several types; `null` an expression that is always null. */
export type ValueType =
  | 'string'
  | 'integer'
  | 'float'
  | 'boolean'
  | 'datetime'
  | 'timespan'
  | 'array'
  | 'null'
  | 'unknown';

/** A value as an event holds it; null for what is no value of a flat event. */
export function readValue(raw: unknown): Value {
  switch (typeof raw) {
    case 'string':
    case 'boolean':
      return raw;
    case 'number':
      return Number.isFinite(raw) ? raw : null;
    default:
      return Array.isArray(raw) ? raw : null;
  }
}

export function isNumeric(type: ValueType): boolean {
  return type === 'integer' || type === 'float';
}

/** The type that holds values of both; undefined where there is none, as instants are no plain numbers. */
export function commonType(a: ValueType, b: ValueType): ValueType | undefined {
  if (a === b || b === 'null') return a;
  if (a === 'null') return b;
  if (isNumeric(a) && isNumeric(b)) return 'float';
  return isTime(a) || isTime(b) ? undefined : 'unknown';
}

function isTime(type: ValueType): boolean {
  return type === 'datetime' || type === 'timespan';
}

/** Below, at or above zero as `a` sorts before, with or behind `b`. Neither is null; numbers come before texts. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const rank = RANKS.indexOf(typeof a) - RANKS.indexOf(typeof b);
  if (rank !== 0) return rank;
  return compareValues(JSON.stringify(a), JSON.stringify(b));
}

const RANKS: readonly string[] = ['boolean', 'number', 'string', 'object'];

/** A value as it is written into an answer. */
export function printValue(value: Value, type: ValueType): Value {
  if (typeof value !== 'number') return value;
  if (type === 'datetime') return printTime(value);
  return type === 'timespan' ? printDuration(value) : value;
}

/** RFC 3339 as Go writes it: a fraction only where there is one. */
export function printTime(at: EpochMs): string | null {
  if (Math.abs(at) > LAST_INSTANT) return null;
  return new Date(at).toISOString().replace(/\.?0*Z$/, 'Z');
}

const LAST_INSTANT = 8.64e15;

/** A span of milliseconds as Go writes it: `1h2m3.5s`. */
export function printDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const seconds = Math.abs(ms) / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${Number((seconds % 60).toFixed(6))}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${sign}${minutes}m${rest}` : `${sign}${rest}`;
}

/** Milliseconds since 1970 of a count since then; its size tells whether it is of s, ms, µs or ns. */
export function readEpoch(count: number): EpochMs {
  const size = Math.abs(count);
  if (size > 1e17) return Math.floor(count / 1e6);
  if (size > 1e14) return Math.floor(count / 1e3);
  return size > 1e11 ? Math.floor(count) : Math.floor(count * 1000);
}
