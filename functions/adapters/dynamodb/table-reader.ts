import { type DynamoDBClient, GetItemCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { awsFailure } from './aws-failure.ts';
import { decode, encode, type Value } from './codec.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Readonly<Record<string, Value>>;

/**
 * What can be read of the one table, and all that somebody has who only shows things: keys `pk` and `sk`, and reads that
 * never return an item past its `expires` (real TTL is days late, and the local table has none). Reads are consistent.
 * Throws `TransientError` for what passes and `ConfigError` for what does not (`aws-failure.ts`).
 */
export class TableReader {
  readonly clock: Clock;
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(options: { client: DynamoDBClient; tableName: string; clock: Clock }) {
    this.#client = options.client;
    this.#name = options.tableName;
    this.clock = options.clock;
  }

  /** The item, unless there is none or it has expired at `now`. */
  async get(key: Key, now: EpochMs = this.clock.now()): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#name, Key: encode({ ...key }), ConsistentRead: true });
    const { Item } = await asking('GetItem', this.#name, () => this.#client.send(command));
    return Item === undefined ? undefined : live(decode(Item), now);
  }

  /** Only these attributes of an item that may be large; as {@link get} otherwise. */
  async peek(key: Key, attributes: readonly string[], now: EpochMs = this.clock.now()): Promise<Item | undefined> {
    const projection = [...attributes, 'expires'].map((name) => `#${name}`).join(', ');
    const command = new GetItemCommand({
      TableName: this.#name,
      Key: encode({ ...key }),
      ConsistentRead: true,
      ProjectionExpression: projection,
      ExpressionAttributeNames: namesIn(projection),
    });
    const { Item } = await asking('GetItem', this.#name, () => this.#client.send(command));
    return Item === undefined ? undefined : live(decode(Item), now);
  }

  /**
   * The live ones of the last `limit` items of a partition, the last first, or of those whose sort key is less than
   * `before`. `next`: where there may be more, the `before` to go on with.
   */
  async queryBack(pk: string, limit: number, before?: string): Promise<{ items: Item[]; next: string | undefined }> {
    const command = new QueryCommand({
      TableName: this.#name,
      ConsistentRead: true,
      KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
      ExpressionAttributeValues: encode({ ':pk': pk, ':before': before }),
      ScanIndexForward: false,
      Limit: limit,
    });
    const now = this.clock.now();
    const page: QueryCommandOutput = await asking('Query', this.#name, () => this.#client.send(command));
    const items = (page.Items ?? []).map((found) => live(decode(found), now)).filter((item) => item !== undefined);
    return { items, next: page.LastEvaluatedKey?.sk?.S };
  }

  /** All live items of a partition whose sort key starts with `prefix`, in the order of the sort key. */
  async query(pk: string, prefix = ''): Promise<Item[]> {
    const items: Item[] = [];
    const now = this.clock.now();
    let from: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const command = new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: encode({ ':pk': pk, ...(prefix === '' ? {} : { ':prefix': prefix }) }),
        ExclusiveStartKey: from,
      });
      const page: QueryCommandOutput = await asking('Query', this.#name, () => this.#client.send(command));
      for (const found of page.Items ?? []) {
        const item = live(decode(found), now);
        if (item !== undefined) items.push(item);
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }
}

/** Asks DynamoDB. Throws whatever stands in the way by one of our names (`aws-failure.ts`). */
export async function asking<T>(operation: string, tableName: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    // Nothing is assumed about what was or was not stored: the step fails and is retried, or is reported as broken.
    throw awsFailure(`DynamoDB ${operation} on table ${tableName}`, thrown);
  }
}

/** Every name goes through `#name`, as `expires`, `at` and many others may be reserved words. */
export function namesIn(expression: string): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [placeholder, name] of expression.matchAll(/#(\w+)/g)) if (name !== undefined) names[placeholder] = name;
  return names;
}

function live(item: Item, now: EpochMs): Item | undefined {
  const { expires } = item;
  return typeof expires === 'number' && expires <= Math.floor(now / 1000) ? undefined : item;
}
