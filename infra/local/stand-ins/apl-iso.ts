import type { EpochMs } from '../../../functions/core/time.ts';

/** `2026-11-20`, with a time after `T` or a space, to minutes or finer; without an offset it is UTC. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** An instant written as RFC 3339 or ISO 8601, to the millisecond; undefined for anything else. */
export function readIso(text: string): EpochMs | undefined {
  return readPlain(text) ?? readAny(text);
}

/**
 * The form that every row of a million has, `2026-11-20T18:00:00Z` with or without milliseconds; undefined where it is
 * another, or may be none.
 */
function readPlain(text: string): EpochMs | undefined {
  const { length } = text;
  if ((length !== 20 && length !== 24) || text[10] !== 'T' || text[length - 1] !== 'Z') return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  if (length === 24 && text[19] !== '.') return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const ms = length === 24 ? digits(text, 20, 23) : 0;
  const isSure = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && ms >= 0;
  if (!isSure || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** The number in these places; -1 where they are no digits. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function readAny(text: string): EpochMs | undefined {
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = parts;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(at);
  // Date.UTC would make 3 March of 31 February, and the next day of hour 24.
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== Number(month) - 1) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return at + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetOf(zone);
}

/** An offset such as `+02:00` in milliseconds. */
function offsetOf(zone: string): number {
  if (zone.length === 1) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
