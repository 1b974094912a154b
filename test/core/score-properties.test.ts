import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Match } from '../../functions/core/finding.ts';
import { buildFindings, type FindingRules } from '../../functions/core/findings.ts';
import { groupFindings } from '../../functions/core/incident-groups.ts';
import type { NetworkKnowledge } from '../../functions/core/network-facts.ts';
import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import { SENSITIVE_ACTIONS } from '../../functions/core/sensitive-actions.ts';
import { METHODS_BEST_FIRST } from '../../functions/core/sighting.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import { type Credential, isMachine } from '../../functions/core/token-use.ts';
import { credential, habits, match, NOON, sighting, tokenUse, WINDOW } from '../support/evidence.ts';

/** Addresses, their networks and who operates them. */
const PLACES = [
  { address: '203.0.113.7', network: '203.0.113.7', asn: 64500 },
  { address: '203.0.113.8', network: '203.0.113.8', asn: 64501 },
  { address: '2001:db8::1', network: '2001:db8::/64', asn: 64500 },
  { address: '2001:db8::2', network: '2001:db8::/64', asn: 64502 },
];
const ADDRESSES = PLACES.map(({ address }) => address);
const NETWORKS = [...new Set(PLACES.map(({ network }) => network))];
const ASNS = [64500, 64501, 64502];
const EVENTS = ['push', 'variable_viewed_api', 'member_created', 'personal_access_token_created', 'webhook_created'];

/** `token/<n>` is owned by `user/<n>`; the last is a bot's. */
const TOKENS = [1, 2, 3];

const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const daysOf = (keys: readonly (string | number)[]) =>
  fc.dictionary(fc.constantFrom(...keys.map(String)), fc.integer({ min: 1, max: 6 }));

const anyHabits = fc
  .record({
    days: fc.integer({ min: 1, max: 9 }),
    hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { maxLength: 4 }),
    networkDays: daysOf(NETWORKS),
    asnDays: daysOf(ASNS),
    actions: fc.subarray([...SENSITIVE_ACTIONS]),
  })
  .map(({ hours, ...known }) => habits({ ...known, hours: hours.sort((a, b) => a - b) }));

const anyCredential = (id: number): fc.Arbitrary<Credential> =>
  fc
    .record({
      habits: optional(anyHabits),
      knownNetworks: optional(fc.subarray(NETWORKS)),
      scopes: optional(fc.subarray(['api', 'read_user', 'read_repository'])),
      accessLevel: optional(fc.constantFrom(30, 40, 50)),
      owner: fc.constantFrom(id, TOKENS.length + 1),
    })
    .map(({ owner, ...told }) => {
      const { scopes: _, ...bare } = credential({ id: `token/${id}`, owner: { id: owner, bot: id === TOKENS.length } });
      return { ...bare, ...defined(told) };
    });

const anyMatch: fc.Arbitrary<Match> = fc
  .record({
    places: fc.constantFrom(...PLACES.flatMap((used) => PLACES.map((seen) => ({ used, seen })).filter(isOneNetwork))),
    credential: fc.constantFrom(...TOKENS.flatMap((id) => [`token/${id}`, `user/${id}`])),
    strength: fc.constantFrom('used', 'used', 'acted', 'minted', 'refused'),
    source: fc.constantFrom('audit', 'inventory', 'logs'),
    action: fc.constantFrom(...EVENTS),
    ago: fc.integer({ min: 0, max: 600 }),
    span: fc.constantFrom(0, 0, 20, 90, 5000),
    times: optional(fc.integer({ min: 1, max: 99 })),
    gap: fc.constantFrom(0, 0, 7, 30),
    method: fc.constantFrom(...METHODS_BEST_FIRST),
    score: optional(fc.constantFrom(1, 12, 29)),
    hasAsn: fc.boolean(),
    onGitlab: fc.boolean(),
  })
  .map(({ places: { used, seen }, ago, span, times, gap, score, hasAsn, onGitlab, source, ...told }) => {
    const { asn, lowestBotScore: _, ...bare } = sighting({ ...seen, method: told.method });
    const at = { notBefore: NOON - (ago + span) * MINUTE, notAfter: NOON - ago * MINUTE };
    const { strength, action, credential: by } = told;
    const use = { address: used.address, network: used.network, credential: by, strength, action };
    return match({
      rule: used === seen ? 'same-address' : 'same-network',
      gap: gap * MINUTE,
      sighting: { ...bare, ...defined({ lowestBotScore: score, asn: hasAsn ? asn : undefined }) },
      use: tokenUse({ ...use, ...defined({ times }), sources: [source], at: span === 0 ? instant(at.notAfter) : at }),
      ...(onGitlab ? { onGitlab } : {}),
    });
  });

const someMatches = fc.array(anyMatch, { minLength: 1, maxLength: 8 });

/** What is known beside the evidence, and how it is judged. */
const anyWorld = fc.record({
  credentials: fc
    .tuple(...TOKENS.map(anyCredential))
    .chain((all) => fc.subarray(all, { minLength: TOKENS.length - 1 })),
  shared: fc.subarray(NETWORKS),
  /** How many of the nine owners that share them are people. */
  sharers: fc.integer({ min: 0, max: 9 }),
  egress: fc.subarray(ADDRESSES),
  /** Operators that people, and that machines, worked with before. */
  people: fc.subarray(ASNS),
  machines: fc.subarray(ASNS),
  rules: fc.record({
    trigger: fc.constantFrom('spike', 'hunt', 'monitor'),
    threshold: fc.integer({ min: 1, max: 100 }),
    floor: fc.boolean(),
    huntPages: fc.constantFrom('off', 'confirmed', 'confirmed', 'threshold'),
    huntProbable: fc.integer({ min: 1, max: 101 }),
  }),
});
type World = typeof anyWorld extends fc.Arbitrary<infer T> ? T : never;

function found(matches: readonly Match[], world: World): Finding[] {
  const rules: FindingRules = {
    ...world.rules,
    ownEgressKnown: false,
    window: WINDOW,
    slack: 30 * MINUTE,
    probableHours: 2,
    weights: SCORE_WEIGHTS,
  };
  return buildFindings(matches, world.credentials, knowledgeOf(world), rules);
}

function knowledgeOf({ shared, sharers, egress, people, machines }: World): NetworkKnowledge {
  return {
    isKnownEgress: (address) => egress.includes(address),
    sharedEgress: (network) => (shared.includes(network) ? { owners: 9, days: 4, people: sharers } : undefined),
    isNewOperator: (asn, who) => !(isMachine(who) ? machines : people).includes(asn),
  };
}

describe('findings', () => {
  it('have the clamped sum of their parts as score', () => {
    fc.assert(
      fc.property(someMatches, anyWorld, (matches, world) => {
        for (const { score, parts } of found(matches, world)) {
          const sum = parts.reduce((total, { points }) => total + points, 0);
          expect(score).toBe(Math.min(100, Math.max(0, Math.round(sum))));
        }
      }),
    );
  });

  it('do not depend on the order of the evidence: scores, parts, decisions, incidents', () => {
    fc.assert(
      fc.property(someMatches, fc.func(fc.integer()), anyWorld, (matches, key, world) => {
        const shuffled = [...matches].sort((a, b) => key(a) - key(b));
        const others = { ...world, credentials: world.credentials.toReversed() };
        const [there, back] = [found(matches, world), found(shuffled, others)];
        expect(back.map(withoutOrder)).toEqual(there.map(withoutOrder));
        const groups = [there, back].map((findings) => groupFindings(findings).map(({ credentials }) => credentials));
        expect(groups[1]).toEqual(groups[0]);
      }),
      { numRuns: 500 },
    );
  });

  it('never rise, and none begins to page, when known egress is added', () => {
    fc.assert(
      fc.property(someMatches, anyWorld, fc.subarray(ADDRESSES), (matches, world, listed) => {
        const before = byCredential(found(matches, world));
        for (const { credential: who, score, decision } of found(matches, {
          ...world,
          egress: [...world.egress, ...listed],
        })) {
          expect(score).toBeLessThanOrEqual(before.get(who.id)?.score ?? -1);
          if (decision === 'page') expect(before.get(who.id)?.decision).toBe('page');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never fall, and none ceases to page, when a use is added', () => {
    fc.assert(
      fc.property(someMatches, anyMatch, anyWorld, (matches, more, world) => {
        const after = byCredential(found([...matches, more], world));
        const explains = explainsAct(more, matches, world);
        for (const { credential: who, score, decision } of found(matches, world)) {
          if (explains && who.id !== more.use.credential) continue;
          expect(after.get(who.id)?.score ?? -1).toBeGreaterThanOrEqual(score);
          if (decision === 'page') expect(after.get(who.id)?.decision).toBe('page');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** What a person did is told of their token as soon as a use of that explains it: nobody counts that person twice. */
function explainsAct({ use }: Match, matches: readonly Match[], { credentials }: World): boolean {
  const token = credentials.find(({ id }) => id === use.credential);
  return matches.some((other) => other.use.credential === `user/${token?.owner?.id}`);
}

function isOneNetwork({ used, seen }: { used: { network: string }; seen: { network: string } }): boolean {
  return used.network === seen.network;
}

function byCredential(findings: readonly Finding[]): Map<string, Finding> {
  return new Map(findings.map((finding) => [finding.credential.id, finding]));
}

/** The finding with its matches in an order that does not depend on theirs. */
function withoutOrder({ matches, ...finding }: Finding): unknown {
  return { ...finding, matches: matches.map((one) => JSON.stringify(one)).sort() };
}

/** Without what is undefined. */
function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.assign(
    {},
    ...Object.entries(given).map(([key, value]) => (value === undefined ? {} : { [key]: value })),
  );
}
