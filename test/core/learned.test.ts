import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import { LEARNED_LIMITS, LearnedContext, SHARED_BY, type StoredContext } from '../../functions/core/learned.ts';
import type { OperatorUse } from '../../functions/core/operators.ts';
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
    expect(habitsOf(context, now)).toMatchObject({ days: 3, networkDays: { [OFFICE]: 2, [HOST]: 1 }, actions: [] });
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
    const habits = expect.objectContaining({ days: 2, networkDays: { [OFFICE]: 2 }, actions: [] });
    expect(described.credentials).toEqual([{ id: 'user/9', kind: 'user', owner: { id: 9 }, habits }]);
  });

  it('are not taught by what was turned away, nor by what may have been on any of several days', () => {
    const refused = useBefore(1, { strength: 'refused' });
    const vague = useBefore(1, { at: { notBefore: NOON - 4 * DAY, notAfter: NOON - 2 * DAY } });
    expect(habitsOf(contextOf(reading([refused, vague])), now)).toBeUndefined();
  });
});

describe('hours', () => {
  const now = reading([tokenUse()]);
  const at = (day: number, hour: number, overrides: Partial<TokenUse> = {}) =>
    useBefore(day, { at: instant(NOON - day * DAY + (hour - 12) * HOUR), ...overrides });
  const hoursAfter = (...uses: readonly TokenUse[]) => habitsOf(contextOf(reading(uses)), now)?.hours;

  it.each([
    ['those of two earlier days', [at(1, 9), at(2, 9), at(1, 23), at(3, 23), at(4, 0), at(5, 0)], [0, 9, 23]],
    ['not that of one day, which is overtime', [at(1, 9), at(1, 9), at(2, 10)], []],
    ['not of the window’s own day', [at(0, 9), at(1, 9)], []],
    ['not where the instant is not known', [at(1, 9), useBefore(2, { at: spanAt(2, 9) })], []],
    ['where the first and last of counted uses are', [at(1, 9), useBefore(2, { at: spanAt(2, 9), times: 3 })], [9]],
    ['not of what was turned away', [at(1, 9), at(2, 9, { strength: 'refused' })], []],
    ['of the owner, whatever the credential', [at(1, 9), at(2, 9, { credential: 'user/7', strength: 'acted' })], [9]],
  ])('are %s', (_what, uses, hours) => {
    expect(hoursAfter(...uses)).toEqual(hours);
  });

  function spanAt(day: number, hour: number) {
    const notAfter = NOON - day * DAY + (hour - 12) * HOUR;
    return { notBefore: notAfter - 20 * MINUTE, notAfter };
  }
});

describe('operators of networks', () => {
  const now = reading([tokenUse()]);
  const worked = (days: number, asn = 64500, more: Partial<OperatorUse> = {}): OperatorUse => ({
    owner: 'user/7',
    machine: false,
    asn,
    at: instant(NOON - days * DAY),
    ...more,
  });
  const taught = (...uses: readonly OperatorUse[]) => {
    const context = contextOf(reading([useBefore(9)]));
    context.learnOperators(uses);
    return context;
  };

  it('are known by the days before the window’s on which the owner worked from there', () => {
    const uses = [worked(1), worked(1), worked(4), worked(0), worked(2, 64501), worked(3, 64502, { owner: 'user/8' })];
    expect(habitsOf(taught(...uses), now)?.asnDays).toEqual({ 64500: 2, 64501: 1 });
    expect(habitsOf(taught(worked(0)), now)?.asnDays).toBeUndefined();
  });

  it('are those of everybody, people and machines apart, and of earlier days', () => {
    const job = { owner: 'user/9', machine: true };
    const context = taught(worked(2, 64501), worked(1), worked(1, 64502, job), worked(0, 64503), worked(0, 64504, job));
    expect(context.describe(now).knownOperators).toEqual({ people: [64500, 64501], machines: [64502] });
    expect(new LearnedContext().describe(now).knownOperators).toEqual({ people: [], machines: [] });
  });

  it('are no history by themselves', () => {
    const context = new LearnedContext();
    context.learnOperators([worked(1)]);
    expect(habitsOf(context, now)).toBeUndefined();
  });

  it('are bounded, and the latest kept', () => {
    const { operatorsOfOwner } = LEARNED_LIMITS;
    const many = Array.from({ length: operatorsOfOwner + 5 }, (_, index) => worked(index < 5 ? 2 : 1, index + 1));
    const { operators } = taught(...many).stored(NOON, RETENTION);
    expect(Object.keys(operators['user/7'] ?? {}).map(Number)).toEqual(
      Array.from({ length: operatorsOfOwner }, (_, index) => index + 6),
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
    expect(sharedAfter(owners(5, [1, 2, 3]))).toEqual({ [OFFICE]: { owners: 5, days: 3, people: 5 } });
    expect(sharedAfter(owners(4, [1, 2, 3]))).toEqual({});
    expect(sharedAfter(owners(5, [1, 2]))).toEqual({});
  });

  it('tells people from machines', () => {
    const mixed = people.map((token, index) => ({
      ...token,
      ...(index < 2 ? { kind: 'ci-job' as const } : { owner: { id: index + 1, bot: index < 3 } }),
    }));
    expect(sharedAfter(owners(5, [1, 2, 3]), mixed)).toEqual({ [OFFICE]: { owners: 5, days: 3, people: 2 } });
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
      hours: fc.integer({ min: 0, max: 11 }),
      action: fc.constantFrom('push', 'variable_viewed_api', 'member_created'),
    })
    .map(({ id, network, days, hours, action }) => {
      const at = instant(NOON - days * DAY - hours * HOUR);
      return useBefore(days, { credential: id, network, address: network, action, at });
    });
  const anyOperatorUse = fc
    .record({
      owner: fc.constantFrom('user/7', 'user/8', 'token/3'),
      machine: fc.boolean(),
      asn: fc.constantFrom(64500, 64501),
      days: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ days, ...use }): OperatorUse => ({ ...use, at: instant(NOON - days * DAY) }));
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
      fc.property(fc.array(anyUse), fc.array(anyOperatorUse), fc.nat({ max: 20 }), (uses, told, cut) => {
        const whole = contextOf(reading(uses, described));
        whole.learnOperators(told);
        const early = new LearnedContext();
        early.learnOperators(told.slice(cut));
        const parts = new LearnedContext(early.stored(NOON, RETENTION));
        parts.learn(reading(uses, described));
        parts.learnOperators(told.toReversed());
        expect(normal(parts.stored(NOON, RETENTION))).toEqual(normal(whole.stored(NOON, RETENTION)));
      }),
    );
  });

  it('says the same when it is read again', () => {
    fc.assert(
      fc.property(fc.array(anyUse), fc.array(anyUse), fc.array(anyOperatorUse), (uses, later, told) => {
        const first = contextOf(reading(uses, described));
        first.learnOperators(told);
        const again = new LearnedContext(JSON.parse(JSON.stringify(first.stored(NOON, RETENTION))) as StoredContext);
        expect(again.describe(reading(later, described))).toEqual(first.describe(reading(later, described)));
      }),
    );
  });

  it('forgets what was last seen longer ago than anything is kept', () => {
    const context = contextOf(reading([useBefore(20)]));
    context.learnOperators([{ owner: 'user/7', machine: false, asn: 64500, at: instant(NOON - 20 * DAY) }]);
    expect(Object.keys(context.stored(NOON, RETENTION).credentials)).toEqual(['token/42']);
    const forgotten = { credentials: {}, owners: {}, hours: {}, operators: {}, networks: {} };
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
