import type { MonitorFilter } from '../../core/monitor.ts';
import type { EventGroup } from '../../core/security-events.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Offers } from './capabilities.ts';
import { EventEvidenceBook } from './event-evidence.ts';
import { eventFields, factsOf, judgedFields, NEEDED } from './event-fields.ts';
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
import { readEventGroups } from './event-rows.ts';
import { addTimesTo, readablePage } from './event-times.ts';
import { type GroupPage, readGroups, totalOf } from './group-rows.ts';
import { QueryTooHeavyError } from './refusals.ts';
import { IN_WINDOW, nameOf, timesOf } from './rung.ts';
import type { ZoneAnalytics, ZoneQuery } from './zone-query.ts';
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
  /** What was read says less than all of how the events spread. */
  readonly partial: boolean;
  /** Every minute of what was read is known. */
  readonly timed: boolean;
  readonly malformed: number;
  readonly pages: number;
  /** What should have been read and could not. */
  readonly why: readonly string[];
  /** What else people should know of this reading. */
  readonly notes: readonly string[];
}

const NODE = 'firewallEventsAdaptiveGroups';
const MOST_GROUPS = 10_000;

/**
 * Reads a zone's security events by groups: one wide list of everything they tell, and the minutes of each address.
 * @returns undefined where the zone does not offer the groups node
 * @throws as `ZoneAnalytics.ask`; TransientError where an answer lacks what was asked for, which must not look like no
 * events. Minutes that cannot be read are said in `why`
 */
export async function readEventsByGroups(request: EventsRequest): Promise<EventsReading | undefined> {
  const { zone, window: wanted } = request;
  const wide = await readWide(request);
  if (wide === undefined) return undefined;
  const { portion, page } = wide;
  const { window } = portion;
  const evidence = new EventEvidenceBook(request.gitlabHosts);
  for (const row of page.groups.groups ?? []) evidence.add(factsOf(row));
  const times = await addTimesTo(evidence, { ...request, window }, wide.judgedBy);
  const { groups } = readEventGroups(wide.rows);
  const listed = groups.reduce((sum, { count }) => sum + count, 0);
  return {
    window,
    // Estimates of two readings need not agree, but what is listed was there.
    total: Math.max(Math.round(totalOf(page, 'total')), listed),
    totalIsLowerBound: false,
    sampleInterval: Math.max(page.sampleInterval, times.reading?.sampleInterval ?? 1),
    groups,
    cut: page.cut,
    partial: page.cut || page.sampleInterval > 1 || page.malformed > 0 || portion.withoutTexts,
    evidence,
    timed: times.reading !== undefined && !times.reading.cut && times.why.length === 0,
    malformed: page.malformed + (times.reading?.malformed ?? 0) + times.malformed,
    pages: 1 + (times.reading?.pages ?? 0),
    why: [...times.why, ...shorterThan(wanted, window, zone)],
    notes: [
      ...(page.cut && portion.divisor > 1 ? [largestOnly(zone, wide.rows.length)] : []),
      ...(portion.withoutTexts ? [withoutTexts(zone)] : []),
    ],
  };
}

interface WideReading {
  readonly portion: Portion;
  readonly page: GroupPage;
  /** The groups as they came. */
  readonly rows: readonly unknown[];
  /** Fields. */
  readonly judgedBy: readonly string[];
}

async function readWide(request: EventsRequest): Promise<WideReading | undefined> {
  const { analytics, zone, deadline } = request;
  const { nodes } = await analytics.offers(zone, deadline);
  let portion = wholePortion(newestPart(request.window, nodes[NODE], analytics.clock.now()));
  for (;;) {
    try {
      return await readPortion(request, portion);
    } catch (error) {
      const next = error instanceof QueryTooHeavyError ? smaller(portion) : undefined;
      if (next === undefined) throw error;
      portion = next;
    }
  }
}

async function readPortion(request: EventsRequest, portion: Portion): Promise<WideReading | undefined> {
  const { window } = portion;
  let limit = MOST_GROUPS;
  let judgedBy: readonly string[] = NEEDED;
  const plan = (offers: Offers): ZoneQuery | undefined => {
    if (!offers.enabled(NODE) || !NEEDED.every((field) => offers.has(NODE, field))) return undefined;
    limit = rowsIn(portion, Math.min(offers.nodes[NODE].maxPageSize, MOST_GROUPS));
    judgedBy = judgedFields(offers, NODE);
    const { clauses, variables } = filterClauses(request.filter, 'f');
    const filter = [IN_WINDOW, ...clauses];
    const fields = fieldsOf(portion, eventFields(offers, NODE));
    return {
      nodes: [
        { alias: 'total', node: NODE, limit: 1, topOnly: true, filter, fields: [] },
        { alias: 'groups', node: NODE, limit, filter, fields, orderBy: ['count_DESC'] },
      ],
      variables: { ...variables, ...timesOf(window) },
    };
  };
  const answer = await request.analytics.ask(request.zone, plan, request.deadline);
  if (answer === undefined) return undefined;
  const page = readablePage(readGroups(answer, { total: Number.POSITIVE_INFINITY, groups: limit }, window), answer);
  return { portion, page, rows: answer.groups ?? [], judgedBy };
}

function largestOnly(zone: ZoneRef, groups: number): string {
  return `${nameOf(zone)}: only the ${groups} largest groups of events were read, as an answer with more of them was too large.`;
}
