import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DUMMY_CREDENTIALS } from '../../../infra/local/function-environment.ts';
import { startTables } from '../../../infra/local/table.ts';

const TABLE = {
  logicalId: 'State1',
  type: 'AWS::DynamoDB::Table',
  path: 'Latchkey/State',
  properties: {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  },
};

async function withClient<T>(directory: string | undefined, work: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const server = await startTables([TABLE], 'us-east-1', directory);
  const client = new DynamoDBClient({ endpoint: server.url, region: 'us-east-1', credentials: DUMMY_CREDENTIALS });
  try {
    return await work(client);
  } finally {
    client.destroy();
    await server.close();
  }
}

const KEY = { pk: { S: 'case#1' }, sk: { S: 'state' } };

describe('startTables', () => {
  it("creates the template's table under the name a Ref gives", async () => {
    const { Table } = await withClient(undefined, (client) =>
      client.send(new DescribeTableCommand({ TableName: 'State1' })),
    );
    expect(Table?.KeySchema).toEqual(TABLE.properties.KeySchema);
  });

  it('forgets without a directory, and finds its items again in one', async () => {
    const directory = path.join(mkdtempSync(path.join(tmpdir(), 'latchkey-table-')), 'deep');
    const put = (client: DynamoDBClient) =>
      client.send(new PutItemCommand({ TableName: 'State1', Item: { ...KEY, verdict: { S: 'confirmed' } } }));
    const get = (client: DynamoDBClient) => client.send(new GetItemCommand({ TableName: 'State1', Key: KEY }));
    await withClient(directory, put);
    expect((await withClient(directory, get)).Item?.verdict).toEqual({ S: 'confirmed' });
    expect((await withClient(undefined, get)).Item).toBeUndefined();
  });

  it('refuses a table it would make differently', async () => {
    const indexed = { ...TABLE, properties: { ...TABLE.properties, GlobalSecondaryIndexes: [{}] } };
    await expect(startTables([indexed], 'us-east-1')).rejects.toThrow('GlobalSecondaryIndexes');
  });
});
