import { describe, expect, it } from 'vitest';
import {
  methodOf,
  outcomeOf,
  PASSED_ACTIONS,
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
