import { type AlertAnalysis, alertAnalysis } from './alert-analysis.ts';
import { type AlertGitlab, alertGitlab, type CasePages } from './alert-gitlab.ts';
import { type AlertMetric, alertMetrics, type RawEvents, rawEvents, wholeNumber } from './alert-metrics.ts';
import type { AlertKind, AlertOrder } from './alert-order.ts';
import { isSpanOfPoll, pictureSpan, pollSpan } from './alert-span.ts';
import { cleanText, type OwnIds } from './alert-text.ts';
import { amount, count, type Precision, pollPrecision, readPrecision } from './amount-text.ts';
import type { Analysis, Severity } from './analysis.ts';
import { capital } from './capital.ts';
import type { CaseState, MonitorCase } from './case.ts';
import type { Coverage } from './coverage.ts';
import { isRuleId } from './event-evidence.ts';
import type { Finding } from './finding.ts';
import { idText, shorten } from './hostile-text.ts';
import { isoOf } from './page-details.ts';
import { caseLinks, cloudflareLink, pageLinks } from './page-links.ts';
import type { EventsPicture } from './security-events.ts';
import { betterVerdict } from './verdict.ts';

/** Everything one alert is made of. */
export interface AlertFacts {
  readonly order: AlertOrder;
  readonly state: CaseState;
  readonly monitor: MonitorCase;
  /** What the monitor saw at the order's look; undefined where that could not be read. */
  readonly picture: EventsPicture | undefined;
  /** Of the order's look. */
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  /** Of the whole case by now; undefined where they could not be read. */
  readonly pages: CasePages | undefined;
  /** Undefined where the analysis itself failed. */
  readonly analysis: Analysis | undefined;
  /** Signed link to the page of the case; undefined where there is none. */
  readonly caseUrl: string | undefined;
  /** Name of this deployment. */
  readonly environment: string;
  /** Root of the GitLab site; undefined: no links there. */
  readonly gitlabUrl: string | undefined;
  /** ARN of the Step Functions execution; undefined where unknown. */
  readonly execution: string | undefined;
}

/** How many events there were, and against what that was measured. */
export interface AlertTotals {
  /** Of the poll that alerted. */
  readonly total: number;
  readonly reference: number;
  readonly alertOn: MonitorCase['alertOn'];
  /** The total is an estimate from samples. */
  readonly isEstimate: boolean;
  /** There may have been more. */
  readonly isLowerBound: boolean;
  /** The span whose events the poll counted. ISO 8601, UTC, half-open. */
  readonly window: { readonly start: string; readonly end: string };
  /** Counted again at the look this alert tells of, in the alert's `window`; missing where that could not be read. */
  readonly recount?: AlertRecount;
  /** All of it in one sentence. */
  readonly text: string;
}

export interface AlertRecount {
  readonly total: number;
  readonly isEstimate: boolean;
  readonly isLowerBound: boolean;
  /** ISO 8601, UTC. */
  readonly readAt: string;
}

export interface AlertLink {
  /** Absolute, https unless GitLab's own address is http. */
  readonly href: string;
  readonly text: string;
}

/**
 * One alert, the same however often it is sent, and the same for every format. Bounded in every list and text. Texts are
 * one line, without control characters, secrets or query strings; what clients and owners wrote is in them as it is, so
 * each format escapes for itself. Only `headline` and `links` hold nothing that could become markup or a mention.
 */
export interface AlertMessage {
  readonly version: 1;
  /** `<caseId>/<look>`: the same for every try at this alert. */
  readonly id: string;
  readonly kind: AlertKind;
  /** One line of our own words, numbers and the zone's name; at most 150 characters. */
  readonly headline: string;
  readonly severity: Severity;
  /** Nobody is paged in this mode. */
  readonly shadow: boolean;
  readonly environment: string;
  readonly case: { readonly id: string; readonly look: number };
  readonly monitor: { readonly name: string };
  readonly zone: { readonly id: string; readonly name?: string };
  /** Of the recount, metrics and raw events: ISO 8601, UTC, half-open; missing where they could not be read. */
  readonly window?: { readonly start: string; readonly end: string };
  /** The time GitLab was asked about: ISO 8601, UTC, half-open. */
  readonly gitlabWindow: { readonly start: string; readonly end: string };
  readonly totals: AlertTotals;
  readonly analysis: AlertAnalysis;
  readonly metrics: readonly AlertMetric[];
  readonly gitlab: AlertGitlab;
  readonly rawEvents: RawEvents;
  readonly links: readonly AlertLink[];
  /** What could not be read of the events, and how well numbers are known; one sentence each. */
  readonly notes: readonly string[];
}

const HEADLINE_LENGTH = 150;
const NAME_LENGTH = 120;
/** Paths at GitLab can be longer than any chat takes. */
const HREF_LENGTH = 1_000;
const LINK_TEXT_LENGTH = 75;
const NOTES_KEPT = 10;
const NOTE_LENGTH = 300;

/** The alert of one order. */
export function composeAlert(facts: AlertFacts): AlertMessage {
  const { order, state, monitor, picture, environment } = facts;
  const own = ownIds(facts);
  const analysis = alertAnalysis(facts, own);
  const { id, name } = monitor.zone;
  return {
    version: 1,
    id: `${state.caseId}/${order.look}`,
    kind: order.kind,
    headline: headlineOf(facts),
    severity: analysis.severity,
    shadow: state.shadow,
    environment: cleanText(environment, NAME_LENGTH, own),
    case: { id: state.caseId, look: order.look },
    monitor: { name: cleanText(monitor.name, NAME_LENGTH, own) },
    zone: { id: idText(id, 64), ...(name === undefined ? {} : { name: cleanText(name, 253, own) }) },
    ...(picture === undefined
      ? {}
      : { window: { start: isoOf(picture.window.start), end: isoOf(picture.window.end) } }),
    gitlabWindow: state.window,
    totals: totalsOf(facts),
    analysis,
    metrics: alertMetrics(picture),
    gitlab: alertGitlab(facts, own),
    rawEvents: rawEvents(picture),
    links: linksOf(facts),
    notes: notesOf(facts, own),
  };
}

function ownIds({ monitor, picture }: AlertFacts): OwnIds {
  const groups = picture?.groups ?? [];
  const ids = groups.flatMap(({ dimensions: { ruleId, rulesetId } }) => [ruleId, rulesetId]);
  return new Set([monitor.zone.id, ...ids].filter((id) => typeof id === 'string').filter(isRuleId));
}

const KEYS: Readonly<Record<Finding['verdict'], string>> = {
  confirmed: 'GitLab key used from an attacking address. ',
  probable: 'GitLab key very probably used from an attacking address. ',
  corroborated: 'GitLab key perhaps used from an attacking address. ',
};

function eventsText(total: number, known: Precision): string {
  return `${amount(total, known)} security ${total === 1 ? 'event' : 'events'}`;
}

function headlineOf(facts: AlertFacts): string {
  const { order, state, monitor, findings } = facts;
  const verdicts = findings.map(({ verdict }) => verdict);
  const key = verdicts.length === 0 ? '' : KEYS[verdicts.reduce((a, b) => betterVerdict(a, b))];
  const start = `${state.shadow ? '[shadow] ' : ''}${order.kind === 'update' ? 'Update: ' : ''}${key}`;
  const events = eventsText(wholeNumber(monitor.total), pollPrecision(monitor));
  const text = `${capital(events)} on ${zoneText(monitor)}${inSpan(pollSpan(monitor))}, ${growthText(monitor)}`;
  return shorten(start + text, HEADLINE_LENGTH);
}

/** Zones are named by their owner, who may not call one anything that could become markup. */
function zoneText({ zone: { id, name } }: MonitorCase): string {
  if (name !== undefined && HOST_NAME.test(name)) return shorten(name, 60);
  return isRuleId(id) ? `zone ${id}` : 'a zone without a readable name';
}

const HOST_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

function inSpan(span: string): string {
  return span === '' ? '' : ` in ${span}`;
}

function growthText({ total, reference, alertOn }: MonitorCase): string {
  if (alertOn === 'change') return 'with addresses, rules or actions come or gone';
  if (!(reference > 0)) return 'none before';
  const factor = total / reference;
  return `${factor < 100 ? Number(factor.toFixed(1)) : count(factor)} times the ${count(reference)} before`;
}

function totalsOf({ monitor, picture }: AlertFacts): AlertTotals {
  const { total, reference, alertOn, window } = monitor;
  const known = pollPrecision(monitor);
  const numbers = { total: wholeNumber(total), reference: wholeNumber(reference), alertOn, ...precisionFields(known) };
  const counted = `${capital(eventsText(numbers.total, known))}${inSpan(pollSpan(monitor))}`;
  const text = `${counted}, ${growthText(monitor)}`;
  if (picture === undefined) return { ...numbers, window, text: `${text}.` };
  const seen = readPrecision(picture);
  const recount = { total: wholeNumber(picture.total), ...precisionFields(seen), readAt: isoOf(picture.readAt) };
  return { ...numbers, window, recount, text: `${text}${recountText(recount, seen, { monitor, picture })}.` };
}

function precisionFields({ estimated, lowerBound }: Precision) {
  return { isEstimate: estimated, isLowerBound: lowerBound };
}

/** Nothing where the look counted the same; its own span where that is not the poll's. */
function recountText(
  { total, readAt }: AlertRecount,
  seen: Precision,
  { monitor, picture }: { readonly monitor: MonitorCase; readonly picture: EventsPicture },
): string {
  const sameSpan = isSpanOfPoll(picture, monitor);
  if (sameSpan && total === wholeNumber(monitor.total)) return '';
  return `; ${amount(total, seen)}${sameSpan ? '' : inSpan(pictureSpan(picture))} at ${readAt}`;
}

/**
 * The case, the zone's security events, then the credentials at GitLab and the investigation. The dashboard's deep links fill in
 * `:account` (developers.cloudflare.com, style guide, dash-button) and ask for what stands for a zone; the page is
 * `/{account}/{zone}/security/analytics/events` (developers.cloudflare.com/waf/analytics/security-events).
 */
function linksOf({ monitor, findings, caseUrl, gitlabUrl, execution }: AlertFacts): AlertLink[] {
  const { name } = monitor.zone;
  const zone = name !== undefined && HOST_NAME.test(name) ? name : ':zone';
  const dashboard = cloudflareLink(`https://dash.cloudflare.com/?to=/:account/${zone}/security/analytics/events`);
  const further = pageLinks({ findings: worstFirst(findings), gitlabUrl, execution, dashboardLink: undefined });
  const links = further.links
    .filter(({ href }) => href.length <= HREF_LENGTH)
    .map(({ href, text }) => ({ href, text: shorten(text.replaceAll(/[^A-Za-z0-9 /,:-]+/g, ' '), LINK_TEXT_LENGTH) }));
  const events = dashboard === undefined ? [] : [{ href: dashboard, text: 'Security events at Cloudflare' }];
  return [...caseLinks(caseUrl), ...events, ...links];
}

function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => b.score - a.score);
}

function notesOf({ picture, monitor }: AlertFacts, own: OwnIds): string[] {
  if (picture === undefined) {
    const unread = 'The events themselves could not be read: only the numbers that alerted are known.';
    return [unread, ...uncountedNote(monitor.isLowerBound, false)];
  }
  const { totalIsLowerBound, facetsAreLowerBounds, sampleInterval, notes } = picture;
  const untold = notes.length - NOTES_KEPT;
  return [
    ...uncountedNote(monitor.isLowerBound, totalIsLowerBound),
    ...(facetsAreLowerBounds ? ['Counts by property are of the largest groups of events: they are lower bounds.'] : []),
    ...(sampleInterval > 1
      ? [`Counts are estimates: one row stands for about ${Number(sampleInterval.toFixed(1))} events.`]
      : []),
    ...notes.slice(0, NOTES_KEPT).map((note) => cleanText(note, NOTE_LENGTH, own)),
    ...(untold > 0 ? [`${count(untold)} more of what could not be read are not listed here.`] : []),
  ];
}

function uncountedNote(byPoll: boolean, byLook: boolean): string[] {
  if (!byPoll && !byLook) return [];
  if (byPoll && byLook) return ['Not all events could be counted: the totals are lower bounds.'];
  return [`Not all events could be counted ${byPoll ? 'by the poll' : 'at this look'}: its total is a lower bound.`];
}
