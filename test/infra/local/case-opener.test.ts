import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LinkKeyStore } from '../../../functions/adapters/dynamodb/link-keys.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import { casePath, checkLink, evidencePath } from '../../../functions/core/case-link.ts';
import { DAY } from '../../../functions/core/time.ts';
import { CaseOpener } from '../../../infra/local/case-opener.ts';
import { DUMMY_CREDENTIALS } from '../../../infra/local/function-environment.ts';
import type { RouteMatch } from '../../../infra/local/http-routes.ts';
import { startTables, type TableServer } from '../../../infra/local/table.ts';

const NOW = Date.UTC(2031, 4, 6, 9, 30);
const clock = { now: () => NOW, sleep: async () => {} };
const KEYS = ['pk', 'sk'];
const TABLE = {
  ...{ logicalId: 'State1', type: 'AWS::DynamoDB::Table', path: 'Latchkey/State' },
  properties: {
    KeySchema: KEYS.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: KEYS.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  },
};

let tables: TableServer;
let client: DynamoDBClient;
let opener: CaseOpener;

beforeAll(async () => {
  tables = await startTables([TABLE], 'us-east-1');
  client = new DynamoDBClient({ endpoint: tables.url, region: 'us-east-1', credentials: DUMMY_CREDENTIALS });
  opener = new CaseOpener(tables, 'us-east-1', clock);
});
afterAll(async () => {
  opener.close();
  client.destroy();
  await tables.close();
});

function match(key: string, parameters: Record<string, string> = {}): RouteMatch {
  return { route: { key, method: 'GET', parts: [], isDefault: false, functionArn: '' }, parameters };
}

/** When a link with this query ends, as a function judges it by the keys in the table; undefined for one that opens nothing. */
async function endOf(path: string, query: string | undefined): Promise<number | undefined> {
  const given = new URLSearchParams(query);
  const keys = await new LinkKeyStore(new Table({ client, tableName: 'State1', clock }), () => new Uint8Array()).live();
  const link = { path, expires: given.get('expires') ?? undefined, signature: given.get('signature') ?? undefined };
  return checkLink(link, keys, NOW)?.expires;
}

describe('CaseOpener', () => {
  it.each([
    ['GET /cases', {}, '/cases'],
    ['GET /cases/{caseId}', { caseId: 'spike-1' }, casePath('spike-1')],
    ['GET /cases/{caseId}', { caseId: 'a%3Ab%20c' }, casePath('a:b c')],
    ['GET /cases/{caseId}/evidence.json', { caseId: 'a:b' }, evidencePath('a:b')],
  ])('signs %s %j with a key the functions know, for less than a day', async (key, parameters, path) => {
    const query = await opener.queryFor(match(key, parameters));
    const end = await endOf(path, query);
    expect(end).toBeGreaterThan(NOW);
    expect(end).toBeLessThan(NOW + DAY);
    expect(await endOf(`${path}x`, query)).toBeUndefined();
  });

  it('signs no other route', async () => {
    expect(await opener.queryFor(match('POST /webhooks/cloudflare'))).toBeUndefined();
    expect(await opener.queryFor(match('constructor'))).toBeUndefined();
  });

  it('does not guess which of several tables holds the keys', () => {
    expect(() => new CaseOpener({ url: tables.url, names: ['a', 'b'] }, 'us-east-1', clock)).toThrow('one table');
  });
});
