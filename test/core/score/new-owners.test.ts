import { describe, expect, it } from 'vitest';
import { newOwners } from '../../../functions/core/score/new-owners.ts';
import { AMONG_PEOPLE, networkEvidence, WEIGHT } from './network-evidence.ts';

function scored(strangers: number, unknownOwners: number, more: Parameters<typeof networkEvidence>[0] = {}) {
  return newOwners(networkEvidence({ newOwners: strangers, unknownOwners, ...more }), WEIGHT);
}

describe('owners that are new to one network at once', () => {
  it.each([
    [2, 0, undefined],
    [3, 0, 12.5],
    [6, 0, 50],
    [10, 0, 100],
    [50, 0, 100],
    [0, 4, undefined],
    [0, 12, 50],
    [4, 4, 50],
  ])('count from the third on, and half where nothing is known of them: %i and %i', (strangers, unknown, points) => {
    expect(scored(strangers, unknown)?.points).toBe(points);
  });

  it.each([
    ['is listed in knownEgress', { knownEgress: true }],
    ['was learned to be shared', AMONG_PEOPLE],
  ])('are nothing where the network %s', (_what, more) => {
    expect(scored(30, 30, more)).toBeUndefined();
  });

  it.each([
    [10, 0, '10 owners new to this network were seen on it.'],
    [0, 12, '12 owners were seen on this network at once, of whom nothing is known yet.'],
    [4, 4, '8 owners were seen on this network at once: it is new to 4 of them, and nothing is known yet of 4.'],
  ])('are told as what they are: %i and %i', (strangers, unknown, sentence) => {
    expect(scored(strangers, unknown)?.sentence).toBe(sentence);
  });
});
