import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROW_CEILING, TooManyRowsError } from '../../../functions/adapters/axiom/client.ts';
import { ConfigError, EvidenceGapError, TransientError } from '../../../functions/runtime/errors.ts';
import { AxiomServer, TOKEN, tabular } from '../support/axiom-server.ts';
import { APL, connect, failureOf } from '../support/axiom-setup.ts';

let server: AxiomServer;

beforeAll(async () => {
  server = await new AxiomServer().start();
});
beforeEach(() => {
  Object.assign(server, { faults: [], answer: () => tabular(['n'], [[1]]) });
  server.requests.length = 0;
  server.queries.length = 0;
});
afterAll(() => server.close());

describe('a query', () => {
  it('gives the rows of the result by column', async () => {
    server.answer = () =>
      tabular(
        ['ip', 'count_', 'hosts'],
        [
          ['192.0.2.1', '192.0.2.2'],
          [42, null],
          [['a.example'], []],
        ],
      );
    expect(await connect(server).query()).toEqual([
      { ip: '192.0.2.1', count_: 42, hosts: ['a.example'] },
      { ip: '192.0.2.2', count_: null, hosts: [] },
    ]);
  });

  it('asks over the range it was given, in the tabular format, with the token', async () => {
    await connect(server).query();
    expect(server.queries).toEqual([
      { apl: APL, startTime: '2026-03-01T11:00:00.000Z', endTime: '2026-03-01T12:00:00.000Z' },
    ]);
    expect(server.requests[0]?.path).toBe('/v1/datasets/_apl?format=tabular');
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each([
    ['no edge deployment', { edge: false }, '/v1/datasets/_apl?format=tabular'],
    ['an edge deployment', { edge: true }, '/v1/query/_apl?format=tabular'],
    ['a root with a path', { path: '/axiom/' }, '/axiom/v1/datasets/_apl?format=tabular'],
    ['an edge with a path', { edge: true, path: '/edge' }, '/edge/v1/query/_apl?format=tabular'],
  ])('with %s goes to its path', async (_, setup, path) => {
    await connect(server, setup).query();
    expect(server.requests.map((request) => request.path)).toEqual([path]);
  });

  it('has no rows where the columns are empty or left out', async () => {
    server.answer = () => tabular(['ip'], []);
    expect(await connect(server).query()).toEqual([]);
    server.answer = () => ({ ...tabular(['ip'], []), tables: [{ name: '0', fields: [{ name: 'ip' }] }] });
    expect(await connect(server).query()).toEqual([]);
    server.answer = () => tabular(['ip'], [[]]);
    expect(await connect(server).query()).toEqual([]);
  });

  it('reads the result and not its totals', async () => {
    const totals = { name: '_totals', fields: [{ name: 'n' }], columns: [[99]] };
    const result = tabular(['n'], [[1], [2]].map(([n]) => [n]).slice(0, 1));
    server.answer = () => ({ ...result, tables: [totals, ...result.tables] });
    expect(await connect(server).query()).toEqual([{ n: 1 }]);
  });

  it('has no rows without any table only where Axiom says that none matched', async () => {
    server.answer = () => ({ ...tabular([], [], { rowsMatched: 0 }), tables: [] });
    expect(await connect(server).query()).toEqual([]);
    server.answer = () => ({ ...tabular([], [], { rowsMatched: 3 }), tables: [] });
    await expect(connect(server).query()).rejects.toThrow(/something that is no result/);
  });

  it.each([
    ['no tables', { status: { isPartial: false, rowsMatched: 0 } }],
    ['no status', { tables: [] }],
    ['null', null],
    ['a list', []],
    ['columns of different lengths', tabular(['a', 'b'], [[1, 2], [1]])],
    ['more fields than columns', tabular(['a', 'b'], [[1]])],
    ['columns that are no lists', { ...tabular(['a'], []), tables: [{ name: '0', fields: [], columns: [{}] }] }],
  ])('is not taken for empty when it is answered %s', async (_, body) => {
    server.answer = () => body;
    const { query, slept } = connect(server);
    const error = await failureOf(query());
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toBe('Axiom answered a query of dataset requests with something that is no result');
    expect(slept).toHaveLength(2);
  });
});

describe('a result that is not whole', () => {
  it('is asked for again when Axiom looked at a part only, and then fails', async () => {
    const { query, slept } = connect(server);
    server.answer = () => tabular(['n'], [[server.queries.length]], { isPartial: server.queries.length < 2 });
    expect(await query()).toEqual([{ n: 2 }]);
    expect(slept).toEqual([250]);
    server.answer = () => tabular(['n'], [[1]], { isPartial: true });
    const error = await failureOf(query());
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toBe('Axiom answered a query of dataset requests in part only');
  });

  it.each(['default_limit_warning', 'row_limit_exceeded'])('fails at once for the message %s', async (code) => {
    const messages = [{ code, count: 1, msg: 'cut', priority: 'warn' }];
    server.answer = () => tabular(['n'], [[1]], { messages });
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(TooManyRowsError);
    expect(error.message).toBe(`Axiom cut its answer to a query of dataset requests: ${code}`);
    expect(server.queries).toHaveLength(1);
  });

  it.each([
    ['license_limit_for_query_warning', 'warn'],
    ['virtual_field_finalize_error', 'error'],
  ])('fails for the message %s, which a narrower question does not help', async (code, priority) => {
    server.answer = () => tabular(['n'], [[1]], { messages: [{ code, count: 1, msg: '', priority }] });
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(EvidenceGapError);
    expect(error).not.toBeInstanceOf(TooManyRowsError);
    expect(error.message).toContain(code);
  });

  it('does not stumble over messages that are no matter or malformed', async () => {
    const messages = [{ code: 'missing_column', count: 1, msg: '', priority: 'warn' }, { code: 7 }];
    server.answer = () => tabular(['n'], [[1]], { messages });
    expect(await connect(server).query()).toEqual([{ n: 1 }]);
    server.answer = () => tabular(['n'], [[1]], { messages: null });
    expect(await connect(server).query()).toEqual([{ n: 1 }]);
  });

  it('fails from the ceiling on, as it may have been cut there', async () => {
    const numbers = Array.from({ length: ROW_CEILING }, (_, index) => index);
    server.answer = () => tabular(['n'], [numbers]);
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(TooManyRowsError);
    expect(error.message).toContain('50000 rows');
    server.answer = () => tabular(['n'], [numbers.slice(1)]);
    expect(await connect(server).query()).toHaveLength(ROW_CEILING - 1);
  });

  it('fails when it is larger than is read', async () => {
    const large = JSON.stringify('x'.repeat(33 * 1024 * 1024));
    server.faults = [{ text: large }];
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(TooManyRowsError);
    expect(error.message).toBe('Axiom answered a query of dataset requests with more than 33554432 bytes');
    expect(server.requests).toHaveLength(1);
  });
});

describe('what Axiom does not understand', () => {
  it('is said in its own words, bounded and clean', async () => {
    const message = `no field 'BotScore'\u202e of ${TOKEN} or xaat-8d0a2f31-5f04-4b7e-9a52-0d6f3c1b7e55 ${'very '.repeat(200)}`;
    server.faults = [{ status: 400, body: { code: 400, message, detail: { message: 'further detail' } } }];
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(
      /^Axiom refused a query of dataset requests \(400\): no field 'BotScore' of \[redacted\] or \[redacted\] very/,
    );
    expect(error.message.length).toBeLessThan(400);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['a body that is no JSON', { status: 400, text: '<html>secret</html>' }],
    ['a body without a message', { status: 400, body: { error: 'secret' } }],
    ['an endless body', { status: 400, body: { message: 'secret '.repeat(20_000) } }],
    ['a body that is cut', { status: 400, body: { message: 'secret '.repeat(20) }, cutAfter: 30 }],
    ['another status', { status: 422, body: { message: 'secret' } }],
  ])('is not repeated from %s', async (_, fault) => {
    server.faults = [fault];
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(`Axiom refused a query of dataset requests (${fault.status})`);
  });
});
