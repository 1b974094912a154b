import * as z from 'zod/mini';
import type { StableKey } from '../../core/monitor.ts';
import { type EventGroup, type EventsPicture, facetsOf } from '../../core/security-events.ts';
import type { EpochMs } from '../../core/time.ts';
import { TransientError } from '../../runtime/errors.ts';
import { type EventGroupRows, readEventGroups, stableKeysOf, withoutDimensions } from './event-rows.ts';
import type { PartAnswer } from './monitor-batches.ts';
import { aliasOf, KEY_FIELDS, LONG_FIELDS, type MonitorPlan, type MonitorQuestion } from './monitor-query.ts';
import type { RawReading } from './raw-event-pages.ts';
import { keptOnly } from './rung.ts';

/** What one monitor saw of a zone. */
export interface Seen {
  readonly picture: EventsPicture;
  readonly keys: readonly StableKey[];
  /** False where more keys were wanted than could be read. */
  readonly keysAreWhole: boolean;
}

/** How a zone was asked. */
type Asked = Omit<PartAnswer, 'rows' | 'filters'>;

export interface ReadingOptions {
  readonly readAt: EpochMs;
  /** {@link sharedTexts} */
  readonly share: (text: string) => string;
}

/** Distinct texts of a poll that are kept once; later ones are kept as often as they come. */
const MOST_SHARED = 50_000;

/** Gives one copy of each text: rules, hosts and addresses come again in tens of thousands of rows that are kept. */
export function sharedTexts(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same === undefined && known.size < MOST_SHARED) known.set(text, text);
    return same ?? text;
  };
}

const Total = z.object({
  count: z.number().check(z.nonnegative()),
  avg: z.catch(z.nullish(z.object({ sampleInterval: z.nullish(z.number()) })), undefined),
});

/**
 * The picture of a zone that answered with groups, for the filter at that place.
 * @throws TransientError where a reading, or the total, is missing or unreadable: that must not look like no events
 */
export function pictureOfGroups(
  answer: PartAnswer,
  filter: number,
  { limit, wantsKeys }: MonitorQuestion,
  { readAt, share }: ReadingOptions,
): Seen {
  const { rows, plan } = answer;
  const total = totalIn(rowsOf(rows, aliasOf('total', filter)));
  const topRows = rowsOf(rows, aliasOf('top', filter));
  const top = readable(topRows, share);
  const isCut = topRows.length >= plan.full.top;
  const sampleInterval = Math.max(total.sampleInterval, top.sampleInterval);
  const named = plan.asksKeys ? keysIn(rowsOf(rows, aliasOf('keys', filter)), plan, share) : undefined;
  const listed = top.groups.reduce((sum, { count }) => sum + count, 0);
  const groups = top.groups.slice(0, limit);
  const shown = {
    keys: stableKeysOf(groups),
    isWhole: groups.length === top.groups.length && !isCut && top.malformed === 0,
  };
  const { keys, isWhole } = named ?? shown;
  const keysAreWhole = !wantsKeys || (isWhole && !lacksKeys(plan));
  const picture: EventsPicture = {
    window: plan.window,
    readAt,
    // Estimates of two readings need not agree, but what is listed was there.
    total: Math.max(total.count, listed),
    totalIsLowerBound: false,
    sampleInterval,
    groups,
    cut: isCut,
    facets: facetsOf(top.groups),
    facetsAreLowerBounds: isCut || sampleInterval > 1 || top.malformed > 0,
    ruleNames: {},
    notes: [...notesOf(answer, top.malformed + (named?.malformed ?? 0)), ...notesOfKeys(keys, keysAreWhole)],
  };
  return { picture, keys, keysAreWhole };
}

/** The picture of a zone whose raw events were read, and grouped here. */
export function pictureOfEvents(asked: Asked, reading: RawReading, question: MonitorQuestion, readAt: EpochMs): Seen {
  const { limit, wantsKeys } = question;
  const { plan } = asked;
  const { sampleInterval } = reading.groups;
  const read = reading.groups.groups();
  // Pages before the one that was too large had them.
  const all: readonly EventGroup[] = plan.leftOut.long ? withoutDimensions(read, LONG_FIELDS) : read;
  const groups = all.slice(0, limit);
  const keys = stableKeysOf(wantsKeys ? all : groups);
  const keysAreWhole = !wantsKeys || (!reading.cut && reading.malformed === 0 && !lacksKeys(plan));
  const total = reading.groups.total();
  const picture: EventsPicture = {
    window: plan.window,
    readAt,
    total,
    totalIsLowerBound: reading.cut,
    sampleInterval,
    groups,
    cut: all.length > limit,
    facets: facetsOf(all),
    facetsAreLowerBounds: reading.cut || sampleInterval > 1 || reading.malformed > 0,
    ruleNames: {},
    notes: [
      ...notesOf(asked, reading.malformed),
      ...(reading.cut ? [newestOnly(total, question)] : []),
      ...notesOfKeys(keys, keysAreWhole),
    ],
  };
  return { picture, keys, keysAreWhole };
}

/** No row is no events; a row that cannot be read is no total. */
function totalIn(rows: readonly unknown[]): { count: number; sampleInterval: number } {
  const totals = z.array(Total).safeParse(rows);
  if (!totals.success) throw new TransientError('Cloudflare answered with a total in a form it does not document');
  return {
    count: Math.round(totals.data.reduce((sum, { count }) => sum + count, 0)),
    sampleInterval: Math.max(1, ...totals.data.map(({ avg }) => avg?.sampleInterval ?? 1)),
  };
}

function keysIn(
  rows: readonly unknown[],
  { full }: MonitorPlan,
  share: ReadingOptions['share'],
): { keys: readonly StableKey[]; isWhole: boolean; malformed: number } {
  const { groups, malformed } = readable(rows, share);
  return { keys: stableKeysOf(groups), isWhole: rows.length < full.keys && malformed === 0, malformed };
}

/** Part of each key was left out, and is not at other polls. */
function lacksKeys({ leftOut }: MonitorPlan): boolean {
  return KEY_FIELDS.some((field) => leftOut.unsure.includes(field));
}

/** Some rows may be malformed; where all are it is not known what there is, which must not look like no groups. */
function readable(rows: readonly unknown[], share: ReadingOptions['share']): EventGroupRows {
  const read = readEventGroups(rows, share);
  if (rows.length > 0 && read.malformed === rows.length) {
    throw new TransientError('Cloudflare answered with groups in a form it does not document');
  }
  return read;
}

function rowsOf(rows: Readonly<Record<string, unknown>>, alias: string): readonly unknown[] {
  const found = rows[alias];
  if (!Array.isArray(found)) throw new TransientError('Cloudflare left a reading out of its answer');
  return found;
}

function notesOf({ zone, offers, plan }: Asked, malformed: number): string[] {
  const { unsure, long } = plan.leftOut;
  const lacking = unsure.filter((field) => offers.has(plan.node, field));
  return [
    ...(plan.short ? [keptOnly(zone, offers.nodes[plan.node], plan.window)] : []),
    ...(malformed > 0 ? [`${malformed} rows that Cloudflare sent could not be read and are not shown.`] : []),
    ...(long ? ['Paths and descriptions were left out: with them the events are too large to be read.'] : []),
    ...(lacking.length > 0 ? [`Left out at this poll, as other zones refuse it: ${lacking.join(', ')}.`] : []),
  ];
}

function newestOnly(total: number, { filters }: MonitorQuestion): string {
  const shared = filters.length > 1 ? `, which the ${filters.length} monitors share` : '';
  return `There are more events than the ${total} that were counted: a poll reads so many of a zone's newest${shared}.`;
}

function notesOfKeys(keys: readonly StableKey[], areWhole: boolean): string[] {
  if (areWhole) return [];
  return [
    `More combinations of rule, source, action and address than the ${keys.length} that could be read: growth is judged instead of change.`,
  ];
}
