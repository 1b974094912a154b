import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, datasetOf, text, textList, time, timeColumn } from '../../../functions/adapters/axiom/apl.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

/** Reads the string literal that a text begins with, as APL does; gives its value and what follows it. */
function readLiteral(apl: string): { value: string; rest: string } {
  if (apl[0] !== "'") throw new Error('no literal');
  let value = '';
  for (let at = 1; at < apl.length; at++) {
    const character = apl[at] ?? '';
    if (character === "'") return { value, rest: apl.slice(at + 1) };
    if (/[\r\n\u2028\u2029]/.test(character)) throw new Error('a literal does not span lines');
    if (character !== '\\') {
      value += character;
      continue;
    }
    const next = apl[++at] ?? '';
    if (next === 'u') {
      value += String.fromCharCode(Number.parseInt(apl.slice(at + 1, at + 5), 16));
      at += 4;
    } else value += ESCAPES[next] ?? next;
  }
  throw new Error('the literal does not end');
}

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: fc.constantFrom("'", '\\', '"', '\n', '\r', '\t', ']', '|', ';', '/', 'u', 'n', ' ', '\u2028') }),
);

describe('a text', () => {
  it('is one literal, whatever it holds', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const rest = ' and x == 1';
        expect(readLiteral(text(value) + rest)).toEqual({ value, rest });
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one literal in brackets as the name of a column', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const quoted = column(name);
        expect(quoted[0]).toBe('[');
        expect(readLiteral(quoted.slice(1))).toEqual({ value: name, rest: ']' });
      }),
    );
  });

  it('is one literal each in a list', () => {
    fc.assert(
      fc.property(fc.array(anyText), (values) => {
        let rest = textList(values).replace(/^dynamic\(\[/, '');
        const read: string[] = [];
        while (rest !== '])') {
          const literal = readLiteral(rest);
          read.push(literal.value);
          rest = literal.rest.replace(/^, /, '');
        }
        expect(read).toEqual(values);
      }),
    );
  });

  it('holds no character that could end a line or hide', () => {
    fc.assert(fc.property(anyText, (value) => !/[\p{Cc}\u2028\u2029]|\p{Cs}/u.test(text(value))));
  });

  it.each([
    ['plain', "'plain'"],
    ["o'clock", String.raw`'o\'clock'`],
    ['a\\b', String.raw`'a\\b'`],
    ['say "x"', `'say "x"'`],
    ['a\nb\tc', String.raw`'a\nb\tc'`],
    ["\\' or 1 == 1 //", String.raw`'\\\' or 1 == 1 //'`],
  ])('%j is written %s', (value, literal) => {
    expect(text(value)).toBe(literal);
  });
});

describe('a column', () => {
  it.each([
    ['@cloudflare.Dataset', "['@cloudflare.Dataset']"],
    ['meta\\.remote_ip', String.raw`['meta\\.remote_ip']`],
  ])('%s is quoted', (name, quoted) => {
    expect(column(name)).toBe(quoted);
  });
});

describe('an instant', () => {
  it('is a datetime of milliseconds in UTC', () => {
    expect(time(Date.UTC(2026, 10, 20, 18, 0, 0, 7))).toBe('datetime(2026-11-20T18:00:00.007Z)');
  });

  it.each([undefined, '_time'])('of an event is _time where the column is %s', (name) => {
    expect(timeColumn(name)).toBe('_time');
  });

  it('of an event is read from its column by the size of the number, or as a text', () => {
    const c = "tolong(['a.b'])";
    expect(timeColumn('a.b')).toBe(
      `coalesce(iff(isnotnull(${c}), case(${c} > 100000000000000000, unixtime_nanoseconds_todatetime(${c}), ` +
        `${c} > 100000000000000, unixtime_microseconds_todatetime(${c}), ` +
        `${c} > 100000000000, unixtime_milliseconds_todatetime(${c}), unixtime_seconds_todatetime(${c})), ` +
        `todatetime(['a.b'])), _time)`,
    );
  });
});

describe('the dataset of a query', () => {
  it.each([
    ["['cloudflare-logpush'] | count", 'cloudflare-logpush'],
    [" \n['a.b_c']\n| where x == 1", 'a.b_c'],
    ["let ips = dynamic(['192.0.2.1']); ['logs'] | count", 'logs'],
    ['logs | count', undefined],
    ["print x = ['logs']", undefined],
    ["['a\\'b'] | count", undefined],
  ])('%j is %s', (apl, dataset) => {
    expect(datasetOf(apl)).toBe(dataset);
  });
});
