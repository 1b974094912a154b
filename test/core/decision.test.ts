import { describe, expect, it } from 'vitest';
import { type Decidable, type DecisionRules, decide } from '../../functions/core/decision.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import { match, NOON, sighting, tokenUse } from '../support/evidence.ts';

const NETWORK = '203.0.113.7';
const RULES: DecisionRules = {
  trigger: 'hunt',
  threshold: 70,
  floor: true,
  huntPages: 'confirmed',
  huntProbable: 85,
  ownEgressKnown: false,
};

/** A confirmed finding of little score: an exact use from the very address that was called a bot. */
const EXACT: Decidable = {
  matches: [match()],
  score: 20,
  verdict: 'confirmed',
  sharedNetworks: [],
  usualNetworks: [],
  own: false,
  hasHistory: true,
  botScore: 20,
};
const SPAN = tokenUse({ at: { notBefore: NOON - 60 * MINUTE, notAfter: NOON } });
const PROBABLE: Decidable = { ...EXACT, matches: [match({ use: SPAN })], verdict: 'probable' };

function decided(finding: Partial<Decidable>, rules: Partial<DecisionRules> = {}, like = EXACT) {
  return decide({ ...like, ...finding }, { ...RULES, ...rules }).decision;
}

describe('a hunt that pages for confirmed findings', () => {
  it.each([
    ['an exact use from a bot address, whatever its score', { score: 0 }, 'page'],
    ['a network that many share', { sharedNetworks: [NETWORK] }, 'report'],
    ['a network that its owner works from', { usualNetworks: [NETWORK] }, 'report'],
    ['bots that asked GitLab only', { matches: [match({ onGitlab: true })] }, 'report'],
    ['another address of the network', { matches: [match({ rule: 'same-network' })] }, 'report'],
    ['what no bot product called a bot', { matches: [match({ sighting: sighting({ method: 'share' }) })] }, 'report'],
    ['a refusal', { matches: [match({ use: tokenUse({ strength: 'refused' }) })] }, 'report'],
    ['one of several that nothing explains', { matches: [match({ onGitlab: true }), match()] }, 'page'],
    ['another network that many share', { sharedNetworks: ['198.51.100.9'] }, 'page'],
  ] as const)('decides on %s', (_what, finding, decision) => {
    expect(decided(finding)).toBe(decision);
  });

  it.each([
    { sharedNetworks: [NETWORK] },
    { usualNetworks: [NETWORK] },
    { matches: [match({ onGitlab: true })] },
    { matches: [match({ use: tokenUse({ at: instant(NOON), times: 9 }), onGitlab: true })] },
  ])('asks the threshold of a confirmed finding that something explains (%#)', (finding) => {
    expect([69, 70].map((score) => decided({ ...finding, score }))).toEqual(['report', 'page']);
  });

  it('pages for nothing probable while nobody knows what is usual', () => {
    expect(decided({ score: 100, hasHistory: false }, {}, PROBABLE)).toBe('report');
  });

  it.each([
    [84, 85, 'report'],
    [85, 85, 'page'],
    [84, 84, 'page'],
    [100, 101, 'report'],
    [20, 1, 'page'],
  ] as const)('decides on a probable finding of %i by hunt.probableScore of %i', (score, huntProbable, decision) => {
    expect(decided({ score }, { huntProbable }, PROBABLE)).toBe(decision);
    expect(decided({ score, verdict: 'corroborated' }, { huntProbable }, PROBABLE)).toBe('report');
  });

  it('pages no less for what is confirmed than for what is only probable', () => {
    const explained = { sharedNetworks: [NETWORK], score: 50 };
    expect(decided(explained, { huntProbable: 50 }, PROBABLE)).toBe('page');
    expect(decided(explained, { huntProbable: 50 })).toBe('page');
    expect(decided(explained, { huntProbable: 51 })).toBe('report');
  });

  it('takes hunt.probableScore for nothing else', () => {
    expect(decided({ score: 69 }, { huntPages: 'threshold', huntProbable: 1 }, PROBABLE)).toBe('report');
    expect(decided({ score: 100 }, { huntPages: 'off', huntProbable: 1 }, PROBABLE)).toBe('report');
    expect(decided({ score: 69 }, { trigger: 'spike', huntProbable: 1 }, PROBABLE)).toBe('report');
    expect(decided({ score: 70 }, { trigger: 'spike', huntProbable: 101 }, PROBABLE)).toBe('page');
  });

  it('says what made it page', () => {
    const { reasons } = decide({ ...PROBABLE, score: 90 }, RULES);
    expect(reasons).toEqual(['It is probable, and its score of 90 reaches the 85 that hunts ask of such.']);
  });
});
