import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import {
  type AsnUse,
  LEARNED_LIMITS,
  LearnedContext,
  SHARED_BY,
  type StoredContext,
} from '../../functions/core/learned.ts';
import { DAY, HOUR, instant, MINUTE } from '../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../functions/core/token-use.ts';
import { credential, NOON, tokenUse } from '../support/evidence.ts';

const OFFICE = '198.51.100.9';
const HOST = '203.0.113.7';
const RETENTION = 30 * DAY;

function reading(uses: readonly TokenUse[], credentials: readonly Credential[] = [credential()]): TokenEvidence {
  return {
    window: { start: NOON - 45 * MINUTE, end: NOON },
    readAt: NOON,
    credentials,
    uses,
    coverage: {},
    realIpMissing: false,
  };
}

/** A use on the day so many days before the window's. */
function useBefore(days: number, overrides: Partial<TokenUse> = {}): TokenUse {
  return tokenUse({ at: instant(NOON - days * DAY), address: OFFICE, network: OFFICE, ...overrides });
}

function contextOf(...readings: readonly TokenEvidence[]): LearnedContext {
  const context = new LearnedContext();
  for (const one of readings) context.learn(one);
  return context;
}

function habitsOf(context: LearnedContext, evidence: TokenEvidence) {
  return context.describe(evidence).credentials.map(({ habits }) => habits)[0];
}

describe('habits', () => {
  const now = reading([tokenUse({ address: OFFICE, network: OFFICE }), tokenUse()]);

  it('are the days before the window’s on which it worked from a network', () => {
    const context = contextOf(reading([useBefore(1), useBefore(2), useBefore(2), useBefore(5, { network: HOST })]));
    expect(habitsOf(context, now)).toEqual({ days: 3, networkDays: { [OFFICE]: 2, [HOST]: 1 }, actions: [] });
  });

  it('are none while all that is known is the day of the window', () => {
    const context = contextOf(reading([tokenUse(), useBefore(0)]));
    expect(habitsOf(context, now)).toBeUndefined();
  });

  it('are those of the owner, too: a new token of somebody who always works there is not new there', () => {
    const other = credential({ id: 'token/1' });
    const context = contextOf(reading([useBefore(3, { credential: 'token/1' })], [other]));
    expect(habitsOf(context, now)).toMatchObject({ days: 1, networkDays: { [OFFICE]: 1 } });
    const act = useBefore(3, { credential: 'user/7', strength: 'acted' });
    expect(habitsOf(contextOf(reading([act], [])), now)).toMatchObject({ networkDays: { [OFFICE]: 1 } });
  });

  it('hold what the credential itself did, not its owner', () => {
    const context = contextOf(reading([useBefore(1, { action: 'variable_viewed_api' })]));
    expect(habitsOf(context, now)?.actions).toEqual(['variables-read']);
    const sibling = reading([tokenUse({ credential: 'token/1' })], [credential({ id: 'token/1' })]);
    expect(habitsOf(context, sibling)?.actions).toEqual([]);
  });

  it('are learned for people whom only their acts show', () => {
    const act = (days: number) => useBefore(days, { credential: 'user/9', strength: 'acted' });
    const described = contextOf(reading([act(1), act(4)], [])).describe(reading([act(0)], []));
    expect(described.credentials).toEqual([
      { id: 'user/9', kind: 'user', owner: { id: 9 }, habits: { days: 2, networkDays: { [OFFICE]: 2 }, actions: [] } },
    ]);
  });

  it('are not taught by what was turned away, nor by what may have been on any of several days', () => {
    const refused = useBefore(1, { strength: 'refused' });
    const vague = useBefore(1, { at: { notBefore: NOON - 4 * DAY, notAfter: NOON - 2 * DAY } });
    expect(habitsOf(contextOf(reading([refused, vague])), now)).toBeUndefined();
  });
});

describe('operators of networks', () => {
  const now = reading([tokenUse()]);
  const asnUse = (days: number, asn = 64500): AsnUse => ({
    credential: 'token/42',
    asn,
    at: instant(NOON - days * DAY),
  });
  const asnDaysAfter = (uses: readonly AsnUse[]) => {
    const context = contextOf(reading([useBefore(9)]));
    context.learnAsns(uses);
    return habitsOf(context, now)?.asnDays;
  };

  it('are known by the days before the window’s on which the credential worked from there', () => {
    expect(asnDaysAfter([asnUse(1), asnUse(1), asnUse(4), asnUse(0), asnUse(2, 64501)])).toEqual({
      64500: 2,
      64501: 1,
    });
    expect(asnDaysAfter([asnUse(0)])).toBeUndefined();
  });

  it('are not taught by what may have been on any of several days', () => {
    const vague = { notBefore: NOON - 4 * DAY, notAfter: NOON - 2 * DAY };
    expect(asnDaysAfter([{ ...asnUse(1), at: vague }])).toBeUndefined();
  });

  it('are no history by themselves', () => {
    const context = new LearnedContext();
    context.learnAsns([asnUse(1)]);
    expect(habitsOf(context, now)).toBeUndefined();
  });

  it('are bounded, and the latest kept', () => {
    const context = new LearnedContext();
    context.learnAsns(Array.from({ length: LEARNED_LIMITS.asnsOfCredential + 5 }, (_, days) => asnUse(days, days + 1)));
    const { asns = {} } = context.stored(NOON, RETENTION).credentials['token/42'] ?? {};
    expect(Object.keys(asns).map(Number)).toEqual(
      Array.from({ length: LEARNED_LIMITS.asnsOfCredential }, (_, index) => index + 1),
    );
  });
});

describe('a shared network', () => {
  const owners = (count: number, days: readonly number[], network = OFFICE) =>
    Array.from({ length: count }, (_, index) => index).flatMap((index) =>
      days.map((day) => useBefore(day, { credential: `token/${index}`, network })),
    );
  const people = Array.from({ length: 30 }, (_, index) =>
    credential({ id: `token/${index}`, owner: { id: index + 1 } }),
  );
  const today = reading(owners(3, [0]), people);
  const sharedAfter = (uses: readonly TokenUse[], credentials = people) =>
    contextOf(reading(uses, credentials)).describe(today).sharedNetworks;

  it('is one that enough owners used on enough earlier days', () => {
    expect(SHARED_BY).toEqual({ owners: 5, days: 3 });
    expect(sharedAfter(owners(5, [1, 2, 3]))).toEqual({ [OFFICE]: { owners: 5, days: 3 } });
    expect(sharedAfter(owners(4, [1, 2, 3]))).toEqual({});
    expect(sharedAfter(owners(5, [1, 2]))).toEqual({});
  });

  it('is not what only today made look like an office', () => {
    expect(sharedAfter([...owners(30, [0]), ...owners(4, [1, 2, 3])])).toEqual({});
  });

  it('counts owners, not their tokens', () => {
    const one = people.map((token) => ({ ...token, owner: { id: 1 } }));
    expect(sharedAfter(owners(30, [1, 2, 3]), one)).toEqual({});
  });
});

describe('what is stored', () => {
  const anyUse = fc
    .record({
      id: fc.constantFrom('token/1', 'token/2', 'user/7', 'job/3'),
      network: fc.constantFrom(OFFICE, HOST, '192.0.2.1'),
      days: fc.integer({ min: 0, max: 20 }),
      action: fc.constantFrom('push', 'variable_viewed_api', 'member_created'),
    })
    .map(({ id, network, days, action }) => useBefore(days, { credential: id, network, address: network, action }));
  const anyAsnUse = fc
    .record({
      credential: fc.constantFrom('token/1', 'token/2', 'token/3'),
      asn: fc.constantFrom(64500, 64501),
      days: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ days, ...use }): AsnUse => ({ ...use, at: instant(NOON - days * DAY) }));
  const described = [
    credential({ id: 'token/1', owner: { id: 7 } }),
    credential({ id: 'token/2', owner: { id: 8 } }),
    credential({ id: 'job/3', kind: 'ci-job', owner: { id: 9 } }),
  ];

  it('does not depend on how readings are split, ordered or repeated', () => {
    fc.assert(
      fc.property(fc.array(anyUse), fc.nat({ max: 20 }), (uses, cut) => {
        const whole = contextOf(reading(uses, described)).stored(NOON, RETENTION);
        const parts = [uses.slice(cut), uses.slice(0, cut), uses.slice(cut)].map((some) => reading(some, described));
        expect(normal(contextOf(...parts).stored(NOON, RETENTION))).toEqual(normal(whole));
      }),
    );
  });

  it('does not depend on when operators are told, in how many parts, how often, and what was stored before', () => {
    fc.assert(
      fc.property(fc.array(anyUse), fc.array(anyAsnUse), fc.nat({ max: 20 }), (uses, told, cut) => {
        const whole = contextOf(reading(uses, described));
        whole.learnAsns(told);
        const early = new LearnedContext();
        early.learnAsns(told.slice(cut));
        const parts = new LearnedContext(early.stored(NOON, RETENTION));
        parts.learn(reading(uses, described));
        parts.learnAsns(told.toReversed());
        expect(normal(parts.stored(NOON, RETENTION))).toEqual(normal(whole.stored(NOON, RETENTION)));
      }),
    );
  });

  it('says the same when it is read again', () => {
    fc.assert(
      fc.property(fc.array(anyUse), fc.array(anyUse), fc.array(anyAsnUse), (uses, later, told) => {
        const first = contextOf(reading(uses, described));
        first.learnAsns(told);
        const again = new LearnedContext(JSON.parse(JSON.stringify(first.stored(NOON, RETENTION))) as StoredContext);
        expect(again.describe(reading(later, described))).toEqual(first.describe(reading(later, described)));
      }),
    );
  });

  it('forgets what was last seen longer ago than anything is kept', () => {
    const context = contextOf(reading([useBefore(20)]));
    expect(Object.keys(context.stored(NOON, RETENTION).credentials)).toEqual(['token/42']);
    const forgotten = { credentials: {}, owners: {}, networks: {} };
    expect(context.stored(NOON + 11 * DAY, RETENTION)).toEqual(forgotten);
    expect(context.stored(NOON, 19 * DAY + HOUR)).toEqual(forgotten);
  });

  it('is bounded, and keeps the latest', () => {
    const many = Array.from({ length: LEARNED_LIMITS.networksOfCredential + 20 }, (_, index) =>
      useBefore(index % 20, { network: `10.0.0.${index}` }),
    );
    const { credentials } = contextOf(reading(many)).stored(NOON, RETENTION);
    const networks = Object.values(credentials['token/42']?.networks ?? {});
    expect(networks).toHaveLength(LEARNED_LIMITS.networksOfCredential);
    const oldest = Math.min(...networks.map(([last]) => last));
    expect(oldest).toBe(Math.floor(NOON / DAY) - 13);
  });
});

function normal(stored: StoredContext): unknown {
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, sorted(v)]),
        )
      : value;
  return sorted(stored);
}
