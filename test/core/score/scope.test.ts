import { describe, expect, it } from 'vitest';
import { scope } from '../../../functions/core/score/scope.ts';
import { credential } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

function scored(scopes: readonly string[]) {
  return scope(networkEvidence({ credential: credential({ scopes }) }), WEIGHT);
}

describe('what a credential may do', () => {
  it.each([
    [['read_user'], 'read_user', 15],
    [['read_repository'], 'read_repository', 50],
    [['read_api'], 'read_api', 60],
    [['read_user', 'write_repository', 'read_api'], 'write_repository', 75],
    [['api'], 'api', 90],
    [['sudo', 'api'], 'sudo', 100],
    [[], 'none', 0],
  ])('counts by the widest scope: %j', (scopes, input, points) => {
    expect(scored(scopes)).toMatchObject({ input, points });
  });

  it('counts as read access to everything where nobody told, and says so', () => {
    const { scopes: _, ...untold } = credential();
    expect(scope(networkEvidence({ credential: untold }), WEIGHT)).toMatchObject({
      input: 'unknown',
      points: 60,
      sentence: expect.stringContaining('unknown'),
    });
  });

  it.each(['read_the_future', 'constructor'])('counts a scope it does not know alike: %s', (name) => {
    expect(scored([name, 'read_user'])).toMatchObject({
      input: name,
      points: 60,
      sentence: `Its widest scope is ${name}. 1 of its scopes are not known to this version.`,
    });
    expect(scored([name, 'api'])).toMatchObject({ input: 'api', points: 90 });
  });
});
