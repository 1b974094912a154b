import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../../functions/core/time.ts';
import { stateAt, tokenHistories } from './last-used.ts';
import { call, credential, NOON, PERSON, story } from './small-story.ts';

const address = (number: number) => `203.0.113.${number}`;

function listed(calls: ReturnType<typeof call>[], at: number) {
  return stateAt(tokenHistories(story({ calls })).get(PERSON.id) ?? [], at);
}

describe('last_used_ips and last_used_at', () => {
  it('keeps the five latest addresses and forgets the sixth', () => {
    const calls = [1, 2, 3, 4, 5, 6].map((n) => call({ from: NOON + n * 2 * MINUTE, address: address(n) }));
    expect(listed(calls, NOON + 11 * MINUTE)?.addresses).toEqual([1, 2, 3, 4, 5].map(address));
    expect(listed(calls, NOON + 12 * MINUTE)?.addresses).toEqual([2, 3, 4, 5, 6].map(address));
  });

  it('misses a second address within a minute of the first', () => {
    const calls = [call(), call({ from: NOON + 59_000, address: address(2) })];
    expect(listed(calls, NOON + 5 * MINUTE)?.addresses).toEqual([address(7)]);
    const later = [call(), call({ from: NOON + 60_000, address: address(2) })];
    expect(listed(later, NOON + 5 * MINUTE)?.addresses).toEqual([address(7), address(2)]);
  });

  it('moves the time of the last use every ten minutes only', () => {
    const calls = [0, 5, 10, 12].map((minutes) => call({ from: NOON + minutes * MINUTE }));
    expect(listed(calls, NOON + 9 * MINUTE)?.lastUsedAt).toBe(NOON);
    expect(listed(calls, NOON + 60 * MINUTE)?.lastUsedAt).toBe(NOON + 10 * MINUTE);
  });

  it('counts git over HTTP, and nothing that was turned away', () => {
    expect(listed([call({ action: 'clone' })], NOON)?.addresses).toEqual([address(7)]);
    expect(listed([call({ refusal: 'token_expired' })], NOON + 60 * MINUTE)).toBeUndefined();
  });

  it('shows what comes late under the time it happened', () => {
    const late = [call({ lateBy: 8 * MINUTE })];
    expect(listed(late, NOON + 7 * MINUTE)).toBeUndefined();
    expect(listed(late, NOON + 8 * MINUTE)?.lastUsedAt).toBe(NOON);
  });

  it('comes with the last use before the story, from some address', () => {
    const dormant = credential({ id: 'token/9', lastUsedAt: NOON - 200 * 24 * 60 * MINUTE });
    const [state] = tokenHistories(story({ organisation: { credentials: [dormant] } })).get('token/9') ?? [];
    expect(state?.lastUsedAt).toBe(dormant.lastUsedAt);
    expect(state?.addresses).toHaveLength(1);
  });
});
