import { createHash } from 'node:crypto';
import { DAY, type EpochMs } from '../../core/time.ts';
import { writeDocument } from './chunks.ts';
import { textOf } from './codec.ts';
import { absent, either, type Table } from './table.ts';
import type { Key } from './table-reader.ts';

/** Cloudflare promises neither one delivery nor order; the same event within a day is the same delivery. */
const REMEMBERED_MS = DAY;

/** One delivery of a notification. */
export interface Delivery {
  /** The same for every delivery of the same event. */
  readonly key: string;
  /** The case it opens, or belongs to; missing where it has none. */
  readonly caseId?: string;
  /** What its later notifications will have in common with it; missing where it opens no case. */
  readonly correlation?: string;
  readonly at: EpochMs;
  /** As it came, for the audit trail. */
  readonly body: string;
}

/** A delivery that came before. `started`: everything it asked for has been done. */
export interface KnownDelivery {
  readonly caseId?: string;
  readonly started: boolean;
}

/** The newest case opened under a correlation, and the delivery that opened it. */
export interface CorrelatedCase {
  readonly caseId: string;
  readonly key: string;
  readonly started: boolean;
}

/**
 * Deliveries, so that each event is worked on once, and which case a correlation id belongs to. Deliveries are
 * remembered for 24 hours; bodies and correlations are kept for `retentionDays`.
 */
export class DeliveryStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /**
   * Stores the delivery unless its event was already delivered in the last 24 hours: then the case it went to, and
   * whether that was started. Of deliveries at the same moment exactly one is `new`.
   */
  async remember(delivery: Delivery): Promise<'new' | KnownDelivery> {
    const { key, caseId, at, body, correlation } = delivery;
    const expires = at + this.#retentionMs;
    const stored = await writeDocument(this.#table, deliveryKey(key), body, {
      expires,
      onlyIf: either(absent(at), { expression: '#until <= :at', values: { at } }),
      attributes: { caseId, at, until: at + REMEMBERED_MS, started: false },
    });
    const known: KnownDelivery = stored
      ? { started: false, ...(caseId === undefined ? {} : { caseId }) }
      : await this.#known(key);
    // Also for a repeat whose case was not started: the first try may have broken off before this write.
    if (correlation !== undefined && known.caseId !== undefined && !known.started) {
      await this.#correlate(correlation, { caseId: known.caseId, key, at }, expires);
    }
    return stored ? 'new' : known;
  }

  /** Notes that everything this delivery asked for has been done: a repeat of it starts nothing. */
  async markStarted(key: string): Promise<void> {
    const onlyIf = { expression: 'attribute_exists(#pk)' };
    await this.#table.update(deliveryKey(key), { started: true }, { onlyIf });
  }

  /** The newest case opened under that correlation, and whether it was started. */
  async caseOfCorrelation(correlation: string): Promise<CorrelatedCase | undefined> {
    const item = await this.#table.get(correlationKey(correlation));
    if (item === undefined) return undefined;
    const key = textOf(item, 'key');
    return { caseId: textOf(item, 'caseId'), key, started: (await this.#known(key)).started };
  }

  async #known(key: string): Promise<KnownDelivery> {
    const item = await this.#table.get(deliveryKey(key));
    const caseId = item?.caseId;
    return { started: item?.started === true, ...(typeof caseId === 'string' ? { caseId } : {}) };
  }

  async #correlate(
    correlation: string,
    opened: { caseId: string; key: string; at: EpochMs },
    expires: EpochMs,
  ): Promise<void> {
    const onlyIf = either(absent(opened.at), { expression: '#at <= :at', values: { at: opened.at } });
    await this.#table.put(correlationKey(correlation), opened, { expires, onlyIf });
  }
}

function deliveryKey(key: string): Key {
  return { pk: `delivery#${key}`, sk: 'delivery' };
}

/** Hashed: a correlation id is opaque text of any length, and a key holds 2 kB at most. */
function correlationKey(correlation: string): Key {
  return { pk: `correlation#${createHash('sha256').update(correlation).digest('hex')}`, sk: 'correlation' };
}
