import { describe, expect, it } from 'vitest';
import { role } from '../../../functions/core/score/role.ts';
import { credential } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

describe('how far the account behind a credential reaches', () => {
  it.each([
    ['an administrator', { owner: { id: 1, admin: true } }, 'admin', 100],
    ['an administrator, whatever the role', { owner: { id: 1, admin: true }, accessLevel: 10 }, 'admin', 100],
    ['an Owner', { accessLevel: 50 }, 'owner', 80],
    ['a Maintainer', { accessLevel: 40 }, 'maintainer', 60],
  ])('counts: %s', (_who, given, input, points) => {
    expect(role(networkEvidence({ credential: credential(given) }), WEIGHT)).toMatchObject({ input, points });
  });

  it.each([
    ['a Developer', { accessLevel: 30 }],
    ['nobody knows whom', {}],
  ])('says nothing of %s', (_who, given) => {
    expect(role(networkEvidence({ credential: credential(given) }), WEIGHT)).toBeUndefined();
  });
});
