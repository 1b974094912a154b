import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AxiomReports } from '../../../functions/adapters/axiom/report-writer.ts';
import { ConfigError, TransientError } from '../../../functions/runtime/errors.ts';
import { AxiomServer, ingestStatus, TOKEN } from '../support/axiom-server.ts';
import { connect, failureOf } from '../support/axiom-setup.ts';

let server: AxiomServer;

beforeAll(async () => {
  server = await new AxiomServer().start();
});
beforeEach(() => {
  server.faults = [];
  server.requests.length = 0;
  server.ingested.length = 0;
});
afterAll(() => server.close());

const EVENTS = [
  { kind: 'row', row_key: 'a', owner: 'Zoë\n"quoted"' },
  { kind: 'row', row_key: 'b', scopes: ['api'] },
];

/** A connection that writes reports. */
function writer() {
  const { client, deadline, slept } = connect(server);
  const reports = new AxiomReports({ client, dataset: 'report' });
  return { slept, send: (events: Iterable<object>) => reports.send(events, deadline) };
}

function rows(count: number, more: object = {}): object[] {
  return Array.from({ length: count }, (_, index) => ({ row_key: `key-${index}`, ...more }));
}

/** Every event the server has, in no order. */
function received(): unknown[] {
  return server.ingested.flatMap(({ events }) => events);
}

describe('an ingest', () => {
  it.each([
    ['no edge deployment', false, '/v1/datasets/report/ingest'],
    ['an edge deployment', true, '/v1/ingest/report'],
  ])('with %s arrives compressed, line by line', async (_, edge, path) => {
    await connect(server, { edge }).ingest(EVENTS);
    const [request] = server.requests;
    expect(request?.path).toBe(path);
    expect(request?.headers['content-encoding']).toBe('gzip');
    expect(request?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(server.ingested).toEqual([{ dataset: 'report', events: EVENTS }]);
  });

  it('goes below the path of the root', async () => {
    server.faults = [{ body: ingestStatus(2) }];
    await connect(server, { path: '/axiom' }).ingest(EVENTS);
    expect(server.requests[0]?.path).toBe('/axiom/v1/datasets/report/ingest');
  });

  it('of nothing asks nothing', async () => {
    await connect(server).ingest([]);
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['some events failed', ingestStatus(2, 1)],
    ['some failed and all are counted as taken', { ingested: 2, failed: 1 }],
    ['fewer were taken than sent', { ingested: 1, failed: 0 }],
    ['the answer is no status', { ok: true }],
    ['the answer is null', null],
  ])('is sent again when %s', async (_, body) => {
    server.faults = [{ body }];
    const { ingest, slept } = connect(server);
    await ingest(EVENTS);
    expect(slept).toEqual([250]);
    expect(server.ingested).toEqual([{ dataset: 'report', events: EVENTS }]);
  });

  it('fails when a part is refused for good, without Axiom’s words about it', async () => {
    server.faults = [ingestStatus(2, 1), ingestStatus(2, 2), ingestStatus(2, 1)].map((body) => ({ body }));
    const error = await failureOf(connect(server).ingest(EVENTS));
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toBe('Axiom took 1 of 2 events for dataset report');
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['a dropped socket', { cutAfter: 0 }],
    ['a body that is cut', { body: ingestStatus(2), cutAfter: 5 }],
    ['a page that is no JSON', { text: 'ok' }],
    ['an endless answer', { text: `"${'x'.repeat(9 * 1024 * 1024)}"` }],
  ])('is sent again after %s, with a pause on our clock', async (_, fault) => {
    server.faults = [fault, fault];
    const { ingest, slept } = connect(server);
    await ingest(EVENTS);
    expect(slept).toEqual([250, 500]);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['400', 'Axiom refused events for dataset report (400): no such thing'],
    ['403', 'Axiom refused events for dataset report (403): the token in secret latchkey/axiom is wrong'],
    ['404', 'Axiom has no dataset report (404)'],
    ['413', 'Axiom refused events for dataset report (413)'],
  ])('fails at once after %s', async (status, message) => {
    server.faults = [{ status: Number(status), body: { message: 'no such thing' } }];
    const { ingest, slept } = connect(server);
    const error = await failureOf(ingest(EVENTS));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(message);
    expect(slept).toEqual([]);
  });
});

describe('a report', () => {
  it('of more events than one request takes is sent in several, each event once', async () => {
    const events = rows(25_001);
    expect(await writer().send(events)).toEqual({ events: 25_001, requests: 3 });
    expect(server.ingested.map(({ events: some }) => some.length).sort((a, b) => a - b)).toEqual([
      5_001, 10_000, 10_000,
    ]);
    expect(new Set(received().map((event) => JSON.stringify(event)))).toEqual(
      new Set(events.map((event) => JSON.stringify(event))),
    );
  });

  it('of more bytes than one request takes is sent in several, counted as UTF-8', async () => {
    const events = rows(20, { name: 'é'.repeat(100_000) });
    expect(await writer().send(events)).toEqual({ events: 20, requests: 5 });
    expect(received()).toHaveLength(20);
    const sizes = server.ingested.map(({ events: some }) =>
      some.reduce((bytes: number, event) => bytes + Buffer.byteLength(JSON.stringify(event)) + 1, 0),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
  });

  it('of nothing asks nothing', async () => {
    expect(await writer().send([])).toEqual({ events: 0, requests: 0 });
    expect(server.requests).toHaveLength(0);
  });

  it('repeats only the chunk that failed', async () => {
    server.faults = [{ status: 503 }];
    const { send, slept } = writer();
    expect(await send(rows(20_000))).toEqual({ events: 20_000, requests: 2 });
    expect(server.requests).toHaveLength(3);
    expect(slept).toEqual([250]);
  });
});
