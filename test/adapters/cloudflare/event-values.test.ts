import { describe, expect, it } from 'vitest';
import {
  isVerifiedBot,
  methodOf,
  outcomeOf,
  PASSED_ACTIONS,
  productOf,
  SOLVED_ACTIONS,
} from '../../../functions/adapters/cloudflare/event-values.ts';

describe('actions', () => {
  it.each([
    'block',
    'challenge',
    'jschallenge',
    'managed_challenge',
    'managedchallenge',
    'connection_close',
    'drop',
    'managed_challenge_failed',
    'link_maze_injected',
  ])('%s was against the client', (action) => expect(outcomeOf(action)).toBe('mitigated'));

  it.each(['allow', 'Skip', 'log', 'bypass', 'managed_challenge_skipped', 'managedChallengeSkipped'])(
    '%s let it through',
    (action) => expect(outcomeOf(action)).toBe('passed'),
  );

  it.each([
    'challenge_solved',
    'managedchallengenoninteractivesolved',
    'MANAGED_CHALLENGE_INTERACTIVE_SOLVED',
    'jschallenge_bypassed',
  ])('%s shows a solved challenge', (action) => expect(outcomeOf(action)).toBe('solved'));

  it('that filters name are read the same way in answers', () => {
    expect(PASSED_ACTIONS.every((action) => outcomeOf(action) !== 'mitigated')).toBe(true);
    expect(SOLVED_ACTIONS.every((action) => outcomeOf(action) === 'solved')).toBe(true);
    expect(SOLVED_ACTIONS).toHaveLength(7);
  });
});

describe('products', () => {
  it.each([
    ['botFight', 'bot-product'],
    ['botmanagement', 'bot-product'],
    ['bot_management', 'bot-product'],
    ['rateLimit', 'rate-limit'],
    ['ratelimit', 'rate-limit'],
    ['L7DDOS', 'l7ddos'],
    ['firewallManaged', undefined],
    ['', undefined],
  ])('%s is evidence by %s', (source, method) => expect(methodOf(source)).toBe(method));
});

describe('products', () => {
  it('are one in every spelling, and so are the two that judge bots', () => {
    expect(new Set(['botFight', 'botfight', 'botManagement'].map(productOf)).size).toBe(1);
    expect(productOf('rateLimit')).toBe(productOf('ratelimit'));
    expect(productOf('firewallCustom')).toBe(productOf('firewall_custom'));
    expect(productOf('firewallCustom')).not.toBe(productOf('firewallManaged'));
  });
});

describe('verified bots', () => {
  it.each([
    { verifiedBotCategory: 'AI Crawler' },
    { botScoreSrcName: 'verified_bot' },
    { botScoreSrcName: 'Verified Bot' },
  ])('are told by %o', (values) => expect(isVerifiedBot(values)).toBe(true));

  it.each([{}, { verifiedBotCategory: '' }, { botScoreSrcName: 'heuristics' }, { verifiedBotCategory: 7 }])(
    'are not told by %o',
    (values) => expect(isVerifiedBot(values)).toBe(false),
  );
});
