import type { Finding, FindingAddress, Match } from '../finding.ts';
import { METHODS_BEST_FIRST, type Sighting, type SightingMethod } from '../sighting.ts';
import type { Interval } from '../time.ts';
import {
  type Credential,
  daysOnNetwork,
  isExactlyTimed,
  isNewNetwork,
  STRENGTHS_BEST_FIRST,
  type Strength,
  type TokenUse,
  usesCounted,
} from '../token-use.ts';
import { hull } from './deeds.ts';

/** An address at which a credential was seen, with everything Cloudflare told of it. */
export interface MatchedAddress extends FindingAddress {
  readonly asnName?: string;
  /** Best evidence first; empty where no sighting of it is stored any more. */
  readonly methods: readonly SightingMethod[];
  /** Found only because GitLab's addresses were asked about. */
  readonly askedBack: boolean;
  /** Where only another address of the network was sighted: one of those. */
  readonly neighbour?: string;
  readonly standing: NetworkStanding;
  /** What the kept matches prove, the strongest first: a use of the token is one thing, an act of its owner another. */
  readonly proven: readonly { readonly strength: Strength; readonly times: number }[];
  /** Of `uses`, those of which no match is kept: only how many they are is known. */
  readonly unkept: number;
  readonly when: UseTimes;
}

/** When something was seen at an address, as far as that is known. */
export interface UseTimes {
  /** From the first to the last instant that is known. */
  readonly exactly?: Interval;
  /** Others were at some time within; from 0 on where nothing but the making of the credential bounds them. */
  readonly within?: Interval;
}

/** What is known of a network beyond this case: it lowers a score, or raises it. */
export interface NetworkStanding {
  /** Known or learned to be shared by many owners. */
  readonly shared: boolean;
  /** On how many earlier days the credential or its owner worked from it. */
  readonly days: number;
  /** It is usual, if only because others of its operator's networks are. */
  readonly usual: boolean;
  /** Never seen before for this credential; undefined where there is no history to say so. */
  readonly isNew: boolean | undefined;
}

/**
 * The first `limit` addresses of a finding, the busiest first. The finding keeps only the strongest of its matches, so
 * that what it says no more of an address is taken from the case's sightings of its network.
 */
export function matchedAddresses(
  finding: Finding,
  sightings: ReadonlyMap<string, readonly Sighting[]>,
  limit: number,
): MatchedAddress[] {
  const byUse = Map.groupBy(finding.matches, ({ use }) => use.address);
  return finding.addresses.slice(0, limit).map((one) => {
    const kept = byUse.get(one.address);
    const seen = kept?.map(({ sighting }) => sighting) ?? nearest(one, sightings.get(one.network) ?? []);
    return {
      ...one,
      ...sightedAs(one, seen),
      standing: standingOf(finding, one.network),
      ...usedAs(one, kept, finding),
    };
  });
}

function nearest({ address }: FindingAddress, onNetwork: readonly Sighting[]): readonly Sighting[] {
  const same = onNetwork.filter((sighting) => sighting.address === address);
  return same.length > 0 ? same : onNetwork;
}

type SightedAs = Pick<MatchedAddress, 'asnName' | 'methods' | 'askedBack' | 'neighbour'>;

function sightedAs(one: FindingAddress, seen: readonly Sighting[]): SightedAs {
  const methods = new Set(seen.map(({ method }) => method));
  const asnName = seen.find(({ asn, asnName }) => asn === one.asn && asnName !== undefined)?.asnName;
  const neighbour = one.rule === 'same-network' ? seen[0]?.address : undefined;
  return {
    methods: METHODS_BEST_FIRST.filter((method) => methods.has(method)),
    askedBack: seen.length > 0 && seen.every(({ askedBack }) => askedBack),
    ...(asnName === undefined ? {} : { asnName }),
    ...(neighbour === undefined ? {} : { neighbour }),
  };
}

type UsedAs = Pick<MatchedAddress, 'proven' | 'unkept' | 'when'>;

function usedAs(one: FindingAddress, kept: readonly Match[] = [], { credential }: Finding): UsedAs {
  const uses = kept.map(({ use }) => use);
  const proven = STRENGTHS_BEST_FIRST.flatMap((strength) => {
    const times = countOf(uses.filter((use) => use.strength === strength));
    return times === 0 ? [] : [{ strength, times }];
  });
  const unkept = one.uses - countOf(uses);
  const exact = uses.filter(isExactlyTimed).map(({ at }) => at);
  const isWhole = exact.length === uses.length && unkept === 0;
  const exactly = exact.length === 0 ? {} : { exactly: exact.reduce(hull) };
  return { proven, unkept, when: { ...exactly, ...(isWhole ? {} : { within: boundsOf(one, credential) }) } };
}

function countOf(uses: readonly TokenUse[]): number {
  return uses.reduce((sum, use) => sum + usesCounted(use), 0);
}

/** That a token was not used before it was made says nothing of when it was. */
function boundsOf({ firstUse, lastUse }: FindingAddress, { createdAt = 0 }: Credential): Interval {
  return { notBefore: firstUse > createdAt ? firstUse : 0, notAfter: lastUse };
}

function standingOf({ credential, sharedNetworks, usualNetworks = [] }: Finding, network: string): NetworkStanding {
  return {
    shared: sharedNetworks.includes(network),
    days: daysOnNetwork(credential, network),
    usual: usualNetworks.includes(network),
    isNew: isNewNetwork(credential, network),
  };
}
