import type { EpochMs } from '../core/time.ts';

/** A JSON object of somebody else's. Read through these functions only: they see own fields and bound what they return. */
export type Fields = Readonly<Record<string, unknown>>;

/** The longest single word (id, name, link) taken over. */
const WORD_LENGTH = 2_048;
/** What Cloudflare writes where it has nothing to say (`reference/cloudflare.md` §2.1). */
const NOTHING = new Set(['', 'undefined', 'null', '<nil>']);
/** 9999-12-31T23:59:59.999Z: the last instant that ISO 8601 writes with a four-digit year. */
const LAST_INSTANT = 253_402_300_799_999;
/** Seconds since 1970 stay below this until the year 5138, milliseconds have been above since 1973. */
const FIRST_AS_MILLISECONDS = 100_000_000_000;

/** The value as an object; undefined for anything else, an array too. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The field's own value; a name inherited from a prototype is no field. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The first of the named fields that holds a word: text that says something, or a number as text. */
export function wordOf(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = own(fields, name);
    const word = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
    if (!NOTHING.has(word.toLowerCase())) return word.slice(0, WORD_LENGTH);
  }
  return undefined;
}

/** The first of the named fields that begins with a number of 0 or more, as number or text (`"800.00 rps"`). */
export function countOf(fields: Fields, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const digits = /^\d{1,15}(?:\.\d{1,6})?/.exec(wordOf(fields, name) ?? '');
    if (digits !== null) return Number(digits[0]);
  }
  return undefined;
}

/** The first of the named fields that is an instant: ISO 8601 (UTC where it names no zone), or seconds since 1970. */
export function timeOf(fields: Fields, ...names: readonly string[]): EpochMs | undefined {
  for (const name of names) {
    const word = wordOf(fields, name);
    const at = word === undefined ? undefined : (numericTime(word) ?? writtenTime(word));
    if (at !== undefined && at >= 0 && at <= LAST_INSTANT) return at;
  }
  return undefined;
}

function numericTime(word: string): EpochMs | undefined {
  if (!/^\d{1,15}(?:\.\d{1,9})?$/.test(word)) return undefined;
  const number = Number(word);
  return Math.floor(number < FIRST_AS_MILLISECONDS ? number * 1000 : number);
}

/** Never `Date.parse` alone: it reads much that is no date, and a time without a zone as the machine's own. */
function writtenTime(word: string): EpochMs | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?(?: UTC)?$/i.exec(
    word,
  );
  if (parts === null) return undefined;
  const [, day, time, zone] = parts;
  const offset = zone === undefined || /^(?:z|utc)$/i.test(zone) ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2');
  const at = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(at) ? undefined : at;
}

/** Texts below a value with the name of the field they lie in, in order; at most `limit` of them, however deep. */
export function textsOf(value: unknown, limit: number): { name: string; text: string }[] {
  const texts: { name: string; text: string }[] = [];
  const open: { name: string; value: unknown }[] = [{ name: '', value }];
  // A list of open ends rather than recursion: the sender chooses the depth.
  while (texts.length < limit) {
    const next = open.pop();
    if (next === undefined) break;
    if (typeof next.value === 'string') texts.push({ name: next.name, text: next.value });
    else if (typeof next.value === 'object' && next.value !== null) {
      for (const child of childrenOf(next.name, next.value)) open.push(child);
    }
  }
  return texts;
}

/** In reverse, as the last is taken up first. */
function childrenOf(name: string, value: object): { name: string; value: unknown }[] {
  const entries: [string, unknown][] = Array.isArray(value) ? value.map((item) => [name, item]) : Object.entries(value);
  return entries.reverse().map(([child, below]) => ({ name: child, value: below }));
}
