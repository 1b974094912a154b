import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceName } from '../../functions/core/coverage.ts';
import { mergeUses } from '../../functions/core/merge-uses.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';

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
  })
  .map(({ source, credential, start, length, action, eventId }) =>
    use(source, {
      credential,
      at: { notBefore: T0 + start, notAfter: T0 + start + length },
      ...(action === undefined ? {} : { action }),
      ...(eventId === undefined ? {} : { eventId }),
    }),
  );

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

  it('keeps up with a bot that wrote 50,000 times from one address', () => {
    const events = Array.from({ length: 50_000 }, (_, n) =>
      use('audit', { action: 'a', eventId: `${n}`, at: instant(T0 + n) }),
    );
    expect(mergeUses([...events, use('inventory', { at: span })])).toHaveLength(50_000);
  });
});
