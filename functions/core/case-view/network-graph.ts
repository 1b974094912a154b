import { type CaseFile, currentFindings } from '../case-file.ts';
import type { Finding, MatchRule } from '../finding.ts';
import type { Sighting } from '../sighting.ts';
import { type Credential, type Strength, type TokenUse, usesCounted } from '../token-use.ts';
import { levelsOf } from './page-level.ts';
import { sightingsOn } from './sightings-on.ts';

/** The most of each that a map holds: what one look takes in. */
export const MAP_LIMITS = { addresses: 24, credentials: 12 } as const;

/** Places kept for addresses that were not sighted, where there are such: without them nothing says what is usual. */
const UNSIGHTED_PLACES = 8;

/** An address from which credentials of the map were used. */
export interface MapAddress {
  readonly address: string;
  readonly network: string;
  /** Whether this case's sightings hold the very address, or only others of its network. */
  readonly sighted: 'address' | 'network' | 'no';
  /** Of the very address: a neighbour's says nothing of it. */
  readonly lowestBotScore?: number;
  readonly asn?: number;
  readonly country?: string;
}

export interface MapCredential {
  readonly credential: Credential;
  readonly score: number;
  /** Of the whole case: what was paged stays at page level. */
  readonly decision: Finding['decision'];
  /** This case itself ordered a page about it. */
  readonly ordered: boolean;
}

/**
 * How an address touched a credential: matched by the very address or by its network; `unmatched` was used from there
 * without being sighted, or too far in time from it.
 */
export type Touch = MatchRule | 'unmatched';

export interface MapLink {
  /** Index into the addresses, and into the credentials. */
  readonly address: number;
  readonly credential: number;
  readonly touch: Touch;
  /** Of any strength. */
  readonly signs: number;
  /** How many there are of each; missing where that is not stored of all of them. */
  readonly strengths?: Strengths;
  /** Every one was turned away. */
  readonly refused: boolean;
}

/** Signs of each strength: that a credential was used is not the same as that its owner acted. */
export type Strengths = Readonly<Partial<Record<Strength, number>>>;

/** Which address touched which credential, and how much of that is not on the map. */
export interface NetworkGraph {
  readonly addresses: readonly MapAddress[];
  /** The worst first. */
  readonly credentials: readonly MapCredential[];
  readonly links: readonly MapLink[];
  /** Beyond the map; addresses of the map's credentials only. */
  readonly moreAddresses: number;
  readonly moreCredentials: number;
  /** Whether uses that did not match are stored: without them an address missing here proves nothing. */
  readonly usesKnown: boolean;
  /** Uses that were stored beyond those a case file holds. */
  readonly usesLeftOut: number;
}

interface Pair {
  readonly address: string;
  readonly network: string;
  readonly credential: number;
  readonly touch: Touch;
  readonly signs: number;
  readonly strengths?: Strengths;
  readonly refused: boolean;
}

/** The credentials of a case, every address they were used from, and what was sighted of those; cut to {@link MAP_LIMITS}. */
export function networkGraph(file: CaseFile): NetworkGraph {
  const findings = currentFindings(file);
  const shown = findings.slice(0, MAP_LIMITS.credentials);
  const paging = new Set(levelsOf(file).paging);
  const pairs = pairsOf(shown, file.uses?.uses ?? []);
  const sightings = sightingsOn(file, new Set(pairs.map(({ network }) => network)));
  const byAddress = Map.groupBy(pairs, ({ address }) => address);
  const all = [...byAddress].map(([address, own]) => ({ node: describe(address, own, sightings, shown), pairs: own }));
  const chosen = choose(all, shown.length);
  const indexOf = new Map(chosen.map(({ node }, index) => [node.address, index]));
  return {
    addresses: chosen.map(({ node }) => node),
    credentials: shown.map((finding) => ({
      credential: finding.credential,
      score: finding.score,
      decision: paging.has(finding) ? 'page' : 'report',
      ordered: ordersPageOf(file, finding.credential.id),
    })),
    links: pairs.flatMap(({ address, network: _, ...link }) => {
      const index = indexOf.get(address);
      return index === undefined ? [] : [{ ...link, address: index }];
    }),
    moreAddresses: all.length - chosen.length,
    moreCredentials: findings.length - shown.length,
    usesKnown: file.uses !== undefined,
    usesLeftOut: file.uses?.leftOut ?? 0,
  };
}

/** Whether this case itself ordered a page about that credential, and not only a case of the same incident. */
export function ordersPageOf({ pages }: Pick<CaseFile, 'pages'>, id: string): boolean {
  return pages.some(({ order }) => order.kind === 'page' && (order.paging ?? order.credentials).includes(id));
}

/** One of each address and credential: what matched, and what else the reading of GitLab holds. */
function pairsOf(findings: readonly Finding[], uses: readonly TokenUse[]): Pair[] {
  const indexOf = new Map(findings.map(({ credential }, index) => [credential.id, index]));
  const pairs = new Map<string, Pair>();
  for (const [credential, { addresses, matches }] of findings.entries()) {
    const own = Map.groupBy(matches, ({ use }) => use.address);
    for (const { address, network, rule, uses: signs, strength } of addresses) {
      const counted = strengthsOf((own.get(address) ?? []).map(({ use }) => use));
      pairs.set(`${credential} ${address}`, {
        ...{ address, network, credential, touch: rule, signs, refused: strength === 'refused' },
        // Not every match is stored.
        ...(counted.signs === signs ? { strengths: counted.strengths } : {}),
      });
    }
  }
  const read = Map.groupBy(
    uses.flatMap((use) => {
      const credential = indexOf.get(use.credential);
      return credential === undefined ? [] : [{ use, credential }];
    }),
    ({ use: { address }, credential }) => `${credential} ${address}`,
  );
  for (const [key, all] of read) {
    const [first] = all;
    if (first === undefined) continue;
    const counted = strengthsOf(all.map(({ use }) => use));
    const matched = pairs.get(key);
    if (matched === undefined) {
      const { address, network } = first.use;
      const refused = all.every(({ use }) => use.strength === 'refused');
      pairs.set(key, { address, network, credential: first.credential, touch: 'unmatched', refused, ...counted });
    }
    // A finding may be of an older reading than the uses, or the other way round: the larger number is the fuller one.
    else if (counted.signs >= matched.signs) pairs.set(key, { ...matched, ...counted });
  }
  return [...pairs.values()];
}

function strengthsOf(uses: readonly TokenUse[]): { signs: number; strengths: Strengths } {
  const strengths: Partial<Record<Strength, number>> = {};
  let signs = 0;
  for (const use of uses) {
    signs += usesCounted(use);
    strengths[use.strength] = (strengths[use.strength] ?? 0) + usesCounted(use);
  }
  return { signs, strengths };
}

function describe(
  address: string,
  pairs: readonly Pair[],
  sightings: ReadonlyMap<string, readonly Sighting[]>,
  findings: readonly Finding[],
): MapAddress {
  const network = pairs[0]?.network ?? address;
  const onNetwork = sightings.get(network) ?? [];
  const own = onNetwork.filter((sighting) => sighting.address === address);
  const seen = own.length > 0 ? own : onNetwork;
  const matched = pairs.flatMap(({ credential }) =>
    (findings[credential]?.addresses ?? []).filter((one) => one.address === address),
  );
  const told = [...matched, ...seen];
  const isOwn = own.length > 0 || matched.some(({ rule }) => rule === 'same-address');
  const scores = isOwn ? told.flatMap(({ lowestBotScore }) => lowestBotScore ?? []) : [];
  const asn = told.find((one) => one.asn !== undefined)?.asn;
  const country = told.find((one) => one.country !== undefined)?.country;
  return {
    address,
    network,
    sighted: isOwn ? 'address' : matched.length > 0 || onNetwork.length > 0 ? 'network' : 'no',
    ...(scores.length === 0 ? {} : { lowestBotScore: Math.min(...scores.slice(0, 1_000)) }),
    ...(asn === undefined ? {} : { asn }),
    ...(country === undefined ? {} : { country }),
  };
}

interface Candidate {
  readonly node: MapAddress;
  readonly pairs: readonly Pair[];
}

/** Each credential's busiest address first, then whatever is busiest; matched before unmatched. */
function choose(all: readonly Candidate[], credentials: number): Candidate[] {
  const ranked = [...all].sort(
    (a, b) => usesOf(b) - usesOf(a) || (a.node.address < b.node.address ? -1 : a.node.address > b.node.address ? 1 : 0),
  );
  const matched = eachOnceFirst(ranked.filter(isMatched), credentials);
  const unmatched = eachOnceFirst(
    ranked.filter((one) => !isMatched(one)),
    credentials,
  );
  const places = Math.min(unmatched.length, UNSIGHTED_PLACES);
  const kept = matched.slice(0, MAP_LIMITS.addresses - places);
  return [...kept, ...unmatched.slice(0, MAP_LIMITS.addresses - kept.length)];
}

function eachOnceFirst(ranked: readonly Candidate[], credentials: number): Candidate[] {
  const first = new Set<Candidate>();
  for (let credential = 0; credential < credentials; credential++) {
    const busiest = ranked.find(({ pairs }) => pairs.some((pair) => pair.credential === credential));
    if (busiest !== undefined) first.add(busiest);
  }
  return [...first, ...ranked.filter((one) => !first.has(one))];
}

function isMatched({ pairs }: Candidate): boolean {
  return pairs.some(({ touch }) => touch !== 'unmatched');
}

function usesOf({ pairs }: Candidate): number {
  return pairs.reduce((sum, { signs }) => sum + signs, 0);
}
