import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TransientError } from '../../runtime/errors.ts';
import { type Attributes, decode, encode, encodeValue } from './codec.ts';
import { asking, type Item, type Key, namesIn, TableReader } from './table-reader.ts';

/** A condition on the item as it is stored: names as `#name`, values as `:name` with their values beside. */
export interface Condition {
  readonly expression: string;
  readonly values?: Attributes;
}

export interface PutOptions {
  /** From this instant on the item reads as absent; TTL removes it some time later. Missing: it stays. */
  readonly expires?: EpochMs;
  readonly onlyIf?: Condition;
  /** Ends the write, tries of the SDK included; of one on its way nobody knows whether it was stored. */
  readonly signal?: AbortSignal;
}

/** Tries after the first for items that BatchWriteItem left unprocessed: some 12 s in all. */
const UNPROCESSED_RETRIES = 9;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 3_000;
/** BatchWriteItem takes 25 items and 16 MB; at 350 kB an item ten stay well below (`reference/aws-platform.md` §7). */
const BATCH = 10;

/**
 * The one table, seen through what its stores need: what a `TableReader` reads, and single-item conditional writes.
 * Throws `TransientError` for what passes and `ConfigError` for what does not (`aws-failure.ts`).
 */
export class Table extends TableReader {
  /** A new unique id; names the parts of a chunked document. */
  readonly newId: () => string;
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(options: { client: DynamoDBClient; tableName: string; clock: Clock; newId?: () => string }) {
    super(options);
    this.#client = options.client;
    this.#name = options.tableName;
    this.newId = options.newId ?? randomUUID;
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
    const { signal: abortSignal } = options;
    const sent = abortSignal === undefined ? {} : { abortSignal };
    const answer = await this.#conditionally('PutItem', () => this.#client.send(command, sent));
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
      const { UnprocessedItems } = await asking('BatchWriteItem', this.#name, () => this.#client.send(command));
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

  /** Undefined when the condition did not hold. */
  async #conditionally<T>(operation: string, call: () => Promise<T>): Promise<T | undefined> {
    return await asking(operation, this.#name, async () => {
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

function valuesOf(values: Attributes) {
  const encoded: Record<string, ReturnType<typeof encodeValue>> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) encoded[`:${name}`] = encodeValue(value);
  return encoded;
}
