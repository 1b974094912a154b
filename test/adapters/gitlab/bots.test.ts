import { describe, expect, it } from 'vitest';
import { tokensOfBots } from '../../../functions/adapters/gitlab/bots.ts';
import type { ListedToken } from '../../../functions/adapters/gitlab/token-directory.ts';

function token(id: number, createdAt: number, kind: ListedToken['kind'] = 'project'): ListedToken {
  return { row: { id, user_id: 50, created_at: createdAt }, kind };
}

describe('the token a bot user acted with', () => {
  it('is the one in force then, as rotation replaces the one before', () => {
    const tokenOf = tokensOfBots([token(1, 100), token(2, 200)]);
    expect([50, 150, 200, 900].map((at) => tokenOf(50, at))).toEqual([undefined, 'token/1', 'token/2', 'token/2']);
  });

  it('is unknown for people and for service accounts with several', () => {
    expect(tokensOfBots([token(1, 100, 'personal')])(50, 900)).toBeUndefined();
    expect(tokensOfBots([token(1, 100, 'service-account')])(50, 900)).toBe('token/1');
    const several = [token(1, 100, 'service-account'), token(2, 200, 'service-account')];
    expect(tokensOfBots(several)(50, 900)).toBeUndefined();
  });
});
