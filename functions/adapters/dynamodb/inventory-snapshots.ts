import type { InventorySnapshot } from '../../core/inventory-snapshot.ts';
import { DAY } from '../../core/time.ts';
import { readDocument, writeDocument } from './chunks.ts';
import { absent, either, type Table } from './table.ts';

const KEY = { pk: 'inventory', sk: 'snapshot' } as const;

/** The latest snapshot of GitLab's token list, which bounds when an address was first used (design §6). */
export class SnapshotStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  async load(): Promise<InventorySnapshot | undefined> {
    return await readDocument<InventorySnapshot>(this.#table, KEY);
  }

  /** Stores the snapshot. False when a newer one is already stored, which stays. */
  async save(snapshot: InventorySnapshot): Promise<boolean> {
    const { takenAt } = snapshot;
    const now = this.#table.clock.now();
    return await writeDocument(this.#table, KEY, snapshot, {
      expires: now + this.#retentionMs,
      onlyIf: either(absent(now), { expression: '#takenAt <= :takenAt', values: { takenAt } }),
      attributes: { takenAt },
    });
  }
}
