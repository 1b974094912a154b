import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type DocumentOptions, openCompressed, writeCompressed } from './chunks.ts';
import { ownJson } from './codec.ts';
import type { Table } from './table.ts';
import type { Key, TableReader } from './table-reader.ts';

/** Lines compressed at a time. */
const BATCH = 500;

/**
 * Stores any number of JSON values under `key`, one a line, as {@link writeDocument} does one value: a reader sees the
 * old ones or the new ones, whole. Only their compressed form is ever in memory at once.
 */
export async function writeRecords(
  table: Table,
  key: Key,
  records: Iterable<unknown>,
  options: DocumentOptions,
): Promise<boolean> {
  const parts: Uint8Array[] = [];
  await pipeline(Readable.from(lines(records)), createGzip(), async (compressed: AsyncIterable<Uint8Array>) => {
    for await (const part of compressed) parts.push(part);
  });
  return await writeCompressed(table, key, Buffer.concat(parts), options);
}

/**
 * Hands every value stored under `key` to `take`, in the order they were written. False when there are none, or none
 * that were written to the end, or they have expired.
 * @param wants says by a value's JSON whether it is worth parsing; missing: every one is
 */
export async function readRecords<T>(
  table: TableReader,
  key: Key,
  take: (record: T) => void,
  wants: (line: string) => boolean = () => true,
): Promise<boolean> {
  const head = await table.get(key);
  const data = head === undefined ? undefined : await openCompressed(table, key, head);
  if (data === undefined) return false;
  const decoder = new TextDecoder();
  let rest = '';
  await pipeline(Readable.from([data]), createGunzip(), async (text: AsyncIterable<Uint8Array>) => {
    for await (const part of text) {
      const found = (rest + decoder.decode(part, { stream: true })).split('\n');
      rest = found.pop() ?? '';
      for (const line of found) if (wants(line)) take(ownJson<T>(line));
    }
  });
  return true;
}

function* lines(records: Iterable<unknown>): Generator<string> {
  let batch: string[] = [];
  for (const record of records) {
    batch.push(`${JSON.stringify(record)}\n`);
    if (batch.length === BATCH) {
      yield batch.join('');
      batch = [];
    }
  }
  yield batch.join('');
}
