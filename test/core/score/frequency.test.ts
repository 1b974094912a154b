import { describe, expect, it } from 'vitest';
import { frequency } from '../../../functions/core/score/frequency.ts';
import { match, tokenUse } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

function scored(...times: readonly number[]) {
  const matches = times.map((count) => match({ use: tokenUse({ times: count }) }));
  return frequency(networkEvidence({ matches }), WEIGHT);
}

describe('how often a credential was seen', () => {
  it.each([
    [[1], 16.7, 'It was seen from there once.'],
    [[1, 2], 33.3, 'It was seen from there 3 times.'],
    [[63], 100, 'It was seen from there 63 times.'],
    [[60, 5_000], 100, 'It was seen from there 5060 times.'],
  ])('counts on a logarithmic scale: %j', (times, points, sentence) => {
    expect(scored(...times)).toMatchObject({ points, sentence });
  });
});
