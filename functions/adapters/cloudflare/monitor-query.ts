import type { MonitorFilter } from '../../core/monitor.ts';
import { EVENT_DIMENSIONS, type EventDimension } from '../../core/security-events.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { Offers } from './capabilities.ts';
import { filterClauses } from './event-filter.ts';
import { RAW_COLUMNS } from './event-rows.ts';
import { IN_WINDOW, timesOf } from './rung.ts';
import { latestWindow } from './windows.ts';
import { type NodeQuery, nodeText, type Variable } from './zone-query.ts';

export type EventsNode = 'firewallEventsAdaptiveGroups' | 'firewallEventsAdaptive';

/** What a poll asks about every zone. */
export interface MonitorQuestion {
  readonly filters: readonly MonitorFilter[];
  /** The span wanted. */
  readonly window: Window;
  /** The poll's clock reading, which ages are counted from. */
  readonly now: EpochMs;
  /** Groups wanted. */
  readonly limit: number;
  /** Stable keys are wanted of more than those groups. */
  readonly wantsKeys: boolean;
}

/** What is left out of a query although the zone offers it. Never a filter. */
export interface LeftOut {
  /** Refused by other zones of the poll, so that finding out whether this one refuses it has to wait. */
  readonly unsure: readonly EventDimension[];
  /** The long texts of raw events. */
  readonly long: boolean;
}

/** How a zone is asked. Zones with equal texts and variables can be asked together. */
export interface MonitorPlan {
  readonly node: EventsNode;
  /** As much of the wanted span as the node answers about at once. */
  readonly window: Window;
  /** That lacks more than a minute of it. */
  readonly short: boolean;
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly leftOut: LeftOut;
  /** Stable keys are a reading of their own. */
  readonly asksKeys: boolean;
  /** Rows of an alias from which on there may be more. */
  readonly full: { readonly top: number; readonly keys: number; readonly events: number };
}

/** Where a page of raw events goes on: at the last event of the page before. */
export interface EventCursor {
  readonly datetime: string;
  readonly rayName: string;
  /** The ray is read again, as a page may end between the events of one request. */
  readonly inclusive: boolean;
}

/** What a key is made of. */
export const KEY_FIELDS = ['ruleId', 'source', 'action', 'clientIP'] as const;
/** Texts that clients and people make long: without them 15,000 events fit into an answer, whatever they hold. */
export const LONG_FIELDS = ['clientRequestPath', 'description'] as const;
/** Stable keys of one zone and filter. */
const MOST_KEYS = 10_000;
/** Raw events of one zone in a query about many: ten quiet zones fit into one answer, a busy one is read on alone. */
const FIRST_ROWS = 1_500;
/** Raw events of one zone in a query about that zone: about 10 MB, of which the long texts are a third. */
const PAGE_ROWS = 15_000;

/** The alias of one of a filter's readings in a query, by the filter's place in the settings. */
export function aliasOf(reading: 'total' | 'top' | 'keys' | 'events', filter: number): string {
  return `${reading}${filter}`;
}

/**
 * Plans how to ask a zone about some of the filters (by their place): total and top groups by aliases of their own, and
 * the raw events where a zone has no groups (`reference/cloudflare.md` §5 Q4, §13.6).
 * @returns why the zone cannot be asked, where it cannot: a filter that the zone does not take is never left out
 */
export function planOf(
  question: MonitorQuestion,
  filters: readonly number[],
  offers: Offers,
  leftOut: LeftOut,
): MonitorPlan | ConfigError {
  const node = nodeOf(offers);
  if (node === undefined) return new ConfigError('Cloudflare offers no security events of this zone');
  const span = latestWindow(question.window, offers.nodes[node], question.now);
  if (span === undefined) return new ConfigError('Cloudflare keeps no security events of this zone for that long');
  const full = fullOf(question, offers, node);
  const nodes: NodeQuery[] = [];
  const variables: Record<string, Variable> = { ...timesOf(span.window) };
  for (const index of filters) {
    const filter = question.filters[index];
    if (filter === undefined) continue;
    const refused = refusedFilter(filter, offers);
    if (refused !== undefined) return refused;
    const { clauses, variables: named } = filterClauses(filter, `f${index}`);
    Object.assign(variables, named);
    nodes.push(...readings(node, index, [IN_WINDOW, ...clauses], full, offers, leftOut));
  }
  const asksKeys = nodes.some(({ alias }) => alias === aliasOf('keys', filters[0] ?? 0));
  const text = textOf(nodes, variables, offers);
  return { node, ...span, full, leftOut, asksKeys, text, variables: valuesOf(variables) };
}

/** Asks one zone for the page of raw events after each cursor, by the filter's place. */
export function pageQuery(
  question: MonitorQuestion,
  cursors: ReadonlyMap<number, EventCursor>,
  rows: number,
  { window, leftOut }: Pick<MonitorPlan, 'window' | 'leftOut'>,
  offers: Offers,
): Pick<MonitorPlan, 'text' | 'variables'> {
  const nodes: NodeQuery[] = [];
  const variables: Record<string, Variable> = { ...timesOf(window) };
  for (const [index, { datetime, rayName, inclusive }] of cursors) {
    const filter = question.filters[index];
    if (filter === undefined) continue;
    const { clauses, variables: named } = filterClauses(filter, `f${index}`);
    const ray = inclusive ? 'rayName_leq' : 'rayName_lt';
    const after = `AND: [{ OR: [{ datetime_lt: $after${index} }, { datetime: $after${index}, ${ray}: $ray${index} }] }]`;
    nodes.push(rawReading(index, [IN_WINDOW, ...clauses, after], rows, offers, leftOut));
    Object.assign(variables, named, {
      [`after${index}`]: { type: 'Time', value: datetime },
      [`ray${index}`]: { type: 'string', value: rayName },
    });
  }
  return { text: textOf(nodes, variables, offers), variables: valuesOf(variables) };
}

/** Raw events that one page about one zone takes of each filter. The same at every poll: a total must not grow by it. */
export function pageRows({ filters }: MonitorQuestion, offers: Offers): number {
  return rowsOf(offers, 'firewallEventsAdaptive', PAGE_ROWS / filters.length);
}

/** Whether one of the filters uses the field, as Cloudflare names it in a refusal. */
export function filtersBy(question: MonitorQuestion, filters: readonly number[], field: string): boolean {
  const named = field.toLowerCase();
  return filters.some((index) => {
    const filter = question.filters[index];
    return filter !== undefined && filterFields(filter).some((used) => used.toLowerCase() === named);
  });
}

function nodeOf(offers: Offers): EventsNode | undefined {
  const groups = 'firewallEventsAdaptiveGroups';
  if (offers.enabled(groups) && EVENT_DIMENSIONS.some((dimension) => offers.has(groups, dimension))) return groups;
  const raw = 'firewallEventsAdaptive';
  return offers.enabled(raw) && ['datetime', 'rayName'].every((field) => offers.has(raw, field)) ? raw : undefined;
}

function refusedFilter(filter: MonitorFilter, offers: Offers): ConfigError | undefined {
  const field = filterFields(filter).find((used) => offers.refuses(used));
  if (field === undefined) return undefined;
  return new ConfigError(
    `setting monitor.filters: "${filter.name}" filters by ${field.replace(/_\w+$/, '')}, which Cloudflare refuses for this zone`,
  );
}

/** The fields of the filter, with and without their operators. */
function filterFields(filter: MonitorFilter): readonly string[] {
  const operators = filterClauses(filter, 'f').clauses.map((clause) => clause.split(':')[0] ?? '');
  return operators.flatMap((field) => [field, field.replace(/_\w+$/, '')]);
}

function fullOf({ limit, filters, wantsKeys }: MonitorQuestion, offers: Offers, node: EventsNode): MonitorPlan['full'] {
  return {
    // One more than is wanted tells whether there are more.
    top: rowsOf(offers, node, limit + 1),
    keys: wantsKeys ? rowsOf(offers, node, MOST_KEYS) : 0,
    events: rowsOf(offers, node, FIRST_ROWS / filters.length),
  };
}

function rowsOf(offers: Offers, node: EventsNode, wanted: number): number {
  return Math.max(1, Math.floor(Math.min(wanted, offers.nodes[node].maxPageSize)));
}

function readings(
  node: EventsNode,
  index: number,
  filter: readonly string[],
  full: MonitorPlan['full'],
  offers: Offers,
  leftOut: LeftOut,
): NodeQuery[] {
  if (node === 'firewallEventsAdaptive') return [rawReading(index, filter, full.events, offers, leftOut)];
  const largest = { node, filter, orderBy: ['count_DESC'] };
  const fields = dimensionsOf(node, offers, leftOut);
  const keys = KEY_FIELDS.filter((field) => fields.includes(field));
  return [
    { alias: aliasOf('total', index), node, filter, limit: 1, fields: [] },
    { alias: aliasOf('top', index), ...largest, limit: full.top, fields },
    ...(full.keys > 0 && keys.length > 0
      ? [{ alias: aliasOf('keys', index), ...largest, limit: full.keys, fields: keys }]
      : []),
  ];
}

function rawReading(
  index: number,
  filter: readonly string[],
  limit: number,
  offers: Offers,
  leftOut: LeftOut,
): NodeQuery {
  const node = 'firewallEventsAdaptive';
  const columns = RAW_COLUMNS.filter((column) => offers.has(node, column));
  const fields = [...columns, ...dimensionsOf(node, offers, leftOut)];
  return { alias: aliasOf('events', index), node, filter, limit, orderBy: ['datetime_DESC', 'rayName_DESC'], fields };
}

function dimensionsOf(node: EventsNode, offers: Offers, leftOut: LeftOut): readonly EventDimension[] {
  const without: readonly EventDimension[] = leftOut.long ? [...leftOut.unsure, ...LONG_FIELDS] : leftOut.unsure;
  return EVENT_DIMENSIONS.filter((dimension) => offers.has(node, dimension) && !without.includes(dimension));
}

function textOf(nodes: readonly NodeQuery[], variables: Readonly<Record<string, Variable>>, offers: Offers): string {
  const declared = Object.entries(variables).map(([name, { type }]) => `$${name}: ${type}`);
  return `query SecurityEvents(${['$zones: [string!]', ...declared].join(', ')}) {
  viewer { zones(filter: { zoneTag_in: $zones }) { zoneTag
${nodes.map((node) => `    ${nodeText(node, offers)}`).join('\n')}
  } }
}`;
}

function valuesOf(variables: Readonly<Record<string, Variable>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, value]));
}
