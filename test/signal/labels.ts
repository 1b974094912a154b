import type { Finding, FindingAddress } from '../../functions/core/finding.ts';
import { type EpochMs, type Interval, MINUTE } from '../../functions/core/time.ts';
import type { Story } from './truth.ts';

/** Where and when an intruder acted with a credential, or as an account. */
interface Deed {
  readonly intrusion: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** What may be told of one use of a credential. */
export interface LabelledUse {
  readonly credential: string;
  readonly address: string;
  readonly at: Interval;
}

/** How far a source's times may lie from the deed: clocks differ, and logs are cut to minutes. */
const TOLERANCE = 10 * MINUTE;

/**
 * Tells whose deeds evidence is of, for counting only. A piece of evidence belongs to an intrusion when an intruder used
 * the very credential (or acted as its account, or minted it) from the very address at that time, give or take ten
 * minutes, and the intrusion had begun by the time it is judged. What a victim does with the same credential from
 * elsewhere is nobody's intrusion, and so is what colleagues do from the same address.
 */
export class Labels {
  readonly #deeds = new Map<string, Deed[]>();
  readonly #minted = new Map<string, Deed[]>();
  readonly #begins: ReadonlyMap<string, EpochMs>;

  constructor({ calls, intrusions }: Pick<Story, 'calls' | 'intrusions'>) {
    this.#begins = new Map(intrusions.map(({ id, from }) => [id, from]));
    for (const { intrusion, credential, owner, mints, address, from, until } of calls) {
      if (intrusion === undefined) continue;
      const deed = { intrusion, from: from - TOLERANCE, until: until + TOLERANCE };
      for (const name of [credential, `user/${owner}`, mints]) {
        if (name !== undefined) add(this.#deeds, `${name} ${address}`, deed);
      }
      if (mints !== undefined) add(this.#minted, mints, deed);
    }
  }

  /** `Intrusion.id`s, sorted, that any match of a finding is evidence of at that instant. */
  ofFinding({ credential, matches, matchCount, addresses }: Finding, at: EpochMs): string[] {
    const uses: LabelledUse[] = matches.map(({ use }) => use);
    // A finding carries its best matches only; its addresses are never cut.
    if (matchCount > matches.length) uses.push(...addresses.map((address) => useOf(credential.id, address)));
    return sorted(uses.flatMap((use) => this.ofUse(use, at)));
  }

  /** `Intrusion.id`s, sorted, that a use is evidence of at that instant. */
  ofUse({ credential, address, at: { notBefore, notAfter } }: LabelledUse, at: EpochMs): string[] {
    const deeds = this.#deeds.get(`${credential} ${address}`) ?? [];
    const own = deeds.filter(({ from, until }) => notBefore <= until && notAfter >= from);
    return sorted(this.#begun(own, at));
  }

  /** `Intrusion.id`s, sorted, in which the credential was made at about that instant. */
  ofCreation(credential: string, createdAt: EpochMs, at: EpochMs): string[] {
    const deeds = this.#minted.get(credential) ?? [];
    return sorted(
      this.#begun(
        deeds.filter(({ from, until }) => createdAt >= from && createdAt <= until),
        at,
      ),
    );
  }

  #begun(deeds: readonly Deed[], at: EpochMs): string[] {
    return deeds.map(({ intrusion }) => intrusion).filter((id) => (this.#begins.get(id) ?? Infinity) <= at);
  }
}

function useOf(credential: string, { address, firstUse, lastUse }: FindingAddress): LabelledUse {
  return { credential, address, at: { notBefore: firstUse, notAfter: lastUse } };
}

function add(deeds: Map<string, Deed[]>, key: string, deed: Deed): void {
  const known = deeds.get(key);
  if (known === undefined) deeds.set(key, [deed]);
  else known.push(deed);
}

function sorted(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}
