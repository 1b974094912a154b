import type { EpochMs } from '../../core/time.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import { readDocument, writeDocument } from './chunks.ts';
import type { Table } from './table.ts';
import type { Key } from './table-reader.ts';

/** What an outside system told about itself and may be asked again later: capabilities, names, refused fields. */
export class ExpiringCache {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The value; undefined when there is none or it has expired. Whoever reads it checks its shape. */
  async get(key: string): Promise<unknown | undefined> {
    try {
      return await readDocument<unknown>(this.#table, keyOf(key));
    } catch (error) {
      // Fails toward asking the outside system again.
      if (error instanceof EvidenceGapError) return undefined;
      throw error;
    }
  }

  /** Stores any JSON value until `expiresAt`, rounded down to a second. */
  async put(key: string, value: unknown, expiresAt: EpochMs): Promise<void> {
    await writeDocument(this.#table, keyOf(key), value, { expires: expiresAt });
  }
}

function keyOf(key: string): Key {
  return { pk: `cache#${key}`, sk: 'cache' };
}
