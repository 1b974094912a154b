import { describe, expect, it } from 'vitest';
import { knownEgress } from '../../../functions/core/score/known-egress.ts';
import { AMONG_PEOPLE, NETWORK, networkEvidence, WEIGHT } from './network-evidence.ts';

describe('a network listed in knownEgress', () => {
  it('lowers, also where many were learned to share it', () => {
    const expected = { input: NETWORK, points: -WEIGHT };
    expect(knownEgress(networkEvidence({ knownEgress: true }), -WEIGHT)).toMatchObject(expected);
    const shared = { knownEgress: true, ...AMONG_PEOPLE };
    expect(knownEgress(networkEvidence(shared), -WEIGHT)).toMatchObject(expected);
  });

  it('is one of ours only where it is listed', () => {
    expect(knownEgress(networkEvidence(), -WEIGHT)).toBeUndefined();
    expect(knownEgress(networkEvidence(AMONG_PEOPLE), -WEIGHT)).toBeUndefined();
  });
});
