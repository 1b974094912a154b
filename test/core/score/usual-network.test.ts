import { describe, expect, it } from 'vitest';
import { usualNetwork } from '../../../functions/core/score/usual-network.ts';
import { accustomed, NETWORK, networkEvidence, WEIGHT } from './network-evidence.ts';

function scored(networkDays: Readonly<Record<string, number>>) {
  return usualNetwork(networkEvidence(accustomed({ networkDays })), -WEIGHT);
}

describe('a network it or its owner worked from before', () => {
  it('lowers by its days: one a part, two as much as any', () => {
    const [one = 0, two, many] = [1, 2, 30].map((days) => scored({ [NETWORK]: days })?.points);
    expect([two, many]).toEqual([-WEIGHT, -WEIGHT]);
    expect(one).toBeLessThan(0);
    expect(one).toBeGreaterThan(-WEIGHT);
  });

  it('says nothing where it is another, or nothing is known', () => {
    expect(scored({})).toBeUndefined();
    expect(scored({ '198.51.100.9': 9 })).toBeUndefined();
    expect(usualNetwork(networkEvidence(), -WEIGHT)).toBeUndefined();
  });

  it('is told with its days', () => {
    expect([1, 3].map((days) => scored({ [NETWORK]: days })?.sentence)).toEqual([
      'It or its owner worked from there on one earlier day.',
      'It or its owner worked from there on 3 earlier days.',
    ]);
  });
});
