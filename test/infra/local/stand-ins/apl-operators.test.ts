import { describe, expect, it } from 'vitest';
import { evaluate, rowsOf, table } from './apl-asking.ts';
import { START } from './asking.ts';

const PEOPLE = table(
  { name: 'ann', age: 30, city: 'Oslo' },
  { name: 'bob', age: 20, city: 'Rome' },
  { name: 'cal', city: 'Oslo' },
  { name: 'dan', age: 40, city: 'Rome' },
);

function names(apl: string): unknown[] {
  return rowsOf(apl, PEOPLE).map(({ name }) => name);
}

describe('columns', () => {
  it('are added at the end, and replaced', () => {
    const { fields } = evaluate('t | extend age = 1, next = age + 1', PEOPLE);
    expect(fields.map(({ name }) => name)).toEqual(['_sysTime', '_time', 'city', 'name', 'age', 'next']);
    expect(rowsOf("t | where name == 'ann' | extend age = 1, next = age + 1 | project age, next", PEOPLE)).toEqual([
      { age: 1, next: 31 },
    ]);
  });

  it('are chosen, named, and put in order', () => {
    expect(rowsOf("t | where name == 'ann' | project city, years = age * 2, tolower(name)", PEOPLE)).toEqual([
      { city: 'Oslo', years: 60, name: 'ann' },
    ]);
  });

  it('are taken away', () => {
    const { fields } = evaluate("t | project-away ['age'], _time", PEOPLE);
    expect(fields.map(({ name }) => name)).toEqual(['_sysTime', 'city', 'name']);
  });

  it('may go through each other', () => {
    const swapped = "t | where name == 'ann' | project a = name, b = city | project a = b, b = a";
    expect(rowsOf(swapped, PEOPLE)).toEqual([{ a: 'Oslo', b: 'ann' }]);
  });

  it('that were computed keep their values from row to row', () => {
    const apl =
      't | extend next = age + 1 | where isnotnull(next) | extend sum = next + next | order by sum asc | project sum';
    expect(rowsOf(apl, PEOPLE)).toEqual([{ sum: 42 }, { sum: 62 }, { sum: 82 }]);
  });
});

describe('getschema', () => {
  it('tells the types of columns that hold a value', () => {
    const events = table(
      { text: 'a', whole: 1, part: 1.5, mixed: 1, truth: true, list: [1], absent: null },
      { whole: 2, part: 2, mixed: 'x', object: { a: 1 } },
    );
    const types = rowsOf('t | getschema', events).map((row) => [row.ColumnName, row.ColumnType]);
    expect(types).toEqual([
      ['_sysTime', 'datetime'],
      ['_time', 'datetime'],
      ['list', 'array'],
      ['mixed', 'unknown'],
      ['part', 'float'],
      ['text', 'string'],
      ['truth', 'boolean'],
      ['whole', 'integer'],
    ]);
    expect(rowsOf('t | getschema | limit 1', events)).toEqual([
      { ColumnName: '_sysTime', ColumnOrdinal: 0, ColumnType: 'datetime', DataType: 'datetime' },
    ]);
  });

  it('tells the types of what a query made', () => {
    const apl =
      "t | summarize n = count(), s = make_set(name), m = max(_time) by b = age > 25, u = bin(_time, 1h), d = now() - _time | extend f = n / 2.0, t = strcat('a', n) | getschema";
    expect(Object.fromEntries(rowsOf(apl, PEOPLE).map((row) => [row.ColumnName, row.ColumnType]))).toEqual({
      b: 'boolean',
      u: 'datetime',
      d: 'timespan',
      n: 'integer',
      s: 'array',
      m: 'datetime',
      f: 'float',
      t: 'string',
    });
  });
});

describe('top and order', () => {
  it('put the largest first, unless they are told otherwise', () => {
    expect(names('t | top 2 by age')).toEqual(['dan', 'ann']);
    expect(names('t | top 2 by age desc')).toEqual(['dan', 'ann']);
    expect(names('t | top 2 by age asc nulls last')).toEqual(['bob', 'ann']);
    expect(names('t | order by name')).toEqual(['dan', 'cal', 'bob', 'ann']);
    expect(names('t | sort by city asc, name desc')).toEqual(['cal', 'ann', 'dan', 'bob']);
    expect(names('t | order by -age asc nulls last')).toEqual(['dan', 'ann', 'bob', 'cal']);
  });

  it('take null for the smallest, unless they are told otherwise', () => {
    expect(names('t | order by age')).toEqual(['dan', 'ann', 'bob', 'cal']);
    expect(names('t | order by age asc')).toEqual(['cal', 'bob', 'ann', 'dan']);
    expect(names('t | order by age nulls first')).toEqual(['cal', 'dan', 'ann', 'bob']);
  });

  it('keep equal rows in the order they came', () => {
    const many = table(...Array.from({ length: 5000 }, (_, index) => ({ index, same: index % 2 })));
    const kept = rowsOf('t | top 1000 by same asc | project index', many).map(({ index }) => index);
    expect(kept).toEqual(Array.from({ length: 1000 }, (_, index) => index * 2));
  });
});

describe('limits', () => {
  const many = table(...Array.from({ length: 1500 }, (_, index) => ({ index })));

  it('are the newest 1,000 events where a query has none, with a warning', () => {
    const { tuples, messages, about } = evaluate('t | project index', many);
    expect([tuples.length, tuples[0], tuples.at(-1)]).toEqual([1000, [1499], [500]]);
    expect(messages).toMatchObject([{ code: 'default_limit_warning', priority: 'warn' }]);
    expect(about.order).toEqual([{ field: '_time', desc: true }]);
  });

  it('come without a warning where nothing is missing', () => {
    expect(evaluate('t | where index < 1000', many).messages).toEqual([]);
    expect(evaluate('t | summarize count() by bin(index, 2)', many).messages).toEqual([]);
    expect(evaluate('t | limit 1200', many)).toMatchObject({ messages: [], tuples: { length: 1200 } });
    expect(evaluate('t | count', many)).toMatchObject({ messages: [], tuples: [[1500]] });
  });

  it('hold for groups, too', () => {
    const { tuples, messages } = evaluate('t | summarize count() by index', many);
    expect([tuples.length, messages[0]?.code]).toEqual([1000, 'default_limit_warning']);
  });

  it('may not go over the ceiling', () => {
    const { tuples, messages } = evaluate('t | limit 1200', many, { ceiling: 1100 });
    expect([tuples.length, messages.length]).toEqual([1100, 1]);
    expect(messages[0]).toMatchObject({ code: 'row_limit_warning', priority: 'warn' });
    expect(evaluate('t | limit 1100', many, { ceiling: 1100 }).messages).toEqual([]);
    expect(evaluate('t', many, { ceiling: 10 })).toMatchObject({ tuples: { length: 10 }, messages: { length: 1 } });
  });

  it('take the first of rows that have an order, and none where they are 0', () => {
    expect(names('t | order by name asc | limit 2')).toEqual(['ann', 'bob']);
    expect(names('t | take 0')).toEqual([]);
    expect(names('t | top 0 by age')).toEqual([]);
    expect(names('t | order by name asc | take 0')).toEqual([]);
    expect(names('t | limit 2')).toEqual(['dan', 'cal']);
  });
});

describe('count and distinct', () => {
  it('count rows', () => {
    expect(rowsOf('t | where age > 25 | count', PEOPLE)).toEqual([{ Count: 2 }]);
    expect(rowsOf('t | where age > 99 | count', PEOPLE)).toEqual([{ Count: 0 }]);
  });

  it('leave one row of each', () => {
    expect(rowsOf('t | distinct city', PEOPLE)).toEqual([{ city: 'Oslo' }, { city: 'Rome' }]);
    expect(rowsOf('t | distinct city, old = age > 25', PEOPLE)).toHaveLength(4);
  });
});

describe('the range of a query', () => {
  const events = [START - 2, START - 1, START].map((_time) => ({ _time, at: _time }));

  it('holds its start and not its end', () => {
    expect(rowsOf('t | project at', events, { range: { start: START - 2, end: START } })).toEqual([
      { at: START - 1 },
      { at: START - 2 },
    ]);
  });

  it('is about _time, whatever the query makes of it', () => {
    const range = { start: START - 1, end: START };
    expect(rowsOf('t | extend _time = 1 | project _time, at', events, { range })).toEqual([
      { _time: 1, at: START - 1 },
    ]);
  });

  it('reads times that are texts', () => {
    const texts = events.map(({ at }) => ({ _time: new Date(at).toISOString(), at }));
    expect(rowsOf('t | project _time', texts, { range: { start: START - 1, end: START } })).toEqual([
      { _time: START - 1 },
    ]);
  });
});

describe('events that cannot be seen yet', () => {
  it('are no rows and no columns', () => {
    const events = [
      { _time: START, now: 1 },
      { _time: START + 1, tomorrow: 1 },
      { _time: START - 5, visibleFrom: START + 1, late: 1 },
      { _time: START - 5, visibleFrom: START, arrived: 1 },
      { _time: 'never', broken: 1 },
    ];
    expect(evaluate('t', events).fields.map(({ name }) => name)).toEqual(['_sysTime', '_time', 'arrived', 'now']);
    expect(rowsOf('t | project _sysTime, _time', events)).toEqual([
      { _sysTime: START, _time: START },
      { _sysTime: START, _time: START - 5 },
    ]);
  });
});
