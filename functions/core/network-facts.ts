import type { Match } from './finding.ts';
import type { SharedNetwork } from './learned.ts';
import { type Credential, isNewNetwork } from './token-use.ts';

/** What is known of a network beyond this case. */
export interface NetworkKnowledge {
  /** Whether an address (canonical text) is listed in `knownEgress`. */
  isKnownEgress(address: string): boolean;
  /** Owners by which the network was learned to be shared, from days before the window only. */
  sharedEgress(network: string): SharedNetwork | undefined;
  /** Whether nobody of the credential's kind, people or machines, worked from an operator's addresses before. */
  isNewOperator(asn: number, credential: Credential): boolean;
}

/** Who is on a network in one case. */
export interface NetworkFacts {
  /** Accounts as `user/<id>`, whatever they act with; the credential where nobody knows whose it is. */
  readonly newOwners: Set<string>;
  readonly unknownOwners: Set<string>;
  readonly refusedCredentials: Set<string>;
}

/** What this case knows of each network: who is new to it, and who was turned away from it. */
export function networkFacts(
  byCredential: ReadonlyMap<string, readonly Match[]>,
  described: ReadonlyMap<string, Credential>,
  knowledge: NetworkKnowledge,
): Map<string, NetworkFacts> {
  const facts = new Map<string, NetworkFacts>();
  for (const [id, matches] of byCredential) {
    const credential = described.get(id);
    const owner = credential?.owner === undefined ? id : `user/${credential.owner.id}`;
    for (const { use } of matches) {
      const onNetwork = facts.get(use.network) ?? noFacts();
      facts.set(use.network, onNetwork);
      if (use.strength === 'refused') onNetwork.refusedCredentials.add(id);
      else if (!knowledge.isKnownEgress(use.address)) addOwner(owner, credential, onNetwork, use.network);
    }
  }
  return facts;
}

function noFacts(): NetworkFacts {
  return { newOwners: new Set(), unknownOwners: new Set(), refusedCredentials: new Set() };
}

function addOwner(
  owner: string,
  credential: Credential | undefined,
  { newOwners, unknownOwners }: NetworkFacts,
  network: string,
): void {
  const isNew = credential === undefined ? undefined : isNewNetwork(credential, network);
  if (isNew === undefined) unknownOwners.add(owner);
  else if (isNew) newOwners.add(owner);
}
