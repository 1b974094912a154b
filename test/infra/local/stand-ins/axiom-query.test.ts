import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AxiomStandIn, startAxiomStandIn } from '../../../../infra/local/stand-ins/axiom.ts';
import { fakeClock, START } from './asking.ts';
import { askAxiom, query } from './axiom-asking.ts';

const HOUR = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
const EVENTS = [
  { _time: START - 2 * HOUR, ip: 'a', score: 1.5 },
  { _time: START - HOUR, ip: 'b', list: ['x'] },
  { _time: START - HOUR + 1, ip: 'a', ok: true },
];

let standIn: AxiomStandIn;
beforeEach(() => start());
afterEach(() => standIn.close());

async function start(options: { readonly rowCeiling?: number } = {}) {
  await standIn?.close();
  standIn = await startAxiomStandIn({ clock: fakeClock(), datasets: { 'cf-logs': EVENTS }, ...options });
}

const ask = async (apl: string, range?: object) => (await query(standIn, `['cf-logs'] ${apl}`, range)).body;

describe('a result', () => {
  it('has one list for each field, and its types', async () => {
    const { format, tables, datasetNames, status } = await ask(
      '| where ip == "b" | project _time, ip, list, score, n = 1h',
    );
    expect(format).toBe('tabular');
    expect(datasetNames).toEqual(['cf-logs']);
    expect(tables).toHaveLength(1);
    expect(tables[0]).toMatchObject({
      name: '0',
      sources: [{ name: 'cf-logs' }],
      order: [{ field: '_time', desc: true }],
      fields: [
        { name: '_time', type: 'datetime' },
        { name: 'ip', type: 'string' },
        { name: 'list', type: 'array' },
        { name: 'score', type: 'float' },
        { name: 'n', type: 'timespan' },
      ],
      columns: [['2031-05-06T08:30:00Z'], ['b'], [['x']], [null], ['1h0m0s']],
    });
    expect(status).toMatchObject({ isPartial: false, rowsExamined: 3, rowsMatched: 1 });
    expect(status.messages).toBeUndefined();
  });

  it('names its groups and aggregates, and has totals where they are groups of time', async () => {
    const { tables, status } = await ask('| summarize n = count() by bin(_time, 1h), ip | top 2 by n');
    expect(tables[0]).toMatchObject({
      fields: [{ name: '_time' }, { name: 'ip' }, { name: 'n', type: 'integer', agg: { name: 'count' } }],
      groups: [{ name: '_time' }, { name: 'ip' }],
      buckets: { field: '_time', size: HOUR * 1_000_000 },
      order: [{ field: 'n', desc: true }],
    });
    expect(tables[1]).toMatchObject({
      name: '_totals',
      groups: [{ name: 'ip' }],
      columns: [
        ['a', 'b'],
        [2, 1],
      ],
    });
    expect(status.numGroups).toBe(2);
  });

  it('has no columns where there are no rows', async () => {
    const { tables } = await ask("| where ip == 'c'");
    expect(tables[0]?.fields.length).toBeGreaterThan(0);
    expect(tables[0]?.columns).toEqual([]);
  });

  it('is cut at the ceiling, and says so', async () => {
    await start({ rowCeiling: 2 });
    const { tables, status } = await ask('| limit 3');
    expect(tables[0]?.columns[0]).toHaveLength(2);
    expect(status.messages).toMatchObject([{ code: 'row_limit_warning', priority: 'warn' }]);
    const uncut = await ask('| summarize count() by bin(_time, 1h) | limit 2');
    expect(uncut.status.messages).toBeUndefined();
    expect(uncut.tables.map(({ name }) => name)).toEqual(['0']);
  });

  it('is partial as often as it was told to be', async () => {
    standIn.queryFaults.partial = 1;
    expect((await ask('| count')).status.isPartial).toBe(true);
    expect((await ask('| count')).status.isPartial).toBe(false);
  });
});

describe('the range', () => {
  it.each([
    [{ startTime: iso(START - HOUR), endTime: iso(START) }, 2],
    [{ startTime: iso(START - 2 * HOUR), endTime: iso(START - HOUR) }, 1],
    [{ startTime: 'now-1h', endTime: 'now' }, 2],
    [{ startTime: 'now-90m', endTime: 'now-59m' }, 2],
    [{ startTime: iso(START - HOUR) }, 2],
    [{ endTime: iso(START - HOUR) }, 1],
    [{}, 3],
  ])('%j: %i events', async (range, count) => {
    expect((await ask('| count', range)).tables[0]?.columns).toEqual([[count]]);
  });

  it.each([[{ startTime: 'yesterday' }], [{ endTime: 5 }], [{ endTime: 'now-1y' }]])('%j is none', async (range) => {
    expect(await ask('| count', range)).toMatchObject({ code: 400, message: expect.stringContaining('RFC 3339') });
  });
});

describe('a refusal', () => {
  it('says where the query is wrong', async () => {
    const answer = await query(standIn, "['cf-logs']\n| where score > 1\n| where nope == 1");
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        code: 400,
        message: '3:9: field not found: nope',
        detail: { line: 3, column: 9, message: 'field not found: nope', errorType: 1 },
      },
    ]);
  });

  it('is another where the dataset is not there', async () => {
    const answer = await query(standIn, "['cf-log'] | count");
    expect([answer.status, answer.body]).toEqual([404, { code: 404, message: 'dataset not found: cf-log' }]);
  });

  it.each([
    ['/v1/datasets/_apl', '{"apl":"x"}'],
    ['/v1/query/_apl?format=legacy', '{"apl":"x"}'],
    ['/v1/query/_apl?format=tabular', '{"apl":5}'],
    ['/v1/query/_apl?format=tabular', 'x'],
  ])('is what %s answers to %s', async (path, body) => {
    expect(await askAxiom(standIn, path, { body })).toMatchObject({ status: 400, body: { code: 400 } });
  });
});
