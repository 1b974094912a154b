import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSchema } from '../../../functions/adapters/axiom/schema.ts';
import { HOUR } from '../../../functions/core/time.ts';
import { AxiomServer, tabular } from '../support/axiom-server.ts';
import { connect, NOW } from '../support/axiom-setup.ts';

let server: AxiomServer;

beforeAll(async () => {
  server = await new AxiomServer().start();
});
beforeEach(() => {
  server.faults = [];
  server.queries.length = 0;
  server.answer = () => schemaOf({ _time: 'datetime', ClientIP: 'string', BotScore: 'integer' });
});
afterAll(() => server.close());

function schemaOf(columns: Record<string, unknown>) {
  const names = Object.keys(columns);
  return tabular(
    ['ColumnName', 'ColumnOrdinal', 'ColumnType', 'DataType'],
    [names, names.map((_, index) => index), Object.values(columns), Object.values(columns)],
  );
}

/** A cache that keeps what it is given as JSON, and when it expires. */
function memoryCache() {
  const values = new Map<string, { text: string; expiresAt: number }>();
  return {
    values,
    get: async (key: string): Promise<unknown> => {
      const kept = values.get(key);
      return kept === undefined ? undefined : JSON.parse(kept.text);
    },
    put: async (key: string, value: unknown, expiresAt: number) => {
      values.set(key, { text: JSON.stringify(value), expiresAt });
    },
  };
}

function read(cache = memoryCache()) {
  const { client, clock, deadline } = connect(server);
  return readSchema(client, cache, 'cloudflare-logpush', clock, deadline);
}

describe('the columns of a dataset', () => {
  it('are asked for over the last day', async () => {
    const { columns } = await read();
    expect([...columns]).toEqual([
      ['_time', 'datetime'],
      ['ClientIP', 'string'],
      ['BotScore', 'integer'],
    ]);
    expect(server.queries).toEqual([
      {
        apl: "['cloudflare-logpush'] | getschema | limit 50000",
        startTime: '2026-02-28T12:00:00.000Z',
        endTime: '2026-03-01T12:00:00.000Z',
      },
    ]);
  });

  it('are kept for an hour', async () => {
    const cache = memoryCache();
    const first = await read(cache);
    expect([...cache.values.values()].map(({ expiresAt }) => expiresAt)).toEqual([NOW + HOUR]);
    expect(await read(cache)).toEqual(first);
    expect(server.queries).toHaveLength(1);
  });

  it('are asked for again when what is kept cannot be read', async () => {
    const cache = memoryCache();
    await read(cache);
    for (const key of cache.values.keys()) cache.values.set(key, { text: '{"columns":{}}', expiresAt: 0 });
    expect((await read(cache)).columns.size).toBe(3);
    expect(server.queries).toHaveLength(2);
  });

  it('are not kept while there are none', async () => {
    const cache = memoryCache();
    server.answer = () => schemaOf({});
    expect((await read(cache)).columns.size).toBe(0);
    expect(cache.values.size).toBe(0);
  });

  it('are read past malformed ones', async () => {
    server.answer = () =>
      tabular(
        ['ColumnName', 'ColumnType'],
        [
          ['a', null, 'c'],
          ['string', 'string', 5],
        ],
      );
    expect([...(await read()).columns]).toEqual([
      ['a', 'string'],
      ['c', 'unknown'],
    ]);
  });
});
