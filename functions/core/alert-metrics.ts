import { valueText } from './alert-text.ts';
import { isRuleId } from './event-evidence.ts';
import {
  EVENT_DIMENSIONS,
  type EventDimension,
  type EventGroup,
  type EventsPicture,
  FACET_NAMES,
  type FacetName,
} from './security-events.ts';

/** How the events spread over one of their properties. */
export interface AlertMetric {
  readonly name: FacetName;
  readonly distinct: number;
  /** There may be more values, and each may count more events. */
  readonly isLowerBound: boolean;
  /** The most frequent first; counts are events. Values are hostile text. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

/** A group of events in the familiar shape, under Cloudflare's own names; its texts are hostile. */
export interface RawEvent {
  readonly count: number;
  readonly dimensions: Readonly<Partial<Record<EventDimension, string | number | readonly string[]>>>;
}

export interface RawEvents {
  /** The largest first. */
  readonly groups: readonly RawEvent[];
  /** Groups that were read and are not in this message. */
  readonly leftOut: number;
  /** There are further groups, which were not kept; how many is not known. */
  readonly more: boolean;
}

/** Groups a message holds at most: more than fit into any format. */
const RAW_GROUPS_KEPT = 1_000;
/** Characters of a value. */
const VALUE_LENGTH = 200;
const TAGS_KEPT = 10;

/** One metric per property, in the order of `FACET_NAMES`; none where the events could not be read. */
export function alertMetrics(picture: EventsPicture | undefined): AlertMetric[] {
  if (picture === undefined) return [];
  const isLowerBound = picture.facetsAreLowerBounds || picture.totalIsLowerBound;
  return FACET_NAMES.map((name) => {
    const { values, distinct } = picture.facets[name];
    return {
      name,
      distinct: wholeNumber(distinct),
      isLowerBound,
      values: values.map(({ value, count }) => ({ value: facetText(name, value), count: wholeNumber(count) })),
    };
  });
}

/** The groups of events, at most {@link RAW_GROUPS_KEPT}. */
export function rawEvents(picture: EventsPicture | undefined): RawEvents {
  if (picture === undefined) return { groups: [], leftOut: 0, more: true };
  const groups = [...picture.groups].sort((a, b) => b.count - a.count);
  const kept = groups.slice(0, RAW_GROUPS_KEPT);
  return { groups: kept.map(rawEvent), leftOut: groups.length - kept.length, more: picture.cut };
}

/** A count as JSON may hold it; what is no number of events at all is 0. */
export function wholeNumber(number: number): number {
  return Number.isFinite(number) ? Math.max(0, Math.round(number)) : 0;
}

/** The dimension whose values a facet counts. */
const DIMENSIONS: Readonly<Record<Exclude<FacetName, 'rules'>, EventDimension>> = {
  addresses: 'clientIP',
  countries: 'clientCountryName',
  asns: 'clientAsn',
  actions: 'action',
  sources: 'source',
  statuses: 'edgeResponseStatus',
  hosts: 'clientRequestHTTPHost',
  paths: 'clientRequestPath',
  ja4: 'ja4',
  tags: 'botDetectionTags',
};

/** A facet's value, safe to print. A rule is called by its name, its description or its id. */
export function facetText(name: FacetName, value: string, maxLength = VALUE_LENGTH): string {
  if (name !== 'rules') return valueText(DIMENSIONS[name], value, maxLength);
  return valueText(isRuleId(value) ? 'ruleId' : 'description', value, maxLength);
}

function rawEvent({ count, dimensions }: EventGroup): RawEvent {
  const told: { [name in EventDimension]?: string | number | readonly string[] } = {};
  for (const name of EVENT_DIMENSIONS) {
    const value = dimensions[name];
    if (value !== undefined) told[name] = cleanValue(name, value);
  }
  return { count: wholeNumber(count), dimensions: told };
}

function cleanValue(name: EventDimension, value: string | number | readonly string[]) {
  if (typeof value === 'number') return Number.isFinite(value) ? value : 0;
  if (typeof value === 'string') return valueText(name, value, VALUE_LENGTH);
  return value.slice(0, TAGS_KEPT).map((text) => valueText(name, text, VALUE_LENGTH));
}
