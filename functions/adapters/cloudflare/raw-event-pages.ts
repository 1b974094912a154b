import type { EpochMs } from '../../core/time.ts';
import { TransientError } from '../../runtime/errors.ts';
import { type Offers, zoneNotCovered } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { type RawEvent, RawEventGroups, readRawEvents } from './event-rows.ts';
import { answersIn, type PartAnswer } from './monitor-batches.ts';
import type { PollBudget, ZoneMemory } from './monitor-memory.ts';
import {
  aliasOf,
  type EventCursor,
  type MonitorPlan,
  type MonitorQuestion,
  pageQuery,
  pageRows,
} from './monitor-query.ts';
import { QueryTooHeavyError } from './refusals.ts';
import type { ZoneRef } from './zones.ts';

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
  readonly memory: ZoneMemory;
  readonly budget: PollBudget;
  /** How many further pages the zone may cost; undefined: that is not known at this poll. */
  readonly pages: number | undefined;
  readonly deadline: EpochMs;
}

type Share = (text: string) => string;

/** An answer that is still too large at this many rows stays too large. */
const FEWEST_ROWS = 100;
const SHRINK = 4;

/** The raw events of one zone, for each of its filters: newest first, by time and ray, as there are no cursors (§4.5). */
export class RawZone {
  readonly zone: ZoneRef;
  readonly offers: Offers;
  plan: MonitorPlan;
  readonly #share: Share;
  readonly #readers = new Map<number, FilterPages>();

  /** Starts with the first page of some filters. @throws as `add` */
  constructor(answer: PartAnswer, share: Share) {
    this.zone = answer.zone;
    this.offers = answer.offers;
    this.plan = answer.plan;
    this.#share = share;
    this.add(answer);
  }

  /** Adds the first page of some filters. @throws TransientError where it cannot be read */
  add({ filters, rows, plan }: PartAnswer): void {
    if (plan.leftOut.long) this.#leaveOutLong();
    for (const filter of filters) {
      const pages = new FilterPages();
      pages.add(rowsOf(rows, filter), plan.full.events, this.#share);
      this.#readers.set(filter, pages);
    }
  }

  get readings(): ReadonlyMap<number, RawReading> {
    return this.#readers;
  }

  /**
   * Reads on where a page was full, as many pages as the zone may cost. That bound is the same at every poll, as long as
   * its events fit into the pages: a page that is too large is asked for without long texts first, which keeps it, and
   * only then in fewer rows, which the zone's next pages have, too.
   * @throws LatchkeyError: a page that could not be read fails the zone, as a total that lacks it would look like a fall
   */
  async readOn(options: RawPagesOptions): Promise<void> {
    for (let read = 0; ; ) {
      const cursors = this.#cursors();
      if (cursors.size === 0 || read === options.pages) return;
      if (options.pages === undefined) {
        throw new TransientError('how many of its events may be read is not known, as not every zone could be asked');
      }
      options.budget.assertPage();
      const rows = this.#rowsOfPage(options);
      try {
        const page = await this.#readPage(cursors, rows, options);
        for (const filter of cursors.keys()) this.#readers.get(filter)?.add(rowsOf(page, filter), rows, this.#share);
        read++;
      } catch (error) {
        if (!(error instanceof QueryTooHeavyError) || !this.#takeLess(rows, options)) throw error;
      }
    }
  }

  #cursors(): ReadonlyMap<number, EventCursor> {
    const cursors = new Map<number, EventCursor>();
    for (const [filter, { next }] of this.#readers) if (next !== undefined) cursors.set(filter, next);
    return cursors;
  }

  #rowsOfPage({ question, memory }: RawPagesOptions): number {
    return Math.min(pageRows(question, this.offers), memory.pageRowsOf(this.zone.id, question.now) ?? Infinity);
  }

  /** Whether there is less to ask for, and a request left to ask for it. */
  #takeLess(rows: number, { question, memory, budget }: RawPagesOptions): boolean {
    if (!budget.takeRecovery()) return false;
    if (!this.plan.leftOut.long) {
      memory.makeLean(this.zone.id, question.now);
      this.#leaveOutLong();
      return true;
    }
    if (rows <= FEWEST_ROWS) return false;
    memory.shrinkPages(this.zone.id, Math.max(FEWEST_ROWS, Math.floor(rows / SHRINK)), question.now);
    return true;
  }

  #leaveOutLong(): void {
    this.plan = { ...this.plan, leftOut: { ...this.plan.leftOut, long: true } };
  }

  async #readPage(
    cursors: ReadonlyMap<number, EventCursor>,
    rows: number,
    { client, question, deadline }: RawPagesOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { text, variables } = pageQuery(question, cursors, rows, this.plan, this.offers);
    const answers = answersIn(await client.graphql(text, { ...variables, zones: [this.zone.id] }, deadline));
    const found = answers.get(this.zone.id);
    if (found === undefined) throw zoneNotCovered(this.zone.name ?? this.zone.id);
    return found;
  }
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
  next: EventCursor | undefined;

  /** Adds a page that was asked for with that limit. */
  add(rows: readonly unknown[], limit: number, share: Share): void {
    const { events, malformed } = readRawEvents(rows, share);
    this.malformed += malformed;
    for (const event of events) this.groups.add(event);
    const last = events.at(-1);
    if (rows.length > 0 && last === undefined) {
      throw new TransientError('Cloudflare answered with events in a form it does not document');
    }
    this.cut = rows.length >= limit;
    this.next = this.cut && last !== undefined ? this.#after(last) : undefined;
    this.groups.remember(events.filter(({ rayName }) => rayName === last?.rayName));
  }

  /** The last ray is read again, unless it alone filled the page. */
  #after({ datetime, rayName }: RawEvent): EventCursor {
    const stuck = this.next?.datetime === datetime && this.next.rayName === rayName;
    return { datetime, rayName, inclusive: !stuck };
  }
}
