import type { AlertKind, AlertOrder } from '../../core/alert-order.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import { numberOf } from './codec.ts';
import { absent, type Table } from './table.ts';
import type { Item, Key } from './table-reader.ts';

const ORDER = 'alert#';

/**
 * Alerts that a case ordered, and which of them the alert webhook took. They lie with their case and expire
 * `retentionDays` after they were written.
 */
export class AlertStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /** Orders an alert. False when that look has ordered one before, which stays as it is. */
  async order(caseId: string, { look, kind }: AlertOrder): Promise<boolean> {
    const now = this.#table.clock.now();
    const options = { expires: now + this.#retentionMs, onlyIf: absent(now) };
    return (await this.#table.put(orderKey(caseId, look), { look, kind }, options)).stored;
  }

  /** What was ordered and not yet taken by the webhook, the oldest look first. */
  async unsent(caseId: string): Promise<AlertOrder[]> {
    return (await this.#orders(caseId)).filter(({ sentAt }) => sentAt === undefined).map(orderOf);
  }

  /** Marks an alert as taken at `at`: it is not sent again. */
  async markSent(caseId: string, { look, kind }: AlertOrder, at: EpochMs): Promise<void> {
    const expires = this.#table.clock.now() + this.#retentionMs;
    await this.#table.put(orderKey(caseId, look), { look, kind, sentAt: at }, { expires });
  }

  /** What the webhook has taken, the oldest look first. */
  async sent(caseId: string): Promise<AlertOrder[]> {
    return (await this.#orders(caseId)).filter(({ sentAt }) => sentAt !== undefined).map(orderOf);
  }

  async #orders(caseId: string): Promise<Item[]> {
    return await this.#table.query(pkOf(caseId), ORDER);
  }
}

function orderOf(item: Item): AlertOrder {
  const kind: AlertKind = item.kind === 'update' ? 'update' : 'attack';
  return { look: numberOf(item, 'look'), kind };
}

/** Sort keys compare as text. */
function orderKey(caseId: string, look: number): Key {
  return { pk: pkOf(caseId), sk: `${ORDER}${String(look).padStart(2, '0')}` };
}

function pkOf(caseId: string): string {
  return `case#${caseId}`;
}
