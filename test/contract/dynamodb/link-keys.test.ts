import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CaseLinks } from '../../../functions/adapters/dynamodb/case-links.ts';
import { LinkKeyStore } from '../../../functions/adapters/dynamodb/link-keys.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import { CASES_PATH, checkLink, type LinkKey, signedPath } from '../../../functions/core/case-link.ts';
import { DAY, HOUR } from '../../../functions/core/time.ts';
import { ConfigError, TransientError } from '../../../functions/runtime/errors.ts';
import { type FakeClock, fakeClock, type LocalTable, localClient, openLocalTable } from './local-table.ts';

const PARTITION = 'case-link-keys';
/** A period begins: the epoch was a Thursday, and so is this. */
const THURSDAY = Date.UTC(2026, 10, 19);

let local: LocalTable;
let clock: FakeClock;
let keys: LinkKeyStore;
let made: number;

beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(() => local.close());
beforeEach(async () => {
  clock = fakeClock(THURSDAY);
  made = 0;
  keys = storeOn(local.client);
  const left = await tableOn(local.client, fakeClock(0)).query(PARTITION);
  await local.table.deleteMany(left.map(({ sk }) => ({ pk: PARTITION, sk: String(sk) })));
});

const tableOn = (client: DynamoDBClient, at: FakeClock = clock) =>
  new Table({ client, tableName: 'latchkey', clock: at });
const storeOn = (client: DynamoDBClient) => new LinkKeyStore(tableOn(client), newSecret);
/** Another secret each time. */
const newSecret = () => createHash('sha256').update(`secret ${made++}`).digest();
const hex = ({ secret }: LinkKey) => Buffer.from(secret).toString('hex');

describe('keys of links', () => {
  it('are made by whoever needs one first, and are the same for a whole period', async () => {
    expect(await keys.live()).toEqual([]);
    const first = await keys.current();
    expect(first.secret).toHaveLength(32);
    expect(first.expires).toBe(THURSDAY + 37 * DAY);
    clock.advance(7 * DAY - 1);
    const last = await keys.current();
    expect([hex(last), last.expires]).toEqual([hex(first), first.expires]);
    expect(made).toBe(1);
    clock.advance(1);
    expect(hex(await keys.current())).not.toBe(hex(first));
    expect(await keys.live()).toHaveLength(2);
  });

  it('are one for all that need the first at one moment', async () => {
    const stores = Array.from({ length: 12 }, () => storeOn(local.client));
    const found = await Promise.all(stores.map((store) => store.current()));
    expect(new Set(found.map(hex)).size).toBe(1);
    expect((await keys.live()).map(hex)).toEqual([hex(await keys.current())]);
  });

  it('are what was stored although the answer was lost and the write repeated', async () => {
    let writes = 0;
    const client = new DynamoDBClient({
      endpoint: local.endpoint,
      region: 'us-east-1',
      maxAttempts: 3,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName !== 'PutItemCommand' || writes++ > 0) return answer;
          throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
        },
      { step: 'deserialize' },
    );
    const key = await storeOn(client).current();
    client.destroy();
    expect(writes).toBe(2);
    expect((await keys.live()).map(hex)).toEqual([hex(key)]);
  });

  it('live until the longest link of their last second has ended', async () => {
    clock.advance(7 * DAY - 1_000);
    const key = await keys.current();
    const link = { path: CASES_PATH, ...queryOf(signedPath(CASES_PATH, clock.now() + 30 * DAY, key)) };
    const opens = async () => checkLink(link, await keys.live(), clock.now()) !== undefined;
    clock.advance(30 * DAY - 1_000);
    expect(await opens()).toBe(true);
    clock.advance(1_000);
    expect(await opens()).toBe(false);
    expect(await keys.live()).toHaveLength(1);
    clock.advance(1_000);
    expect(await keys.live()).toEqual([]);
  });

  it('are at most six at a time, however long links have been given out', async () => {
    for (let day = 0; day < 100; day++) {
      await keys.current();
      clock.advance(DAY);
    }
    expect((await keys.live()).length).toBeLessThanOrEqual(6);
    expect(made).toBe(15);
  });

  it('are read without writing anything', async () => {
    const reading = localClient(local.endpoint);
    reading.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'QueryCommand') throw new Error(`${commandName} is not allowed`);
          return await next(args);
        },
      { step: 'initialize' },
    );
    await keys.current();
    expect(await storeOn(reading).live()).toHaveLength(1);
    reading.destroy();
  });

  it('are gone at once when they are revoked, and a new one is made', async () => {
    const old = await keys.current();
    clock.advance(8 * DAY);
    await keys.current();
    expect(await keys.revokeAll()).toBe(2);
    expect(await keys.live()).toEqual([]);
    expect(await keys.revokeAll()).toBe(0);
    const next = await keys.current();
    const link = { path: CASES_PATH, ...queryOf(signedPath(CASES_PATH, clock.now() + DAY, old)) };
    expect(checkLink(link, await keys.live(), clock.now())).toBeUndefined();
    expect(hex(next)).not.toBe(hex(old));
  });

  it.each(['', 'c2hvcnQ=', 'no base64 at all!'])('are never %j: anybody could sign with it', async (secret) => {
    const key = { pk: PARTITION, sk: '2026-11-19T00:00:00.000Z' };
    await local.table.put(key, { secret }, { expires: clock.now() + DAY });
    await expect(keys.current()).rejects.toThrow(/32 bytes/);
    await expect(keys.live()).rejects.toThrow(/32 bytes/);
    expect(await keys.revokeAll()).toBe(1);
    const next = await keys.current();
    expect((await keys.live()).map(hex)).toEqual([hex(next)]);
  });
});

describe('a link to a case', () => {
  const BASE = 'https://abc.execute-api.eu-west-1.amazonaws.com/';
  const linksAt = (baseUrl: string | undefined) => new CaseLinks({ keys, baseUrl, linkDays: 7, clock });

  it('opens the page of the case for as many days as the setting says', async () => {
    clock.advance(5 * DAY + HOUR + 500);
    const url = new URL((await linksAt(BASE).caseUrl('hunt-20261124T0100Z/ü')) ?? '');
    expect(url.origin + url.pathname).toBe(
      'https://abc.execute-api.eu-west-1.amazonaws.com/cases/hunt-20261124T0100Z%2F%C3%BC',
    );
    const link = { path: url.pathname, ...queryOf(url.search) };
    const end = THURSDAY + 12 * DAY + HOUR;
    expect(checkLink(link, await keys.live(), clock.now())?.expires).toBe(end);
    expect(checkLink(link, await keys.live(), end)).toBeUndefined();
  });

  it('is none where there is no case page, and then nothing is asked', async () => {
    expect(await linksAt(undefined).caseUrl('case-1')).toBeUndefined();
    expect(await linksAt('').caseUrl('case-1')).toBeUndefined();
    expect(made).toBe(0);
    expect(await keys.live()).toEqual([]);
  });

  it('that cannot be made says why when it is wanted, not before', async () => {
    await expect(linksAt('not a URL').caseUrl('case-1')).rejects.toThrow(ConfigError);
    const away = new CaseLinks({
      keys: storeOn(localClient('http://127.0.0.1:1')),
      baseUrl: BASE,
      linkDays: 7,
      clock,
    });
    await expect(away.caseUrl('case-1')).rejects.toThrow(TransientError);
  });
});

function queryOf(link: string): { readonly expires: string | undefined; readonly signature: string | undefined } {
  const query = new URL(link, 'https://latchkey.example.com').searchParams;
  return { expires: query.get('expires') ?? undefined, signature: query.get('signature') ?? undefined };
}
