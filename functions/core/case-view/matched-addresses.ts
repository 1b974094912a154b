import type { Finding, FindingAddress } from '../finding.ts';
import { METHODS_BEST_FIRST, type Sighting, type SightingMethod } from '../sighting.ts';
import { daysOnNetwork, isNewNetwork } from '../token-use.ts';

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
    const matched = byUse.get(one.address)?.map(({ sighting }) => sighting);
    return describe(one, matched ?? nearest(one, sightings.get(one.network) ?? []), standingOf(finding, one.network));
  });
}

function nearest({ address }: FindingAddress, onNetwork: readonly Sighting[]): readonly Sighting[] {
  const same = onNetwork.filter((sighting) => sighting.address === address);
  return same.length > 0 ? same : onNetwork;
}

function describe(one: FindingAddress, seen: readonly Sighting[], standing: NetworkStanding): MatchedAddress {
  const methods = new Set(seen.map(({ method }) => method));
  const asnName = seen.find(({ asn, asnName }) => asn === one.asn && asnName !== undefined)?.asnName;
  const neighbour = one.rule === 'same-network' ? seen[0]?.address : undefined;
  return {
    ...one,
    methods: METHODS_BEST_FIRST.filter((method) => methods.has(method)),
    askedBack: seen.length > 0 && seen.every(({ askedBack }) => askedBack),
    standing,
    ...(asnName === undefined ? {} : { asnName }),
    ...(neighbour === undefined ? {} : { neighbour }),
  };
}

function standingOf({ credential, sharedNetworks, usualNetworks = [] }: Finding, network: string): NetworkStanding {
  return {
    shared: sharedNetworks.includes(network),
    days: daysOnNetwork(credential, network),
    usual: usualNetworks.includes(network),
    isNew: isNewNetwork(credential, network),
  };
}
