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
  /** Texts of IPv4 addresses. */
  readonly addresses: readonly string[];
  /** IPv6 ranges. */
  readonly ranges: readonly string[];
}

/** The most addresses the list of a hunt holds; the totals count all of them. */
export const LISTED = 10_000;

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

/** One row: requests of any kind (`rows`), flagged ones, those on GitLab's own hosts, and those without an address. */
export function totalsQuery(columns: RequestColumns, window: Window): string {
  return [
    ...requestsIn(columns, window, ['address']),
    '| summarize rows = count(), requests = countif(flagged and not(gitlab)), ' +
      'onGitlabHosts = countif(flagged and gitlab), withoutAddress = countif(flagged and isempty(address))',
  ].join('\n');
}

/** One row: how many different addresses were flagged, exactly. */
export function addressesQuery(columns: RequestColumns, window: Window): string {
  return [
    ...requestsIn(columns, window, ['address']),
    '| where flagged and not(gitlab) and isnotempty(address)',
    '| summarize requests = count() by address',
    '| summarize addresses = count()',
  ].join('\n');
}

/** The flagged addresses with the most requests. */
export function listQuery(columns: RequestColumns, window: Window): string {
  return [
    ...requestsIn(columns, window, DESCRIBED),
    '| where flagged and not(gitlab) and isnotempty(address)',
    `| summarize ${DESCRIPTION} by address, gitlab`,
    `| top ${LISTED} by requests`,
  ].join('\n');
}

/** Everything flagged of the given networks, by address and span of time; requests to GitLab itself apart. */
export function networksQuery(columns: RequestColumns, window: Window, asked: AskedNetworks, spanMs: number): string {
  return [
    ...requestsIn(columns, window, DESCRIBED),
    `| where flagged and (${isAsked(asked)})`,
    `| summarize ${DESCRIPTION} by address, gitlab, span = bin(at, ${spanMs / MINUTE}m)`,
    `| limit ${ROW_CEILING}`,
  ].join('\n');
}

const DESCRIBED = ['address', 'host', 'path', 'ja4', 'asn', 'country'] as const;

const DESCRIPTION =
  'requests = count(), first = min(at), last = max(at), score = min(score), asn = max(asn), ' +
  `countries = make_set(country, 1), hosts = make_set(host, ${HOSTS_KEPT}), paths = make_set(path, ${PATHS_KEPT}), ` +
  `ja4 = make_set(ja4, ${JA4_KEPT})`;

/** The dataset's requests in the window under names of ours, so that no column of its own is taken for one of them. */
function requestsIn(columns: RequestColumns, window: Window, wanted: readonly (typeof DESCRIBED)[number][]): string[] {
  const { dataset, there } = columns;
  const projected = {
    at: timeColumn(there.time),
    flagged: isFlagged(columns),
    gitlab: isGitlab(columns),
    score: there.score === undefined ? "toint('')" : `toint(${column(there.score)})`,
    ...Object.fromEntries(wanted.map((name) => [name, name === 'asn' ? numberOf(there.asn) : textOf(there[name])])),
  };
  const assignments = Object.entries(projected).map(([name, expression]) => `${name} = ${expression}`);
  return [
    column(dataset),
    ...(there.logpushDataset === undefined
      ? []
      : [`| where ${textOf(there.logpushDataset)} in (${text('')}, ${text('http_requests')})`]),
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
    ...(there.requestSource === undefined
      ? []
      : [`${textOf(there.requestSource)} in (${text('')}, ${text('eyeball')})`]),
  ];
  return conditions.map((condition) => `(${condition})`).join(' and ');
}

/** 0 is "not computed", from 30 on likely human (`reference/cloudflare.md` §10). A score that is no number is none. */
function isScored(name = ''): string {
  return `coalesce(toint(${column(name)}), 0) >= 1 and coalesce(toint(${column(name)}), 0) < 30`;
}

/** Logpush writes the products as a list, some ways keep it as text: both read the same as text. */
function actedOn(name = ''): string {
  return BOT_PRODUCTS.map((product) => `${textOf(name)} contains ${text(product)}`).join(' or ');
}

/** As Logpush spells them in `SecuritySources` (`reference/cloudflare.md` §6.1). */
const BOT_PRODUCTS = ['botFight', 'botManagement'];

/** Without a column of hosts nothing can be told apart. */
function isGitlab({ there, gitlabHosts }: RequestColumns): string {
  if (there.host === undefined || gitlabHosts.length === 0) return 'false';
  return `tolower(${textOf(there.host)}) in (${gitlabHosts.map(text).join(', ')})`;
}

function isAsked({ addresses, ranges }: AskedNetworks): string {
  const conditions = [
    ...(addresses.length === 0 ? [] : [`address in (${addresses.map(text).join(', ')})`]),
    ...(ranges.length === 0 ? [] : [`coalesce(ipv6_is_in_any_range(address, ${textList(ranges)}), false)`]),
  ];
  return conditions.join(' or ');
}

function textOf(name: string | undefined): string {
  return name === undefined ? text('') : `tostring(${column(name)})`;
}

function numberOf(name: string | undefined): string {
  return name === undefined ? `toint(${text('')})` : `toint(${column(name)})`;
}
