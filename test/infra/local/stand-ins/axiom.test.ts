import { AxiomWithoutBatching } from '@axiomhq/js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AXIOM_STAND_IN_TOKEN,
  type AxiomStandIn,
  type AxiomStandInOptions,
  startAxiomStandIn,
} from '../../../../infra/local/stand-ins/axiom.ts';
import { dashboardOf } from '../../../../infra/operate/axiom-dashboard.ts';
import { type FakeClock, fakeClock, START } from './asking.ts';
import { AUTHORIZED, askAxiom, ingest, query } from './axiom-asking.ts';

let clock: FakeClock;
let standIn: AxiomStandIn;
let events: Record<string, unknown>[];

beforeEach(() => start());
afterEach(() => standIn.close());

async function start(options: Partial<AxiomStandInOptions> = {}) {
  await standIn?.close();
  clock = fakeClock();
  events = [{ _time: START - 60_000, ClientIP: '192.0.2.1', BotScore: 7, products: ['botFight'] }];
  standIn = await startAxiomStandIn({ clock, datasets: { 'cf-logs': events, reports: [] }, ...options });
}

function library(at: object = { url: standIn.url }) {
  return new AxiomWithoutBatching({
    token: AXIOM_STAND_IN_TOKEN,
    ...at,
    onError: (error) => {
      throw error;
    },
  });
}

describe('who may ask', () => {
  it.each([
    ['no token', {}, 401],
    ['another token', { authorization: 'Bearer xaat-other' }, 403],
    ['the token', AUTHORIZED, 200],
  ])('%s', async (_what, headers, status) => {
    expect((await askAxiom(standIn, '/v2/datasets', { headers })).status).toBe(status);
  });

  it('is told that a wrong token is forbidden', async () => {
    const { body } = await askAxiom(standIn, '/v2/user', { headers: { authorization: 'Bearer x' } });
    expect(body).toEqual({ code: 403, message: 'forbidden' });
  });

  it('changes with the token', async () => {
    standIn.token = 'xaat-rotated';
    expect((await query(standIn, "['cf-logs']")).status).toBe(403);
  });
});

describe('rate limits', () => {
  it('are told in every answer, and kept for a minute', async () => {
    await start({ requestsPerMinute: 2 });
    const first = await query(standIn, "['cf-logs']");
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'x-ratelimit-scope': 'organization',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': String((START + 60_000) / 1000),
    });
    clock.at += 20_000;
    await ingest(standIn, 'reports', [{}]);
    clock.at += 10_000;
    const third = await query(standIn, "['cf-logs']");
    expect([third.status, third.body]).toEqual([429, { message: 'rate limit exceeded' }]);
    expect(third.headers.get('x-ratelimit-reset')).toBe(String((START + 60_000) / 1000));
    clock.at += 30_000;
    expect((await query(standIn, "['cf-logs']")).status).toBe(200);
  });
});

describe("Axiom's own library", () => {
  it.each([['url'], ['edgeUrl']])('queries and ingests by %s', async (option) => {
    const axiom = library({ [option]: standIn.url });
    const sent = await axiom.ingest('reports', [{ _time: new Date(START).toISOString(), kind: 'row', score: 3 }]);
    expect(sent).toMatchObject({ ingested: 1, failed: 0 });
    const range = { startTime: new Date(START).toISOString(), endTime: new Date(START + 1).toISOString() };
    const { tables } = await axiom.query("['reports'] | project kind, score", range);
    expect([...(tables[0]?.events() ?? [])]).toEqual([{ kind: 'row', score: 3 }]);
  });

  it('manages datasets', async () => {
    const { datasets } = library();
    const made = await datasets.create({ name: 'new-one' });
    expect(made).toMatchObject({ id: 'new-one', name: 'new-one', kind: 'axiom:events:v1' });
    expect((await datasets.list()).map(({ name }) => name)).toEqual(['cf-logs', 'new-one', 'reports']);
    expect(await datasets.get('cf-logs')).toMatchObject({ id: 'cf-logs', canWrite: true });
    expect((await datasets.fields('cf-logs')).map(({ name, type }) => [name, type])).toEqual([
      ['_sysTime', 'datetime'],
      ['_time', 'datetime'],
      ['BotScore', 'integer'],
      ['ClientIP', 'string'],
      ['products', 'array'],
    ]);
    expect(await library().users.current()).toMatchObject({ id: 'stand-in' });
  });

  it('reads the trap that an empty result is', async () => {
    const { tables } = await library().query("['cf-logs'] | where BotScore > 9", { format: 'tabular' });
    expect(tables[0]).toMatchObject({ name: '0', columns: [] });
  });
});

describe('datasets', () => {
  it.each([
    ['GET', '/v2/datasets/none', undefined, 404],
    ['GET', '/v2/datasets/none/fields', undefined, 404],
    ['GET', '/v2/datasets/%', undefined, 404],
    ['GET', '/v2/datasets/cf-logs/trim', undefined, 404],
    ['DELETE', '/v2/datasets/cf-logs', undefined, 405],
    ['PUT', '/v2/datasets', '{}', 405],
    ['POST', '/v2/datasets', '{"name":"cf-logs"}', 409],
    ['POST', '/v2/datasets', '{"name":"a b"}', 400],
    ['POST', '/v2/datasets', '{"name":5}', 400],
    ['POST', '/v2/datasets', '{', 400],
    ['POST', '/v2/user', '{}', 405],
    ['GET', '/v1/datasets/_apl', undefined, 405],
    ['GET', '/v1/ingest/cf-logs', undefined, 405],
    ['GET', '/v3', undefined, 404],
  ])('%s %s %s: %i', async (method, path, body, status) => {
    const answer = await askAxiom(standIn, path, { method, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code: status, message: expect.any(String) });
  });

  it('are read as they are at each request', async () => {
    const counted = async () => (await query(standIn, "['cf-logs'] | summarize n = count(), top = max(BotScore)")).body;
    expect((await counted()).tables[0]?.columns).toEqual([[1], [7]]);
    events.push({ _time: START, BotScore: 9 }, { _time: START - 1, BotScore: 11, visibleFrom: START + 5, late: 'x' });
    expect((await counted()).tables[0]?.columns).toEqual([[2], [9]]);
    expect((await query(standIn, "['cf-logs'] | where late == 'x'")).status).toBe(400);
    clock.at += 5;
    expect((await counted()).tables[0]?.columns).toEqual([[3], [11]]);
    expect((await query(standIn, "['cf-logs'] | where late == 'x'")).status).toBe(200);
  });
});

it('answers every chart of the dashboard, and what readers of the report try', async () => {
  const row = {
    _time: new Date(START - 3_600_000).toISOString(),
    run_id: 'r/1',
    window_start: 'w',
    credential_id: 'token/12',
  };
  await ingest(standIn, 'reports', [
    { ...row, kind: 'row', row_key: 'a', attempt: 1, score: 40, verdict: 'probable' },
    { ...row, kind: 'row', row_key: 'a', attempt: 2, score: 80, verdict: 'confirmed' },
    { ...row, kind: 'row', row_key: 'b', attempt: 1, score: 50, verdict: 'probable' },
    { ...row, kind: 'retracted', row_key: 'b', attempt: 2 },
    { ...row, kind: 'run', row_key: 'run', attempt: 2, rows_expected: 1, status: 'complete', verdict: 'confirmed' },
  ]);
  const tried = [
    "['reports'] | where kind == 'row' | summarize arg_max(attempt, *) by row_key | top 20 by score desc",
    "['reports'] | where kind == 'row' | summarize findings = dcount(credential_id) by bin(_time, 1h)",
    "['reports'] | where kind == 'run' | project _time, rows_expected, verdict",
    ...dashboardOf('reports').charts.map((chart) => chart.query.apl),
  ];
  const answers = await Promise.all(tried.map((apl) => query(standIn, apl)));
  expect(answers.map(({ body }) => body.message ?? body.tables[0]?.columns[0]?.length)).toEqual([
    2, 1, 1, 1, 1, 1, 1, 1,
  ]);
});
