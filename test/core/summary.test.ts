import { describe, expect, it } from 'vitest';
import { complete, off } from '../../functions/core/coverage.ts';
import { allIds, identifyEvidence } from '../../functions/core/evidence-ids.ts';
import { summarise } from '../../functions/core/summary.ts';
import { COVERAGE, findingOf, matchOf, sightingOf, stateOf } from '../support/pager-facts.ts';

const textsOf = (analysis: ReturnType<typeof summarise>) => analysis.summary.map(({ text }) => text);

describe('the deterministic summary', () => {
  it('tells what happened, how sure that is, and what was not seen', () => {
    const summary = summarise(identifyEvidence([findingOf()], [sightingOf('203.0.113.7')], COVERAGE), stateOf());
    expect(textsOf(summary)).toEqual([
      'Cloudflare saw 1 address acting as a bot between 2026-11-20T18:15:00.000Z and 2026-11-20T19:00:00.000Z, with about 1,204 requests.',
      "Token 812 'deploy' (api) was used from 203.0.113.7 (AS64500 EXAMPLE-NET, NL), lowest bot score 3, at 2026-11-20T18:55:00.000Z: score 91, confirmed.",
      'Not seen: audit gave no answer: GitLab answered 403 to audit events: the token lacks permission',
    ]);
    expect(summary).toMatchObject({ status: 'summary', severity: 'critical' });
    expect(summary.actions.map(({ action }) => action)).toEqual([
      'revoke-credential',
      'review-credential-activity',
      'block-address-at-cloudflare',
    ]);
  });

  it('cites only ids of the evidence', () => {
    const evidence = identifyEvidence(
      [findingOf(), findingOf({ credential: { id: 'user/4', kind: 'user' } })],
      [sightingOf('203.0.113.7')],
      COVERAGE,
    );
    const { summary, indicators, actions } = summarise(evidence, stateOf());
    const cited = [...summary, ...Object.values(indicators).flat(), ...actions.map(({ claim }) => claim)].flatMap(
      ({ evidence: ids }) => ids,
    );
    const known = allIds(evidence);
    expect(cited.length).toBeGreaterThan(8);
    for (const id of cited) expect(known).toContain(id);
  });

  it('never reads as clean when GitLab could not be asked', () => {
    const coverage = { cloudflare: complete(), inventory: off('needs an administrator'), audit: off('needs Premium') };
    const summary = summarise(identifyEvidence([], [], coverage), stateOf({ verdict: 'undetermined' }));
    expect(textsOf(summary).join(' ')).toContain('Not seen: audit is not in use: needs Premium');
    expect(summary.severity).toBe('medium');
  });

  it('works on nothing at all and says that it knows nothing', () => {
    const summary = summarise(identifyEvidence([], [], {}), stateOf({ verdict: 'not-observed' }));
    expect(textsOf(summary)).toEqual([
      expect.stringMatching(/^No address was named as a bot's/),
      'No GitLab credential was seen at any of them.',
      'What each source could see is not known.',
    ]);
    expect(summary.actions.map(({ action }) => action)).toEqual(['no-action']);
  });

  it('says that several credentials share a network, and whether that is known egress', () => {
    const shared = {
      networks: ['203.0.113.7'],
      sharedNetworks: ['203.0.113.7'],
      decision: 'report' as const,
      score: 30,
    };
    const findings = [1, 2].map((id) => findingOf({ ...shared, credential: { id: `token/${id}`, kind: 'personal' } }));
    const summary = summarise(identifyEvidence(findings, [sightingOf('203.0.113.7')], {}), stateOf());
    expect(summary.indicators.patterns.map(({ text }) => text)).toContain(
      '2 credentials were seen on network 203.0.113.7, which is known or learned shared egress.',
    );
    expect(summary.actions[0]?.action).toBe('add-known-egress');
  });

  it('does not ask to revoke what it cannot name', () => {
    const user = findingOf({
      credential: { id: 'user/7', kind: 'user', owner: { id: 7, username: 'jdoe' } },
      matches: [matchOf('203.0.113.7', { strength: 'acted' })],
    });
    const summary = summarise(identifyEvidence([user], [], {}), stateOf());
    expect(summary.actions[0]).toMatchObject({
      action: 'contact-owner',
      claim: { text: "Ask the owner of User 7 'jdoe' (token unknown) whether that was them." },
    });
  });

  it('counts what it does not tell', () => {
    const findings = [1, 2, 3, 4, 5].map((id) => findingOf({ credential: { id: `token/${id}`, kind: 'personal' } }));
    expect(textsOf(summarise(identifyEvidence(findings, [], {}), stateOf()))).toContain(
      '2 further credentials matched with lower scores.',
    );
  });
});
