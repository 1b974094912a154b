import { describe, expect, it } from 'vitest';
import { refused } from '../../../functions/core/score/refused.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

describe('credentials turned away from the same network', () => {
  it.each([
    [0, undefined],
    [1, { input: '1', points: WEIGHT, sentence: '1 credential was turned away from the same network.' }],
    [7, { input: '7', points: WEIGHT, sentence: '7 credentials were turned away from the same network.' }],
  ])('count, few as many: %i', (refusedCredentials, expected) => {
    const scored = refused(networkEvidence({ refusedCredentials }), WEIGHT);
    if (expected === undefined) expect(scored).toBeUndefined();
    else expect(scored).toMatchObject(expected);
  });
});
