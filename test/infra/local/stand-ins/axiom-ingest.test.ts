import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AxiomStandIn, startAxiomStandIn } from '../../../../infra/local/stand-ins/axiom.ts';
import { fakeClock, START } from './asking.ts';
import { AUTHORIZED, askAxiom, ingest, query } from './axiom-asking.ts';

const iso = (at: number) => new Date(at).toISOString();

let standIn: AxiomStandIn;
beforeEach(async () => {
  standIn = await startAxiomStandIn({ clock: fakeClock(), datasets: { reports: [{ _time: START - 9, given: true }] } });
});
afterEach(() => standIn.close());

describe('events that are taken', () => {
  it('are kept in order, and found by queries beside those given', async () => {
    const answer = await ingest(standIn, 'reports', [{ n: 1 }, { n: 2, _time: iso(START - 5) }]);
    expect([answer.status, answer.body]).toEqual([
      200,
      { ingested: 2, failed: 0, failures: [], processedBytes: 50, blocksCreated: 0, walLength: 2 },
    ]);
    expect(standIn.ingested).toEqual({
      reports: [
        { _time: iso(START), n: 1 },
        { _time: iso(START - 5), n: 2 },
      ],
    });
    const { body } = await query(standIn, 'reports | order by _time asc | project n, given, _sysTime');
    expect(body.tables[0]?.columns).toEqual([
      [null, 2, 1],
      [true, null, null],
      [iso(START - 9), '2031-05-06T09:30:00Z', '2031-05-06T09:30:00Z'],
    ]);
  });

  it.each([
    ['a JSON list', 'application/json', '[{"n":1},{"n":2}]'],
    ['a JSON object', 'application/json', '{"n":1}\n{"n":2}\n\n'],
    ['lines', 'application/x-ndjson', '{"n":1}\n{"n":2}'],
  ])('may come as %s, unpacked, and at the edge', async (_what, type, body) => {
    const headers = { ...AUTHORIZED, 'content-type': type };
    for (const path of ['/v1/ingest/reports', '/v1/datasets/reports/ingest']) {
      expect((await askAxiom(standIn, path, { headers, body })).body).toMatchObject({ ingested: 2 });
    }
    expect(standIn.ingested.reports?.map(({ n }) => n)).toEqual([1, 2, 1, 2]);
  });

  it.each([
    ['2031-05-06T08:00:00Z', START - 5_400_000],
    ['2031-05-06T10:00:00+02:00', START - 5_400_000],
    [START / 1000, START],
    [START / 1000 + 0.5, START + 500],
    [START, START],
    [START * 1000, START],
    [START * 1_000_000, START],
    [String(START), START],
    [null, START],
  ])('have the time %j', async (_time, at) => {
    await ingest(standIn, 'reports', [{ _time }]);
    expect(standIn.ingested.reports?.[0]?._time).toBe(iso(at));
  });

  it('have the time of a column that the request names', async () => {
    await ingest(standIn, 'reports', [{ at: START - 7, _time: 'x' }], { params: '?timestamp-field=at' });
    expect(standIn.ingested.reports).toEqual([{ _time: iso(START - 7), at: START - 7 }]);
  });

  it('are flat, under names that are free', async () => {
    const nested = { meta: { user: { id: 7 }, list: [{ a: 1 }], none: {} }, 'a.b': 1, _sysTime: 'x', _source: 1 };
    await ingest(standIn, 'reports', [nested]);
    expect(standIn.ingested.reports?.[0]).toEqual({
      _time: iso(START),
      'a.b': 1,
      _user_sysTime: 'x',
      _user_source: 1,
      'meta.user.id': 7,
      'meta.list': [{ a: 1 }],
    });
  });

  it('lose what is too long or too deep', async () => {
    let deep: object = { end: 1 };
    for (let level = 0; level < 120; level++) deep = { d: deep };
    await ingest(standIn, 'reports', [{ long: 'x'.repeat(1_048_577), fits: 'x'.repeat(1000) }, deep]);
    const [texts, nested] = standIn.ingested.reports ?? [];
    expect(texts).toMatchObject({ long: '<invalid string: too long>', fits: 'x'.repeat(1000) });
    expect(Object.entries(nested ?? {}).at(-1)).toEqual([Array(100).fill('d').join('.'), null]);
  });

  it('are stamped with labels', async () => {
    const headers = { 'x-axiom-event-labels': '{"env":"test"}' };
    await ingest(standIn, 'reports', [{ n: 1 }], { headers });
    expect(standIn.ingested.reports?.[0]).toMatchObject({ n: 1, env: 'test' });
  });

  it('may be in a dataset that was just created', async () => {
    await askAxiom(standIn, '/v2/datasets', { body: '{"name":"fresh"}' });
    await ingest(standIn, 'fresh', [{ n: 1 }]);
    expect((await query(standIn, 'fresh | where n == 1 | count')).body.tables[0]?.columns).toEqual([[1]]);
  });
});

describe('events that fail', () => {
  it.each([
    ['a time that is none', { _time: 'soon' }, '_time is no valid time'],
    ['a time that no date can have', { _time: 1e300 }, '_time is no valid time'],
    ['a truth value for a time', { _time: true }, '_time is no valid time'],
    ['a list for an event', [1], 'the event is no JSON object'],
    ['a name that is too long', { ['x'.repeat(201)]: 1 }, 'field name is longer than 200 bytes'],
    ['fields without end', Object.fromEntries(Array.from({ length: 1100 }, (_, n) => [`f${n}`, n])), 'more than 1024'],
  ])('because of %s leave the others in', async (_what, event, error) => {
    const { status, body } = await ingest(standIn, 'reports', [{ n: 1 }, event, { n: 2 }]);
    expect([status, body.ingested, body.failed]).toEqual([200, 2, 1]);
    expect(body.failures).toEqual([{ timestamp: iso(START), error: expect.stringContaining(error) }]);
    expect(standIn.ingested.reports?.map(({ n }) => n)).toEqual([1, 2]);
  });

  it('because they were told to do so twice, say so in a 200', async () => {
    standIn.ingestFaults.partial = 2;
    const answers = [];
    for (let index = 0; index < 3; index++)
      answers.push(await ingest(standIn, 'reports', [{ n: 1 }, { n: 2 }, { n: 3 }]));
    expect(answers.map(({ status, body }) => [status, body.ingested, body.failed])).toEqual([
      [200, 1, 2],
      [200, 1, 2],
      [200, 3, 0],
    ]);
    expect(standIn.ingested.reports?.map(({ n }) => n)).toEqual([3, 3, 1, 2, 3]);
  });
});

describe('a request that fails', () => {
  it('takes nothing', async () => {
    const many = Array.from({ length: 10_001 }, () => ({}));
    expect(await ingest(standIn, 'reports', many)).toMatchObject({ status: 400, body: { code: 400 } });
    expect(await ingest(standIn, 'report', [{}])).toMatchObject({ status: 404, body: { code: 404 } });
    for (const body of ['{"n":1}\n{"n":', '[{"n":1}', '[{"n":1}]]']) {
      expect((await askAxiom(standIn, '/v1/ingest/reports', { body })).status).toBe(400);
    }
    const headers = { 'x-axiom-event-labels': 'env=test' };
    expect((await ingest(standIn, 'reports', [{}], { headers })).status).toBe(400);
    expect(standIn.ingested).toEqual({});
    expect((await ingest(standIn, 'reports', many.slice(1))).body.ingested).toBe(10_000);
  });

  it('may be every one after so many', async () => {
    standIn.ingestFaults.failAfter = 1;
    const statuses = async () => [
      (await ingest(standIn, 'reports', [{ n: 1 }])).status,
      (await ingest(standIn, 'reports', [{ n: 2 }])).status,
      (await ingest(standIn, 'reports', [{ n: 3 }])).status,
    ];
    expect(await statuses()).toEqual([200, 503, 503]);
    expect(standIn.ingested.reports).toHaveLength(1);
    expect((await query(standIn, 'reports | count')).status).toBe(200);
    standIn.ingestFaults.failAfter = undefined;
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('is cut where it cannot be unpacked, or is too large', async () => {
    const headers = { ...AUTHORIZED, 'content-encoding': 'gzip' };
    await expect(askAxiom(standIn, '/v1/ingest/reports', { headers, body: '{}' })).rejects.toThrow('fetch failed');
    await expect(ingest(standIn, 'reports', [{ x: 'x'.repeat(17 * 1024 * 1024) }])).rejects.toThrow('fetch failed');
  });
});
