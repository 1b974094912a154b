import type { EpochMs } from '../../core/time.ts';

/**
 * A value as a string literal of APL. Axiom has no parameters for queries (`reference/axiom.md` §2), so this is what
 * keeps a value a value: whatever it holds, it comes out as one literal.
 */
export function text(value: string): string {
  return `'${value.replace(SPECIAL, escaped)}'`;
}

/** A column's or dataset's name, quoted: names hold dots, dashes and at signs. */
export function column(name: string): string {
  return `[${text(name)}]`;
}

/** A list of texts as a dynamic literal, for `in (…)` and the functions over ranges. */
export function textList(values: readonly string[]): string {
  return `dynamic([${values.map(text).join(', ')}])`;
}

/** An instant as a datetime literal. */
export function time(at: EpochMs): string {
  return `datetime(${new Date(at).toISOString()})`;
}

/**
 * The instant of an event: the column's where it holds one, else `_time`. Loggers write RFC 3339 or a number of
 * seconds, milliseconds, microseconds or nanoseconds, as numbers or texts; its size tells which
 * (`reference/cloudflare.md` §6).
 */
export function timeColumn(name: string | undefined): string {
  if (name === undefined || name === '_time') return '_time';
  const number = `tolong(${column(name)})`;
  const converted =
    `case(${number} > 100000000000000000, unixtime_nanoseconds_todatetime(${number}), ` +
    `${number} > 100000000000000, unixtime_microseconds_todatetime(${number}), ` +
    `${number} > 100000000000, unixtime_milliseconds_todatetime(${number}), ` +
    `unixtime_seconds_todatetime(${number}))`;
  return `coalesce(iff(isnotnull(${number}), ${converted}, todatetime(${column(name)})), _time)`;
}

/** The dataset a query reads, to name it in an error; undefined where the query does not start with its quoted name. */
export function datasetOf(apl: string): string | undefined {
  return /(?:^|;)\s*\['([\w.-]{1,128})'\]/.exec(apl)?.[1];
}

/** What would end a literal or may not stand in one: the quote, backslashes, control characters, line ends, lone surrogates. */
const SPECIAL = /[\\'\p{Cc}\u2028\u2029]|\p{Cs}/gu;

function escaped(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  // Not documented; a parser that does not know it takes the letter, and the literal still ends where it ends.
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
