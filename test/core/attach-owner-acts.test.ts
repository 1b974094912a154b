import { describe, expect, it } from 'vitest';
import { attachOwnerActs } from '../../functions/core/attach-owner-acts.ts';
import type { Match } from '../../functions/core/finding.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { verdictOf } from '../../functions/core/verdict.ts';
import { credential, match, NOON, tokenUse, WINDOW } from '../support/evidence.ts';

const SLACK = 30 * MINUTE;
const OWNED = new Map([['token/42', credential()]]);

/** Twelve requests of token 42, whose owner is user 7, that a log counted in the ten minutes before `NOON`. */
function logged(overrides: Partial<TokenUse> = {}): Match {
  const { action: _, ...use } = tokenUse({
    sources: ['logs'],
    at: { notBefore: NOON - 10 * MINUTE, notAfter: NOON - MINUTE },
    times: 12,
    ...overrides,
  });
  return match({ use });
}

/** What user 7 did, as the audit log tells it. */
function act(overrides: Partial<TokenUse> = {}): Match {
  return match({ use: tokenUse({ credential: 'user/7', strength: 'acted', action: 'member_created', ...overrides }) });
}

function groups(matches: readonly Match[]): Record<string, number> {
  const attached = attachOwnerActs(matches, OWNED, SLACK);
  return Object.fromEntries([...attached].map(([id, own]) => [id, own.length]));
}

describe("a person's act", () => {
  it.each(['logs', 'stream', 'inventory'] as const)('is evidence for the token that %s saw there then', (source) => {
    expect(groups([logged({ sources: [source] }), act()])).toEqual({ 'token/42': 2 });
  });

  it.each([
    ['at another address', { address: '203.0.113.8' }],
    ['more than the slack later', { at: instant(NOON - MINUTE + SLACK + 1) }],
    ['of somebody else', { credential: 'user/8' }],
  ] as const)('%s stays with the person', (_what, difference) => {
    expect(Object.values(groups([logged(), act(difference)]))).toEqual([1, 1]);
  });

  it('is no evidence for a token that was turned away there', () => {
    expect(groups([logged({ strength: 'refused' }), act()])).toEqual({ 'token/42': 1, 'user/7': 1 });
  });

  it('leaves what the log proved as it was, and makes no more of a refusal', () => {
    const rules = { window: WINDOW, probableHours: 2 };
    expect(verdictOf([logged(), act()], rules)).toBe('confirmed');
    expect(verdictOf([logged({ strength: 'refused' }), act()], rules)).toBe('corroborated');
  });
});
