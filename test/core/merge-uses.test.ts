import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceName } from '../../functions/core/coverage.ts';
import { mergeUses } from '../../functions/core/merge-uses.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import { type TokenUse, usesCounted } from '../../functions/core/token-use.ts';

const T0 = Date.UTC(2026, 0, 5, 12);

function use(source: SourceName, more: Partial<TokenUse> = {}): TokenUse {
  return {
    credential: 'token/1',
    address: '203.0.113.9',
    network: '203.0.113.9',
    original: '203.0.113.9',
    at: instant(T0),
    strength: 'used',
    sources: [source],
    ...more,
  };
}

const span = { notBefore: T0 - 5 * MINUTE, notAfter: T0 + 5 * MINUTE };

describe('one use seen by two sources', () => {
  it('is one, at the closer time, and names both', () => {
    const event = use('audit', { action: 'issue_created_by_project_bot', eventId: '7' });
    expect(mergeUses([use('inventory', { at: span }), event])).toEqual([{ ...event, sources: ['inventory', 'audit'] }]);
  });

  it('is one where stream and audit tell the same event', () => {
    const event = { action: 'member_created', eventId: '7' };
    expect(mergeUses([use('stream', event), use('audit', event)])).toEqual([
      use('audit', { ...event, sources: ['stream', 'audit'] }),
    ]);
  });

  it('is named by each event that a span of the token list covers', () => {
    const events = [1, 2].map((n) => use('audit', { action: 'a', eventId: `${n}`, at: instant(T0 + n) }));
    const merged = mergeUses([use('inventory', { at: span }), ...events]);
    expect(merged.map(({ sources }) => sources)).toEqual([
      ['inventory', 'audit'],
      ['inventory', 'audit'],
    ]);
  });
});

/** `times` requests that a log counted between ten past and twenty past. */
function requests(times: number, more: Partial<TokenUse> = {}): TokenUse {
  return use('logs', { at: { notBefore: T0 + 10 * MINUTE, notAfter: T0 + 20 * MINUTE }, times, ...more });
}

function event(minutes: number, more: Partial<TokenUse> = {}): TokenUse {
  const at = instant(T0 + minutes * MINUTE);
  return use('audit', { action: 'a', eventId: `${minutes}`, at, ...more });
}

/** What the uses count, source lists and all. */
function told(uses: readonly TokenUse[]) {
  return mergeUses(uses).map(({ action, sources, times }) => [action, sources.join('+'), times]);
}

describe('requests that a log counted', () => {
  it('keep their time and count where the token list knows of them', () => {
    const close = { notBefore: T0 + 12 * MINUTE, notAfter: T0 + 13 * MINUTE };
    const merged = mergeUses([use('inventory', { at: close }), requests(3)]);
    expect(merged).toEqual([requests(3, { sources: ['logs', 'inventory'] })]);
  });

  it('are all named by a span of the token list that covers several of them', () => {
    const later = requests(2, { at: { notBefore: T0 + 30 * MINUTE, notAfter: T0 + 40 * MINUTE } });
    const merged = mergeUses([
      requests(3),
      later,
      use('inventory', { at: { notBefore: T0, notAfter: T0 + 50 * MINUTE } }),
    ]);
    expect(merged.map(({ sources, times }) => [sources.join('+'), times])).toEqual([
      ['logs+inventory', 3],
      ['logs+inventory', 2],
    ]);
  });

  it('are named by the events they made, one request by each', () => {
    expect(told([requests(3), event(12), event(15)])).toEqual([
      [undefined, 'logs', 1],
      ['a', 'logs+audit', undefined],
      ['a', 'logs+audit', undefined],
    ]);
  });

  it('leave what was called to the event where nothing else is left of them', () => {
    const [only, ...others] = mergeUses([requests(1, { calls: ['POST /api'] }), event(12, { target: 'a member' })]);
    expect(only).toEqual(event(12, { target: 'a member', calls: ['POST /api'], sources: ['logs', 'audit'] }));
    expect(others).toEqual([]);
  });

  it('make no more events than they are: one more is a use of its own', () => {
    expect(told([requests(2), event(12), event(13), event(14)])).toEqual([
      ['a', 'logs+audit', undefined],
      ['a', 'logs+audit', undefined],
      ['a', 'audit', undefined],
    ]);
  });

  it.each([
    ['5 s before', 10 * 60 - 5, true],
    ['more than 5 s before', 10 * 60 - 5.001, false],
    ['5 s after', 20 * 60 + 5, true],
    ['more than 5 s after', 20 * 60 + 5.001, false],
  ])('made an event %s them: %s s: %s', (_what, seconds, same) => {
    const merged = mergeUses([requests(1), event(0, { at: instant(T0 + seconds * 1000) })]);
    expect(merged).toHaveLength(same ? 1 : 2);
  });

  it('made the event that is nearest to them, not to others', () => {
    const before = requests(1, { at: instant(T0 + 10 * MINUTE - 4_000), calls: ['before'] });
    const [merged] = mergeUses([before, requests(1, { calls: ['nearest'] }), event(10)]).filter(
      ({ action }) => action === 'a',
    );
    expect(merged?.calls).toEqual(['nearest']);
  });

  it.each([
    ['credential', { credential: 'token/2' }],
    ['address', { address: '203.0.113.10' }],
    ['strength', { strength: 'minted' }],
  ] as const)('of another %s made nothing', (_what, difference) => {
    expect(mergeUses([requests(1), event(12, difference)])).toHaveLength(2);
  });

  it('turned away for different reasons stay apart', () => {
    const refusals = ['token_expired', 'token_revoked'].map((refusal) => requests(2, { strength: 'refused', refusal }));
    expect(mergeUses(refusals)).toEqual(refusals);
  });
});

describe('uses that stay apart', () => {
  it.each([
    ['credentials', { credential: 'token/2' }],
    ['addresses', { address: '203.0.113.10' }],
    ['strengths', { strength: 'minted' }],
    ['times', { at: instant(T0 + MINUTE) }],
    ['actions', { action: 'b' }],
  ] as const)('differ in their %s', (_, difference) => {
    const a = use('audit', { action: 'a' });
    expect(mergeUses([a, use('stream', { action: 'a', ...difference })])).toHaveLength(2);
  });

  it('are two events of one source at the same instant', () => {
    const events = ['1', '2'].map((eventId) => use('audit', { action: 'a', eventId }));
    expect(mergeUses(events)).toHaveLength(2);
  });
});

const anyUse = fc
  .record({
    source: fc.constantFrom<SourceName>('logs', 'stream', 'inventory', 'audit'),
    credential: fc.constantFrom('token/1', 'user/2'),
    start: fc.integer({ min: 0, max: 6 }),
    length: fc.integer({ min: 0, max: 3 }),
    action: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    eventId: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined }),
    times: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(({ source, credential, start, length, action, eventId, times }) =>
    use(source, {
      credential,
      at: { notBefore: T0 + start, notAfter: T0 + start + length },
      ...(action === undefined ? {} : { action }),
      ...(eventId === undefined ? {} : { eventId }),
      ...(source === 'logs' && action === undefined && times !== undefined ? { times } : {}),
    }),
  );

function total(uses: readonly TokenUse[]): number {
  return uses.reduce((sum, one) => sum + usesCounted(one), 0);
}

describe('merging', () => {
  it('gives the same answer in any order', () => {
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (uses, dice) => {
        const keyed = uses.map((one) => ({ one, key: dice.next().value }));
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ one }) => one);
        expect(mergeUses(shuffled)).toEqual(mergeUses(uses));
      }),
    );
  });

  it('loses no source of a credential and invents none', () => {
    const pairs = (uses: readonly TokenUse[]) =>
      new Set(uses.flatMap(({ credential, sources }) => sources.map((name) => `${credential} ${name}`)));
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 12 }), (uses) => {
        const merged = mergeUses(uses);
        expect(pairs(merged)).toEqual(pairs(uses));
        expect(merged.length).toBeLessThanOrEqual(uses.length);
      }),
    );
  });

  it('never counts more than the sources did, nor fewer than the requests logged', () => {
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 12 }), (uses) => {
        const counted = total(mergeUses(uses));
        expect(counted).toBeLessThanOrEqual(total(uses));
        expect(counted).toBeGreaterThanOrEqual(total(uses.filter(({ times }) => times !== undefined)));
      }),
    );
  });

  it('counts events that requests made once: the greater of the two numbers', () => {
    const some = { requests: fc.integer({ min: 1, max: 9 }), events: fc.integer({ min: 0, max: 20 }) };
    fc.assert(
      fc.property(fc.record(some), ({ requests: logged, events }) => {
        const made = Array.from({ length: events }, (_, n) => event(10 + n / 2, { eventId: `${n}` }));
        expect(total(mergeUses([requests(logged), ...made]))).toBe(Math.max(logged, events));
      }),
    );
  });

  it('keeps up with a bot that wrote 50,000 times from one address', () => {
    const events = Array.from({ length: 50_000 }, (_, n) =>
      use('audit', { action: 'a', eventId: `${n}`, at: instant(T0 + n) }),
    );
    expect(mergeUses([...events, use('inventory', { at: span })])).toHaveLength(50_000);
  });

  it('keeps up with as many events and the requests that made them', () => {
    const events = Array.from({ length: 50_000 }, (_, n) =>
      use('audit', { action: 'a', eventId: `${n}`, at: instant(T0 + 72 * n) }),
    );
    const logged = Array.from({ length: 60 }, (_, n) =>
      use('logs', { at: { notBefore: T0 + n * MINUTE, notAfter: T0 + (n + 1) * MINUTE - 1 }, times: 900 }),
    );
    expect(total(mergeUses([...events, ...logged]))).toBe(60 * 900);
  });
});
