import { MINUTE, type Window } from '../../core/time.ts';
import { LatchkeyError, TransientError } from '../../runtime/errors.ts';
import type { Offers } from './capabilities.ts';
import type { EventEvidenceBook, EventFacts } from './event-evidence.ts';
import { factsOf, judgedFields } from './event-fields.ts';
import { filterClauses } from './event-filter.ts';
import { newestPart } from './event-portion.ts';
import type { EventsRequest } from './event-reading.ts';
import { LIMIT_PRODUCTS } from './event-values.ts';
import { sourcesIn } from './firewall-rung.ts';
import { type GroupPage, type GroupRow, insideOf, readGroups, textOf } from './group-rows.ts';
import { readWindows, type WindowsReading } from './read-windows.ts';
import { gapAt, hostFilters, IN_WINDOW, timesOf } from './rung.ts';
import type { NodeQuery, ZoneQuery } from './zone-query.ts';

/** When a zone's events were, as far as that could be read. */
export interface EventTimes {
  /** Undefined where the zone does not tell. */
  readonly reading?: WindowsReading;
  /** Rows that name no minute. */
  readonly malformed: number;
  /** What should have been read and could not. */
  readonly why: readonly string[];
}

const NODE = 'firewallEventsAdaptiveGroups';
/** Lines of address, product, action and minute in one page; a smaller page that is cut is read again in halves. */
const MOST_TIMES = 50_000;
/** Requests beyond the first that a cut or sampled list may cost. */
const SPLITS = 14;
/** What Cloudflare keeps moves on while it is asked: this far after what it keeps now it is not clamped once more. */
const CLOCK_MOVES_MS = 10_000;

/**
 * Reads the minutes of each address into the book, with everything that an event is judged by: an address, product and
 * action may have been a bot in one minute and a person in another.
 * @param request Its window is what the book's list was asked about
 * @param judgedBy The fields that this list was judged by: without them minutes would be another's
 */
export async function addTimesTo(
  book: EventEvidenceBook,
  request: EventsRequest,
  judgedBy: readonly string[],
): Promise<EventTimes> {
  try {
    const reading = await readTimes(request, judgedBy);
    if (reading === undefined) return { malformed: 0, why: [] };
    const malformed = addRows(book, reading, false) + addRows(book, reading, true);
    return { reading, malformed, why: reading.why.map((reason) => gapAt(request.zone, reason)) };
  } catch (error) {
    // Fails towards the whole span for each address: a wider span matches more, never less.
    if (!(error instanceof LatchkeyError)) throw error;
    return { malformed: 0, why: [gapAt(request.zone, `exact times could not be read: ${error.message}`)] };
  }
}

async function readTimes(request: EventsRequest, judgedBy: readonly string[]): Promise<WindowsReading | undefined> {
  const { analytics, zone, deadline } = request;
  const { nodes } = await analytics.offers(zone, deadline);
  const window = newestPart(request.window, nodes[NODE], analytics.clock.now() + CLOCK_MOVES_MS);
  let applies = true;
  const ask = async (piece: Window): Promise<GroupPage> => {
    let limits: Record<string, number> = {};
    const plan = (offers: Offers): ZoneQuery | undefined => {
      const query = timesQuery(request, offers, piece, judgedBy);
      limits = Object.fromEntries((query?.nodes ?? []).map(({ alias, limit }) => [alias, limit]));
      return query;
    };
    const rows = await analytics.ask(zone, plan, deadline);
    applies &&= rows !== undefined;
    if (rows === undefined) return readGroups({}, {}, piece);
    return readablePage(readGroups(rows, limits, piece), rows);
  };
  const reading = await readWindows([window], ask, { splits: SPLITS, enough: MOST_TIMES });
  return applies ? reading : undefined;
}

/**
 * The page, unless a reading is missing in it or none of a reading's rows could be read.
 * @throws TransientError: that must not look like no events
 */
export function readablePage(page: GroupPage, rows: Readonly<Record<string, readonly unknown[]>>): GroupPage {
  for (const [alias, groups] of Object.entries(page.groups)) {
    const came = rows[alias];
    if (came === undefined) throw new TransientError('Cloudflare left a reading out of its answer');
    if (came.length > 0 && groups.length === 0) {
      throw new TransientError('Cloudflare answered with events in a form it does not document');
    }
  }
  return page;
}

function timesQuery(
  { filter, gitlabHosts }: EventsRequest,
  offers: Offers,
  window: Window,
  judgedBy: readonly string[],
): ZoneQuery | undefined {
  const judged = judgedFields(offers, NODE);
  const fields = ['datetimeMinute', ...new Set([...judged, ...judgedBy])];
  if (!offers.enabled(NODE) || !fields.every((field) => offers.has(NODE, field))) return undefined;
  const { maxPageSize, maxNumberOfFields } = offers.nodes[NODE];
  // Beside the dimensions there are a count and its sampling.
  if (fields.length + 2 > maxNumberOfFields) return undefined;
  const own = filterClauses(filter, 'f');
  const hosts = hostFilters(offers, NODE, gitlabHosts);
  const limit = Math.max(1, Math.floor(Math.min(maxPageSize, MOST_TIMES)));
  const list = { node: NODE, limit, fields, orderBy: ['datetimeMinute_DESC'] } as const;
  // The monitor's own filter may name the same fields, and an object has each key once: hence `AND`.
  const among = (more: readonly string[]) => [IN_WINDOW, ...own.clauses, `AND: [{ ${more.join(', ')} }]`];
  const all = [IN_WINDOW, ...own.clauses];
  // Most of what is no evidence is left out here, but a host has more spellings than a filter can name.
  const nodes: NodeQuery[] = [
    { alias: 'others', ...list, filter: hosts.others.length === 0 ? all : among(hosts.others) },
  ];
  if (hosts.gitlab !== undefined) {
    nodes.push({ alias: 'onGitlab', ...list, filter: among([...hosts.gitlab, sourcesIn(LIMIT_PRODUCTS)]) });
  }
  return { nodes, variables: { ...own.variables, ...hosts.variables, ...timesOf(window) } };
}

/** Gives the number of rows that name no minute. */
function addRows(book: EventEvidenceBook, { groups }: WindowsReading, onGitlab: boolean): number {
  let malformed = 0;
  for (const row of groups[onGitlab ? 'onGitlab' : 'others'] ?? []) {
    const facts = timedFacts(row);
    if (facts === undefined) malformed++;
    else book.addTimes(facts, onGitlab);
  }
  return malformed;
}

/** Of a sampled row the minute is known, but not which others are missing: then the span that was asked about counts. */
function timedFacts(row: GroupRow): EventFacts | undefined {
  const start = Date.parse(textOf(row, 'datetimeMinute') ?? '');
  if (Number.isNaN(start)) return undefined;
  const facts = factsOf(row);
  if (row.sampleInterval > 1) return { ...facts, at: start };
  return { ...facts, seen: insideOf({ start, end: start + MINUTE }), seenExactly: true };
}
