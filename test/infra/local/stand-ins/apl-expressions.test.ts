import { describe, expect, it } from 'vitest';
import { timeColumn } from '../../../../functions/adapters/axiom/apl.ts';
import { rowsOf, table, valueFor } from './apl-asking.ts';
import { START } from './asking.ts';

/** An event in which `none` is null, though the dataset has the column. */
function hits(condition: string): number {
  const events = table({ n: 5, s: 'North America', list: ['botFight'], none: 1, yes: true, no: false }, { other: 1 });
  return rowsOf(`t | where isnotnull(n) | extend nil = tolong('') | where ${condition}`, events).length;
}

describe('comparisons', () => {
  it.each([
    ['n == 5', 1],
    ['n == 6', 0],
    ['n != 6', 1],
    ['n < 5', 0],
    ['n <= 5', 1],
    ['5 > n', 0],
    ['n >= 5.0', 1],
    ["s == 'north america'", 0],
    ["s =~ 'north america'", 1],
    ["s !~ 'north america'", 0],
    ["s < 'South'", 1],
    ["s has 'america'", 1],
    ["s has_cs 'america'", 0],
    ["s has 'amer'", 0],
    ["s has 'north america'", 1],
    ["s !has 'amer'", 1],
    ["s contains 'H AMER'", 1],
    ["s contains_cs 'H AMER'", 0],
    ["s !contains 'x'", 1],
    ["s startswith 'NORTH'", 1],
    ["s startswith_cs 'NORTH'", 0],
    ["s endswith 'ica'", 1],
    ['n in (1, 5)', 1],
    ['n !in (1, 5)', 0],
    ["s in ('NORTH AMERICA')", 0],
    ["s in~ ('NORTH AMERICA')", 1],
    ["s !in~ ('NORTH AMERICA')", 0],
    ["s in (dynamic(['x', 'North America']), 'y')", 1],
    ['5 in (1, n)', 1],
    ["'botFight' in (list)", 1],
    ['n between (5 .. 6)', 1],
    ['n between (1 .. 5)', 1],
    ['n between (6 .. 9)', 0],
    ['n !between (6 .. 9)', 1],
    ['_time between (datetime(2031-05-06T09:29:00Z) .. datetime(2031-05-06T09:31:00Z))', 1],
    ["n == '5'", 0],
  ])('%s: %i', (condition, count) => {
    expect(hits(condition)).toBe(count);
  });
});

describe('null', () => {
  it.each([
    ['nil == 1', 0],
    ['nil != 1', 1],
    ['nil == nil', 0],
    ['nil != nil', 0],
    ['nil < 1', 0],
    ['nil >= 1', 0],
    ["other == 'x'", 0],
    ['nil in (1)', 0],
    ['nil !in (1)', 1],
    ['nil between (0 .. 9)', 0],
    ["tostring(nil) == ''", 1],
    ['isnull(nil)', 1],
    ['isnotnull(nil)', 0],
    ['isempty(nil)', 1],
    ['isnull(nil + 1)', 1],
    ['not(nil == nil)', 0],
    ['isnull(not(nil == nil))', 1],
    ['(nil == nil) or yes', 1],
    ['(nil == nil) and no or isnull((nil == nil) and yes)', 1],
    ['isnull((nil == nil) and no)', 0],
    ['isnull((nil == nil) or yes)', 0],
    ['isnull((nil == nil) or no)', 1],
  ])('%s: %i', (condition, count) => {
    expect(hits(condition)).toBe(count);
  });
});

describe('logic', () => {
  it.each([
    ['yes and not(no)', 1],
    ['no or yes and no', 0],
    ['(no or yes) and yes', 1],
    ['yes == true and n == 5', 1],
  ])('%s: %i', (condition, count) => {
    expect(hits(condition)).toBe(count);
  });
});

describe('arithmetic', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['7 / 2.0', 3.5],
    ['7 % 4', 3],
    ['7 - 3 - 2', 2],
    ['1 / 0', null],
    ['-(2 + 1)', -3],
    ['_time - datetime(2031-05-06T09:00:00Z)', 1_800_000],
    ['datetime(2031-05-06T09:00:00Z) + 90m', START + 3_600_000],
    ['1h / 15m', 4],
    ['2 * 15m', 1_800_000],
  ])('%s', (expression, value) => {
    expect(valueFor(expression)).toBe(value);
  });
});

describe('functions', () => {
  const event = { n: 5, f: 2.5, s: ' Ab,c ', list: ['x', 'y'], yes: true, empty: '' };
  it.each([
    ['isempty(empty)', true],
    ['isempty(s)', false],
    ['isempty(dynamic([]))', true],
    ['isnotempty(n)', true],
    ['isnull(empty)', false],
    ["coalesce(empty, toint('x'), 'b', 'c')", 'b'],
    ["coalesce(empty, '')", ''],
    ['coalesce(tolong(empty), n)', 5],
    ["iff(n > 4, 'big', 'small')", 'big'],
    ["iif(tolong('') > 4, 'big', 'small')", 'small'],
    ["case(n > 9, 'a', n > 4, 'b', 'c')", 'b'],
    ["case(n > 9, 'a', n > 8, 'b', 'c')", 'c'],
    ['tostring(n)', '5'],
    ['tostring(f)', '2.5'],
    ['tostring(yes)', 'true'],
    ["tostring(tolong('x') == 1)", 'false'],
    ["tostring(tolong('x') == tolong('x'))", 'false'],
    ['tostring(list)', '["x","y"]'],
    ['tostring(_time)', '2031-05-06T09:30:00Z'],
    ['tostring(_time + 120ms)', '2031-05-06T09:30:00.12Z'],
    ['tostring(80s)', '1m20s'],
    ["toint('42')", 42],
    ["toint('+42')", 42],
    ["toint('42.0')", null],
    ["toint('x')", null],
    ["toint('')", null],
    ['toint(f)', 2],
    ['toint(yes)', 1],
    ['tolong(_time)', START * 1_000_000],
    ['tolong(1s)', 1_000_000_000],
    ['tolong(list)', null],
    ["todouble('1.5e1')", 15],
    ["todouble('1.5.1')", null],
    ["tobool('true')", true],
    ["tobool('0')", false],
    ["tobool('yes')", null],
    ['tobool(n)', true],
    ["todatetime('2031-05-06T09:30:00Z')", START],
    ["todatetime('2031-05-06T11:30:00+02:00')", START],
    ["todatetime('2031-05-06 09:30')", START],
    ["todatetime('2031-05-06T09:30:00.123456789Z')", START + 123],
    ["todatetime('2031-02-30T09:30:00Z')", null],
    ["todatetime('2031-05-06T24:30:00Z')", null],
    ["todatetime('soon')", null],
    [`todatetime('${START / 1000}')`, START],
    [`todatetime('${START}')`, START],
    [`todatetime(${START}000000)`, START],
    [`unixtime_seconds_todatetime(${START / 1000})`, START],
    [`unixtime_milliseconds_todatetime(${START})`, START],
    [`unixtime_microseconds_todatetime(${START}999)`, START],
    [`unixtime_nanoseconds_todatetime(${START}000000)`, START],
    ["unixtime_seconds_todatetime(tolong('x'))", null],
    ['bin(17, 5)', 15],
    ['bin(-1, 5)', -5],
    ['bin(f, 0.5)', 2.5],
    ['bin(_time + 59m, 15m)', START + 45 * 60_000],
    ["bin(todatetime('x'), 15m)", null],
    ['tolower(s)', ' ab,c '],
    ["tolower(tolong('x'))", null],
    ["strcat('a', n, '-', tolong('x'), yes)", 'a5-true'],
    ["trim(' ,', s)", 'Ab,c'],
    ["split('a,b,,c', ',')", ['a', 'b', '', 'c']],
    ['array_length(list)', 2],
    ['array_length(s)', null],
    ["set_has_element(list, 'y')", true],
    ["set_has_element(list, 'Y')", false],
    ["set_has_element(s, 'y')", false],
    ["column_ifexists('n', 0)", 5],
    ["column_ifexists('no such', 'default')", 'default'],
    ["column_ifexists('no such', n)", 5],
    ['column_ifexists(absent, 0)', 0],
    ['now()', START],
    ['ago(1h)', START - 3_600_000],
  ])('%s', (expression, value) => {
    expect(valueFor(expression, event)).toEqual(value);
  });

  it('evaluate no branch that is not chosen', () => {
    const apl = 't | extend a = case(n == 0, 0, 10 / n) | where a == 5 | project a';
    expect(rowsOf(apl, table({ n: 0 }, { n: 2 }))).toEqual([{ a: 5 }]);
  });
});

describe('addresses', () => {
  it.each([
    ["ipv4_is_in_any_range('192.0.2.9', dynamic(['198.51.100.0/24', '192.0.2.0/24']))", true],
    ["ipv4_is_in_any_range('192.0.3.9', dynamic(['192.0.2.0/24']))", false],
    ["ipv4_is_in_any_range('2001:db8::1', dynamic(['192.0.2.0/24']))", null],
    ["ipv4_is_in_any_range('unknown', dynamic(['192.0.2.0/24']))", null],
    ["ipv6_is_in_any_range('2001:DB8:0:1::9', dynamic(['2001:db8:0:1::/64', '2001:db8:0:5::/64']))", true],
    ["ipv6_is_in_any_range('2001:db8:0:2::9', dynamic(['2001:db8:0:1::/64', '2001:db8:0:5::/64']))", false],
    ["ipv6_is_in_any_range('unknown', dynamic(['2001:db8::/64']))", false],
    ["ipv6_is_in_range('2001:db8::ffff', '2001:db8::/64')", true],
    ["ipv6_is_in_range('2001:db8:0:1::', '2001:db8::/64')", false],
  ])('%s: %s', (expression, value) => {
    expect(valueFor(expression)).toBe(value);
  });
});

describe("the product's expression of an event's instant", () => {
  it.each([
    ['2031-05-06T09:29:00Z'],
    ['2031-05-06T11:29:00+02:00'],
    [START / 1000 - 60],
    [START - 60_000],
    [(START - 60_000) * 1000],
    [(START - 60_000) * 1_000_000],
    [String(START - 60_000)],
    [`${START - 60_000}000`],
  ])('reads %j', (written) => {
    expect(valueFor(timeColumn('at'), { at: written })).toBe(START - 60_000);
  });

  it.each([['soon'], [''], [null]])('takes _time where the column holds %j', (written) => {
    const events = [
      { _time: START - 5, at: written },
      { _time: START, at: START, n: 1 },
    ];
    expect(rowsOf(`t | where isnull(n) | project at = ${timeColumn('at')}`, events)).toEqual([{ at: START - 5 }]);
  });
});
