import { AplError } from './apl-error.ts';
import { readIso } from './apl-iso.ts';
import type { Value, ValueType } from './apl-values.ts';

/** A piece of a query. `name` is a bare word; `operator` a word that stands between two values, such as `!in` or `in~`. */
export type Token = { readonly at: number; readonly text: string } & (
  | { readonly kind: 'name' | 'operator' | 'symbol' | 'end' }
  | { readonly kind: 'literal'; readonly value: Value; readonly type: ValueType }
);

const SPACE = /(?:\s|\/\/[^\n]*)+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /![a-z_]+~?|in~/y;
const TEXT = /'[^'\\\n]*(?:\\.[^'\\\n]*)*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;
const RAW_TEXT = /@'[^'\n]*'|@"[^"\n]*"/y;
const NUMBER = /(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([A-Za-z]*)/y;
const SYMBOL = /==|!=|=~|!~|<=|>=|\.\.|[<>=|()[\],;+\-*/%.]/y;
/** Between these words' parentheses stands an instant or a span of time, not an expression. */
const TIME = /(datetime|timespan)\s*\(\s*([^)\n]*?)\s*\)/y;

/** Milliseconds of each unit of time. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/**
 * The pieces of a query, the last one its end.
 * @throws AplError for text that is no piece of one
 */
export function readTokens(query: string): Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(query, 0);
  while (at < query.length) {
    const token = readToken(query, at);
    tokens.push(token);
    at = skipSpace(query, at + token.text.length);
  }
  tokens.push({ kind: 'end', at: query.length, text: '' });
  return tokens;
}

function skipSpace(query: string, at: number): number {
  return at + (match(SPACE, query, at)?.[0].length ?? 0);
}

function match(pattern: RegExp, query: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(query);
}

function readToken(query: string, at: number): Token {
  const time = match(TIME, query, at);
  if (time !== null) return readTime(time, at);
  const operator = match(OPERATOR, query, at);
  if (operator !== null) return { kind: 'operator', at, text: operator[0] };
  const name = match(NAME, query, at);
  if (name !== null) return { kind: 'name', at, text: name[0] };
  const text = match(TEXT, query, at);
  if (text !== null) return literal(at, text[0], unescaped(text[0].slice(1, -1), at + 1), 'string');
  const raw = match(RAW_TEXT, query, at);
  if (raw !== null) return literal(at, raw[0], raw[0].slice(2, -1), 'string');
  const number = match(NUMBER, query, at);
  if (number !== null) return readNumber(number, at);
  const symbol = match(SYMBOL, query, at);
  if (symbol !== null) return { kind: 'symbol', at, text: symbol[0] };
  const found = query.slice(at, at + 1);
  throw new AplError(`'"`.includes(found) ? 'unterminated string literal' : `unexpected character ${found}`, at);
}

function literal(at: number, text: string, value: Value, type: ValueType): Token {
  return { kind: 'literal', at, text, value, type };
}

function readNumber([text, digits = '', unit = '']: RegExpExecArray, at: number): Token {
  if (unit === '') return literal(at, text, Number(digits), /^\d+$/.test(digits) ? 'integer' : 'float');
  const length = UNITS.get(unit);
  if (length === undefined) throw new AplError(`invalid number ${text}`, at);
  return literal(at, text, Number(digits) * length, 'timespan');
}

function readTime([text, word = '', written = '']: RegExpExecArray, at: number): Token {
  const type = word === 'datetime' ? 'datetime' : 'timespan';
  if (written === 'null') return literal(at, text, null, type);
  const bare = written.replace(/^(['"])(.*)\1$/, '$2');
  const value = type === 'datetime' ? readIso(bare) : readSpan(bare);
  if (value === undefined) throw new AplError(`invalid ${type} literal ${text}`, at);
  return literal(at, text, value, type);
}

function readSpan(text: string): number | undefined {
  const parts = /^(-?\d+(?:\.\d+)?)([a-z]+)$/.exec(text);
  const unit = UNITS.get(parts?.[2] ?? '');
  return unit === undefined ? undefined : Number(parts?.[1]) * unit;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

function unescaped(text: string, at: number): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{4})|(.))/g,
    (whole, code: string | undefined, letter: string, index: number) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      const character = ESCAPES.get(letter);
      if (character === undefined) throw new AplError(`invalid escape ${whole}`, at + index);
      return character;
    },
  );
}
