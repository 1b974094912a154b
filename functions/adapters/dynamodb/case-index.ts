import * as z from 'zod/mini';
import { type CaseListing, LISTED_TRIGGERS, LISTED_VERDICTS } from '../../core/case-list.ts';
import { DAY, type EpochMs, toIso } from '../../core/time.ts';
import { textOf } from './codec.ts';
import type { PutOptions, Table } from './table.ts';
import type { Item, Key, TableReader } from './table-reader.ts';

/** What one reading of the index found. */
export interface RecentCases {
  /** The newest first. */
  readonly listings: readonly CaseListing[];
  /** Where the next reading goes on; undefined where there are no older cases. */
  readonly older: string | undefined;
  /** As many items as one reading may look through came before `limit` wanted ones: there may be more from `older` on. */
  readonly stoppedEarly: boolean;
  /** Items that are there and that this version cannot read. */
  readonly unread: number;
}

export interface RecentOptions {
  /** `older` of the reading before. Missing: from the newest on. */
  readonly before?: string;
  readonly limit: number;
  readonly wants: (listing: CaseListing) => boolean;
}

/** The most items one reading looks through, as a filter may want few of them. */
export const ITEMS_READ = 2_000;
const PAGE = 250;
/** Days asked about at a time: most days have few cases, and many may have none. */
const DAYS_AT_ONCE = 5;

/**
 * Cases by when they were opened. One item each, in a partition for each UTC day, so that the newest are found without
 * reading all; it expires with the case. Written by `CaseStore` ({@link listCase}).
 */
export class CaseIndex {
  readonly #table: TableReader;
  readonly #retentionDays: number;

  constructor(table: TableReader, retentionDays: number) {
    this.#table = table;
    this.#retentionDays = retentionDays;
  }

  /** The newest cases that are wanted, as many as `limit`. Looks through at most some {@link ITEMS_READ} items. */
  async recent({ before, limit, wants }: RecentOptions): Promise<RecentCases> {
    const listings: CaseListing[] = [];
    let [scanned, unread] = [0, 0];
    let lastKept: string | undefined;
    for await (const item of this.#newestFirst(before)) {
      scanned++;
      const listing = listingOf(item);
      if (listing === undefined) unread++;
      else if (wants(listing)) {
        // One more than is shown is there: so there is an older page.
        if (listings.length === limit) return { listings, older: lastKept, stoppedEarly: false, unread };
        listings.push(listing);
        lastKept = textOf(item, 'sk');
      }
      if (scanned >= ITEMS_READ) {
        return { listings, older: textOf(item, 'sk'), stoppedEarly: listings.length < limit, unread };
      }
    }
    return { listings, older: undefined, stoppedEarly: false, unread };
  }

  async *#newestFirst(before: string | undefined): AsyncGenerator<Item> {
    const now = this.#table.clock.now();
    // Whatever a cursor says, there is nothing to look for in years to come.
    const newest = Math.min(now, before === undefined ? now : timeIn(before));
    const oldest = startOfDay(now - this.#retentionDays * DAY);
    for (let first = startOfDay(newest); first >= oldest; first -= DAYS_AT_ONCE * DAY) {
      const days = Array.from({ length: DAYS_AT_ONCE }, (_, index) => first - index * DAY).filter(
        (day) => day >= oldest,
      );
      const pages = await Promise.all(days.map((day) => this.#table.queryBack(pkOf(day), PAGE, before)));
      for (const [index, page] of pages.entries()) yield* this.#wholeDay(days[index] ?? first, page);
    }
  }

  async *#wholeDay(day: EpochMs, first: Awaited<ReturnType<TableReader['queryBack']>>): AsyncGenerator<Item> {
    yield* first.items;
    for (let { next } = first; next !== undefined; ) {
      const page = await this.#table.queryBack(pkOf(day), PAGE, next);
      yield* page.items;
      next = page.next;
    }
  }
}

/** Lists a case, in place of what was listed of it unless `options` say otherwise. */
export async function listCase(table: Table, listing: CaseListing, options: PutOptions): Promise<void> {
  await table.put(keyOf(listing), { listing: JSON.stringify(listing) }, options);
}

/** Whether a text has the form of `RecentCases.older`. */
export function isCursor(text: string): boolean {
  return CURSOR.test(text);
}

const CURSOR = /^\d{15}#[\w.:-]{1,200}$/;

/** Our own items, checked all the same: a later version may have written them. */
const Listing: z.ZodMiniType<CaseListing> = z.object({
  caseId: z.string(),
  trigger: z.enum(LISTED_TRIGGERS),
  openedAt: z.number(),
  zone: z.exactOptional(z.string()),
  monitor: z.exactOptional(z.object({ name: z.string(), zone: z.string() })),
  outcome: z.exactOptional(
    z.object({
      look: z.number(),
      window: z.object({ start: z.string(), end: z.string() }),
      verdict: z.enum(LISTED_VERDICTS),
      topScore: z.number(),
      decision: z.object({ page: z.boolean(), alert: z.boolean(), report: z.boolean() }),
      shadow: z.boolean(),
      findings: z.number(),
      incidentIds: z.array(z.string()),
      incidents: z.exactOptional(z.number()),
    }),
  ),
});

function listingOf(item: Item): CaseListing | undefined {
  if (typeof item.listing !== 'string') return undefined;
  try {
    const parsed = z.safeParse(Listing, JSON.parse(item.listing));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // One item that is no JSON hides no other; the reader hears of it.
    return undefined;
  }
}

function keyOf({ caseId, openedAt }: CaseListing): Key {
  return { pk: pkOf(openedAt), sk: `${String(openedAt).padStart(15, '0')}#${caseId}` };
}

function pkOf(at: EpochMs): string {
  return `cases#${toIso(at).slice(0, 10)}`;
}

function timeIn(cursor: string): EpochMs {
  return Number(cursor.slice(0, 15));
}

function startOfDay(at: EpochMs): EpochMs {
  return Math.floor(at / DAY) * DAY;
}
