import { describe, expect, it } from 'vitest';
import type { NetworkEvidence } from '../../../functions/core/score/network-evidence.ts';
import { usualOperator } from '../../../functions/core/score/usual-operator.ts';
import { match, sighting } from '../../support/evidence.ts';
import { AMONG_MACHINES, AMONG_PEOPLE, accustomed, NETWORK, networkEvidence, WEIGHT } from './network-evidence.ts';

const HOME = 64500;
const MOBILE = 64501;
const asnDays = { [HOME]: 3, [MOBILE]: 1 };

/** Matches whose sightings name these operators; undefined: none. */
function of(...asns: readonly (number | undefined)[]) {
  const { asn: _, ...nameless } = sighting();
  return asns.map((asn) => match({ sighting: asn === undefined ? nameless : { ...nameless, asn } }));
}

function scored(evidence: Partial<NetworkEvidence>) {
  return usualOperator(networkEvidence({ ...accustomed({ asnDays }), ...evidence }), -WEIGHT);
}

describe('a new network of an operator that it or its owner worked from before', () => {
  it('lowers, by one day as by many, and says so', () => {
    expect([of(HOME), of(MOBILE)].map((matches) => scored({ matches }))).toEqual([
      expect.objectContaining({
        input: 'AS 64500',
        points: -WEIGHT,
        sentence: 'It or its owner worked from other addresses of AS 64500 on 3 earlier days.',
      }),
      expect.objectContaining({
        input: 'AS 64501',
        points: -WEIGHT,
        sentence: 'It or its owner worked from other addresses of AS 64501 on one earlier day.',
      }),
    ]);
  });

  it.each([
    ['the operator is new', { matches: of(64999) }],
    ['one of the operators is new', { matches: of(HOME, 64999) }],
    ['the operator is not known', { matches: of(undefined) }],
    ['the operator of one match is not known', { matches: of(HOME, undefined) }],
    ['and the other way round', { matches: of(undefined, HOME) }],
    ['there is no history of operators', accustomed()],
    ['there is no history', { credential: networkEvidence().credential }],
    ['the very network is usual', accustomed({ asnDays, networkDays: { [NETWORK]: 1 } })],
    ['many people share the network', AMONG_PEOPLE],
    ['many machines share the network', AMONG_MACHINES],
    ['the network is listed in knownEgress', { knownEgress: true }],
  ])('says nothing where %s', (_what, evidence) => {
    expect(scored(evidence)).toBeUndefined();
  });

  it('says the same whatever the order of what was seen', () => {
    const days = accustomed({ asnDays: { [HOME]: 2, [MOBILE]: 2 } });
    const [there, back] = [of(HOME, MOBILE), of(MOBILE, HOME)].map((matches) => scored({ ...days, matches }));
    expect(there).toEqual(back);
    expect(there?.points).toBe(-WEIGHT);
  });
});
