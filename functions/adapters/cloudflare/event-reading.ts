import type { MonitorFilter } from '../../core/monitor.ts';
import { EVENT_DIMENSIONS, type EventGroup } from '../../core/security-events.ts';
import { type EpochMs, HOUR, MINUTE, toIso, type Window } from '../../core/time.ts';
import { EvidenceGapError, LatchkeyError } from '../../runtime/errors.ts';
import type { NodeLimits, Offers } from './capabilities.ts';
import { EventEvidenceBook } from './event-evidence.ts';
import { filterClauses } from './event-filter.ts';
import { eventDimensions, readEventGroups } from './event-rows.ts';
import { LIMIT_PRODUCTS } from './event-values.ts';
import { sourcesIn } from './firewall-rung.ts';
import { type GroupPage, type GroupRow, insideOf, readGroups, textOf, totalOf } from './group-rows.ts';
import { QueryTooHeavyError } from './refusals.ts';
import { type GroupsReading, gapAt, hostFilters, IN_WINDOW, nameOf, readGroupsOf, timesOf } from './rung.ts';
import { latestWindow } from './windows.ts';
import type { NodeQuery, ZoneAnalytics, ZoneQuery } from './zone-query.ts';
import type { ZoneRef } from './zones.ts';

export interface EventsRequest {
  readonly analytics: ZoneAnalytics;
  readonly zone: ZoneRef;
  readonly filter: MonitorFilter;
  readonly window: Window;
  readonly deadline: EpochMs;
  /** Lower-case host names of GitLab. */
  readonly gitlabHosts: readonly string[];
}

/** A zone's security events of one filter, as far as they could be read. */
export interface EventsReading {
  /** What was asked about; it ends where the wanted one ends. */
  readonly window: Window;
  readonly total: number;
  readonly totalIsLowerBound: boolean;
  /** The coarsest sampling of any row; 1 is none. */
  readonly sampleInterval: number;
  /** The largest first. */
  readonly groups: readonly EventGroup[];
  /** Further groups exist that were not read. */
  readonly cut: boolean;
  readonly evidence: EventEvidenceBook;
  /** Every minute of what was read is known. */
  readonly timed: boolean;
  readonly malformed: number;
  readonly pages: number;
  /** What should have been read and could not. */
  readonly why: readonly string[];
  /** What else people should know of this reading. */
  readonly notes: readonly string[];
}

/** What an event must tell to be evidence, and what else is asked about it; the most important first. */
export const NEEDED = ['clientIP', 'source', 'action'] as const;
export const EVENT_FIELDS: readonly string[] = [...new Set([...NEEDED, 'verifiedBotCategory', ...EVENT_DIMENSIONS])];

const NODE = 'firewallEventsAdaptiveGroups';
const MOST_GROUPS = 10_000;
/** Lines of address, product, action and minute in one page; a smaller page that is cut is read again in halves. */
const MOST_TIMES = 50_000;
/** How often the window is halved for a zone to whom it is too much at once. */
const HALVINGS = 3;
/** A window shorter than wanted by no more than that is the margin that Cloudflare's limits need. */
const NOTABLE_MS = 5 * MINUTE;
/** What Cloudflare keeps moves on while it is asked: this far after what it keeps now it is not clamped once more. */
const CLOCK_MOVES_MS = 10_000;

/**
 * Reads a zone's security events by groups: one wide list of everything they tell, and the minutes of each address.
 * @returns undefined where the zone does not offer the groups node
 * @throws as `ZoneAnalytics.ask`; minutes that cannot be read are said in `why`
 */
export async function readEventsByGroups(request: EventsRequest): Promise<EventsReading | undefined> {
  const { zone, window: wanted } = request;
  const wide = await readWide(request);
  if (wide === undefined) return undefined;
  const { window, page, rows } = wide;
  const evidence = new EventEvidenceBook(request.gitlabHosts);
  for (const row of page.groups.groups ?? []) evidence.add(factsOf(row));
  const times = await readTimes({ ...request, window });
  for (const row of times.reading?.groups.others ?? []) addTimes(evidence, row, false);
  for (const row of times.reading?.groups.onGitlab ?? []) addTimes(evidence, row, true);
  const { groups } = readEventGroups(rows);
  return {
    window,
    total: Math.round(totalOf(page, 'total')),
    totalIsLowerBound: false,
    sampleInterval: Math.max(page.sampleInterval, times.reading?.sampleInterval ?? 1),
    groups,
    cut: page.cut,
    evidence,
    timed: times.reading !== undefined && !times.reading.cut && times.reading.why.length === 0,
    malformed: page.malformed + (times.reading?.malformed ?? 0),
    pages: 1 + (times.reading?.pages ?? 0),
    why: [...times.why, ...shorterThan(wanted, window, zone)],
    notes: [],
  };
}

/**
 * The newest part of the window that the node keeps and tells at once (`reference/cloudflare.md` §13.8).
 * @throws EvidenceGapError when it keeps nothing of it
 */
export function newestPart(window: Window, limits: NodeLimits, now: EpochMs): Window {
  const latest = latestWindow(window, limits, now);
  if (latest === undefined)
    throw new EvidenceGapError('Cloudflare keeps no security events of this zone for that long');
  return latest.window;
}

/** The reason for a window much shorter than the wanted one. */
export function shorterThan(wanted: Window, read: Window, zone: ZoneRef): string[] {
  if (read.start - wanted.start <= NOTABLE_MS) return [];
  const hours = (span: Window) => Math.round((10 * (span.end - span.start)) / HOUR) / 10;
  return [
    `For ${nameOf(zone)} Cloudflare told the security events of ${hours(read)} h, not of ${hours(wanted)} h: nothing before ${toIso(read.start)} was read.`,
  ];
}

interface WideReading {
  readonly window: Window;
  readonly page: GroupPage;
  readonly rows: readonly unknown[];
}

async function readWide(request: EventsRequest): Promise<WideReading | undefined> {
  const { analytics, zone, deadline } = request;
  const { nodes } = await analytics.offers(zone, deadline);
  let window = newestPart(request.window, nodes[NODE], analytics.clock.now());
  for (let halvings = 0; ; halvings++) {
    try {
      return await readWideIn(request, window);
    } catch (error) {
      if (!(error instanceof QueryTooHeavyError) || halvings >= HALVINGS) throw error;
      // Fails towards the newest events: they are what an alert is about.
      const half = Math.floor((window.end - window.start) / 2000) * 1000;
      window = { start: window.end - half, end: window.end };
    }
  }
}

async function readWideIn(request: EventsRequest, window: Window): Promise<WideReading | undefined> {
  let limit = MOST_GROUPS;
  const plan = (offers: Offers): ZoneQuery | undefined => {
    if (!isOffered(offers)) return undefined;
    limit = Math.max(1, Math.floor(Math.min(offers.nodes[NODE].maxPageSize, MOST_GROUPS)));
    const { clauses, variables } = filterClauses(request.filter, 'f');
    const filter = [IN_WINDOW, ...clauses];
    const fields = EVENT_FIELDS.filter((field) => offers.has(NODE, field));
    return {
      nodes: [
        { alias: 'total', node: NODE, limit: 1, topOnly: true, filter, fields: [] },
        { alias: 'groups', node: NODE, limit, filter, fields, orderBy: ['count_DESC'] },
      ],
      variables: { ...variables, ...timesOf(window) },
    };
  };
  const rows = await request.analytics.ask(request.zone, plan, request.deadline);
  if (rows === undefined) return undefined;
  const page = readGroups(rows, { total: Number.POSITIVE_INFINITY, groups: limit }, window);
  return { window, page, rows: rows.groups ?? [] };
}

interface Times {
  readonly reading?: GroupsReading;
  readonly why: readonly string[];
}

async function readTimes(request: EventsRequest): Promise<Times> {
  try {
    const { nodes } = await request.analytics.offers(request.zone, request.deadline);
    const window = newestPart(request.window, nodes[NODE], request.analytics.clock.now() + CLOCK_MOVES_MS);
    const asked = { ...request, window, maxAddresses: MOST_TIMES };
    const reading = await readGroupsOf(NODE, asked, (offers, limit) => timesQuery(request, offers, limit));
    return reading === undefined ? { why: [] } : { reading, why: reading.why };
  } catch (error) {
    // Fails towards the whole span for each address: a wider span matches more, never less.
    if (!(error instanceof LatchkeyError)) throw error;
    return { why: [gapAt(request.zone, `exact times could not be read: ${error.message}`)] };
  }
}

function timesQuery({ filter, gitlabHosts }: EventsRequest, offers: Offers, limit: number): ZoneQuery | undefined {
  if (!isOffered(offers) || !offers.has(NODE, 'datetimeMinute')) return undefined;
  const own = filterClauses(filter, 'f');
  const hosts = hostFilters(offers, NODE, gitlabHosts);
  const verified = ['verifiedBotCategory'].filter((field) => offers.has(NODE, field));
  const fields = ['clientIP', 'datetimeMinute', 'source', 'action', ...verified];
  const list = { node: NODE, limit, fields, orderBy: ['datetimeMinute_DESC'] } as const;
  // The monitor's own filter may name the same fields, and an object has each key once: hence `AND`.
  const among = (more: readonly string[]) => [IN_WINDOW, ...own.clauses, `AND: [{ ${more.join(', ')} }]`];
  const nodes: NodeQuery[] = [
    {
      alias: 'others',
      ...list,
      filter: hosts.others.length === 0 ? [IN_WINDOW, ...own.clauses] : among(hosts.others),
    },
  ];
  if (hosts.gitlab !== undefined) {
    nodes.push({ alias: 'onGitlab', ...list, filter: among([...hosts.gitlab, sourcesIn(LIMIT_PRODUCTS)]) });
  }
  return { nodes, variables: { ...own.variables, ...hosts.variables } };
}

function isOffered(offers: Offers): boolean {
  return offers.enabled(NODE) && NEEDED.every((field) => offers.has(NODE, field));
}

function factsOf({ dimensions, count, sampleInterval, seen }: GroupRow) {
  const { verifiedBotCategory } = dimensions;
  return {
    dimensions: eventDimensions(dimensions),
    verifiedBotCategory,
    count,
    sampleInterval,
    seen,
    seenExactly: false,
  };
}

function addTimes(evidence: EventEvidenceBook, row: GroupRow, onGitlab: boolean): void {
  const start = Date.parse(textOf(row, 'datetimeMinute') ?? '');
  if (Number.isNaN(start)) return;
  const seen = insideOf({ start, end: start + MINUTE });
  evidence.addTimes({ ...factsOf(row), seen, seenExactly: true }, onGitlab);
}
