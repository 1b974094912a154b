import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, text, textList } from '../../../../functions/adapters/axiom/apl.ts';
import { AplError, placeOf } from '../../../../infra/local/stand-ins/apl-error.ts';
import { evaluate, rowsOf, table, valueFor } from './apl-asking.ts';

/** What is wrong with a query over one event with the columns `a` and `b`, and where. */
function refusalOf(apl: string): string {
  try {
    evaluate(apl, table({ a: 1, b: 'x' }));
    return 'none';
  } catch (error) {
    if (!(error instanceof AplError)) throw error;
    const { line, column } = placeOf(apl, error.at);
    return `${line}:${column} ${error.message}`;
  }
}

describe('queries that Axiom would refuse', () => {
  it.each([
    ['', '1:1 expected a name, found the end of the query'],
    ['t where a == 1', '1:3 expected |, found where'],
    ['t |', '1:4 expected an operator, found the end of the query'],
    ['t | join kind=inner (u) on a', '1:5 unknown operator join'],
    ['t | project-rename c = a', '1:5 unknown operator project-rename'],
    ["t\n| where b == 'x", '2:14 unterminated string literal'],
    ["t | where b == 'x\\q'", '1:18 invalid escape \\q'],
    ['t | where a = 1', '1:13 expected |, found ='],
    ['t | where a == ', '1:16 expected an expression, found the end of the query'],
    ['t | where (a == 1', '1:18 expected ), found the end of the query'],
    ['t | where a == 1 # 2', '1:18 unexpected character #'],
    ['t | where a > 5parsecs', '1:15 invalid number 5parsecs'],
    ['t | where _time > datetime(soon)', '1:19 invalid datetime literal datetime(soon)'],
    ['t | where a in ()', '1:17 expected an expression, found )'],
    ['t | where a between (1, 2)', '1:23 expected .., found ,'],
    ['t | where b in (dynamic([a]))', '1:26 expected a list of texts, numbers, true, false or null'],
    ['t | limit many', '1:11 expected a number of rows, found many'],
    ['t | limit 1.5', '1:11 expected a number of rows, found 1.5'],
    ['t | top 3', '1:10 expected by, found the end of the query'],
    ['t | summarize count() by', '1:25 expected an expression, found the end of the query'],
    ['let a = 1 t', '1:11 expected ;, found t'],
    ["['t' | count", '1:6 expected ], found |'],
  ])('%j: %s', (apl, refusal) => {
    expect(refusalOf(apl)).toBe(refusal);
  });

  it.each([
    ['t | where c == 1', '1:11 field not found: c'],
    ['t | project a | where b == 1', '1:23 field not found: b'],
    ['t | project-away c', '1:18 field not found: c'],
    ['t | extend c = 1, d = c', '1:23 field not found: c'],
    ['t | where geo_info(a)', '1:11 unknown function: geo_info'],
    ['t | summarize percentile(a, 5)', '1:15 unknown aggregation function: percentile'],
    ['t | summarize a', '1:15 expected an aggregation function'],
    ['t | summarize c = sum(a) + 1', '1:26 expected an aggregation function'],
    ['t | summarize sum(b)', '1:15 cannot sum string'],
    ['t | summarize make_set(b, 0)', '1:15 the size of a set must be a number above 0'],
    ['t | summarize arg_max(a)', '1:15 arg_max takes a value and what to return'],
    ['t | extend c = count()', '1:16 unknown function: count'],
    ['t | extend c = iff(true, 1)', '1:16 iff takes 3 arguments, found 2'],
    ['t | extend c = case(true, 1, false, 2)', '1:16 case takes pairs of condition and result, and one more result'],
    ['t | where a', '1:11 expected a boolean, found integer'],
    ["t | where _time > '2026-01-01'", '1:17 cannot compare datetime with string'],
    ['t | where _time == 5', '1:17 cannot compare datetime with integer'],
    ['t | extend c = b + 1', '1:18 cannot calculate string + integer'],
    ['t | extend c = iff(true, _time, b)', '1:16 the results have different types: datetime and string'],
    ['t | extend c = bin(_time, 5)', '1:16 cannot bin datetime by integer'],
    ['t | extend c = bin(a, 0)', '1:16 the size of a bin must be a number above 0'],
    ["t | where ipv6_is_in_range(b, '2001:db8::1/64')", '1:11 invalid address range 2001:db8::1/64'],
    ['t | summarize a = count() by a', '1:5 two fields would be named a'],
    ['t | project a, a = 1', '1:5 two fields would be named a'],
    ['t | order by *', '1:14 * does not stand for a value here'],
    ['let x = a; t', '1:9 field not found: a'],
  ])('%j: %s', (apl, refusal) => {
    expect(refusalOf(apl)).toBe(refusal);
  });

  it('may not be nested without end', () => {
    expect(refusalOf(`t | where ${'('.repeat(100_000)}a == 1`)).toMatch(/nested too deeply/);
  });
});

describe('names', () => {
  it.each([
    '@cloudflare.Dataset',
    'cf-connecting-ip',
    'user agent',
    'meta.remote_ip',
    "it's",
    'a\\.b',
    'where',
    'Name',
  ])('may be %j where they are quoted', (name) => {
    const quoted = column(name);
    expect(rowsOf(`['t'] | where ${quoted} == 1 | project ${quoted}`, table({ [name]: 1 }))).toEqual([{ [name]: 1 }]);
    expect(rowsOf(`t | summarize ${quoted} = count()`, table({}))).toEqual([{ [name]: 1 }]);
  });

  it('may be bare, with dots', () => {
    expect(rowsOf('t | where geo.city == "Oslo" | project geo.city', table({ 'geo.city': 'Oslo' }))).toEqual([
      { 'geo.city': 'Oslo' },
    ]);
  });

  it('are case-sensitive', () => {
    expect(refusalOf('t | where A == 1')).toBe('1:11 field not found: A');
  });
});

describe('literals', () => {
  it('hold any text that the product writes into them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(valueFor(text(value))).toBe(value);
        expect(valueFor(textList([value, 'b']))).toEqual([value, 'b']);
      }),
    );
  });

  it.each([
    ["'a\\tb\\n\\'\\\\'", "a\tb\n'\\"],
    ['"it\'s"', "it's"],
    ["@'a\\b'", 'a\\b'],
    ['12', 12],
    ['-1.5', -1.5],
    ['1e3', 1000],
    ['true', true],
    ['null', null],
    ['datetime(2026-11-20T18:00:00Z)', Date.UTC(2026, 10, 20, 18)],
    ['datetime(2026-11-20)', Date.UTC(2026, 10, 20)],
    ['datetime(2026-11-20 18:00:00.25)', Date.UTC(2026, 10, 20, 18) + 250],
    ["datetime('2026-11-20T18:00:00+02:00')", Date.UTC(2026, 10, 20, 16)],
    ['datetime(null)', null],
    ['1.5h', 5_400_000],
    ['15m', 900_000],
    ['timespan(2d)', 172_800_000],
    ['500ms', 500],
    ["dynamic([1, -2.5, 'a', true, null, ['b']])", [1, -2.5, 'a', true, null, ['b']]],
    ['dynamic([])', []],
  ])('%s', (written, value) => {
    expect(valueFor(written)).toEqual(value);
  });

  it('may be named before the query', () => {
    const apl = "let low = 2; let known = dynamic(['x', 'y']); t | where n >= low and s in (known) | project n";
    const rows = table({ n: 1, s: 'x' }, { n: 2, s: 'y' }, { n: 3, s: 'z' });
    expect(rowsOf(apl, rows)).toEqual([{ n: 2 }]);
  });
});

it('leaves comments and line ends out', () => {
  expect(rowsOf('t // all of it\n  | where a > 1 // some\n  | count', table({ a: 1 }, { a: 2 }))).toEqual([
    { Count: 1 },
  ]);
});
