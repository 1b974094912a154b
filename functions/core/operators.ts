import { dayOf } from './days-seen.ts';
import type { Sighting } from './sighting.ts';
import { DAY, type Interval, lengthOf } from './time.ts';
import { type Credential, isMachine, ownerKey, type TokenUse } from './token-use.ts';

/** Operators of the networks that anybody worked from on earlier days, by number (ASN). */
export interface KnownOperators {
  readonly people: readonly number[];
  readonly machines: readonly number[];
}

/** Whoever used a credential worked from an address of this network operator. */
export interface OperatorUse {
  /** As `ownerKey` names it. */
  readonly owner: string;
  /** By a machine's credential: a bot's or a job's. */
  readonly machine: boolean;
  readonly asn: number;
  readonly at: Interval;
}

/**
 * From which operators' networks people and machines worked: GitLab tells addresses, and only what Cloudflare saw of an
 * address tells its operator. One of each owner, operator and day; what was turned away, or that no single day is known
 * of, says nothing.
 */
export function operatorsOf(
  uses: readonly TokenUse[],
  credentials: readonly Credential[],
  sightings: Iterable<Sighting>,
): OperatorUse[] {
  const asns = new Map<string, number>();
  for (const { address, asn } of sightings) if (asn !== undefined) asns.set(address, asn);
  const described = new Map(credentials.map((credential) => [credential.id, credential]));
  const found = new Map<string, OperatorUse>();
  for (const { credential, address, at, strength } of uses) {
    const asn = asns.get(address);
    if (asn === undefined || strength === 'refused' || lengthOf(at) > DAY) continue;
    const owner = ownerKey(credential, described.get(credential));
    const machine = isMachine(described.get(credential));
    found.set(`${owner} ${machine} ${asn} ${dayOf(at.notAfter)}`, { owner, machine, asn, at });
  }
  return [...found.values()];
}
