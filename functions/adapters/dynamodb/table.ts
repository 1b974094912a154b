import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TransientError } from '../../runtime/errors.ts';
import { awsFailure } from './aws-failure.ts';
import { type Attributes, decode, encode, encodeValue, type Value } from './codec.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Readonly<Record<string, Value>>;

/** A condition on the item as it is stored: names as `#name`, values as `:name` with their values beside. */
export interface Condition {
  readonly expression: string;
  readonly values?: Attributes;
}

export interface PutOptions {
  /** From this instant on the item reads as absent; TTL removes it some time later. Missing: it stays. */
  readonly expires?: EpochMs;
  readonly onlyIf?: Condition;
}

/** Tries after the first for items that BatchWriteItem left unprocessed: some 12 s in all. */
const UNPROCESSED_RETRIES = 9;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 3_000;
/** BatchWriteItem takes 25 items and 16 MB; at 350 kB an item ten stay well below (`reference/aws-platform.md` §7). */
const BATCH = 10;

/**
 * The one table, seen through what its stores need: keys `pk` and `sk`, single-item conditional writes, and reads that
 * never return an item past its `expires` (real TTL is days late, and the local table has none). Reads are consistent.
 * Throws `TransientError` for what passes and `ConfigError` for what does not (`aws-failure.ts`).
 */
export class Table {
  readonly clock: Clock;
  /** A new unique id; names the parts of a chunked document. */
  readonly newId: () => string;
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(options: { client: DynamoDBClient; tableName: string; clock: Clock; newId?: () => string }) {
    this.#client = options.client;
    this.#name = options.tableName;
    this.clock = options.clock;
    this.newId = options.newId ?? randomUUID;
  }

  /** The item, unless there is none or it has expired at `now`. */
  async get(key: Key, now: EpochMs = this.clock.now()): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#name, Key: encode({ ...key }), ConsistentRead: true });
    const { Item } = await this.#doing('GetItem', () => this.#client.send(command));
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
    const { Item } = await this.#doing('GetItem', () => this.#client.send(command));
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
    const page: QueryCommandOutput = await this.#doing('Query', () => this.#client.send(command));
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
      const page: QueryCommandOutput = await this.#doing('Query', () => this.#client.send(command));
      for (const found of page.Items ?? []) {
        const item = live(decode(found), now);
        if (item !== undefined) items.push(item);
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }

  /** Writes the whole item. `stored` is false when the condition did not hold; `replaced` is what lay there before. */
  async put(
    key: Key,
    attributes: Attributes,
    options: PutOptions = {},
  ): Promise<{ stored: true; replaced?: Item } | { stored: false }> {
    const command = new PutItemCommand({
      TableName: this.#name,
      Item: encode({ ...attributes, ...key, expires: secondsOf(options.expires) }),
      ReturnValues: 'ALL_OLD',
      ...conditionOf(options.onlyIf),
    });
    const answer = await this.#conditionally('PutItem', () => this.#client.send(command));
    if (answer === undefined) return { stored: false };
    return { stored: true, ...(answer.Attributes === undefined ? {} : { replaced: decode(answer.Attributes) }) };
  }

  /** Sets attributes of an item, creating it where absent; `once` only where not yet set. False: condition not met. */
  async update(key: Key, set: Attributes, options: PutOptions & { once?: Attributes } = {}): Promise<boolean> {
    const once = options.once ?? {};
    const all: Attributes = { ...set, ...once, expires: secondsOf(options.expires) };
    const names = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const clauses = names.map((name) =>
      name in once ? `#${name} = if_not_exists(#${name}, :set_${name})` : `#${name} = :set_${name}`,
    );
    const values = Object.fromEntries(names.map((name) => [`set_${name}`, all[name]]));
    const update = `SET ${clauses.join(', ')}`;
    const command = new UpdateItemCommand({
      TableName: this.#name,
      Key: encode({ ...key }),
      UpdateExpression: update,
      ...(options.onlyIf === undefined ? {} : { ConditionExpression: options.onlyIf.expression }),
      ExpressionAttributeNames: namesIn(`${update} ${options.onlyIf?.expression ?? ''}`),
      ExpressionAttributeValues: valuesOf({ ...values, ...options.onlyIf?.values }),
    });
    return (await this.#conditionally('UpdateItem', () => this.#client.send(command))) !== undefined;
  }

  /** Removes the item. False when the condition did not hold; removing nothing is no failure. */
  async delete(key: Key, onlyIf?: Condition): Promise<boolean> {
    const command = new DeleteItemCommand({
      TableName: this.#name,
      Key: encode({ ...key }),
      ...conditionOf(onlyIf),
    });
    return (await this.#conditionally('DeleteItem', () => this.#client.send(command))) !== undefined;
  }

  /** Writes items without a condition, in batches; what DynamoDB leaves unprocessed is tried again with growing pauses. */
  async putMany(items: readonly { key: Key; attributes: Attributes }[], expires: EpochMs): Promise<void> {
    await this.#batches(
      items.map(({ key, attributes }) => ({
        PutRequest: { Item: encode({ ...attributes, ...key, expires: secondsOf(expires) }) },
      })),
    );
  }

  /** Removes items in batches, as `putMany` writes them. */
  async deleteMany(keys: readonly Key[]): Promise<void> {
    await this.#batches(keys.map((key) => ({ DeleteRequest: { Key: encode({ ...key }) } })));
  }

  async #batches(requests: readonly WriteRequest[]): Promise<void> {
    for (let first = 0; first < requests.length; first += BATCH) {
      await this.#writeBatch(requests.slice(first, first + BATCH));
    }
  }

  async #writeBatch(batch: WriteRequest[]): Promise<void> {
    let left = batch;
    for (let retry = 0; ; retry++) {
      const command = new BatchWriteItemCommand({ RequestItems: { [this.#name]: left } });
      const { UnprocessedItems } = await this.#doing('BatchWriteItem', () => this.#client.send(command));
      left = UnprocessedItems?.[this.#name] ?? [];
      if (left.length === 0) return;
      if (retry === UNPROCESSED_RETRIES) {
        throw new TransientError(
          `DynamoDB BatchWriteItem on table ${this.#name} left ${left.length} items unprocessed`,
        );
      }
      await this.clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retry));
    }
  }

  async #doing<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      // Nothing is assumed about what was or was not stored: the step fails and is retried, or is reported as broken.
      throw awsFailure(`DynamoDB ${operation} on table ${this.#name}`, thrown);
    }
  }

  /** Undefined when the condition did not hold. */
  async #conditionally<T>(operation: string, call: () => Promise<T>): Promise<T | undefined> {
    return await this.#doing(operation, async () => {
      try {
        return await call();
      } catch (thrown) {
        // A condition that does not hold is an answer, not a failure.
        if (thrown instanceof ConditionalCheckFailedException) return undefined;
        throw thrown;
      }
    });
  }
}

/** Holds when there is no such item, or only one that has expired and that TTL has not removed yet. */
export function absent(now: EpochMs): Condition {
  return {
    expression: 'attribute_not_exists(#pk) OR #expires <= :absent_now',
    values: { absent_now: Math.floor(now / 1000) },
  };
}

/** Holds when `a`, which has no AND in it, or `b` does. Their value names must differ. DynamoDB refuses `((…))`. */
export function either(a: Condition, b: Condition): Condition {
  return { expression: `${a.expression} OR (${b.expression})`, values: { ...a.values, ...b.values } };
}

function live(item: Item, now: EpochMs): Item | undefined {
  const { expires } = item;
  return typeof expires === 'number' && expires <= Math.floor(now / 1000) ? undefined : item;
}

/** TTL attributes are whole seconds; rounded down, so that nothing lives longer than promised. */
function secondsOf(expires: EpochMs | undefined): number | undefined {
  return expires === undefined ? undefined : Math.floor(expires / 1000);
}

function conditionOf(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: namesIn(condition.expression),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: valuesOf(condition.values) }),
  };
}

/** Every name goes through `#name`, as `expires`, `at` and many others may be reserved words. */
function namesIn(expression: string): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [placeholder, name] of expression.matchAll(/#(\w+)/g)) if (name !== undefined) names[placeholder] = name;
  return names;
}

function valuesOf(values: Attributes) {
  const encoded: Record<string, ReturnType<typeof encodeValue>> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) encoded[`:${name}`] = encodeValue(value);
  return encoded;
}
