import { CLOUDFLARE_RANGES } from '../../core/cloudflare-ranges.ts';
import type { SightingMethod } from '../../core/sighting.ts';
import { MINUTE, type Window } from '../../core/time.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { column, text, textList, time, timeColumn } from './apl.ts';
import { ROW_CEILING } from './client.ts';
import type { CloudflareField, FieldNames } from './fields.ts';

/** The columns of a dataset with Cloudflare's requests, and GitLab's own host names in lower case. */
export interface RequestColumns {
  readonly dataset: string;
  readonly there: FieldNames<CloudflareField>;
  readonly gitlabHosts: readonly string[];
}

/** Networks of one batch, as a query asks for them. */
export interface AskedNetworks {
  /** Texts of IPv4 addresses, in lower case. */
  readonly addresses: readonly string[];
  /** IPv6 ranges. */
  readonly ranges: readonly string[];
}

/** The most addresses the list of a hunt holds; the totals count all of them. */
const LISTED = 10_000;

const HOSTS_KEPT = 5;
const PATHS_KEPT = 5;
const JA4_KEPT = 5;

/**
 * What flags a request here: its bot score, or where there is none (no Bot Management), a bot product that acted.
 * @throws ConfigError where the dataset has neither column
 */
export function methodOf({ dataset, there }: RequestColumns): Extract<SightingMethod, 'bot-score' | 'bot-product'> {
  if (there.score !== undefined) return 'bot-score';
  if (there.products !== undefined) return 'bot-product';
  throw new ConfigError(
    `Dataset ${dataset} has neither a column of bot scores nor one of the security products that acted: name one in axiom.cloudflareFields.score or axiom.cloudflareFields.products.`,
  );
}

/**
 * One row of exact totals. Requests of any kind (`rows`), when the first and the last of them were, how many have a score
 * (`scored`) or one that cannot be read (`unreadable`); flagged ones (`requests`) and their different addresses, those of
 * Cloudflare's own addresses, without an address, and on GitLab's own hosts. Adds up address by address, as `dcount` is an
 * estimate (`reference/axiom.md` §2).
 */
export function totalsQuery(columns: RequestColumns, window: Window): string {
  return [
    ...requestsIn(columns, window, ['address'], judgementOf(columns)),
    `| extend sighted = iff(flagged and not(gitlab), address, ${EMPTY})`,
    '| summarize rows = count(), requests = count(), onGitlabHosts = countif(flagged and gitlab), ' +
      'withoutAddress = countif(flagged and isempty(address)), scored = countif(scored), ' +
      'unreadable = countif(unreadable), oldest = min(at), newest = max(at) by sighted',
    `| extend cloudflares = ${ofCloudflare('sighted')}`,
    '| extend clients = isnotempty(sighted) and not(cloudflares)',
    '| summarize rows = sum(rows), requests = sum(iff(clients, requests, 0)), addresses = countif(clients), ' +
      'ofCloudflare = sum(iff(cloudflares, requests, 0)), onGitlabHosts = sum(onGitlabHosts), ' +
      'withoutAddress = sum(withoutAddress), scored = sum(scored), unreadable = sum(unreadable), ' +
      'oldest = min(oldest), newest = max(newest)',
    '| limit 1',
  ].join('\n');
}

/** The flagged addresses with the most requests. */
export function listQuery(columns: RequestColumns, window: Window): string {
  return [
    ...requestsIn(columns, window, DESCRIBED, {}),
    '| where flagged and not(gitlab) and isnotempty(address)',
    `| summarize ${DESCRIPTION} by address`,
    `| top ${LISTED} by requests`,
  ].join('\n');
}

/** How many requests the addresses of the list, and of all beyond its end, made in each span of time. */
export function trafficQuery(columns: RequestColumns, window: Window, spanMs: number): string {
  return [
    ...requestsIn(columns, window, ['address'], {}),
    '| where flagged and not(gitlab) and isnotempty(address)',
    `| where not(${ofCloudflare('address')})`,
    `| summarize requests = count() by span = bin(at, ${spanMs / MINUTE}m)`,
    `| limit ${ROW_CEILING}`,
  ].join('\n');
}

/** Everything flagged of the given networks, by address and span of time; requests to GitLab itself apart. */
export function networksQuery(columns: RequestColumns, window: Window, asked: AskedNetworks, spanMs: number): string {
  return [
    ...requestsIn(columns, window, DESCRIBED, {}),
    `| where flagged and (${isAsked(asked)})`,
    `| summarize ${DESCRIPTION} by address, gitlab, span = bin(at, ${spanMs / MINUTE}m)`,
    `| limit ${ROW_CEILING}`,
  ].join('\n');
}

const EMPTY = text('');

const DESCRIBED = ['address', 'host', 'path', 'ja4', 'asn', 'country'] as const;

const DESCRIPTION =
  'requests = count(), first = min(at), last = max(at), score = min(score), asn = max(asn), ' +
  `countries = make_set(country, 1), hosts = make_set(host, ${HOSTS_KEPT}), paths = make_set(path, ${PATHS_KEPT}), ` +
  `ja4 = make_set(ja4, ${JA4_KEPT})`;

/** The dataset's requests in the window under names of ours, so that no column of its own is taken for one of them. */
function requestsIn(
  columns: RequestColumns,
  window: Window,
  wanted: readonly (typeof DESCRIBED)[number][],
  more: Readonly<Record<string, string>>,
): string[] {
  const { dataset, there } = columns;
  const projected = {
    at: timeColumn(there.time),
    flagged: isFlagged(columns),
    gitlab: isGitlab(columns),
    score: numberOf(there.score),
    ...Object.fromEntries(wanted.map((name) => [name, name === 'asn' ? numberOf(there.asn) : textOf(there[name])])),
    ...more,
  };
  const assignments = Object.entries(projected).map(([name, expression]) => `${name} = ${expression}`);
  return [
    column(dataset),
    ...(there.logpushDataset === undefined
      ? []
      : [`| where ${textOf(there.logpushDataset)} in (${EMPTY}, ${text('http_requests')})`]),
    `| project ${assignments.join(', ')}`,
    `| where at >= ${time(window.start)} and at < ${time(window.end)}`,
  ];
}

/** A bot that Cloudflare did not verify, seen as a client of ours and not as a request of Cloudflare's own services. */
function isFlagged(columns: RequestColumns): string {
  const { there } = columns;
  const conditions = [
    methodOf(columns) === 'bot-score' ? isScored(there.score) : actedOn(there.products),
    ...(there.scoreSource === undefined ? [] : [`${textOf(there.scoreSource)} != ${text('Verified Bot')}`]),
    ...(there.verifiedCategory === undefined ? [] : [`isempty(${textOf(there.verifiedCategory)})`]),
    ...(there.verifiedBot === undefined ? [] : [`not(coalesce(tobool(${column(there.verifiedBot)}), false))`]),
    ...(there.requestSource === undefined ? [] : [`${textOf(there.requestSource)} in (${EMPTY}, ${text('eyeball')})`]),
  ];
  return conditions.map((condition) => `(${condition})`).join(' and ');
}

/** 0 is "not computed", from 30 on likely human (`reference/cloudflare.md` §10). A score that is no number is none. */
function isScored(name: string | undefined): string {
  return `coalesce(${numberOf(name)}, 0) >= 1 and coalesce(${numberOf(name)}, 0) < 30`;
}

/** Logpush writes the products as a list, some ways keep it as text: both read the same as text. */
function actedOn(name: string | undefined): string {
  return BOT_PRODUCTS.map((product) => `${textOf(name)} contains ${text(product)}`).join(' or ');
}

/** As Logpush spells them in `SecuritySources` (`reference/cloudflare.md` §6.1). */
const BOT_PRODUCTS = ['botFight', 'botManagement'];

/** Whether Cloudflare judged a request at all: without Bot Management every score is 0. A product needs no score. */
function judgementOf(columns: RequestColumns) {
  const { score } = columns.there;
  if (methodOf(columns) !== 'bot-score') return { scored: 'true', unreadable: 'false' };
  return {
    scored: `coalesce(${numberOf(score)}, 0) >= 1`,
    unreadable: `isnotempty(${textOf(score)}) and isnull(${numberOf(score)})`,
  };
}

/**
 * Whether a request was to one of GitLab's own hosts, in any case, with or without a port and the dot of a full name: as
 * `normalHost` (`core/host-name.ts`) reads it. Without a column of hosts nothing can be told apart.
 */
function isGitlab({ there, gitlabHosts }: RequestColumns): string {
  if (there.host === undefined || gitlabHosts.length === 0) return 'false';
  const host = `tolower(${textOf(there.host)})`;
  const names = gitlabHosts.flatMap((name) => [name, `${name}.`]);
  return [
    `${host} in (${names.map(text).join(', ')})`,
    ...names.map((name) => `${host} startswith ${text(`${name}:`)}`),
  ].join(' or ');
}

/** The tests of IPv6 ranges say nothing certain about other texts, so they are kept from them. */
function isAsked({ addresses, ranges }: AskedNetworks): string {
  const conditions = [
    ...(addresses.length === 0 ? [] : [`tolower(address) in (${addresses.map(text).join(', ')})`]),
    ...(ranges.length === 0 ? [] : [isIn('address', ranges)]),
  ];
  return conditions.join(' or ');
}

function ofCloudflare(name: string): string {
  const ipv4 = CLOUDFLARE_RANGES.filter((range) => !range.includes(':'));
  const ipv6 = CLOUDFLARE_RANGES.filter((range) => range.includes(':'));
  return `coalesce(ipv4_is_in_any_range(${name}, ${textList(ipv4)}), false) or ${isIn(name, ipv6)}`;
}

function isIn(name: string, ipv6Ranges: readonly string[]): string {
  const test = `ipv6_is_in_any_range(${name}, ${textList(ipv6Ranges)})`;
  return `(${name} contains ${text(':')} and coalesce(${test}, false))`;
}

function textOf(name: string | undefined): string {
  return name === undefined ? EMPTY : `tostring(${column(name)})`;
}

/** A whole number, also where it was written as a text; null for anything else. */
function numberOf(name: string | undefined): string {
  return `tolong(${name === undefined ? EMPTY : column(name)})`;
}
