import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { untilCalledOff } from '../../runtime/fake-clock.ts';

/** dynalite ships no types. */
const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite');

/** A clock that stands still until it is moved; sleeping moves it, but for bounds, which last until they are called off. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  readonly slept: number[];
}

export function fakeClock(start = Date.UTC(2026, 10, 20, 19, 0, 0)): FakeClock {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    sleep: async (ms, signal) => {
      if (signal !== undefined) return await untilCalledOff(signal);
      slept.push(ms);
      now += ms;
    },
  };
}

export interface LocalTable {
  readonly table: Table;
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  readonly clock: FakeClock;
  close(): Promise<void>;
}

/** A real DynamoDB-speaking server in memory, with the product's table in it and a clock that stands still. */
export async function openLocalTable(): Promise<LocalTable> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = localClient(endpoint);
  await client.send(
    new CreateTableCommand({
      TableName: 'latchkey',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  // The table is made a moment after it was promised.
  while ((await client.send(new DescribeTableCommand({ TableName: 'latchkey' }))).Table?.TableStatus !== 'ACTIVE');
  const clock = fakeClock();
  return {
    table: new Table({ client, tableName: 'latchkey', clock }),
    client,
    endpoint,
    clock,
    close: async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client that asks `endpoint` once and never retries. */
export function localClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}
