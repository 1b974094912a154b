import { type Coverage, SOURCE_NAMES, type SourceCoverage, type SourceName } from './coverage.ts';
import { eventIds, type IdentifiedEvents, identifyEvents } from './event-evidence.ts';
import type { Finding, Match } from './finding.ts';
import type { EventsPicture } from './security-events.ts';
import { METHODS_BEST_FIRST, type Sighting, type SightingMethod } from './sighting.ts';

/** One match under the id a claim may cite it by, and the id of its sighting. */
export interface IdentifiedMatch {
  /** For example `f1.m2`. */
  readonly id: string;
  readonly match: Match;
  readonly sighting: string;
}

/** One finding under its id, for example `f1`; `f1` is the worst. */
export interface IdentifiedFinding {
  readonly id: string;
  readonly finding: Finding;
  readonly matches: readonly IdentifiedMatch[];
}

/** How many of the sighted addresses share one property, and their requests ({@link requestsOf}) of sightings that do. */
export interface Share {
  /** For example `c1` (country), `n1` (network operator), `h1` (host), `p1` (path), `b1` (method). */
  readonly id: string;
  readonly label: string;
  readonly addresses: number;
  readonly requests: number;
}

/** A look's evidence with an id on everything that may be cited. */
export interface IdentifiedEvidence {
  readonly findings: readonly IdentifiedFinding[];
  /**
   * One of each address: the matched ones, then those with the most requests; at most {@link SIGHTINGS_NAMED}. Ids `s1` …
   */
  readonly sightings: readonly { readonly id: string; readonly sighting: Sighting }[];
  /** Distinct addresses, however often and by however many methods each was seen. */
  readonly totals: { readonly id: 't1'; readonly addresses: number; readonly requests: number };
  readonly countries: readonly Share[];
  readonly asns: readonly Share[];
  readonly hosts: readonly Share[];
  readonly paths: readonly Share[];
  readonly methods: readonly Share[];
  /** Ids `v1` …, in the order reports list sources. */
  readonly coverage: readonly { readonly id: string; readonly source: SourceName; readonly seen: SourceCoverage }[];
  /** What the monitor saw, where one did and it is stored. */
  readonly events?: IdentifiedEvents;
}

/** The most sightings that get an id of their own. */
export const SIGHTINGS_NAMED = 24;
const FINDINGS_NAMED = 12;
const MATCHES_NAMED = 6;
const SHARES_NAMED = 8;

/**
 * Numbers a look's evidence. The same evidence gets the same ids whatever order it was stored in, so the deterministic
 * summary, the model's claims and the page all speak of the same `f1`.
 */
export function identifyEvidence(
  findings: readonly Finding[],
  sightings: readonly Sighting[],
  coverage: Coverage,
  picture?: EventsPicture,
): IdentifiedEvidence {
  const worst = worstFirst(findings).slice(0, FINDINGS_NAMED);
  const addresses = byAddress(sightings);
  const named = nameSightings(worst, addresses);
  const idOf = new Map(named.map(({ id, sighting }) => [sighting.address, id]));
  const requests = addresses.reduce((sum, ofOne) => sum + requestsOf(ofOne), 0);
  return {
    findings: worst.map((finding, index) => identifyFinding(`f${index + 1}`, finding, idOf)),
    sightings: named,
    totals: { id: 't1', addresses: addresses.length, requests },
    countries: shares('c', addresses, ({ country }) => (country === undefined ? [] : [country])),
    asns: shares('n', addresses, (sighting) => (sighting.asn === undefined ? [] : [asnLabel(sighting)])),
    hosts: shares('h', addresses, ({ hosts }) => hosts),
    paths: shares('p', addresses, ({ paths }) => paths),
    methods: shares('b', addresses, ({ method }) => [method]),
    coverage: SOURCE_NAMES.flatMap((source) => {
      const seen = coverage[source];
      return seen === undefined ? [] : [{ source, seen }];
    }).map((entry, index) => ({ id: `v${index + 1}`, ...entry })),
    ...(picture === undefined ? {} : { events: identifyEvents(picture) }),
  };
}

/** Every id the evidence gives out. */
export function allIds(evidence: IdentifiedEvidence): Set<string> {
  const { findings, sightings, totals, countries, asns, hosts, paths, methods, coverage, events } = evidence;
  const plain = [sightings, countries, asns, hosts, paths, methods, coverage].flat();
  return new Set([
    totals.id,
    ...plain.map(({ id }) => id),
    ...findings.flatMap(({ id, matches }) => [id, ...matches.map((match) => match.id)]),
    ...(events === undefined ? [] : eventIds(events)),
  ]);
}

/** Findings by score, page level first; ties by credential id, so that the order never depends on storage. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      Number(b.decision === 'page') - Number(a.decision === 'page') ||
      b.score - a.score ||
      compare(a.credential.id, b.credential.id),
  );
}

function identifyFinding(id: string, finding: Finding, idOf: ReadonlyMap<string, string>): IdentifiedFinding {
  const matches = finding.matches.slice(0, MATCHES_NAMED).map((match, index) => ({
    id: `${id}.m${index + 1}`,
    match,
    sighting: idOf.get(match.sighting.address) ?? 't1',
  }));
  return { id, finding, matches };
}

/** The sightings of one address: its phases of activity, by each method that named it, in each zone. */
type OfAddress = readonly [Sighting, ...Sighting[]];

function byAddress(sightings: readonly Sighting[]): OfAddress[] {
  return [...grouped(sightings, ({ address }) => [address]).values()];
}

function grouped(sightings: readonly Sighting[], labels: (s: Sighting) => readonly string[]): Map<string, OfAddress> {
  const groups = new Map<string, [Sighting, ...Sighting[]]>();
  for (const sighting of sightings) {
    for (const label of new Set(labels(sighting))) {
      const group = groups.get(label);
      if (group === undefined) groups.set(label, [sighting]);
      else group.push(sighting);
    }
  }
  return groups;
}

/**
 * Requests of one address: phases and zones add up; several methods of a zone count the same requests, so that the
 * largest of them stands for all.
 */
function requestsOf([first, ...more]: OfAddress): number {
  if (more.length === 0) return first.requests;
  const zones = new Map<string, Map<SightingMethod, number>>();
  for (const { zone, method, requests } of [first, ...more]) {
    const methods = zones.get(zone.id) ?? new Map<SightingMethod, number>();
    zones.set(zone.id, methods.set(method, (methods.get(method) ?? 0) + requests));
  }
  return [...zones.values()].reduce((sum, methods) => sum + Math.max(...methods.values()), 0);
}

function nameSightings(findings: readonly Finding[], addresses: readonly OfAddress[]) {
  const named = new Map<string, Sighting>();
  for (const { matches } of findings) {
    for (const { sighting } of matches.slice(0, MATCHES_NAMED)) {
      if (named.size < SIGHTINGS_NAMED && !named.has(sighting.address)) named.set(sighting.address, sighting);
    }
  }
  for (const sighting of busiest(addresses.map(busiestOf)).slice(0, SIGHTINGS_NAMED)) {
    if (named.size >= SIGHTINGS_NAMED) break;
    if (!named.has(sighting.address)) named.set(sighting.address, sighting);
  }
  return [...named.values()].map((sighting, index) => ({ id: `s${index + 1}`, sighting }));
}

function busiest(sightings: readonly Sighting[]): Sighting[] {
  return [...sightings].sort((a, b) => b.requests - a.requests || compare(a.address, b.address));
}

/** The same whatever order they were stored in. */
function busiestOf([first, ...more]: OfAddress): Sighting {
  return more.reduce((a, b) => {
    const order =
      b.requests - a.requests ||
      METHODS_BEST_FIRST.indexOf(a.method) - METHODS_BEST_FIRST.indexOf(b.method) ||
      a.seen.notBefore - b.seen.notBefore ||
      compare(a.zone.id, b.zone.id);
    return order > 0 ? b : a;
  }, first);
}

function shares(prefix: string, addresses: readonly OfAddress[], labels: (s: Sighting) => readonly string[]): Share[] {
  const totals = new Map<string, { addresses: number; requests: number }>();
  for (const ofOne of addresses) {
    for (const [label, sharing] of grouped(ofOne, labels)) {
      const total = totals.get(label) ?? { addresses: 0, requests: 0 };
      totals.set(label, { addresses: total.addresses + 1, requests: total.requests + requestsOf(sharing) });
    }
  }
  return [...totals]
    .sort(([a, x], [b, y]) => y.addresses - x.addresses || y.requests - x.requests || compare(a, b))
    .slice(0, SHARES_NAMED)
    .map(([label, total], index) => ({ id: `${prefix}${index + 1}`, label, ...total }));
}

function asnLabel({ asn, asnName }: Sighting): string {
  return asnName === undefined ? `AS${asn}` : `AS${asn} ${asnName}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
