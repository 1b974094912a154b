import { describe, expect, it } from 'vitest';
import { buildFindings, type FindingRules } from '../../functions/core/findings.ts';
import type { NetworkKnowledge } from '../../functions/core/network-facts.ts';
import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import { MINUTE } from '../../functions/core/time.ts';
import type { Credential, Habits } from '../../functions/core/token-use.ts';
import { credential, habits, match, NOON, sighting, tokenUse, WINDOW } from '../support/evidence.ts';

const RULES: FindingRules = {
  trigger: 'spike',
  threshold: 70,
  floor: true,
  huntPages: 'confirmed',
  huntProbable: 85,
  ownEgressKnown: false,
  window: WINDOW,
  slack: 30 * MINUTE,
  probableHours: 2,
  weights: SCORE_WEIGHTS,
};
const NOTHING_KNOWN: NetworkKnowledge = {
  isKnownEgress: () => false,
  sharedEgress: () => undefined,
  isNewOperator: () => false,
};
const ALL_KNOWN: NetworkKnowledge = { ...NOTHING_KNOWN, isKnownEgress: () => true };

/** An inventory use whose time is known to within `minutes`. */
function inventoryUse(minutes: number, overrides: Parameters<typeof tokenUse>[0] = {}) {
  return tokenUse({
    at: { notBefore: NOON - (minutes + 2) * MINUTE, notAfter: NOON - 2 * MINUTE },
    sources: ['inventory'],
    action: 'last_used_ips',
    ...overrides,
  });
}

describe('verdicts', () => {
  it.each([
    ['an exact use', [match()], 'confirmed'],
    ['an inventory use within two hours', [match({ use: inventoryUse(120) })], 'probable'],
    ['an inventory use over a longer time', [match({ use: inventoryUse(121) })], 'corroborated'],
    ["its owner's act", [match({ use: tokenUse({ strength: 'acted' }) })], 'corroborated'],
    ['a refusal at an exact time', [match({ use: tokenUse({ strength: 'refused' }) })], 'corroborated'],
  ] as const)('%s', (_what, matches, verdict) => {
    expect(buildFindings(matches, [credential()], NOTHING_KNOWN, RULES)).toMatchObject([{ verdict }]);
  });

  it("gives an owner's act at the same address to the token, and calls that probable", () => {
    const act = tokenUse({ credential: 'user/7', strength: 'acted', action: 'ci_variable_created' });
    const matches = [match({ use: inventoryUse(5_000) }), match({ use: act })];
    expect(buildFindings(matches, [credential()], NOTHING_KNOWN, RULES)).toMatchObject([
      { credential: { id: 'token/42' }, verdict: 'probable', matchCount: 2, decision: 'page' },
    ]);
  });

  it("keeps a person's act that no token explains", () => {
    const elsewhere = tokenUse({ credential: 'user/7', strength: 'acted', address: '203.0.113.8' });
    const findings = buildFindings(
      [match({ use: inventoryUse(5_000) }), match({ use: elsewhere })],
      [credential()],
      NOTHING_KNOWN,
      RULES,
    );
    expect(findings.map((f) => [f.credential.id, f.verdict])).toEqual([
      ['token/42', 'corroborated'],
      ['user/7', 'corroborated'],
    ]);
  });
});

describe('deciding', () => {
  it('pages an exact use from a bot address whatever the scope, unless the floor is off', () => {
    const small = credential({ scopes: ['read_user'] });
    expect(buildFindings([match()], [small], NOTHING_KNOWN, RULES)).toMatchObject([{ decision: 'page' }]);
    expect(buildFindings([match()], [small], NOTHING_KNOWN, { ...RULES, floor: false })).toMatchObject([
      { decision: 'report', reasons: [expect.stringContaining('below the page threshold')] },
    ]);
  });

  it.each([
    ['off', 'api', 'report'],
    ['confirmed', 'read_user', 'page'],
    ['threshold', 'read_user', 'report'],
    ['threshold', 'api', 'page'],
  ] as const)(
    'lets a hunt page what hunt.page says: %s, a confirmed use with scope %s is a %s',
    (huntPages, scope, decision) => {
      const rules = { ...RULES, trigger: 'hunt', huntPages } as const;
      const found = buildFindings([match()], [credential({ scopes: [scope] })], NOTHING_KNOWN, rules);
      expect(found).toMatchObject([{ verdict: 'confirmed', decision }]);
    },
  );

  it.each([
    ['bot-score', 'page'],
    ['bot-product', 'page'],
    ['rate-limit', 'page'],
    ['l7ddos', 'page'],
    ['security-event', 'report'],
    ['share', 'report'],
  ] as const)('lets a monitor page on bot methods only: %s is a %s', (method, decision) => {
    const rules = { ...RULES, trigger: 'monitor', threshold: 1 } as const;
    const seen = match({ sighting: sighting({ method }) });
    expect(buildFindings([seen], [credential()], NOTHING_KNOWN, rules)).toMatchObject([{ decision }]);
    const own = { ...rules, ownCredential: 'token/42', ownEgressKnown: true };
    expect(buildFindings([seen], [credential()], NOTHING_KNOWN, own)).toMatchObject([{ decision }]);
  });

  it('lets no monitor page for what other networks than the bot’s add to the score', () => {
    const rules = { ...RULES, trigger: 'monitor' } as const;
    const atHome = match({ sighting: sighting({ method: 'security-event' }) });
    const office = sighting({ address: '192.0.2.1', network: '192.0.2.1', method: 'rate-limit' });
    const atOffice = match({ sighting: office, use: tokenUse({ address: '192.0.2.1', network: '192.0.2.1' }) });
    const knowledge = { ...NOTHING_KNOWN, isKnownEgress: (address: string) => address === '192.0.2.1' };
    const [finding] = buildFindings([atHome, atOffice], [credential()], knowledge, rules);
    expect(finding).toMatchObject({ decision: 'report', reasons: [expect.stringContaining('called bots')] });
    expect(finding?.score).toBeGreaterThanOrEqual(70);
  });

  it('lets no monitor page by the floor, which is for spikes', () => {
    const rules = { ...RULES, trigger: 'monitor', threshold: 100 } as const;
    expect(buildFindings([match()], [credential()], NOTHING_KNOWN, rules)).toMatchObject([{ decision: 'report' }]);
  });

  it('lets a hunt for confirmed findings neither page what is only probable, nor what came by an office', () => {
    const rules = { ...RULES, trigger: 'hunt', huntPages: 'confirmed' } as const;
    const probable = match({ use: inventoryUse(60) });
    expect(buildFindings([probable], [credential()], NOTHING_KNOWN, rules)).toMatchObject([
      { verdict: 'probable', decision: 'report', reasons: [expect.stringContaining('hunt.page')] },
    ]);
    expect(buildFindings([match()], [credential()], ALL_KNOWN, rules)).toMatchObject([{ decision: 'report' }]);
  });

  it('reports known egress with its reason and never pages it', () => {
    const [finding] = buildFindings([match()], [credential()], ALL_KNOWN, RULES);
    expect(finding).toMatchObject({ decision: 'report', sharedNetworks: ['203.0.113.7'] });
    expect(finding?.parts.map(({ name }) => name)).toContain('known-egress');
  });

  describe('twenty stolen tokens on one host', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `token/${100 + i}`);
    const matches = ids.map((id) => match({ use: inventoryUse(5_000, { credential: id }) }));
    const owned = (overrides: (index: number) => Partial<Credential>) =>
      ids.map((id, index) =>
        credential({ id, scopes: ['read_api'], owner: { id: index + 1 }, knownNetworks: [], ...overrides(index) }),
      );

    it('page where the host is new to them, although the time of each is unknown', () => {
      const credentials = owned(() => ({}));
      const findings = buildFindings(matches, credentials, NOTHING_KNOWN, RULES);
      expect(findings.filter(({ decision }) => decision === 'page')).toHaveLength(20);
      const [alone] = buildFindings(matches.slice(0, 1), credentials, NOTHING_KNOWN, RULES);
      expect(alone?.decision).toBe('report');
      expect(findings[0]?.score).toBeGreaterThan(alone?.score ?? 100);
    });

    it('count as the owners they are, so that one person with many tokens is one', () => {
      const credentials = owned(() => ({ owner: { id: 1 } }));
      const findings = buildFindings(matches, credentials, NOTHING_KNOWN, RULES);
      expect(findings.filter(({ decision }) => decision === 'page')).toEqual([]);
    });

    it('count a person once, in a session as with a token', () => {
      const acts = matches.map(({ use }, index) =>
        match({ use: { ...use, credential: `user/${index + 1}`, strength: 'acted', address: '203.0.113.6' } }),
      );
      const newOwners = (seen: typeof matches) =>
        buildFindings(
          seen,
          owned(() => ({})),
          NOTHING_KNOWN,
          RULES,
        )[0]?.parts.find(({ name }) => name === 'new-owners');
      expect(newOwners([...matches.slice(14), ...acts.slice(14)])).toEqual(newOwners(matches.slice(14)));
    });

    it('count for half where nothing is known of them yet: it may be an office on the first day', () => {
      const unknown = owned(() => ({})).map(({ knownNetworks: _, ...credential }) => credential);
      const eight = buildFindings(matches.slice(0, 8), unknown, NOTHING_KNOWN, RULES);
      expect(eight.filter(({ decision }) => decision === 'page')).toEqual([]);
      expect(eight[0]?.parts.find(({ name }) => name === 'new-owners')).toMatchObject({
        input: '0 and 8 without history',
        points: SCORE_WEIGHTS['new-owners'] / 4,
      });
      expect(eight[0]?.parts.find(({ name }) => name === 'novelty')).toMatchObject({ points: 0, input: 'no-history' });
      const [first] = buildFindings(matches, unknown, NOTHING_KNOWN, RULES);
      expect(first?.parts.find(({ name }) => name === 'new-owners')?.points).toBe(SCORE_WEIGHTS['new-owners']);
    });
  });

  describe('an exact use where the owner works on other days, too', () => {
    const usual = (days: number, actions: Habits['actions'] = []) =>
      credential({ habits: habits({ days: 20, networkDays: { '203.0.113.7': days }, actions }) });

    it.each(['spike', 'hunt'] as const)('does not page by itself (%s)', (trigger) => {
      const rules = { ...RULES, trigger };
      expect(buildFindings([match()], [usual(1)], NOTHING_KNOWN, rules)).toMatchObject([
        { decision: 'report', usualNetworks: ['203.0.113.7'] },
      ]);
      expect(buildFindings([match()], [usual(0)], NOTHING_KNOWN, rules)).toMatchObject([{ decision: 'page' }]);
    });

    it('surfaces by what it never did before, and not by what it does every day', () => {
      const deeds = ['variable_viewed_api', 'member_created', 'webhook_created'];
      const matches = deeds.map((action) => match({ use: tokenUse({ action }) }));
      const shared: NetworkKnowledge = { ...NOTHING_KNOWN, sharedEgress: () => ({ owners: 12, days: 9, people: 12 }) };
      const [fresh] = buildFindings(matches, [usual(9)], shared, RULES);
      const habitual = ['variables-read', 'member-added', 'webhook-created'] as const;
      const [everyday] = buildFindings(matches, [usual(9, habitual)], shared, RULES);
      expect(fresh?.score).toBe((everyday?.score ?? 0) + SCORE_WEIGHTS.actions);
      expect(everyday?.decision).toBe('report');
    });
  });

  it('counts a bot that asked nothing but GitLab for less: every API client looks automated there', () => {
    const [elsewhere] = buildFindings([match()], [credential()], NOTHING_KNOWN, RULES);
    const [only] = buildFindings([match({ onGitlab: true })], [credential()], NOTHING_KNOWN, RULES);
    expect(only?.score).toBe((elsewhere?.score ?? 0) + SCORE_WEIGHTS['gitlab-only']);
    expect(only?.decision).toBe('report');
    const both = buildFindings([match({ onGitlab: true }), match()], [credential()], NOTHING_KNOWN, RULES);
    expect(both).toMatchObject([{ decision: 'page' }]);
  });

  it("reports Latchkey's own token while ownEgress is empty, and pages it at 100 when it is set", () => {
    const own = { ...RULES, ownCredential: 'token/42' };
    expect(buildFindings([match()], [credential()], NOTHING_KNOWN, own)).toMatchObject([{ decision: 'report' }]);
    expect(buildFindings([match()], [credential()], NOTHING_KNOWN, { ...own, ownEgressKnown: true })).toMatchObject([
      { decision: 'page', score: 100 },
    ]);
  });

  it('keeps a credential nobody described', () => {
    expect(buildFindings([match()], [], NOTHING_KNOWN, RULES)).toMatchObject([
      { credential: { id: 'token/42', kind: 'personal' } },
    ]);
  });
});
