import { describe, expect, it } from 'vitest';
import type { NetworkEvidence } from '../../../functions/core/score/network-evidence.ts';
import { novelty } from '../../../functions/core/score/novelty.ts';
import type { Habits } from '../../../functions/core/token-use.ts';
import { credential, match, NOON, sighting } from '../../support/evidence.ts';

const WEIGHT = 10;

/** Matches on 203.0.113.7 of AS 64500. */
function evidence(habits: Partial<Habits> | undefined, more: Partial<NetworkEvidence> = {}): NetworkEvidence {
  return {
    credential: credential(
      habits === undefined ? {} : { habits: { days: 9, networkDays: {}, actions: [], ...habits } },
    ),
    network: '203.0.113.7',
    matches: [match()],
    verdict: 'confirmed',
    windowStart: NOON,
    slack: 0,
    knownEgress: false,
    newOwners: 0,
    unknownOwners: 0,
    refusedCredentials: 0,
    ...more,
  };
}

describe('a network that is new for a credential', () => {
  it('counts more the longer its history is', () => {
    expect([1, 2, 5, 30].map((days) => novelty(evidence({ days }), WEIGHT)?.points)).toEqual([2, 4, 10, 10]);
  });

  it('counts half where it worked from others of the same operator before', () => {
    const asnDays = { 64500: 3, 64501: 1 };
    expect(novelty(evidence({ asnDays }), WEIGHT)).toEqual({
      name: 'novelty',
      input: 'new, known operator',
      weight: WEIGHT,
      points: 5,
      sentence:
        'Neither it nor its owner was seen from this network before, in 9 days of history. It worked from others of AS 64500 on 3 days before, so half of this counts.',
    });
    const listed = {
      credential: credential({ knownNetworks: [], habits: { days: 1, networkDays: {}, actions: [], asnDays } }),
    };
    expect(novelty(evidence(undefined, listed), WEIGHT)?.points).toBe(5);
  });

  it('counts in full where the operator is another, or not known', () => {
    const full = novelty(evidence({}), WEIGHT);
    expect(full?.points).toBe(10);
    expect(novelty(evidence({ asnDays: { 64501: 30 } }), WEIGHT)).toEqual(full);
    const { asn: _, ...unknown } = sighting();
    const matches = [match({ sighting: unknown })];
    expect(novelty(evidence({ asnDays: { 64500: 30 } }, { matches }), WEIGHT)).toEqual(full);
  });

  it('says nothing of one that is not new, nor without history, whoever its operator is', () => {
    expect(novelty(evidence({ networkDays: { '203.0.113.7': 1 }, asnDays: { 64500: 3 } }), WEIGHT)).toBeUndefined();
    expect(novelty(evidence(undefined), WEIGHT)).toMatchObject({ points: 0, input: 'no-history' });
  });
});
