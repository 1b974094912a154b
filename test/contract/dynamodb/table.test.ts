import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, Table } from '../../../functions/adapters/dynamodb/table.ts';
import { ConfigError, TransientError } from '../../../functions/runtime/errors.ts';
import { fakeClock, type LocalTable, localClient, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

describe('the table', () => {
  it('gives back what was put, type by type', async () => {
    const key = { pk: 'types', sk: 'a' };
    const attributes = {
      text: 'ü "quoted"',
      empty: '',
      whole: 12,
      part: 0.25,
      yes: true,
      no: false,
      raw: Buffer.from([0, 255]),
    };
    await local.table.put(key, { ...attributes, missing: undefined });
    const item = await local.table.get(key);
    expect(item).toEqual({ ...key, ...attributes, raw: new Uint8Array([0, 255]) });
  });

  it('refuses a number that DynamoDB cannot hold', async () => {
    await expect(local.table.put({ pk: 'nan', sk: 'a' }, { n: Number.NaN })).rejects.toThrow(/finite/);
  });

  it('never reads an item from its expiry on, by get or by query', async () => {
    const key = { pk: 'expiry', sk: 'a' };
    await local.table.put(key, { n: 1 }, { expires: local.clock.now() + 10_000 });
    await local.table.put({ pk: 'expiry', sk: 'b' }, { n: 2 });
    expect(await local.table.get(key)).toBeDefined();
    local.clock.advance(9_000);
    expect(await local.table.query('expiry')).toHaveLength(2);
    local.clock.advance(1_000);
    expect(await local.table.get(key)).toBeUndefined();
    expect((await local.table.query('expiry')).map(({ n }) => n)).toEqual([2]);
  });

  it('treats an expired item as absent when putting if absent', async () => {
    const key = { pk: 'absent', sk: 'a' };
    const put = () =>
      local.table.put(key, {}, { expires: local.clock.now() + 5_000, onlyIf: absent(local.clock.now()) });
    expect((await put()).stored).toBe(true);
    expect((await put()).stored).toBe(false);
    local.clock.advance(5_000);
    expect((await put()).stored).toBe(true);
  });

  it('queries a partition by prefix, in order, over several pages', async () => {
    const filler = 'x'.repeat(300_000);
    for (const sk of ['b#3', 'b#1', 'a#1', 'b#5', 'b#2', 'b#4']) await local.table.put({ pk: 'pages', sk }, { filler });
    expect((await local.table.query('pages', 'b#')).map(({ sk }) => sk)).toEqual(['b#1', 'b#2', 'b#3', 'b#4', 'b#5']);
  });

  it('sets attributes, some of them only once', async () => {
    const key = { pk: 'update', sk: 'a' };
    expect(await local.table.update(key, { why: 'first' }, { once: { since: 1 } })).toBe(true);
    expect(await local.table.update(key, { why: 'second' }, { once: { since: 2 } })).toBe(true);
    expect(await local.table.get(key)).toMatchObject({ why: 'second', since: 1 });
    const onlyIf = { expression: '#since = :since', values: { since: 7 } };
    expect(await local.table.update(key, { why: 'third' }, { onlyIf })).toBe(false);
    expect(await local.table.get(key)).toMatchObject({ why: 'second' });
  });

  it('deletes only under its condition', async () => {
    const key = { pk: 'delete', sk: 'a' };
    await local.table.put(key, { holder: 'me' });
    expect(await local.table.delete(key, { expression: '#holder = :h', values: { h: 'you' } })).toBe(false);
    expect(await local.table.delete(key, { expression: '#holder = :h', values: { h: 'me' } })).toBe(true);
    expect(await local.table.get(key)).toBeUndefined();
  });
});

describe('a batch', () => {
  const items = Array.from({ length: 12 }, (_, n) => ({ key: { pk: 'batch', sk: String(n) }, attributes: { n } }));

  it('writes and removes more items than one request takes', async () => {
    await local.table.putMany(items, local.clock.now() + 60_000);
    expect(await local.table.query('batch')).toHaveLength(12);
    await local.table.deleteMany(items.map(({ key }) => key));
    expect(await local.table.query('batch')).toHaveLength(0);
  });

  it('sends what was left unprocessed again, and only that, with growing pauses', async () => {
    const clock = fakeClock();
    const client = localClient('http://127.0.0.1:9');
    const mock = mockClient(client);
    const left = { latchkey: [{ PutRequest: { Item: { pk: { S: 'batch' }, sk: { S: '1' } } } }] };
    mock
      .on(BatchWriteItemCommand)
      .resolvesOnce({ UnprocessedItems: left })
      .resolvesOnce({ UnprocessedItems: left })
      .resolves({});
    await new Table({ client, tableName: 'latchkey', clock }).putMany(items.slice(0, 3), 60_000);
    const sent = mock.commandCalls(BatchWriteItemCommand).map((call) => call.args[0].input.RequestItems?.latchkey);
    expect(sent.map((batch) => batch?.length)).toEqual([3, 1, 1]);
    expect(sent[2]).toEqual(left.latchkey);
    expect(clock.slept).toEqual([50, 100]);
  });

  it('gives up with a passing error when items stay unprocessed', async () => {
    const client = localClient('http://127.0.0.1:9');
    const left = { latchkey: [{ DeleteRequest: { Key: { pk: { S: 'a' }, sk: { S: 'a' } } } }] };
    mockClient(client).on(BatchWriteItemCommand).resolves({ UnprocessedItems: left });
    const table = new Table({ client, tableName: 'latchkey', clock: fakeClock() });
    await expect(table.putMany(items, 60_000)).rejects.toThrow(TransientError);
  });
});

describe('a failing table', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let table: Table;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    table = new Table({ client: localClient(`http://127.0.0.1:${port}`), tableName: 'latchkey', clock: fakeClock() });
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  const refusal = (type: string, status = 400) => ({
    status,
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }),
  });

  it.each([
    ['throttling', refusal('ThrottlingException')],
    ['exceeded throughput', refusal('ProvisionedThroughputExceededException')],
    ['an inner fault', refusal('InternalServerError', 500)],
    ['a gateway page', { status: 502, body: '<html>bad gateway</html>' }],
    ['an answer cut short', { status: 200, body: '{"Item":{"pk":{"S":"a' }],
  ])('passes on %s', async (_name, given) => {
    answer = given;
    const failure = await table.get({ pk: 'a', sk: 'a' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure).toMatchObject({ message: expect.stringContaining('table latchkey'), cause: expect.any(Error) });
  });

  it.each(['AccessDeniedException', 'ValidationException', 'ResourceNotFoundException', 'UnrecognizedClientException'])(
    'does not pass on %s',
    async (type) => {
      answer = refusal(type);
      const failure = await table.put({ pk: 'a', sk: 'a' }, {}).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ConfigError);
      expect(failure).toMatchObject({ message: expect.stringContaining(type), cause: expect.any(Error) });
    },
  );

  it('passes on a connection that is refused', async () => {
    const closed = new Table({ client: localClient('http://127.0.0.1:9'), tableName: 'latchkey', clock: fakeClock() });
    await expect(closed.query('a')).rejects.toThrow(TransientError);
  });

  it('needs credentials', async () => {
    const client = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      credentials: async () => {
        throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
      },
    });
    const bare = new Table({ client, tableName: 'latchkey', clock: fakeClock() });
    await expect(bare.get({ pk: 'a', sk: 'a' })).rejects.toThrow(ConfigError);
  });
});
