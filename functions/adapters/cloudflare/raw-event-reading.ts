import { type EpochMs, MINUTE, toIso } from '../../core/time.ts';
import { EvidenceGapError, LatchkeyError, TransientError } from '../../runtime/errors.ts';
import type { Offers } from './capabilities.ts';
import { EventEvidenceBook } from './event-evidence.ts';
import { eventFields, NEEDED } from './event-fields.ts';
import { filterClauses } from './event-filter.ts';
import {
  fieldsOf,
  newestPart,
  type Portion,
  rowsIn,
  shorterThan,
  smaller,
  wholePortion,
  withoutTexts,
} from './event-portion.ts';
import type { EventsReading, EventsRequest } from './event-reading.ts';
import { RAW_COLUMNS, readRawEvents } from './event-rows.ts';
import { EventSums } from './event-sums.ts';
import { isVerifiedBot } from './event-values.ts';
import { insideOf } from './group-rows.ts';
import { QueryTooHeavyError } from './refusals.ts';
import { gapAt, IN_WINDOW, nameOf, timesOf } from './rung.ts';
import type { Variable, ZoneQuery } from './zone-query.ts';

const NODE = 'firewallEventsAdaptive';
/** Events of a page, about 6 MB, and as many as that many full pages: 100,000 events. */
const MOST_ROWS = 10_000;
const FULL_PAGES = 10;
/** Pages that were made shorter are more, but each is a request. */
const MAX_PAGES = 20;

interface Cursor {
  readonly datetime: string;
  readonly ray: string;
  readonly inclusive: boolean;
}

/**
 * Reads a zone's security events one by one where it has no groups (the measured Free zone, `reference/cloudflare.md`
 * §4.2), the newest first, and groups them here, each weighted by its sampling.
 * @returns undefined where the zone does not offer the node
 * @throws as `ZoneAnalytics.ask`, when nothing could be read; TransientError where an answer lacks what was asked for
 */
export async function readEventsOneByOne(request: EventsRequest): Promise<EventsReading | undefined> {
  const { analytics, zone, deadline } = request;
  const offers = await analytics.offers(zone, deadline);
  if (!isOffered(offers)) return undefined;
  const pages = new Pages(request, wholePortion(newestPart(request.window, offers.nodes[NODE], analytics.clock.now())));
  const gaps = await pages.readAll();
  const { sums, evidence, oldest, cut, portion } = pages;
  return {
    window: portion.window,
    total: sums.total(),
    totalIsLowerBound: cut,
    sampleInterval: sums.sampleInterval,
    groups: sums.groups(),
    cut,
    partial: cut || sums.sampleInterval > 1 || pages.malformed > 0 || portion.withoutTexts,
    evidence,
    timed: !cut,
    malformed: pages.malformed,
    pages: pages.read,
    why: [...gaps, ...shorterThan(request.window, portion.window, zone)],
    notes: [
      ...(cut && oldest !== undefined ? [newestOnly(request, pages.read, oldest)] : []),
      ...(portion.withoutTexts ? [withoutTexts(zone)] : []),
    ],
  };
}

/** Reads a zone's pages of events, the newest first. */
class Pages {
  portion: Portion;
  readonly sums = new EventSums();
  readonly evidence: EventEvidenceBook;
  read = 0;
  malformed = 0;
  oldest: EpochMs | undefined;
  /** Older events were not read. */
  cut = false;
  readonly #request: EventsRequest;
  /** Rows that were asked for, and that may be. */
  #asked = 0;
  #most = 0;
  #limit = 0;
  #cursor: Cursor | undefined;
  /** Ids of the last page's events: the next one may have them, too. */
  #seen: ReadonlySet<string> = new Set();

  constructor(request: EventsRequest, portion: Portion) {
    this.#request = request;
    this.portion = portion;
    this.evidence = new EventEvidenceBook(request.gitlabHosts);
  }

  /** Reads until there are no more, or enough. Gives the reason where a later page could not be read. */
  async readAll(): Promise<string[]> {
    for (;;) {
      try {
        if (!(await this.#readPage())) return [];
      } catch (error) {
        const next = error instanceof QueryTooHeavyError ? smaller(this.portion, this.read > 0) : undefined;
        if (next !== undefined) {
          this.portion = next;
          continue;
        }
        // Fails towards the newest events once anything was read; a bug of ours is no gap in evidence.
        if (this.read === 0 || !(error instanceof LatchkeyError)) throw error;
        this.cut = true;
        return [gapAt(this.#request.zone, error.message)];
      }
      if (this.#asked >= this.#most || this.read >= MAX_PAGES) {
        this.cut = true;
        return [];
      }
    }
  }

  /** @returns Whether there may be more */
  async #readPage(): Promise<boolean> {
    const { analytics, zone, deadline } = this.#request;
    const answer = await analytics.ask(zone, (offers) => this.#query(offers), deadline);
    if (answer === undefined) throw new EvidenceGapError('this plan offers no security events');
    const rows = answer.events;
    if (rows === undefined) throw new TransientError('Cloudflare left a reading out of its answer');
    const last = this.#addPage(rows);
    this.read++;
    this.#asked += this.#limit;
    if (rows.length < this.#limit || last === undefined) return false;
    // One request may make several events, and a page may end between them: the last ray is read again, unless it
    // alone filled the page.
    const stuck = this.#cursor?.datetime === last.datetime && this.#cursor.ray === last.ray;
    this.#cursor = { ...last, inclusive: !stuck };
    return true;
  }

  #addPage(rows: readonly unknown[]): { datetime: string; ray: string } | undefined {
    const { window } = this.portion;
    const ids = new Set<string>();
    let last: { datetime: string; ray: string } | undefined;
    for (const row of rows) {
      const [event] = readRawEvents([row]).events;
      if (event === undefined) {
        this.malformed++;
        continue;
      }
      last = { datetime: event.datetime, ray: event.rayName };
      this.oldest = event.at;
      // An event counts once, and pages overlap.
      if (ids.has(event.id)) continue;
      ids.add(event.id);
      if (this.#seen.has(event.id)) continue;
      const isSampled = event.sampleInterval > 1;
      this.evidence.addTimed({
        dimensions: this.sums.add(event),
        verifiedBot: isVerifiedBot(Object(row)),
        count: event.sampleInterval,
        sampleInterval: event.sampleInterval,
        // Cloudflare writes whole seconds: the event was somewhere inside its second. Of sampled ones others are missing.
        seen: isSampled
          ? insideOf(window)
          : { notBefore: event.at, notAfter: Math.min(event.at + 999, window.end - 1) },
        seenExactly: !isSampled,
        ...(isSampled ? { at: Math.floor(event.at / MINUTE) * MINUTE } : {}),
      });
    }
    if (rows.length > 0 && last === undefined) {
      throw new TransientError('Cloudflare answered with events in a form it does not document');
    }
    this.#seen = ids;
    return last;
  }

  #query(offers: Offers): ZoneQuery | undefined {
    if (!isOffered(offers)) return undefined;
    const most = Math.min(offers.nodes[NODE].maxPageSize, MOST_ROWS);
    this.#limit = rowsIn(this.portion, most);
    this.#most = Math.floor(most) * FULL_PAGES;
    const own = filterClauses(this.#request.filter, 'f');
    const clauses = [IN_WINDOW, ...own.clauses];
    const variables: Record<string, Variable> = { ...own.variables, ...timesOf(this.portion.window) };
    if (this.#cursor !== undefined) {
      const ray = this.#cursor.inclusive ? 'rayName_leq' : 'rayName_lt';
      clauses.push(`AND: [{ OR: [{ datetime_lt: $before }, { datetime: $before, ${ray}: $ray }] }]`);
      variables.before = { type: 'Time', value: this.#cursor.datetime };
      variables.ray = { type: 'string', value: this.#cursor.ray };
    }
    const columns = [...new Set(['datetime', 'rayName', ...NEEDED, ...RAW_COLUMNS, ...eventFields(offers, NODE)])];
    const fields = fieldsOf(this.portion, columns).filter((column) => offers.has(NODE, column));
    const orderBy = ['datetime_DESC', 'rayName_DESC'];
    return {
      nodes: [{ alias: 'events', node: NODE, limit: this.#limit, filter: clauses, fields, orderBy }],
      variables,
    };
  }
}

function isOffered(offers: Offers): boolean {
  return offers.enabled(NODE) && ['datetime', 'rayName', ...NEEDED].every((field) => offers.has(NODE, field));
}

function newestOnly({ zone }: EventsRequest, pages: number, oldest: EpochMs): string {
  return `${nameOf(zone)}: only the newest events, since ${toIso(oldest)}, were read, ${pages} pages of them; there are more.`;
}
