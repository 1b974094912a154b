import { describe, expect, it } from 'vitest';
import { address } from '../../../functions/core/score/address.ts';
import { match } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

const NEAR = match({ rule: 'same-network' });

describe('how closely two addresses agree', () => {
  it.each([
    ['the very address', [match()], 100],
    ['another of its network', [NEAR, NEAR], 40],
    ['the best of several', [NEAR, match()], 100],
  ])('counts: %s', (_what, matches, points) => {
    expect(address(networkEvidence({ matches }), WEIGHT)?.points).toBe(points);
  });
});
