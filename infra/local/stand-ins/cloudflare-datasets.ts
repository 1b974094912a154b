import type { EpochMs } from '../../../functions/core/time.ts';
import type { AnalyticsNode, HttpRequests, NodeSettings, Sampling, SecurityEvent, Zone } from '../scenario/world.ts';
import { type Columns, FIREWALL_COLUMNS, HTTP_COLUMNS } from './cloudflare-columns.ts';
import type { Selected } from './cloudflare-document.ts';
import { gatedField, gatedNode, invalidValue, Refused, unknownField } from './cloudflare-errors.ts';
import { compileFilter, type Filter } from './cloudflare-filter.ts';
import { answerGroups, answerRows } from './cloudflare-groups.ts';

/** What a query sees of the world at the instant it is asked. */
export interface Asking {
  readonly now: EpochMs;
  readonly lagMs: number;
  /** Which of the sampled tables this query happens to read: the same query may answer differently. */
  readonly draw: number;
}

/** A row that counts for `weight` requests after sampling, read from `samples` sampled rows. */
export interface Weighed<Row> {
  readonly row: Row;
  readonly weight: number;
  readonly samples: number;
}

export interface Reading<Row> {
  readonly rows: readonly Weighed<Row>[];
  readonly columns: Columns<Row>;
  readonly interval: number;
  readonly limit: number;
  /** Field and direction, in order of precedence. */
  readonly orderBy: readonly (readonly [string, 1 | -1])[];
}

const NODES: Readonly<Record<string, AnalyticsNode>> = {
  httpRequestsAdaptiveGroups: 'httpRequestsAdaptiveGroups',
  firewallEventsAdaptiveGroups: 'firewallEventsAdaptiveGroups',
  firewallEventsAdaptiveByTimeGroups: 'firewallEventsAdaptiveGroups',
  firewallEventsAdaptive: 'firewallEventsAdaptive',
};

/** The analytics node a field of a zone names, if it names one. */
export function analyticsNode(name: string): AnalyticsNode | undefined {
  return NODES[name];
}

/**
 * Answers one analytics node of one zone.
 * @throws Refused as `reference/cloudflare.md` §4.2 and §4.7 say: limits, plan, unknown fields.
 */
export function answerNode(
  selected: Selected,
  node: AnalyticsNode,
  zone: Zone,
  path: readonly string[],
  asking: Asking,
) {
  if (node === 'httpRequestsAdaptiveGroups') {
    const reading = read(selected, node, zone, path, asking, HTTP_COLUMNS, zone.requests, (row) => row.count);
    return answerGroups(selected.fields, reading, (row, count) => ({
      edgeResponseBytes: count * bytesOf(row),
      visits: row.requestSource === 'eyeball' ? count : 0,
    }));
  }
  const reading = read(selected, node, zone, path, asking, FIREWALL_COLUMNS, zone.events, () => 1);
  return node === 'firewallEventsAdaptive'
    ? answerRows(selected.fields, reading)
    : answerGroups(selected.fields, reading, () => ({}));
}

function read<Row extends HttpRequests | SecurityEvent>(
  selected: Selected,
  node: AnalyticsNode,
  zone: Zone,
  path: readonly string[],
  asking: Asking,
  columns: Columns<Row>,
  all: readonly Row[],
  countOf: (row: Row) => number,
): Reading<Row> {
  const settings = zone.nodes[node];
  if (!settings.enabled) throw gatedNode(zone.id, path);
  for (const name of Object.keys(selected.args)) {
    if (!['filter', 'limit', 'orderBy'].includes(name)) throw unknownField(name);
  }
  const filter = compileFilter(selected.args.filter, columns);
  const orderBy = orderOf(selected.args.orderBy);
  const leaves = leavesOf(selected.fields);
  checkFields(leaves, filter, orderBy, settings, columns, node, zone, path);
  const limit = limitOf(selected.args.limit, settings);
  const span = checkSpan(filter, settings, asking.now);
  const interval = span <= zone.sampling.finestBelowMs ? 1 : zone.sampling.interval;
  const rows: Weighed<Row>[] = [];
  for (const row of all) {
    if ((row.visibleFrom ?? row.at + asking.lagMs) > asking.now || !filter.holds(row)) continue;
    const samples = sampled(row, countOf(row), interval, asking.draw);
    if (samples > 0) rows.push({ row, weight: samples * interval, samples });
  }
  return { rows, columns, interval, limit, orderBy };
}

function bytesOf(row: HttpRequests): number {
  return row.edgeStatus === 200 ? 18_000 : 900;
}

function orderOf(given: unknown): (readonly [string, 1 | -1])[] {
  if (given === undefined) return [];
  return (Array.isArray(given) ? given : [given]).map((one) => {
    const [, name, direction] = /^(\w+)_(ASC|DESC)$/.exec(String(one)) ?? [];
    if (name === undefined) throw invalidValue('orderBy', 'a field with _ASC or _DESC');
    return [name, direction === 'ASC' ? 1 : -1];
  });
}

/** Paths of the selected leaves, joined with underscores as `availableFields` writes them. */
function leavesOf(fields: readonly Selected[], prefix = ''): string[] {
  return fields.flatMap(({ name, fields: inner }) =>
    name === '__typename' ? [] : inner.length === 0 ? [prefix + name] : leavesOf(inner, `${prefix}${name}_`),
  );
}

function checkFields<Row>(
  leaves: readonly string[],
  filter: Filter<Row>,
  orderBy: readonly (readonly [string, 1 | -1])[],
  settings: NodeSettings,
  columns: Columns<Row>,
  node: AnalyticsNode,
  zone: Zone,
  path: readonly string[],
): void {
  const grouped = node !== 'firewallEventsAdaptive';
  const flat = (name: string) => (grouped && columns[name] !== undefined ? `dimensions_${name}` : name);
  const used = [...leaves, ...filter.columns.map(flat), ...orderBy.map(([name]) => flat(name))];
  const available = new Set(settings.availableFields);
  for (const field of used) {
    const name = grouped ? field.replace(/^dimensions_/, '') : field;
    const known = columns[name] !== undefined ? flat(name) === field : isMetric(field, node);
    if (!known) throw unknownField(name);
    if (columns[name] !== undefined && !available.has(field)) throw gatedField(zone.id, name, path);
  }
  if (leaves.length === 0) throw new Refused(400, `field "${node}" must have a selection of fields`);
  if (leaves.length > settings.maxNumberOfFields) {
    throw new Refused(400, `number of fields can't be more than ${settings.maxNumberOfFields}`);
  }
}

function isMetric(field: string, node: AnalyticsNode): boolean {
  if (node === 'firewallEventsAdaptive') return /^(sampleInterval|metadata_(key|value))$/.test(field);
  if (/^(count|avg_sampleInterval|confidence_level|confidence_count_(estimate|lower|upper|sampleSize))$/.test(field)) {
    return true;
  }
  return node === 'httpRequestsAdaptiveGroups' && /^sum_(edgeResponseBytes|visits)$/.test(field);
}

function limitOf(given: unknown, { maxPageSize }: NodeSettings): number {
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 1 || given > maxPageSize) {
    throw new Refused(400, `limit must be positive number and not greater than ${maxPageSize}`);
  }
  return given;
}

/** Milliseconds asked for. */
function checkSpan<Row>(filter: Filter<Row>, settings: NodeSettings, now: EpochMs): number {
  const span = (filter.until ?? now) - (filter.since ?? Number.NEGATIVE_INFINITY);
  if (filter.since === undefined) {
    throw new Refused(400, `cannot request a time range wider than ${settings.maxDuration}s`);
  }
  if (filter.since < now - settings.notOlderThan * 1000) {
    throw new Refused(400, `cannot request data older than ${settings.notOlderThan}s`);
  }
  if (span > settings.maxDuration * 1000) {
    throw new Refused(400, `query time range is too large. Time range can't be wider than ${settings.maxDuration}s`);
  }
  return span;
}

/** How many of a row's `count` requests are in the sampled table; small clients are easily missing. */
function sampled(row: { address: string; at: EpochMs }, count: number, interval: Sampling['interval'], draw: number) {
  if (interval <= 1) return count;
  const expected = count / interval;
  return Math.floor(expected) + (unit(`${draw}|${row.address}|${row.at}`) < expected % 1 ? 1 : 0);
}

/** A number in [0, 1) that depends on the text alone. */
function unit(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}
