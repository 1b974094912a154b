import { type Precision, pollPrecision, readPrecision } from '../core/amount-text.ts';
import type { EventsGiven } from '../core/analysis.ts';
import type { MonitorCase } from '../core/case.ts';
import { type IdentifiedEvents, type IdentifiedFacet, isOwnWord, isRuleId } from '../core/event-evidence.ts';
import { idText, withoutQuery } from '../core/hostile-text.ts';
import {
  type EventDimension,
  type EventGroup,
  type EventsPicture,
  FACET_NAMES,
  type FacetName,
} from '../core/security-events.ts';
import { toIso } from '../core/time.ts';
import type { Clean } from './clean.ts';
import { fitting, withinTokens } from './token-budget.ts';

/** What the document says of a monitor's events. */
export interface EventPart {
  /** To be spread into the document. */
  readonly fields: object;
  readonly given: EventsGiven;
  /** Host names in the fields. */
  readonly hosts: readonly string[];
}

/** Characters a text may have, and the tokens it may cost: the smallest budget holds the largest group. */
const PATH = { length: 120, tokens: 80, own: false };
const PHRASE = { length: 80, tokens: 42, own: false };
/** May be one of Cloudflare's own words; the longest, `managed_challenge_non_interactive_solved`, costs 26. */
const WORD = { length: 48, tokens: 26, own: true };
/** An IPv6 address, or a JA4 fingerprint, of letters and digits in turn. */
const HEX_WORD = { length: 48, tokens: 42, own: true };
const TAG = { length: 48, tokens: 12, own: true };
/** A country's code, or an operator's number. */
const CODE = { length: 16, tokens: 10, own: true };
type Bound = typeof PATH;

const VALUES_SHOWN = 5;
const NOTES_SHOWN = 5;
const NOTE_LENGTH = 240;
const TAGS_SHOWN = 4;

/**
 * A monitor's total and why it alerted, the counts by property, and the groups of events themselves, the largest first,
 * as many as cost at most `tokens`. Texts that clients wrote are cleaned, without query strings, and bounded.
 */
export function eventPart(
  events: IdentifiedEvents,
  monitor: MonitorCase | undefined,
  clean: Clean,
  tokens: number,
): EventPart {
  const { picture, groups, facets } = events;
  const text = (value: string, { length, tokens, own }: Bound) =>
    withinTokens(own && isOwnWord(value) ? idText(value, length) : clean(value, length), tokens);
  const entries = fitting(entriesOf(events, text), tokens);
  const leftOut = groups.length - entries.length;
  const shown = entries.flatMap(({ host }) => host ?? []);
  const hosts = [...shown, ...facets.hosts.values.map(({ value }) => value), monitor?.zone.name ?? ''];
  return {
    fields: {
      monitor: { id: events.id, ...monitorFields(monitor, text), ...countFields(picture) },
      events_by: Object.fromEntries(
        FACET_NAMES.map((name) => [
          PROPERTIES[name],
          facetFields(facets[name], picture, (of) => valueText(name, of, text)),
        ]),
      ),
      events: entries,
      events_left_out: leftOut,
      further_events_not_read: picture.cut,
      events_not_seen: picture.notes.slice(0, NOTES_SHOWN).map((note) => clean(note, NOTE_LENGTH)),
    },
    given: { given: entries.length, leftOut, ...(picture.cut ? { more: true } : {}) },
    hosts: hosts.filter((host) => host !== ''),
  };
}

/** What a property is called in the document. */
const PROPERTIES: Readonly<Record<FacetName, string>> = {
  addresses: 'address',
  countries: 'country',
  asns: 'operator',
  actions: 'action',
  sources: 'source',
  statuses: 'status',
  hosts: 'host',
  paths: 'path',
  rules: 'rule',
  ja4: 'ja4',
  tags: 'bot_tag',
};

type Bounded = (value: string, bound: Bound) => string;

/** One by one, so that of ten thousand groups only those that fit are cleaned. */
function* entriesOf({ groups, picture }: IdentifiedEvents, text: Bounded) {
  for (const { id, group } of groups) yield { id, ...groupFields(group, picture, text) };
}

function groupFields({ count, dimensions }: EventGroup, picture: EventsPicture, text: Bounded) {
  const one = (dimension: EventDimension, bound: Bound) => {
    const value = dimensions[dimension];
    if (value === undefined || value === '' || typeof value === 'object') return undefined;
    return text(String(value), bound);
  };
  const path = dimensions.clientRequestPath;
  const tags = dimensions.botDetectionTags;
  const asn = one('clientAsn', CODE);
  return {
    events: Math.round(count),
    percent: percentOf(count, picture),
    address: one('clientIP', HEX_WORD),
    source: one('source', WORD),
    action: one('action', WORD),
    rule: ruleOf(dimensions, picture, text),
    operator: asn === undefined ? undefined : `AS${asn}`,
    country: one('clientCountryName', CODE),
    host: one('clientRequestHTTPHost', PHRASE),
    path: typeof path === 'string' ? text(withoutQuery(path), PATH) : undefined,
    status: one('edgeResponseStatus', CODE),
    bot_score: one('botScore', CODE),
    ja4: one('ja4', HEX_WORD),
    bot_tags: typeof tags === 'object' ? tags.slice(0, TAGS_SHOWN).map((tag) => text(tag, TAG)) : undefined,
  };
}

/** What people call the rule, else what the event says of itself, else the rule's id. */
function ruleOf({ ruleId, description }: EventGroup['dimensions'], picture: EventsPicture, text: Bounded) {
  const id = typeof ruleId === 'string' ? ruleId : '';
  const described = typeof description === 'string' ? description : '';
  const name = Object.hasOwn(picture.ruleNames, id) ? picture.ruleNames[id] : undefined;
  const rule = name ?? (described === '' ? id : described);
  return rule === '' ? undefined : nameText(rule, text);
}

function valueText(name: FacetName, value: string, text: Bounded): string {
  if (name === 'rules') return nameText(value, text);
  if (name === 'paths') return text(withoutQuery(value), PATH);
  if (name === 'addresses' || name === 'ja4') return text(value, HEX_WORD);
  return text(value, name === 'hosts' ? PHRASE : WORD);
}

function nameText(name: string, text: Bounded): string {
  return isRuleId(name) ? name : text(name, PHRASE);
}

function monitorFields(monitor: MonitorCase | undefined, text: Bounded) {
  if (monitor === undefined) return {};
  const { name, zone, total, reference, alertOn, window } = monitor;
  return {
    name: text(name, PHRASE),
    zone: nameText(zone.name ?? zone.id, text),
    alerted_on:
      alertOn === 'growth'
        ? 'growth of the total'
        : 'other addresses, rules, sources or actions than before, or some are gone',
    total_at_alert: Math.round(total),
    total_at_alert_is: knownText(pollPrecision(monitor)),
    window_of_total_at_alert: window,
    reference_it_grew_from: Math.round(reference),
    times_the_reference: reference === 0 ? undefined : Number((total / reference).toFixed(1)),
  };
}

function countFields(picture: EventsPicture) {
  const { window, readAt, total, facetsAreLowerBounds } = picture;
  return {
    window: { start: toIso(window.start), end: toIso(window.end) },
    read_at: toIso(readAt),
    events: Math.round(total),
    events_are: knownText(readPrecision(picture)),
    counts_by_property_are: facetsAreLowerBounds ? 'lower bounds' : 'whole',
  };
}

function knownText({ estimated, lowerBound }: Precision): string {
  return `${lowerBound ? 'at least this many, ' : ''}${estimated ? 'estimated from samples' : 'counted'}`;
}

function facetFields({ values, distinct }: IdentifiedFacet, picture: EventsPicture, text: (value: string) => string) {
  if (values.length === 0) return undefined;
  return {
    distinct,
    most: values.slice(0, VALUES_SHOWN).map(({ id, value, count }) => ({
      id,
      value: text(value),
      events: Math.round(count),
      percent: percentOf(count, picture),
    })),
  };
}

function percentOf(count: number, { total }: EventsPicture): number | undefined {
  return total === 0 ? undefined : Math.round((count / total) * 100);
}
