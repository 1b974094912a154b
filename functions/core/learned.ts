import { DAYS_REMEMBERED, type DayNumber, type DaysSeen, dayOf, daysBefore, hourOf, withDay } from './days-seen.ts';
import type { TokenEvidence } from './evidence.ts';
import type { OperatorUse } from './operators.ts';
import { SENSITIVE_ACTIONS, type SensitiveAction, sensitiveActionsOf } from './sensitive-actions.ts';
import { DAY, type EpochMs, lengthOf } from './time.ts';
import { type Credential, type Habits, isExactlyTimed, ownerKey, type TokenUse } from './token-use.ts';

/** Bounds of what is kept: the latest days win. */
export const LEARNED_LIMITS = {
  credentials: 20_000,
  networksOfCredential: 50,
  operatorsOfOwner: 500,
  networks: 50_000,
  ownersOfNetwork: 100,
} as const;

/** A network is shared once this many owners were seen on it, on this many days (design §7). */
export const SHARED_BY = { owners: 5, days: 3 } as const;

/** An hour of the day is usual once somebody worked then on this many days: once is overtime. */
const HOUR_DAYS = 2;

/** What earlier days taught, as it is stored: by `Credential.id`, by owner and by network. */
export interface StoredContext {
  readonly credentials: Readonly<Record<string, StoredProfile>>;
  /** On which days an owner was seen anywhere. */
  readonly owners: Readonly<Record<string, DaysSeen>>;
  /** On which days an owner was seen at an hour of the day (UTC, 0..23). */
  readonly hours: Readonly<Record<string, Readonly<Record<string, DaysSeen>>>>;
  /** On which days an owner worked from addresses of a network operator, by number. */
  readonly operators: Readonly<Record<string, Readonly<Record<string, DaysSeen>>>>;
  /** On which days which owner was seen on a network. */
  readonly networks: Readonly<Record<string, Readonly<Record<string, DaysSeen>>>>;
}

interface StoredProfile {
  /** On which days it was used anywhere. */
  readonly active: DaysSeen;
  readonly networks: Readonly<Record<string, DaysSeen>>;
  readonly actions: Readonly<Partial<Record<SensitiveAction, DaysSeen>>>;
}

/** Owners seen on a network on days before the window, and on how many days. */
export interface SharedNetwork {
  readonly owners: number;
  /** How many of them are people; the others are bots, jobs and deploy tokens. */
  readonly people: number;
  readonly days: number;
}

interface Profile {
  active?: DaysSeen;
  readonly networks: Map<string, DaysSeen>;
  readonly actions: Map<SensitiveAction, DaysSeen>;
}

/** Days by what was seen, by whom or where. */
type Lists = Map<string, Map<string, DaysSeen>>;

/** Everybody together, beside the owners that operators are kept by. */
const PEOPLE = 'people';
const MACHINES = 'machines';

const NEVER: DaysSeen = [0, 0];

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
  readonly #hours: Lists = new Map();
  readonly #operators: Lists = new Map();
  readonly #networks: Lists = new Map();

  constructor(stored?: StoredContext) {
    for (const [id, { active, networks, actions }] of Object.entries(stored?.credentials ?? {})) {
      const known = SENSITIVE_ACTIONS.flatMap((kind): [SensitiveAction, DaysSeen][] => {
        const seen = actions[kind];
        return seen === undefined ? [] : [[kind, seen]];
      });
      this.#credentials.set(id, { active, networks: new Map(Object.entries(networks)), actions: new Map(known) });
    }
    for (const [owner, seen] of Object.entries(stored?.owners ?? {})) this.#owners.set(owner, seen);
    fill(this.#hours, stored?.hours);
    fill(this.#operators, stored?.operators);
    fill(this.#networks, stored?.networks);
  }

  /**
   * Adds a reading. Uses that were turned away, or that no single day is known of, teach nothing; many clones are a
   * habit where one reading shows them.
   */
  learn({ uses, credentials }: Lesson): void {
    const described = new Map(credentials.map((credential) => [credential.id, credential]));
    for (const [id, own] of Map.groupBy(uses.filter(teaches), ({ credential }) => credential)) {
      const owner = ownerKey(id, described.get(id));
      for (const use of own) this.#learnUse(use, owner);
      // A job's token lives as long as its job: what is usual for it is what is for its owner's jobs.
      if (id.startsWith('job/')) continue;
      const profile = this.#profileOf(id);
      for (const { network, at } of own) noteUse(profile, network, dayOf(at.notAfter));
      for (const [day, ofDay] of Map.groupBy(own, ({ at }) => dayOf(at.notAfter))) {
        for (const kind of sensitiveActionsOf(ofDay))
          profile.actions.set(kind, withDay(profile.actions.get(kind), day));
      }
    }
  }

  /** Adds from which operators' networks owners worked. */
  learnOperators(uses: Iterable<OperatorUse>): void {
    for (const { owner, machine, asn, at } of uses) {
      note(this.#operators, owner, `${asn}`, dayOf(at.notAfter));
      note(this.#operators, machine ? MACHINES : PEOPLE, `${asn}`, dayOf(at.notAfter));
    }
  }

  #profileOf(id: string): Profile {
    const profile = this.#credentials.get(id) ?? { networks: new Map(), actions: new Map() };
    this.#credentials.set(id, profile);
    return profile;
  }

  #learnUse(use: TokenUse, owner: string): void {
    const { at, network } = use;
    const day = dayOf(at.notAfter);
    this.#owners.set(owner, withDay(this.#owners.get(owner), day));
    note(this.#networks, network, owner, day);
    if (isExactlyTimed(use)) note(this.#hours, owner, `${hourOf(at.notAfter)}`, day);
  }

  /** The reading with what earlier days say of its credentials and networks. */
  describe(evidence: TokenEvidence): TokenEvidence {
    const today = dayOf(evidence.window.start);
    const networks = Map.groupBy(evidence.uses, ({ credential }) => credential);
    const credentials = evidence.credentials.map((credential) => {
      const uses = networks.get(credential.id);
      // Of the thousands in a list that were not used, nobody asks.
      const habits = uses === undefined ? undefined : this.#habitsOf(credential, uses, today);
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
    const sharedNetworks = this.#sharedAmong(evidence.uses, today);
    const knownOperators = { people: this.#operatorsOf(PEOPLE, today), machines: this.#operatorsOf(MACHINES, today) };
    return { ...evidence, credentials, sharedNetworks, knownOperators };
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
    for (const [asn, seen] of this.#operators.get(owner) ?? []) {
      const { length } = before(seen, today);
      if (length > 0) asnDays[asn] = length;
    }
    const hours = [...(this.#hours.get(owner) ?? [])].flatMap(([hour, seen]) =>
      before(seen, today).length >= HOUR_DAYS ? [Number(hour)] : [],
    );
    hours.sort((a, b) => a - b);
    return { days, networkDays, hours, actions, ...(Object.keys(asnDays).length === 0 ? {} : { asnDays }) };
  }

  #operatorsOf(who: string, today: DayNumber): number[] {
    const known = [...(this.#operators.get(who) ?? [])].filter(([, seen]) => daysBefore(seen, today).length > 0);
    return known.map(([asn]) => Number(asn)).sort((a, b) => a - b);
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
    const seen = [...all].map(([owner, days]) => ({ owner, days: daysBefore(days, today) }));
    const earlier = seen.filter((one) => one.days.length > 0);
    const owners = earlier.length;
    const days = new Set(earlier.flatMap((one) => one.days)).size;
    if (owners < SHARED_BY.owners || days < SHARED_BY.days) return undefined;
    return { owners, days, people: earlier.filter(({ owner }) => owner.startsWith('user/')).length };
  }

  /**
   * What is to be stored: bounded, and without what was last seen too long ago.
   *
   * @param retention milliseconds; never more than {@link DAYS_REMEMBERED} days
   */
  stored(now: EpochMs, retention: number): StoredContext {
    const oldest = dayOf(now) - Math.min(DAYS_REMEMBERED, Math.floor(retention / DAY));
    const { credentials: most } = LEARNED_LIMITS;
    const credentials = latest(this.#credentials, ({ active }) => active ?? NEVER, oldest, most);
    const owners = latest(this.#owners, (seen) => seen, oldest, most);
    return {
      credentials: Object.fromEntries([...credentials].map(([id, profile]) => [id, storedProfile(profile, oldest)])),
      owners: Object.fromEntries(owners),
      hours: latestOfEach(this.#hours, oldest, most, 24),
      operators: latestOfEach(this.#operators, oldest, most, LEARNED_LIMITS.operatorsOfOwner),
      networks: latestOfEach(this.#networks, oldest, LEARNED_LIMITS.networks, LEARNED_LIMITS.ownersOfNetwork),
    };
  }
}

function storedProfile({ active = NEVER, networks, actions }: Profile, oldest: DayNumber): StoredProfile {
  const kept = latest(networks, (seen) => seen, oldest, LEARNED_LIMITS.networksOfCredential);
  return {
    active,
    networks: Object.fromEntries(kept),
    actions: Object.fromEntries(actions),
  };
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

function noteUse(profile: Profile, network: string, day: DayNumber): void {
  profile.active = withDay(profile.active, day);
  profile.networks.set(network, withDay(profile.networks.get(network), day));
}

function fill(lists: Lists, stored: Readonly<Record<string, Readonly<Record<string, DaysSeen>>>> = {}): void {
  for (const [key, list] of Object.entries(stored)) lists.set(key, new Map(Object.entries(list)));
}

function note(lists: Lists, key: string, what: string, day: DayNumber): void {
  const list = lists.get(key) ?? new Map<string, DaysSeen>();
  lists.set(key, list.set(what, withDay(list.get(what), day)));
}

/** The same of entries that are lists themselves. */
function latestOfEach(
  lists: ReadonlyMap<string, ReadonlyMap<string, DaysSeen>>,
  oldest: DayNumber,
  limit: number,
  limitOfEach: number,
): Record<string, Record<string, DaysSeen>> {
  const kept = new Map<string, Map<string, DaysSeen>>();
  for (const [key, list] of lists) {
    const latestOf = latest(list, (seen) => seen, oldest, limitOfEach);
    if (latestOf.size > 0) kept.set(key, latestOf);
  }
  const chosen = latest(kept, newestOf, oldest, limit);
  return Object.fromEntries([...chosen].map(([key, list]) => [key, Object.fromEntries(list)]));
}

function newestOf(owners: ReadonlyMap<string, DaysSeen>): DaysSeen {
  return [...owners.values()].reduce((a, b) => (b[0] > a[0] ? b : a));
}

function before(seen: DaysSeen | undefined, today: DayNumber): DayNumber[] {
  return seen === undefined ? [] : daysBefore(seen, today);
}

/** It happened, and on a day that is known. */
function teaches({ strength, at }: TokenUse): boolean {
  return strength !== 'refused' && lengthOf(at) <= DAY;
}
