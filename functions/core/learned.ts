import { DAYS_REMEMBERED, type DayNumber, type DaysSeen, dayOf, daysBefore, withDay } from './days-seen.ts';
import type { TokenEvidence } from './evidence.ts';
import { SENSITIVE_ACTIONS, type SensitiveAction, sensitiveActionsOf } from './sensitive-actions.ts';
import { DAY, type EpochMs, type Interval, lengthOf } from './time.ts';
import type { Credential, Habits, TokenUse } from './token-use.ts';

/** Bounds of what is kept: the latest days win. */
export const LEARNED_LIMITS = {
  credentials: 20_000,
  networksOfCredential: 50,
  asnsOfCredential: 20,
  networks: 50_000,
  ownersOfNetwork: 100,
} as const;

/** A network is shared once this many owners were seen on it, on this many days (design §7). */
export const SHARED_BY = { owners: 5, days: 3 } as const;

/** What earlier days taught, as it is stored: by `Credential.id`, by owner and by network. */
export interface StoredContext {
  readonly credentials: Readonly<Record<string, StoredProfile>>;
  /** On which days an owner was seen anywhere. */
  readonly owners: Readonly<Record<string, DaysSeen>>;
  /** On which days which owner was seen on a network. */
  readonly networks: Readonly<Record<string, Readonly<Record<string, DaysSeen>>>>;
}

interface StoredProfile {
  /** On which days it was used anywhere. */
  readonly active: DaysSeen;
  readonly networks: Readonly<Record<string, DaysSeen>>;
  readonly actions: Readonly<Partial<Record<SensitiveAction, DaysSeen>>>;
  /** On which days it worked from addresses of a network operator, by number. Missing: none is known. */
  readonly asns?: Readonly<Record<string, DaysSeen>>;
}

/** Owners seen on a network on days before the window, and on how many days. */
export interface SharedNetwork {
  readonly owners: number;
  readonly days: number;
}

interface Profile {
  active?: DaysSeen;
  readonly networks: Map<string, DaysSeen>;
  readonly actions: Map<SensitiveAction, DaysSeen>;
  readonly asns: Map<string, DaysSeen>;
}

const NEVER: DaysSeen = [0, 0];

/** That a credential worked from addresses of a network operator: GitLab never says so, Cloudflare of those it saw. */
export interface AsnUse {
  /** `Credential.id`. */
  readonly credential: string;
  readonly asn: number;
  readonly at: Interval;
}

/** The part of a reading that teaches. */
export type Lesson = Pick<TokenEvidence, 'uses' | 'credentials'>;

/**
 * What is usual, learned from readings of GitLab (design §7, §9): from where a credential and its owner work and what
 * they do there, and who shares a network. Whole UTC days are remembered, so that readings may overlap, repeat and come
 * in any order. Only days before a window say anything about it: twenty stolen tokens on one host are no office.
 */
export class LearnedContext {
  readonly #credentials = new Map<string, Profile>();
  readonly #owners = new Map<string, DaysSeen>();
  readonly #networks = new Map<string, Map<string, DaysSeen>>();

  constructor(stored?: StoredContext) {
    for (const [id, { active, networks, actions, asns = {} }] of Object.entries(stored?.credentials ?? {})) {
      const known = SENSITIVE_ACTIONS.flatMap((kind): [SensitiveAction, DaysSeen][] => {
        const seen = actions[kind];
        return seen === undefined ? [] : [[kind, seen]];
      });
      this.#credentials.set(id, {
        active,
        networks: new Map(Object.entries(networks)),
        actions: new Map(known),
        asns: new Map(Object.entries(asns)),
      });
    }
    for (const [owner, seen] of Object.entries(stored?.owners ?? {})) this.#owners.set(owner, seen);
    for (const [network, owners] of Object.entries(stored?.networks ?? {})) {
      this.#networks.set(network, new Map(Object.entries(owners)));
    }
  }

  /**
   * Adds a reading. Uses that were turned away, or that no single day is known of, teach nothing; many clones are a
   * habit where one reading shows them.
   */
  learn({ uses, credentials }: Lesson): void {
    const described = new Map(credentials.map((credential) => [credential.id, credential]));
    for (const [id, own] of Map.groupBy(uses.filter(teaches), ({ credential }) => credential)) {
      const owner = ownerKey(id, described.get(id));
      const profile = this.#profileOf(id);
      for (const use of own) this.#learnUse(use, profile, owner);
      for (const [day, ofDay] of Map.groupBy(own, ({ at }) => dayOf(at.notAfter))) {
        for (const kind of sensitiveActionsOf(ofDay))
          profile.actions.set(kind, withDay(profile.actions.get(kind), day));
      }
    }
  }

  /** Adds from which operators' networks credentials worked. What no single day is known of teaches nothing. */
  learnAsns(uses: Iterable<AsnUse>): void {
    for (const { credential, asn, at } of uses) {
      if (lengthOf(at) > DAY) continue;
      const { asns } = this.#profileOf(credential);
      asns.set(`${asn}`, withDay(asns.get(`${asn}`), dayOf(at.notAfter)));
    }
  }

  #profileOf(id: string): Profile {
    const profile = this.#credentials.get(id) ?? { networks: new Map(), actions: new Map(), asns: new Map() };
    this.#credentials.set(id, profile);
    return profile;
  }

  #learnUse({ at, network }: TokenUse, profile: Profile, owner: string): void {
    const day = dayOf(at.notAfter);
    profile.active = withDay(profile.active, day);
    profile.networks.set(network, withDay(profile.networks.get(network), day));
    this.#owners.set(owner, withDay(this.#owners.get(owner), day));
    const owners = this.#networks.get(network) ?? new Map<string, DaysSeen>();
    this.#networks.set(network, owners.set(owner, withDay(owners.get(owner), day)));
  }

  /** The reading with what earlier days say of its credentials and networks. */
  describe(evidence: TokenEvidence): TokenEvidence {
    const today = dayOf(evidence.window.start);
    const networks = Map.groupBy(evidence.uses, ({ credential }) => credential);
    const credentials = evidence.credentials.map((credential) => {
      const habits = this.#habitsOf(credential, networks.get(credential.id) ?? [], today);
      return habits === undefined ? credential : { ...credential, habits };
    });
    const described = new Set(evidence.credentials.map(({ id }) => id));
    // A person whom no source describes is known by what was learned all the same.
    const people = [...networks.keys()].filter((id) => id.startsWith('user/') && !described.has(id));
    for (const id of people) {
      const person: Credential = { id, kind: 'user', owner: { id: Number(id.slice('user/'.length)) } };
      const habits = this.#habitsOf(person, networks.get(id) ?? [], today);
      if (habits !== undefined) credentials.push({ ...person, habits });
    }
    return { ...evidence, credentials, sharedNetworks: this.#sharedAmong(evidence.uses, today) };
  }

  /** Undefined where neither the credential nor its owner was seen on an earlier day. */
  #habitsOf(credential: Credential, uses: readonly TokenUse[], today: DayNumber): Habits | undefined {
    const profile = this.#credentials.get(credential.id);
    const owner = ownerKey(credential.id, credential);
    const days = new Set([...before(profile?.active, today), ...before(this.#owners.get(owner), today)]).size;
    if (days === 0) return undefined;
    const networkDays: Record<string, number> = {};
    for (const network of new Set(uses.map((use) => use.network))) {
      const seen = [
        ...before(profile?.networks.get(network), today),
        ...before(this.#networks.get(network)?.get(owner), today),
      ];
      if (seen.length > 0) networkDays[network] = new Set(seen).size;
    }
    const actions = SENSITIVE_ACTIONS.filter((kind) => before(profile?.actions.get(kind), today).length > 0);
    const asnDays: Record<string, number> = {};
    for (const [asn, seen] of profile?.asns ?? []) {
      const { length } = before(seen, today);
      if (length > 0) asnDays[asn] = length;
    }
    return { days, networkDays, actions, ...(Object.keys(asnDays).length === 0 ? {} : { asnDays }) };
  }

  #sharedAmong(uses: readonly TokenUse[], today: DayNumber): Record<string, SharedNetwork> {
    const shared: Record<string, SharedNetwork> = {};
    for (const network of new Set(uses.map((use) => use.network))) {
      const found = this.#sharing(network, today);
      if (found !== undefined) shared[network] = found;
    }
    return shared;
  }

  #sharing(network: string, today: DayNumber): SharedNetwork | undefined {
    const all = this.#networks.get(network);
    if (all === undefined || all.size < SHARED_BY.owners) return undefined;
    const seen = [...all.values()].map((days) => daysBefore(days, today)).filter((days) => days.length > 0);
    const days = new Set(seen.flat()).size;
    return seen.length >= SHARED_BY.owners && days >= SHARED_BY.days ? { owners: seen.length, days } : undefined;
  }

  /**
   * What is to be stored: bounded, and without what was last seen too long ago.
   *
   * @param retention milliseconds; never more than {@link DAYS_REMEMBERED} days
   */
  stored(now: EpochMs, retention: number): StoredContext {
    const oldest = dayOf(now) - Math.min(DAYS_REMEMBERED, Math.floor(retention / DAY));
    const networks = new Map<string, Map<string, DaysSeen>>();
    for (const [network, owners] of this.#networks) {
      const kept = latest(owners, (seen) => seen, oldest, LEARNED_LIMITS.ownersOfNetwork);
      if (kept.size > 0) networks.set(network, kept);
    }
    const credentials = latest(this.#credentials, lastActive, oldest, LEARNED_LIMITS.credentials);
    const owners = latest(this.#owners, (seen) => seen, oldest, LEARNED_LIMITS.credentials);
    const keptNetworks = latest(networks, newestOf, oldest, LEARNED_LIMITS.networks);
    return {
      credentials: Object.fromEntries([...credentials].map(([id, profile]) => [id, storedProfile(profile, oldest)])),
      owners: Object.fromEntries(owners),
      networks: Object.fromEntries([...keptNetworks].map(([network, of]) => [network, Object.fromEntries(of)])),
    };
  }
}

function storedProfile({ active = NEVER, networks, actions, asns }: Profile, oldest: DayNumber): StoredProfile {
  const kept = latest(networks, (seen) => seen, oldest, LEARNED_LIMITS.networksOfCredential);
  const keptAsns = latest(asns, (seen) => seen, oldest, LEARNED_LIMITS.asnsOfCredential);
  return {
    active,
    networks: Object.fromEntries(kept),
    actions: Object.fromEntries(actions),
    ...(keptAsns.size === 0 ? {} : { asns: Object.fromEntries(keptAsns) }),
  };
}

/** Also of a credential that so far only reports of matches named. */
function lastActive({ active = NEVER, asns }: Profile): DaysSeen {
  return newest([active, ...asns.values()]);
}

/** The entries last seen, the latest days first, ties by key; none from before `oldest`. */
function latest<T>(
  entries: ReadonlyMap<string, T>,
  seenOf: (entry: T) => DaysSeen,
  oldest: DayNumber,
  limit: number,
): Map<string, T> {
  const kept = [...entries].filter(([, entry]) => seenOf(entry)[0] >= oldest);
  if (kept.length <= limit) return new Map(kept);
  kept.sort(([a, left], [b, right]) => seenOf(right)[0] - seenOf(left)[0] || (a < b ? -1 : 1));
  return new Map(kept.slice(0, limit));
}

function newestOf(owners: ReadonlyMap<string, DaysSeen>): DaysSeen {
  return newest([...owners.values()]);
}

function newest(seen: readonly DaysSeen[]): DaysSeen {
  return seen.reduce((a, b) => (b[0] > a[0] ? b : a));
}

function before(seen: DaysSeen | undefined, today: DayNumber): DayNumber[] {
  return seen === undefined ? [] : daysBefore(seen, today);
}

/** It happened, and on a day that is known. */
function teaches({ strength, at }: TokenUse): boolean {
  return strength !== 'refused' && lengthOf(at) <= DAY;
}

/** Who acts: the account where it is known, else the credential itself. */
export function ownerKey(credentialId: string, credential: Credential | undefined): string {
  if (credentialId.startsWith('user/')) return credentialId;
  return credential?.owner === undefined ? credentialId : `user/${credential.owner.id}`;
}
