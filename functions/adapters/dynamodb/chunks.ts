import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { EpochMs } from '../../core/time.ts';
import { EvidenceGapError, TransientError } from '../../runtime/errors.ts';
import { type Attributes, ownJson } from './codec.ts';
import type { Condition, Table } from './table.ts';
import type { Item, Key, TableReader } from './table-reader.ts';

/** The most compressed bytes in one item; DynamoDB's limit of 400 kB counts names and keys too. */
export const PART_BYTES = 350_000;
/** Parts outlive their head, so that a head that can be read never points at parts that have gone. */
const PARTS_OUTLIVE_MS = 3_600_000;
/** A reader that meets a document while it is replaced starts over with the new head, at most so often. */
const READ_TRIES = 4;
const PARALLEL_READS = 8;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface DocumentOptions {
  readonly expires: EpochMs;
  /** What must hold of the head that is there. */
  readonly onlyIf?: Condition;
  /** Stored on the head beside the document, for conditions and queries. */
  readonly attributes?: Attributes;
}

/**
 * Stores any JSON value under `key`, compressed. What does not fit one item is written as parts under ids of their own
 * first, and the head under `key` last: a reader sees the old document or the new one, whole. False when `onlyIf` did
 * not hold for the head; nothing has changed then. An answer that was lost changes nothing of this: the SDK sends its
 * write again, which then meets itself.
 */
export async function writeDocument(
  table: Table,
  key: Key,
  value: unknown,
  options: DocumentOptions,
): Promise<boolean> {
  return await writeCompressed(table, key, await compress(JSON.stringify(value)), options);
}

/** As {@link writeDocument}, for bytes that are compressed already. */
export async function writeCompressed(
  table: Table,
  key: Key,
  data: Uint8Array,
  options: DocumentOptions,
): Promise<boolean> {
  const condition = options.onlyIf === undefined ? {} : { onlyIf: options.onlyIf };
  const set = table.newId();
  const parts = data.length <= PART_BYTES ? 0 : Math.ceil(data.length / PART_BYTES);
  if (parts > 0) {
    const items = partKeys(set, parts).map((partKey, index) => ({
      key: partKey,
      attributes: { data: data.subarray(index * PART_BYTES, (index + 1) * PART_BYTES) },
    }));
    await table.putMany(items, options.expires + PARTS_OUTLIVE_MS);
  }
  const head = parts === 0 ? { set, data } : { set, parts, bytes: data.length };
  const written = await table.put(key, { ...options.attributes, ...head }, { expires: options.expires, ...condition });
  if (written.stored) {
    // What a repeated write replaced is itself, and still in use.
    if (written.replaced?.set !== set) await discard(table, written.replaced);
    return true;
  }
  // A repeated write finds its condition broken by itself.
  if ((await table.get(key))?.set === set) return true;
  await discard(table, head);
  return false;
}

/**
 * The document under `key`; undefined when there is none, or none that was written to the end, or it has expired.
 * @throws EvidenceGapError when its parts are lost, however often it is read
 */
export async function readDocument<T>(table: TableReader, key: Key): Promise<T | undefined> {
  const item = await table.get(key);
  return item === undefined ? undefined : await openDocument<T>(table, key, item);
}

/** As {@link readDocument}, for a document whose head was already read, for example by a query. */
export async function openDocument<T>(table: TableReader, key: Key, head: Item): Promise<T | undefined> {
  const data = await openCompressed(table, key, head);
  return data === undefined ? undefined : ownJson<T>((await decompress(data)).toString('utf8'));
}

/**
 * The compressed bytes of a document whose head was read; undefined when the document went meanwhile.
 * @throws EvidenceGapError when its parts are lost
 */
export async function openCompressed(table: TableReader, key: Key, head: Item): Promise<Uint8Array | undefined> {
  let current: Item | undefined = head;
  for (let tried = 0; tried < READ_TRIES && current !== undefined; tried++) {
    const data = await dataOf(table, current);
    if (data !== undefined) return data;
    const set: unknown = current.set;
    current = await table.get(key);
    // Parts are written before their head and outlive it: those that are missing do not come back. Lost evidence never
    // reads as "nothing stored".
    if (current?.set === set && set !== undefined) {
      throw new EvidenceGapError(`stored document ${key.pk} ${key.sk} is not whole: its parts are lost`);
    }
  }
  if (current === undefined) return undefined;
  throw new TransientError(`stored document ${key.pk} ${key.sk} is replaced faster than it can be read`);
}

async function dataOf(table: TableReader, head: Item): Promise<Uint8Array | undefined> {
  if (head.data instanceof Uint8Array) return head.data;
  const keys = keysOf(head);
  const parts: Uint8Array[] = [];
  for (let first = 0; first < keys.length; first += PARALLEL_READS) {
    const group = keys.slice(first, first + PARALLEL_READS);
    for (const item of await Promise.all(group.map((key) => table.get(key)))) {
      if (!(item?.data instanceof Uint8Array)) return undefined;
      parts.push(item.data);
    }
  }
  const data = Buffer.concat(parts);
  return data.length === head.bytes ? data : undefined;
}

async function discard(table: Table, head: Attributes | undefined): Promise<void> {
  const keys = keysOf(head ?? {});
  if (keys.length === 0) return;
  try {
    await table.deleteMany(keys);
  } catch {
    // Parts nothing points at cost a little storage until they expire; that must not fail a write that succeeded.
  }
}

function keysOf(head: Attributes): Key[] {
  return typeof head.set === 'string' && typeof head.parts === 'number' ? partKeys(head.set, head.parts) : [];
}

/** Each part is a partition of its own: one partition takes 1,000 writes of 1 kB a second, three parts' worth. */
function partKeys(set: string, parts: number): Key[] {
  return Array.from({ length: parts }, (_, index) => ({ pk: `part#${set}#${index + 1}`, sk: 'part' }));
}
