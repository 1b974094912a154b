import { ADDRESS_FUNCTIONS } from './apl-address-functions.ts';
import { type Call, type Compiled, constant, derived, type FunctionEntry, NULL } from './apl-compiled.ts';
import { CONDITIONALS } from './apl-conditionals.ts';
import { CONVERSIONS, toText } from './apl-conversions.ts';
import { AplError } from './apl-error.ts';
import { isNumeric, type Value, type ValueType } from './apl-values.ts';

/** The function of single values with this name, where it is one that is understood. */
export function functionNamed(name: string): FunctionEntry | undefined {
  return FUNCTIONS.get(name);
}

const isEmpty = (value: Value): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

const FUNCTIONS: ReadonlyMap<string, FunctionEntry> = new Map([
  ...CONDITIONALS,
  ...CONVERSIONS,
  ...ADDRESS_FUNCTIONS,
  ['isnull', testing((value) => value === null)],
  ['isnotnull', testing((value) => value !== null)],
  ['isempty', testing(isEmpty)],
  ['isnotempty', testing((value) => !isEmpty(value))],
  ['tolower', texts(1, ([text = '']) => text.toLowerCase())],
  ['trim', texts(2, ([cutset = '', text = '']) => trim(cutset, text))],
  ['split', texts(2, ([text = '', delimiter = '']) => text.split(delimiter), 'array')],
  ['strcat', { least: 1, most: 64, build: strcat }],
  ['array_length', { least: 1, most: 1, build: arrayLength }],
  ['set_has_element', { least: 2, most: 2, build: setHasElement }],
  ['bin', { least: 2, most: 2, build: bin }],
  ['now', { least: 0, most: 0, build: (_none, { now }) => constant(now, 'datetime') }],
  ['ago', { least: 1, most: 1, build: ago }],
] satisfies (readonly [string, FunctionEntry])[]);

function testing(test: (value: Value) => boolean): FunctionEntry {
  return {
    least: 1,
    most: 1,
    build: ([value = NULL]) => derived('boolean', [value], (frame) => test(value.read(frame))),
  };
}

/** A function of so many texts; null where one of them is none. */
function texts(count: number, work: (texts: readonly string[]) => Value, type: ValueType = 'string'): FunctionEntry {
  return {
    least: count,
    most: count,
    build: (args) =>
      derived(type, args, (frame) => {
        const values: string[] = [];
        for (const { read } of args) {
          const value = read(frame);
          if (typeof value !== 'string') return null;
          values.push(value);
        }
        return work(values);
      }),
  };
}

/** The text without the characters of the set at both ends. */
function trim(cutset: string, text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && cutset.includes(text.charAt(start))) start += 1;
  while (end > start && cutset.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function strcat(parts: readonly Compiled[]): Compiled {
  return derived('string', parts, (frame) => parts.map(({ read, type }) => toText(read(frame), type)).join(''));
}

function arrayLength([list = NULL]: readonly Compiled[]): Compiled {
  return derived('integer', [list], (frame) => {
    const value = list.read(frame);
    return Array.isArray(value) ? value.length : null;
  });
}

function setHasElement([list = NULL, element = NULL]: readonly Compiled[]): Compiled {
  return derived('boolean', [list, element], (frame) => {
    const value = list.read(frame);
    return Array.isArray(value) && value.includes(element.read(frame));
  });
}

/** The largest multiple of the size that is not above the value; of instants counted from 1970. */
function bin([value = NULL, size = NULL]: readonly Compiled[], { at }: Call): Compiled {
  const isTime = value.type === 'datetime' || value.type === 'timespan';
  const isNumber = isNumeric(value.type) || value.type === 'unknown';
  if (!(isTime && size.type === 'timespan') && !(isNumber && isNumeric(size.type))) {
    throw new AplError(`cannot bin ${value.type} by ${size.type}`, at);
  }
  const step = size.constant?.value;
  if (typeof step !== 'number' || step <= 0) throw new AplError('the size of a bin must be a number above 0', at);
  const type = value.type === 'integer' && size.type === 'float' ? 'float' : value.type;
  return derived(type, [value], (frame) => {
    const number = value.read(frame);
    return typeof number === 'number' ? Math.floor(number / step) * step : null;
  });
}

function ago([span = NULL]: readonly Compiled[], { at, now }: Call): Compiled {
  if (span.type !== 'timespan' || typeof span.constant?.value !== 'number') {
    throw new AplError('ago takes a span of time', at);
  }
  return constant(now - span.constant.value, 'datetime');
}
