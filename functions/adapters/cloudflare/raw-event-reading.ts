import { toIso } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { Offers } from './capabilities.ts';
import { EventEvidenceBook } from './event-evidence.ts';
import { filterClauses } from './event-filter.ts';
import {
  EVENT_FIELDS,
  type EventsReading,
  type EventsRequest,
  NEEDED,
  newestPart,
  shorterThan,
} from './event-reading.ts';
import { RAW_COLUMNS, type RawEvent, RawEventGroups, readRawEvents } from './event-rows.ts';
import { gapAt, IN_WINDOW, nameOf, timesOf } from './rung.ts';
import type { Variable, ZoneQuery } from './zone-query.ts';

const NODE = 'firewallEventsAdaptive';
/** Events of a page, about 6 MB, and pages: 100,000 events. */
const MOST_ROWS = 10_000;
const MAX_PAGES = 10;

interface Cursor {
  readonly datetime: string;
  readonly ray: string;
  readonly inclusive: boolean;
}

/** The events read so far. */
interface Pages {
  /** Ids of events. */
  readonly seen: Set<string>;
  readonly groups: RawEventGroups;
  readonly evidence: EventEvidenceBook;
  read: number;
  malformed: number;
  oldest?: RawEvent;
  /** Older events were not read. */
  cut: boolean;
}

/**
 * Reads a zone's security events one by one where it has no groups (the measured Free zone, `reference/cloudflare.md`
 * §4.2), the newest first, and groups them here, each weighted by its sampling.
 * @returns undefined where the zone does not offer the node
 * @throws as `ZoneAnalytics.ask`, when nothing could be read
 */
export async function readEventsOneByOne(request: EventsRequest): Promise<EventsReading | undefined> {
  const { analytics, zone, deadline } = request;
  const offers = await analytics.offers(zone, deadline);
  if (!isOffered(offers)) return undefined;
  const window = newestPart(request.window, offers.nodes[NODE], analytics.clock.now());
  const pages: Pages = {
    seen: new Set(),
    groups: new RawEventGroups(),
    evidence: new EventEvidenceBook(request.gitlabHosts),
    read: 0,
    malformed: 0,
    cut: false,
  };
  const why = [...(await readPages({ ...request, window }, pages)), ...shorterThan(request.window, window, zone)];
  const { groups, evidence, oldest, cut } = pages;
  return {
    window,
    total: groups.total(),
    totalIsLowerBound: cut,
    sampleInterval: groups.sampleInterval,
    groups: groups.groups(),
    cut,
    evidence,
    timed: !cut,
    malformed: pages.malformed,
    pages: pages.read,
    why,
    notes: cut && oldest !== undefined ? [newestOnly(request, pages.read, oldest)] : [],
  };
}

/** Reads pages until there are no more, or enough. Gives the reason where a later page could not be read. */
async function readPages(request: EventsRequest, pages: Pages): Promise<string[]> {
  let cursor: Cursor | undefined;
  for (;;) {
    let limit = 0;
    const plan = (offers: Offers): ZoneQuery | undefined => {
      limit = Math.max(1, Math.floor(Math.min(offers.nodes[NODE].maxPageSize, MOST_ROWS)));
      return isOffered(offers) ? rawQuery(request, offers, limit, cursor) : undefined;
    };
    try {
      const rows = (await request.analytics.ask(request.zone, plan, request.deadline))?.events ?? [];
      const last = addPage(pages, rows, request);
      if (rows.length < limit || last === undefined) return [];
      // One request may make several events, and a page may end between them: the last ray is read again, unless it
      // alone filled the page.
      const stuck = cursor?.datetime === last.datetime && cursor.ray === last.rayName;
      cursor = { datetime: last.datetime, ray: last.rayName, inclusive: !stuck };
    } catch (error) {
      // Fails towards the newest events once anything was read; a bug of ours is no gap in evidence.
      if (pages.read === 0 || !(error instanceof LatchkeyError)) throw error;
      pages.cut = true;
      return [gapAt(request.zone, error.message)];
    }
    if (pages.read >= MAX_PAGES) {
      pages.cut = true;
      return [];
    }
  }
}

function addPage(pages: Pages, rows: readonly unknown[], { window }: EventsRequest): RawEvent | undefined {
  pages.read++;
  let last: RawEvent | undefined;
  for (const row of rows) {
    const [event] = readRawEvents([row]).events;
    if (event === undefined) {
      pages.malformed++;
      continue;
    }
    last = event;
    // Pages overlap: an event counts once.
    if (pages.seen.has(event.id)) continue;
    pages.seen.add(event.id);
    pages.groups.add(event);
    pages.evidence.add({
      dimensions: event.dimensions,
      verifiedBotCategory: Object(row).verifiedBotCategory,
      count: event.sampleInterval,
      sampleInterval: event.sampleInterval,
      // Cloudflare writes whole seconds: the event was somewhere inside its second.
      seen: { notBefore: event.at, notAfter: Math.min(event.at + 999, window.end - 1) },
      seenExactly: true,
    });
  }
  if (last !== undefined) pages.oldest = last;
  return last;
}

function rawQuery({ filter, window }: EventsRequest, offers: Offers, limit: number, cursor?: Cursor): ZoneQuery {
  const own = filterClauses(filter, 'f');
  const clauses = [IN_WINDOW, ...own.clauses];
  const variables: Record<string, Variable> = { ...own.variables, ...timesOf(window) };
  if (cursor !== undefined) {
    const ray = cursor.inclusive ? 'rayName_leq' : 'rayName_lt';
    clauses.push(`AND: [{ OR: [{ datetime_lt: $before }, { datetime: $before, ${ray}: $ray }] }]`);
    variables.before = { type: 'Time', value: cursor.datetime };
    variables.ray = { type: 'string', value: cursor.ray };
  }
  const columns = [...new Set(['datetime', 'rayName', ...NEEDED, ...RAW_COLUMNS, ...EVENT_FIELDS])];
  const fields = columns.filter((column) => offers.has(NODE, column));
  const orderBy = ['datetime_DESC', 'rayName_DESC'];
  return { nodes: [{ alias: 'events', node: NODE, limit, filter: clauses, fields, orderBy }], variables };
}

function isOffered(offers: Offers): boolean {
  return offers.enabled(NODE) && ['datetime', 'rayName', ...NEEDED].every((field) => offers.has(NODE, field));
}

function newestOnly({ zone }: EventsRequest, pages: number, oldest: RawEvent): string {
  return `${nameOf(zone)}: only the newest events, since ${toIso(oldest.at)}, were read, ${pages} pages of them; there are more.`;
}
