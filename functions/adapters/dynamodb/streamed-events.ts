import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { DAY, type EpochMs, MINUTE, toIso, type Window } from '../../core/time.ts';
import { type Attributes, ownJson } from './codec.ts';
import type { Table } from './table.ts';
import type { Item, Key } from './table-reader.ts';

/** What every event has, whatever else is kept of it. */
export interface TimedEvent {
  readonly id: string | number;
  readonly created_at: EpochMs;
}

/** What was stored of a window. */
export interface StoredEvents<Event> {
  /** Each event once, the newest five minutes first. */
  readonly events: readonly Event[];
  /** Rows delivered in the window that could not be read. */
  readonly skippedMalformed: number;
  /** Why older events of the window were not read; undefined when it was read whole. */
  readonly cut: string | undefined;
}

/** When anything was streamed to us, to the minute. */
export interface Heard {
  readonly first: EpochMs;
  readonly last: EpochMs;
}

/** Events of so long a time lie in one partition, which takes 1,000 writes of 1 kB a second. */
const BUCKET = 5 * MINUTE;
/** Most bytes of JSON in one item: below DynamoDB's 400 kB even where nothing can be compressed. */
const ITEM_BYTES = 300_000;
/** Shorter JSON is not compressed: it is one write unit either way. */
const PLAIN_BYTES = 1_000;
/** Partitions read at a time. */
const PARALLEL_READS = 2;
/** Some 150 MB in memory; what was read of one more partition is let go. */
const MOST_EVENTS = 200_000;
const HEARD: Key = { pk: 'stream-heard', sk: 'heard' };

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Audit events that were streamed to us, by the time they happened. A delivery that comes again replaces itself, and
 * events that come again in another company are told once. Everything is kept for `retentionDays` from its arrival.
 */
export class StreamedEventStore<Event extends TimedEvent> {
  readonly #table: Table;
  readonly #retentionMs: number;
  #notedAt: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /**
   * Stores what one delivery brought, and that something came.
   * @param skippedMalformed rows of the delivery that could not be read
   */
  async save(events: readonly Event[], skippedMalformed: number): Promise<void> {
    const now = this.#table.clock.now();
    const items = await Promise.all(pack(events).map(itemOf));
    if (skippedMalformed > 0) items.push(malformedItem(skippedMalformed, now, this.#table.newId()));
    if (items.length > 0) await this.#table.putMany(items, now + this.#retentionMs);
    await this.#noteHeard(now);
  }

  /** The events of a window, both ends inside, the newest first where there are too many or the time runs out. */
  async read(window: Window, deadline: EpochMs): Promise<StoredEvents<Event>> {
    const events = new Map<string, Event>();
    const buckets = bucketsOf(window);
    let skippedMalformed = 0;
    for (let first = 0; first < buckets.length; first += PARALLEL_READS) {
      const cut = this.#limit(events.size, deadline);
      if (cut !== undefined) return { events: [...events.values()], skippedMalformed, cut };
      const group = buckets.slice(first, first + PARALLEL_READS);
      for (const items of await Promise.all(group.map((bucket) => this.#table.query(partitionOf(bucket))))) {
        for (const item of items) {
          skippedMalformed += typeof item.malformed === 'number' ? item.malformed : 0;
          const over = this.#limit(events.size, deadline);
          if (over !== undefined) return { events: [...events.values()], skippedMalformed, cut: over };
          for (const event of await eventsIn<Event>(item)) {
            if (event.created_at >= window.start && event.created_at <= window.end) events.set(`${event.id}`, event);
          }
        }
      }
    }
    return { events: [...events.values()], skippedMalformed, cut: undefined };
  }

  /** Undefined where nothing came for as long as events are kept. */
  async heard(): Promise<Heard | undefined> {
    const item = await this.#table.get(HEARD);
    if (typeof item?.first !== 'number' || typeof item.last !== 'number') return undefined;
    return { first: item.first, last: item.last };
  }

  /** Once a minute and process at most: each event may be a delivery of its own. */
  async #noteHeard(now: EpochMs): Promise<void> {
    if (now - this.#notedAt < MINUTE) return;
    const known = await this.heard();
    // Of two at once either is right: they are told apart by less than anyone asks for.
    await this.#table.put(
      HEARD,
      { first: known?.first ?? now, last: Math.max(now, known?.last ?? 0) },
      { expires: now + this.#retentionMs },
    );
    this.#notedAt = now;
  }

  #limit(size: number, deadline: EpochMs): string | undefined {
    if (size > MOST_EVENTS) return `there are more than ${MOST_EVENTS}`;
    return this.#table.clock.now() >= deadline ? 'time ran out' : undefined;
  }
}

interface Pack {
  readonly bucket: EpochMs;
  readonly ids: readonly string[];
  /** JSON of its events, joined. */
  readonly rows: readonly string[];
}

/** Events of one bucket together, as many as fit an item; in an order that does not depend on the delivery's. */
function pack(events: readonly TimedEvent[]): Pack[] {
  const distinct = new Map(events.map((event) => [`${event.id}`, event]));
  const byBucket = Map.groupBy([...distinct], ([, { created_at: at }]) => bucketOf(at));
  return [...byBucket].flatMap(([bucket, entries]) => packBucket(bucket, entries));
}

function packBucket(bucket: EpochMs, entries: readonly (readonly [string, TimedEvent])[]): Pack[] {
  const packs: { bucket: EpochMs; ids: string[]; rows: string[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [id, event] of entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const row = JSON.stringify(event);
    const size = Buffer.byteLength(row) + 1;
    if (bytes + size > ITEM_BYTES) {
      packs.push({ bucket, ids: [], rows: [] });
      bytes = 0;
    }
    packs.at(-1)?.ids.push(id);
    packs.at(-1)?.rows.push(row);
    bytes += size;
  }
  return packs;
}

interface NewItem {
  readonly key: Key;
  readonly attributes: Attributes;
}

async function itemOf({ bucket, ids, rows }: Pack): Promise<NewItem> {
  const json = `[${rows.join()}]`;
  const name = createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 32);
  const attributes = Buffer.byteLength(json) > PLAIN_BYTES ? { data: await compress(json) } : { json };
  return { key: { pk: partitionOf(bucket), sk: `events#${name}` }, attributes };
}

/** They have no time of their own that could be relied on: they count where they arrived. */
function malformedItem(malformed: number, now: EpochMs, id: string): NewItem {
  return { key: { pk: partitionOf(bucketOf(now)), sk: `malformed#${id}` }, attributes: { malformed } };
}

async function eventsIn<Event>(item: Item): Promise<readonly Event[]> {
  if (typeof item.json === 'string') return ownJson<Event[]>(item.json);
  return item.data instanceof Uint8Array ? ownJson<Event[]>((await decompress(item.data)).toString('utf8')) : [];
}

function bucketOf(at: EpochMs): EpochMs {
  return Math.floor(at / BUCKET) * BUCKET;
}

/** The newest first. */
function bucketsOf({ start, end }: Window): EpochMs[] {
  const buckets: EpochMs[] = [];
  for (let bucket = bucketOf(end); bucket + BUCKET > start; bucket -= BUCKET) buckets.push(bucket);
  return buckets;
}

function partitionOf(bucket: EpochMs): string {
  return `stream#${toIso(bucket)}`;
}
