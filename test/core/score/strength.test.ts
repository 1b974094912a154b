import { describe, expect, it } from 'vitest';
import { strength } from '../../../functions/core/score/strength.ts';
import type { Strength } from '../../../functions/core/token-use.ts';
import { match, tokenUse } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

function corroborated(...strengths: readonly Strength[]) {
  const matches = strengths.map((one) => match({ use: tokenUse({ strength: one }) }));
  return strength(networkEvidence({ verdict: 'corroborated', matches }), WEIGHT);
}

describe('what the evidence proves', () => {
  it.each([
    ['confirmed', 100],
    ['probable', 85],
  ] as const)('counts by the verdict: %s', (verdict, points) => {
    expect(strength(networkEvidence({ verdict }), WEIGHT)).toMatchObject({ input: verdict, points });
  });

  it.each([
    [['refused'], 'refused', 20],
    [['used'], 'used', 30],
    [['acted'], 'acted', 40],
    [['minted'], 'minted', 50],
    [['refused', 'acted', 'used'], 'acted', 40],
    [['used', 'minted', 'acted'], 'minted', 50],
  ] as const)('counts by the strongest where that is all there is: %j', (strengths, input, points) => {
    expect(corroborated(...strengths)).toMatchObject({ input, points });
  });
});
