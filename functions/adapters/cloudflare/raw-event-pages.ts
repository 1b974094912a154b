import type { EpochMs } from '../../core/time.ts';
import { TransientError } from '../../runtime/errors.ts';
import { zoneNotCovered } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { RawEventGroups, readRawEvents } from './event-rows.ts';
import { answersIn, type PartAnswer } from './monitor-batches.ts';
import { aliasOf, type EventCursor, type MonitorQuestion, pageQuery, pageRows } from './monitor-query.ts';
import { QueryTooHeavyError } from './refusals.ts';

/** The raw events of one zone and filter, grouped. */
export interface RawReading {
  readonly groups: RawEventGroups;
  readonly malformed: number;
  /** There are more events than were read. */
  readonly cut: boolean;
}

export interface RawPagesOptions {
  readonly client: CloudflareClient;
  readonly question: MonitorQuestion;
  readonly deadline: EpochMs;
}

/** Pages read of one zone and filter beyond the first. */
const MOST_PAGES = 5;
/** An answer that is still too large at this many rows stays too large. */
const FEWEST_ROWS = 100;
const SHRINK = 4;

/**
 * Groups the first page of raw events of each of the part's filters, and reads on where it was full: newest first, by
 * time and ray, as there are no cursors (`reference/cloudflare.md` §4.5). Up to a bound that is the same at every poll.
 * @throws LatchkeyError: a page that could not be read fails the zone, as a total that lacks it would look like a fall
 */
export async function readRawPages(
  answer: PartAnswer,
  options: RawPagesOptions,
): Promise<ReadonlyMap<number, RawReading>> {
  const readers = new Map(answer.filters.map((filter) => [filter, new FilterPages()]));
  for (const [filter, pages] of readers) pages.add(rowsOf(answer.rows, filter), answer.plan.full.events);
  let rows = pageRows(options.question, answer.offers);
  const bound = rows * MOST_PAGES;
  for (;;) {
    const cursors = new Map<number, EventCursor>();
    for (const [filter, pages] of readers) {
      if (pages.next !== undefined && pages.readOn < bound) cursors.set(filter, pages.next);
    }
    if (cursors.size === 0) return readers;
    try {
      const page = await readPage(answer, cursors, rows, options);
      for (const filter of cursors.keys()) readers.get(filter)?.addFurther(rowsOf(page, filter), rows);
    } catch (error) {
      if (!(error instanceof QueryTooHeavyError) || rows <= FEWEST_ROWS) throw error;
      rows = Math.max(FEWEST_ROWS, Math.floor(rows / SHRINK));
    }
  }
}

async function readPage(
  { zone, offers, plan }: PartAnswer,
  cursors: ReadonlyMap<number, EventCursor>,
  rows: number,
  { client, question, deadline }: RawPagesOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { text, variables } = pageQuery(question, cursors, rows, plan.window, offers);
  const answers = answersIn(await client.graphql(text, { ...variables, zones: [zone.id] }, deadline));
  const found = answers.get(zone.id);
  if (found === undefined) throw zoneNotCovered(zone.name ?? zone.id);
  return found;
}

/** An answer that lacks a reading is no answer: it must not look like no events. */
function rowsOf(rows: Readonly<Record<string, unknown>>, filter: number): readonly unknown[] {
  const found = rows[aliasOf('events', filter)];
  if (!Array.isArray(found)) throw new TransientError('Cloudflare left a reading out of its answer');
  return found;
}

class FilterPages implements RawReading {
  readonly groups = new RawEventGroups();
  malformed = 0;
  cut = false;
  /** Rows read beyond the first page. */
  readOn = 0;
  next: EventCursor | undefined;

  addFurther(rows: readonly unknown[], limit: number): void {
    this.readOn += limit;
    this.add(rows, limit);
  }

  /** Adds a page that was asked for with that limit. */
  add(rows: readonly unknown[], limit: number): void {
    const { events, malformed } = readRawEvents(rows);
    this.malformed += malformed;
    for (const event of events) this.groups.add(event);
    const last = events.at(-1);
    if (rows.length > 0 && last === undefined) {
      throw new TransientError('Cloudflare answered with events in a form it does not document');
    }
    this.cut = rows.length >= limit;
    if (!this.cut || last === undefined) this.next = undefined;
    else {
      const { datetime, rayName } = last;
      // The last ray is read again, unless it alone filled the page.
      const stuck = this.next?.datetime === datetime && this.next.rayName === rayName;
      this.next = { datetime, rayName, inclusive: !stuck };
    }
  }
}
