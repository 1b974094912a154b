import { outcomeOf } from './event-outcome.ts';
import { type EventGroup, type EventsPicture, FACET_NAMES, type FacetName } from './security-events.ts';

/** One value of a facet under the id a claim may cite it by. */
export interface EventShare {
  /** For example `ec1`, the country with the most events. */
  readonly id: string;
  readonly value: string;
  readonly count: number;
}

export interface IdentifiedFacet {
  readonly values: readonly EventShare[];
  readonly distinct: number;
}

/** What a monitor saw, with an id on everything that may be cited. */
export interface IdentifiedEvents {
  /** The whole of the events. */
  readonly id: 't2';
  readonly picture: EventsPicture;
  /** Ids `e1` …, the largest first. */
  readonly groups: readonly { readonly id: string; readonly group: EventGroup }[];
  readonly facets: Readonly<Record<FacetName, IdentifiedFacet>>;
  /** Events by what became of the client, as far as actions were told; those not told are in neither. */
  readonly outcomes: { readonly acted: number; readonly passed: number };
}

/** How the ids of a facet's values begin; none is `e` alone, which the groups have. */
const FACET_IDS: Readonly<Record<FacetName, string>> = {
  addresses: 'ea',
  countries: 'ec',
  asns: 'en',
  actions: 'ex',
  sources: 'eo',
  statuses: 'es',
  hosts: 'eh',
  paths: 'ep',
  rules: 'er',
  ja4: 'ej',
  tags: 'et',
};

/** Numbers what a monitor saw. The same picture gets the same ids whatever order its groups were stored in. */
export function identifyEvents(picture: EventsPicture): IdentifiedEvents {
  const keyed = picture.groups.map((group) => ({ group, key: keyOf(group) }));
  const sorted = keyed.sort((a, b) => b.group.count - a.group.count || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    id: 't2',
    picture,
    groups: sorted.map(({ group }, index) => ({ id: `e${index + 1}`, group })),
    facets: facetsOf(picture),
    outcomes: outcomesOf(picture),
  };
}

/** Every id of the events. */
export function eventIds({ id, groups, facets }: IdentifiedEvents): string[] {
  const shares = FACET_NAMES.flatMap((name) => facets[name].values);
  return [id, ...[...groups, ...shares].map((entry) => entry.id)];
}

/** Whether a value is of Cloudflare's own vocabulary (actions, sources, JA4); some look like secrets, and are none. */
export function isOwnWord(value: string): boolean {
  return /^\w{1,64}$/.test(value);
}

/** Whether a rule or zone goes by its id, which looks like a secret and is none. */
export function isRuleId(value: string): boolean {
  return /^[0-9a-f]{32}$/.test(value);
}

function keyOf({ dimensions }: EventGroup): string {
  return JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function facetsOf({ facets }: EventsPicture): Record<FacetName, IdentifiedFacet> {
  const facet = (name: FacetName): IdentifiedFacet => ({
    distinct: facets[name].distinct,
    values: facets[name].values.map((entry, index) => ({ id: `${FACET_IDS[name]}${index + 1}`, ...entry })),
  });
  return {
    addresses: facet('addresses'),
    countries: facet('countries'),
    asns: facet('asns'),
    actions: facet('actions'),
    sources: facet('sources'),
    statuses: facet('statuses'),
    hosts: facet('hosts'),
    paths: facet('paths'),
    rules: facet('rules'),
    ja4: facet('ja4'),
    tags: facet('tags'),
  };
}

function outcomesOf({ facets }: EventsPicture): { acted: number; passed: number } {
  let acted = 0;
  let passed = 0;
  for (const { value, count } of facets.actions.values) {
    if (outcomeOf(value) === 'mitigated') acted += count;
    else passed += count;
  }
  return { acted, passed };
}
