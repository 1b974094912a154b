import type { EpochMs } from '../../../functions/core/time.ts';
import { derived, type FunctionEntry, NULL } from './apl-compiled.ts';
import { readIso } from './apl-iso.ts';
import { printDuration, printTime, readEpoch, type Value, type ValueType } from './apl-values.ts';

/** `tostring` and its like (`axiomhq/docs`, `apl/scalar-functions/conversion-functions`), and instants of counts. */
export const CONVERSIONS: readonly (readonly [string, FunctionEntry])[] = [
  ['tostring', converting('string', (type) => (value) => toText(value, type))],
  ['toint', converting('integer', toWhole)],
  ['tolong', converting('integer', toWhole)],
  ['todouble', converting('float', () => toNumber)],
  ['tobool', converting('boolean', () => toTruth)],
  ['todatetime', converting('datetime', toInstant)],
  ['unixtime_seconds_todatetime', instantOf(1000)],
  ['unixtime_milliseconds_todatetime', instantOf(1)],
  ['unixtime_microseconds_todatetime', instantOf(1 / 1000)],
  ['unixtime_nanoseconds_todatetime', instantOf(1 / 1_000_000)],
];

type Convert = (value: Value) => Value;

function converting(type: ValueType, conversion: (from: ValueType) => Convert): FunctionEntry {
  return {
    least: 1,
    most: 1,
    build: ([value = NULL]) => {
      const convert = conversion(value.type);
      return derived(type, [value], (frame) => convert(value.read(frame)));
    },
  };
}

function instantOf(unitMs: number): FunctionEntry {
  return converting(
    'datetime',
    () => (count) => (typeof count === 'number' ? Math.floor(Math.trunc(count) * unitMs) : null),
  );
}

/** A value as text. Null is an empty text, and `false` where it is a null of truth values. */
export function toText(value: Value, type: ValueType): string {
  if (value === null) return type === 'boolean' ? 'false' : '';
  if (typeof value === 'number') {
    if (type === 'datetime') return printTime(value) ?? '';
    return type === 'timespan' ? printDuration(value) : String(value);
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Instants and spans of time become nanoseconds, fractions are cut off, and a text must be a whole number. */
function toWhole(type: ValueType): Convert {
  const scale = type === 'datetime' || type === 'timespan' ? 1_000_000 : 1;
  return (value) => {
    if (typeof value === 'number') return Math.trunc(value * scale);
    if (typeof value === 'string') return /^[+-]?\d{1,19}$/.test(value) ? Number(value) : null;
    return typeof value === 'boolean' ? Number(value) : null;
  };
}

function toNumber(value: Value): Value {
  if (typeof value === 'string') return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : null;
  return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : null;
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

function toTruth(value: Value): Value {
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return TRUE.includes(value) ? true : FALSE.includes(value) ? false : null;
  return value === true;
}

/** A number is nanoseconds; a text RFC 3339 or ISO 8601, or a count since 1970 whose length tells its unit. */
function toInstant(type: ValueType): Convert {
  if (type === 'datetime') return (value) => value;
  return (value) => {
    if (typeof value === 'number') return Math.floor(value / 1_000_000);
    return typeof value === 'string' ? (readInstant(value) ?? null) : null;
  };
}

function readInstant(text: string): EpochMs | undefined {
  return /^\d{10}(\d{3}){0,3}$/.test(text) ? readEpoch(Number(text)) : readIso(text.trim());
}
