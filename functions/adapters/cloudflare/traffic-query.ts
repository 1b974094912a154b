import { type EpochMs, HOUR, type Window } from '../../core/time.ts';
import { STEPS } from '../../core/traffic-steps.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import type { NodeName, Offers } from './capabilities.ts';
import { BOT_PRODUCTS, LIMIT_PRODUCTS } from './event-values.ts';
import { MITIGATED, sourcesIn } from './firewall-rung.ts';
import { hostFilters, IN_WINDOW, nameOf, timesOf } from './rung.ts';
import { botFilter } from './score-rung.ts';
import { latestWindow } from './windows.ts';
import { nodeText, type Variable } from './zone-query.ts';
import type { ZoneRef } from './zones.ts';

/** What is to be known of a zone. */
export interface TrafficAsked {
  readonly window: Window;
  /** Milliseconds; where a zone tells no step as short, it is asked for a longer one. */
  readonly step: number;
  /** Lower-case host names of GitLab. */
  readonly gitlabHosts: readonly string[];
}

/** One query, for all zones that are asked alike. */
export interface TrafficPlan {
  /** GraphQL; its variable `zones` is a list of ids. */
  readonly text: string;
  /** All the others. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly parts: readonly TrafficPart[];
}

/** One list of a plan. */
export interface TrafficPart {
  readonly alias: string;
  /** Requests that a score calls a bot's, or security events of products: one request may be in both. */
  readonly kind: 'scores' | 'events';
  /** A groups node, whose rows are steps, or the raw one, whose rows are events. */
  readonly node: NodeName;
  /** The column that tells when. */
  readonly time: string;
  /** Milliseconds of a row of groups; of events the step that was wanted. */
  readonly step: number;
  /** So many rows mean that there may be more. */
  readonly limit: number;
  readonly filter: readonly string[];
  readonly variables: Readonly<Record<string, Variable>>;
}

const REQUESTS = 'httpRequestsAdaptiveGroups';
const RAW_EVENTS = 'firewallEventsAdaptive';
/** The better first. */
const EVENT_NODES = ['firewallEventsAdaptiveGroups', RAW_EVENTS] as const;

/** Dimensions for each of {@link STEPS} (`reference/cloudflare.md` §4.4). */
const DIMENSIONS = ['datetimeMinute', 'datetimeFiveMinutes', 'datetimeFifteenMinutes', 'datetimeHour'] as const;
/** A window touches one step more than it is long, and a list as long as its limit counts as cut. */
const MORE_ROWS = 2;
/** About 1 MB, and what Cloudflare documents. */
const MOST_EVENTS = 10_000;

/**
 * How a zone is asked for its bots' requests over time: by the filters of its list of sightings (`score-rung.ts`,
 * `firewall-rung.ts`), without addresses. Of unusual shares of the traffic this knows nothing.
 * @throws EvidenceGapError where the zone does not tell that, or not about all of the window at once
 */
export function trafficPlan(zone: ZoneRef, offers: Offers, asked: TrafficAsked, now: EpochMs): TrafficPlan {
  const scores = scoresOf(zone, offers, asked);
  const parts = [...(scores === undefined ? [] : [scores]), ...eventsOf(zone, offers, asked, scores === undefined)];
  if (parts.length === 0) throw new EvidenceGapError(`${nameOf(zone)} offers neither bot scores nor security events`);
  const variables: Record<string, Variable> = { ...timesOf(windowOf(zone, offers, parts, asked.window, now)) };
  for (const part of parts) Object.assign(variables, part.variables);
  return {
    text: textOf(parts, offers, variables),
    variables: Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, value])),
    parts,
  };
}

function scoresOf(zone: ZoneRef, offers: Offers, asked: TrafficAsked): TrafficPart | undefined {
  const isBot = botFilter(offers);
  if (isBot === undefined) return undefined;
  const { others, variables } = hostFilters(offers, REQUESTS, asked.gitlabHosts);
  const filter = [IN_WINDOW, ...isBot, ...others];
  return {
    alias: 'scores',
    kind: 'scores',
    node: REQUESTS,
    ...stepsOf(zone, offers, REQUESTS, asked),
    filter,
    variables,
  };
}

/** On GitLab's own hosts only rate limits and DDoS rules count (design §7), hence two lists. */
function eventsOf(zone: ZoneRef, offers: Offers, asked: TrafficAsked, products: boolean): TrafficPart[] {
  const needed = ['source', 'action'];
  const node = EVENT_NODES.find((one) => offers.enabled(one) && needed.every((field) => offers.has(one, field)));
  if (node === undefined) return [];
  const list = { kind: 'events', node, ...stepsOf(zone, offers, node, asked) } as const;
  const { others, variables } = hostFilters(offers, node, asked.gitlabHosts);
  const limits = { alias: 'limits', ...list, filter: [IN_WINDOW, sourcesIn(LIMIT_PRODUCTS), MITIGATED], variables: {} };
  const filter = [IN_WINDOW, sourcesIn(BOT_PRODUCTS), MITIGATED, ...others];
  return products ? [limits, { alias: 'products', ...list, filter, variables }] : [limits];
}

function stepsOf(
  zone: ZoneRef,
  offers: Offers,
  node: NodeName,
  { window, step: wanted }: TrafficAsked,
): Pick<TrafficPart, 'time' | 'step' | 'limit'> {
  const most = Math.floor(Math.min(offers.nodes[node].maxPageSize, MOST_EVENTS));
  if (node === RAW_EVENTS) {
    if (offers.has(node, 'datetime')) return { time: 'datetime', step: wanted, limit: most };
  } else {
    for (const [index, step] of STEPS.entries()) {
      const limit = Math.ceil((window.end - window.start) / step) + MORE_ROWS;
      const time = DIMENSIONS[index];
      if (step < Math.min(wanted, HOUR) || limit > most || time === undefined) continue;
      if (offers.has(node, time)) return { time, step, limit };
    }
  }
  throw new EvidenceGapError(`${nameOf(zone)} does not tell over time what bots did`);
}

/** What all of the lists can be asked about. A part of the window would look as if there had been nothing before. */
function windowOf(zone: ZoneRef, offers: Offers, parts: readonly TrafficPart[], wanted: Window, now: EpochMs): Window {
  const windows = parts.map(({ node }) => latestWindow(wanted, offers.nodes[node], now));
  const whole = windows.flatMap((latest) => (latest === undefined || latest.short ? [] : [latest.window]));
  const [first] = whole;
  if (first === undefined || whole.length < parts.length) {
    throw new EvidenceGapError(`${nameOf(zone)} does not tell all of the window at once`);
  }
  return { start: Math.max(...whole.map(({ start }) => start)), end: first.end };
}

function textOf(parts: readonly TrafficPart[], offers: Offers, variables: Readonly<Record<string, Variable>>): string {
  const declared = Object.entries(variables).map(([name, { type }]) => `$${name}: ${type}`);
  const lists = parts.map(({ alias, node, filter, limit, time }) => {
    const sampling = node === RAW_EVENTS && offers.has(node, 'sampleInterval') ? ['sampleInterval'] : [];
    return nodeText({ alias, node, filter, limit, fields: [time, ...sampling], orderBy: [`${time}_ASC`] }, offers);
  });
  return `query Traffic(${['$zones: [string!]', ...declared].join(', ')}) {
  viewer { zones(filter: { zoneTag_in: $zones }) { zoneTag
    ${lists.join('\n    ')}
  } }
}`;
}
