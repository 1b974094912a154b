import { describe, expect, it } from 'vitest';
import { evaluate, rowsOf, table } from './apl-asking.ts';
import { START } from './asking.ts';

const HITS = table(
  { ip: 'a', n: 3, path: '/x', ok: true },
  { ip: 'b', n: 5, path: '/y', ok: false },
  { ip: 'a', n: 1, path: '/x', ok: false },
  { ip: 'a', path: '/z' },
);

describe('summarize', () => {
  it.each([
    ['count()', { count_: 3 }, { count_: 1 }],
    ['countif(n > 2)', { countif_: 1 }, { countif_: 1 }],
    ['countif(ok)', { countif_ok: 1 }, { countif_ok: 0 }],
    ['sum(n)', { sum_n: 4 }, { sum_n: 5 }],
    ['min(n)', { min_n: 1 }, { min_n: 5 }],
    ['max(n)', { max_n: 3 }, { max_n: 5 }],
    ['max(path)', { max_path: '/z' }, { max_path: '/y' }],
    ['max(_time)', { max__time: START }, { max__time: START - 2000 }],
    ['dcount(path)', { dcount_path: 2 }, { dcount_path: 1 }],
    ['dcount(n)', { dcount_n: 2 }, { dcount_n: 1 }],
    ['make_set(path)', { make_set_path: ['/x', '/z'] }, { make_set_path: ['/y'] }],
    ['make_set(path, 1)', { make_set_path: ['/x'] }, { make_set_path: ['/y'] }],
    ['make_set(n)', { make_set_n: [3, 1] }, { make_set_n: [5] }],
    ['arg_max(n, path)', { n: 3, path: '/x' }, { n: 5, path: '/y' }],
    ['arg_max(most = n * 2, where_ = path)', { most: 6, where_: '/x' }, { most: 10, where_: '/y' }],
    ['most = arg_max(n, path)', { most: 3, path: '/x' }, { most: 5, path: '/y' }],
  ])('%s', (aggregate, a, b) => {
    expect(rowsOf(`t | summarize ${aggregate} by ip`, HITS)).toEqual([
      { ip: 'a', ...a },
      { ip: 'b', ...b },
    ]);
  });

  it('returns the whole row of the largest value, but for what rows are grouped by', () => {
    const events = [
      { _time: START - 9, key: 'a', attempt: 1, score: 10, old: true },
      { _time: START - 8, key: 'a', attempt: 2, score: 20 },
      { _time: START - 7, key: 'a', attempt: 2, score: 30 },
      { _time: START - 6, key: 'b', score: 40 },
    ];
    expect(rowsOf('t | summarize arg_max(attempt, *) by key | top 20 by score desc', events)).toEqual([
      { key: 'b', attempt: null, _sysTime: START - 6, _time: START - 6, old: null, score: 40 },
      { key: 'a', attempt: 2, _sysTime: START - 8, _time: START - 8, old: null, score: 20 },
    ]);
  });

  it('is one row without groups, even of nothing', () => {
    const all = 'count(), countif(ok), sum(n), min(n), max(n), dcount(ip), make_set(ip), arg_max(n, path)';
    expect(rowsOf(`t | where ip == 'c' | summarize ${all}`, HITS)).toEqual([
      {
        count_: 0,
        countif_ok: 0,
        sum_n: 0,
        min_n: null,
        max_n: null,
        dcount_ip: 0,
        make_set_ip: [],
        n: null,
        path: null,
      },
    ]);
    expect(rowsOf("t | where ip == 'c' | summarize count() by path", HITS)).toEqual([]);
  });

  it('may follow another', () => {
    const apl =
      't | summarize hits = count() by ip, path | summarize paths = count(), most = max(hits) by ip | where paths > 1';
    expect(rowsOf(apl, HITS)).toEqual([{ ip: 'a', paths: 2, most: 2 }]);
  });

  it('keeps values of different types, null and lists apart', () => {
    const events = table(
      { k: 1 },
      { k: '1' },
      { k: true },
      { k: null },
      { other: 1 },
      { k: [1] },
      { k: '[1]' },
      { k: [1] },
    );
    expect(rowsOf('t | summarize n = count() by k', events)).toEqual([
      { k: 1, n: 1 },
      { k: '1', n: 1 },
      { k: true, n: 1 },
      { k: null, n: 2 },
      { k: [1], n: 2 },
      { k: '[1]', n: 1 },
    ]);
  });

  it('groups by expressions, named or not', () => {
    const { fields, tuples } = evaluate("t | summarize count() by tolower(ip), strcat('a', 'b'), big = n > 2", HITS);
    expect(fields.map(({ name }) => name)).toEqual(['ip', 'Column2', 'big', 'count_']);
    expect(tuples).toHaveLength(3);
  });

  it('keeps 128 different values of a set, unless it is told otherwise', () => {
    const many = table(...Array.from({ length: 400 }, (_, index) => ({ index: index % 200 })));
    const [row] = rowsOf('t | summarize set = make_set(index), all = make_set(index, 500), n = dcount(index)', many);
    expect([row?.set, row?.all]).toMatchObject([{ length: 128 }, { length: 200 }]);
    expect(row?.n).toBe(200);
  });
});

describe('groups of time', () => {
  const events = [3, 1, 2, 1].map((hour, index) => ({
    _time: START - hour * 3_600_000 + 60_000,
    id: `id-${index}`,
    kind: index % 2 === 0 ? 'even' : 'odd',
  }));
  const hour = (before: number) => START - (START % 3_600_000) - before * 3_600_000;

  it('come in the order of time', () => {
    expect(rowsOf('t | summarize findings = dcount(id) by bin(_time, 1h)', events)).toEqual([
      { _time: hour(3), findings: 1 },
      { _time: hour(2), findings: 1 },
      { _time: hour(1), findings: 2 },
    ]);
  });

  it('have totals over all time beside them', () => {
    const all = 'n = count(), ids = make_set(id), d = dcount(id), first = min(_time), newest = arg_max(_time, id)';
    const { about } = evaluate(`t | summarize ${all} by bin(_time, 1h), kind`, events);
    expect(about.buckets).toEqual({ field: '_time', size: 3_600_000_000_000 });
    const totals = about.totals?.();
    expect(totals?.fields.map(({ name }) => name)).toEqual(['kind', 'n', 'ids', 'd', 'first', 'newest', 'id']);
    const at = (index: number) => events[index]?._time;
    expect([...(totals?.tuples ?? [])]).toEqual([
      ['even', 2, ['id-0', 'id-2'], 2, at(0), at(2), 'id-2'],
      ['odd', 2, ['id-1', 'id-3'], 2, at(1), at(1), 'id-1'],
    ]);
  });

  it('have none once rows were made something else of', () => {
    expect(evaluate('t | summarize count() by bin(_time, 1h) | limit 5', events).about.totals).toBeDefined();
    expect(evaluate('t | summarize n = count() by bin(_time, 1h) | where n > 1', events).about.totals).toBeUndefined();
    expect(evaluate('t | summarize count() by kind', events).about.totals).toBeUndefined();
  });
});
