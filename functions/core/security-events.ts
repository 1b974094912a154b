import type { EpochMs, Window } from './time.ts';

/**
 * What Cloudflare tells of a security event (`reference/cloudflare.md` §4.4), the most telling first. Which of them a
 * zone offers depends on its plan. Hosts, paths and descriptions were written by others: hostile text.
 */
export const EVENT_DIMENSIONS = [
  'clientIP',
  'source',
  'action',
  'ruleId',
  'clientAsn',
  'clientCountryName',
  'clientRequestHTTPHost',
  'clientRequestPath',
  'description',
  'edgeResponseStatus',
  'rulesetId',
  'botScore',
  'ja4',
  'botDetectionTags',
] as const;
export type EventDimension = (typeof EVENT_DIMENSIONS)[number];

/** Security events that have everything in common but their time: the familiar shape of a raw event. */
export interface EventGroup {
  /** By Cloudflare's estimate. */
  readonly count: number;
  readonly dimensions: Readonly<Partial<Record<EventDimension, string | number | readonly string[]>>>;
}

export const FACET_NAMES = [
  'addresses',
  'countries',
  'asns',
  'actions',
  'sources',
  'statuses',
  'hosts',
  'paths',
  'rules',
  'ja4',
  'tags',
] as const;
export type FacetName = (typeof FACET_NAMES)[number];

/** How events spread over one of their properties. */
export interface Facet {
  /** The most frequent values first, at most {@link FACET_VALUES}; counts are events. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly distinct: number;
}
export type Facets = Readonly<Record<FacetName, Facet>>;

/** Values kept of a facet. */
const FACET_VALUES = 10;

/** Longest text kept of any value; what a client can make long is kept short. */
export const EVENT_TEXT_KEPT = 300;

/** What one zone's security events looked like to one monitor. */
export interface EventsPicture {
  /** What was asked about; shorter than wanted where the zone keeps or tells less. */
  readonly window: Window;
  readonly readAt: EpochMs;
  /** Events of the window, by Cloudflare's estimate. */
  readonly total: number;
  /** There may be more: not all could be counted. */
  readonly totalIsLowerBound: boolean;
  /** One row stands for about this many events; 1 is unsampled. */
  readonly sampleInterval: number;
  /** The largest first, as many as setting `monitor.limit` allows. */
  readonly groups: readonly EventGroup[];
  /** Further groups exist. */
  readonly cut: boolean;
  readonly facets: Facets;
  /** The facets were made of part of the events: their `distinct` and counts are lower bounds. */
  readonly facetsAreLowerBounds: boolean;
  /** What people call the rules and rulesets of these events, by id; those whose name could be read. */
  readonly ruleNames: Readonly<Record<string, string>>;
  /** What could not be read, one plain sentence each. */
  readonly notes: readonly string[];
}

/** How groups spread over each property, by events. A group that lacks a property, or has none of it, adds to none. */
export function facetsOf(groups: readonly EventGroup[], ruleNames: Readonly<Record<string, string>> = {}): Facets {
  const facet = (values: (group: EventGroup) => readonly string[]) => facetOf(groups, values);
  const one = (dimension: EventDimension) => facet((group) => textsOf(group, dimension));
  return {
    addresses: one('clientIP'),
    countries: one('clientCountryName'),
    asns: facet((group) => textsOf(group, 'clientAsn').map((asn) => `AS${asn}`)),
    actions: one('action'),
    sources: one('source'),
    statuses: one('edgeResponseStatus'),
    hosts: one('clientRequestHTTPHost'),
    paths: one('clientRequestPath'),
    rules: facet((group) => ruleOf(group, ruleNames)),
    ja4: one('ja4'),
    tags: one('botDetectionTags'),
  };
}

/** What a group's rule is called: its name where known, else the event's own words, else its id. */
function ruleOf(group: EventGroup, ruleNames: Readonly<Record<string, string>>): readonly string[] {
  const [id] = textsOf(group, 'ruleId');
  const name = id !== undefined && Object.hasOwn(ruleNames, id) ? ruleNames[id] : undefined;
  if (name !== undefined) return [name];
  const described = textsOf(group, 'description');
  return described.length > 0 ? described : id === undefined ? [] : [id];
}

function textsOf({ dimensions }: EventGroup, dimension: EventDimension): readonly string[] {
  const value = dimensions[dimension];
  if (value === undefined || value === '') return [];
  return typeof value === 'object' ? value.filter((text) => text !== '') : [String(value)];
}

function facetOf(groups: readonly EventGroup[], valuesOf: (group: EventGroup) => readonly string[]): Facet {
  const counts = new Map<string, number>();
  for (const group of groups) {
    for (const value of new Set(valuesOf(group))) counts.set(value, (counts.get(value) ?? 0) + group.count);
  }
  const values = [...counts].map(([value, count]) => ({ value, count })).sort(mostFirst);
  return { values: values.slice(0, FACET_VALUES), distinct: values.length };
}

function mostFirst(a: { value: string; count: number }, b: { value: string; count: number }): number {
  return b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}
