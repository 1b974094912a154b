import * as z from 'zod/mini';
import { shorten, withoutQuery } from '../../core/hostile-text.ts';
import type { StableKey } from '../../core/monitor.ts';
import { EVENT_DIMENSIONS, EVENT_TEXT_KEPT, type EventDimension, type EventGroup } from '../../core/security-events.ts';
import type { EpochMs } from '../../core/time.ts';

/** Rows of `firewallEventsAdaptiveGroups`, the largest group first. */
export interface EventGroupRows {
  readonly groups: readonly EventGroup[];
  /** Rows that could not be read. */
  readonly malformed: number;
  /** The coarsest sampling of any row; 1 is none. */
  readonly sampleInterval: number;
}

/** A row of `firewallEventsAdaptive`: one event, standing for `sampleInterval` of them. */
export interface RawEvent {
  /** The second in which it happened: its first millisecond. */
  readonly at: EpochMs;
  /** As Cloudflare wrote it, for a page that goes on after it. */
  readonly datetime: string;
  readonly rayName: string;
  /** Tells it from the other events of its request. */
  readonly id: string;
  readonly sampleInterval: number;
  readonly dimensions: EventGroup['dimensions'];
}

/** Columns of the raw node beside the dimensions; the first two are needed for pages. */
export const RAW_COLUMNS = ['datetime', 'rayName', 'sampleInterval', 'matchIndex'] as const;

/** Tags kept of one event. */
const TAGS_KEPT = 20;

const NUMBERS: readonly EventDimension[] = ['edgeResponseStatus', 'botScore'];

const Values = z.record(z.string(), z.unknown());
const Group = z.object({
  count: z.number().check(z.nonnegative()),
  avg: z.catch(z.nullish(z.object({ sampleInterval: z.nullish(z.number()) })), undefined),
  dimensions: Values,
});
const Raw = z.looseObject({
  datetime: z.string(),
  rayName: z.string(),
  sampleInterval: z.catch(z.number().check(z.gte(1)), 1),
  matchIndex: z.catch(z.nullish(z.number()), undefined),
});

/**
 * Reads groups that were asked for with dimensions. Rows that become equal, as their query strings are dropped, add up.
 * @param share As for `eventDimensions`.
 */
export function readEventGroups(rows: readonly unknown[], share?: (text: string) => string): EventGroupRows {
  const sums = new GroupSums();
  let malformed = 0;
  let sampleInterval = 1;
  for (const row of rows) {
    const group = Group.safeParse(row);
    if (group.success) {
      sums.add(eventDimensions(group.data.dimensions, share), group.data.count);
      sampleInterval = Math.max(sampleInterval, group.data.avg?.sampleInterval ?? 1);
    } else malformed++;
  }
  return { groups: sums.groups(), malformed, sampleInterval };
}

/**
 * Reads events of the raw node, in the order in which they came.
 * @param share As for `eventDimensions`.
 */
export function readRawEvents(
  rows: readonly unknown[],
  share?: (text: string) => string,
): { events: readonly RawEvent[]; malformed: number } {
  const events = rows.flatMap((row) => rawEvent(row, share) ?? []);
  return { events, malformed: rows.length - events.length };
}

/** Events of the raw node added up by what they have in common, each weighted by its sampling. An event counts once. */
export class RawEventGroups {
  /** The coarsest sampling of any event; 1 is none. */
  sampleInterval = 1;
  readonly #seen = new Set<string>();
  readonly #sums = new GroupSums();

  /** Adds an event unless it was added before. */
  add(event: RawEvent): void {
    if (this.#seen.has(event.id)) return;
    this.#seen.add(event.id);
    this.sampleInterval = Math.max(this.sampleInterval, event.sampleInterval);
    this.#sums.add(event.dimensions, event.sampleInterval);
  }

  /** Forgets which events were added, but for those that may come again. */
  remember(events: Iterable<RawEvent>): void {
    this.#seen.clear();
    for (const { id } of events) this.#seen.add(id);
  }

  /** The largest first. */
  groups(): readonly EventGroup[] {
    return this.#sums.groups();
  }

  /** About how many events there were. */
  total(): number {
    return Math.round(this.#sums.total);
  }
}

/**
 * What is kept of an event's properties: known ones only, numbers as numbers, long texts cut, paths without query
 * strings. Others wrote them: hostile text.
 * @param share Gives one copy of a text that many rows repeat, where many are kept.
 */
export function eventDimensions(
  values: Readonly<Record<string, unknown>>,
  share: (text: string) => string = (text) => text,
): EventGroup['dimensions'] {
  const kept: Partial<Record<EventDimension, string | number | readonly string[]>> = {};
  for (const dimension of EVENT_DIMENSIONS) {
    const value = dimensionOf(dimension, values[dimension]);
    if (value !== undefined) kept[dimension] = typeof value === 'string' ? share(value) : value;
  }
  return kept;
}

/** The groups without some of their properties; those that become equal add up. */
export function withoutDimensions(
  groups: readonly EventGroup[],
  names: readonly EventDimension[],
): readonly EventGroup[] {
  const sums = new GroupSums();
  for (const { dimensions, count } of groups) {
    const kept = Object.entries(dimensions).filter(([name]) => names.every((left) => left !== name));
    sums.add(Object.fromEntries(kept), count);
  }
  return sums.groups();
}

/** The stable keys of the groups, each once. */
export function stableKeysOf(groups: readonly EventGroup[]): readonly StableKey[] {
  const keys = new Map<string, StableKey>();
  for (const { dimensions } of groups) {
    const text = (dimension: EventDimension) => String(dimensions[dimension] ?? '');
    const key = {
      ruleId: text('ruleId'),
      source: text('source'),
      action: text('action'),
      clientIP: text('clientIP'),
    };
    keys.set(JSON.stringify(Object.values(key)), key);
  }
  return [...keys.values()];
}

/** Counts by equal dimensions. */
class GroupSums {
  total = 0;
  readonly #sums = new Map<string, { dimensions: EventGroup['dimensions']; count: number }>();

  add(dimensions: EventGroup['dimensions'], count: number): void {
    this.total += count;
    // `eventDimensions` writes them in one order.
    const key = JSON.stringify(dimensions);
    const same = this.#sums.get(key);
    if (same === undefined) this.#sums.set(key, { dimensions, count });
    else same.count += count;
  }

  groups(): EventGroup[] {
    const largestFirst = [...this.#sums].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : a > b ? 1 : 0));
    return largestFirst.map(([, { count, dimensions }]) => ({ count: Math.round(count), dimensions }));
  }
}

function rawEvent(row: unknown, share?: (text: string) => string): RawEvent | undefined {
  const parsed = Raw.safeParse(row);
  if (!parsed.success) return undefined;
  const { datetime, rayName, sampleInterval, matchIndex, ...values } = parsed.data;
  const at = Date.parse(datetime);
  if (Number.isNaN(at)) return undefined;
  const dimensions = eventDimensions(values, share);
  const { ruleId, source, action } = dimensions;
  const id = JSON.stringify([rayName, ruleId, matchIndex, source, action]);
  return { at, datetime, rayName, id, sampleInterval, dimensions };
}

function dimensionOf(dimension: EventDimension, value: unknown): string | number | readonly string[] | undefined {
  if (dimension === 'botDetectionTags') return tagsOf(value);
  if (NUMBERS.includes(dimension)) return numberOf(value);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  return short(dimension === 'clientRequestPath' ? withoutQuery(text) : text);
}

function tagsOf(value: unknown): readonly string[] | undefined {
  const tags = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(tags)) return undefined;
  const texts = tags.filter((tag): tag is string => typeof tag === 'string' && tag !== '');
  return [...new Set(texts.slice(0, TAGS_KEPT).map(short))].sort();
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function short(text: string): string {
  return shorten(text.toWellFormed(), EVENT_TEXT_KEPT);
}
