import { describe, expect, it } from 'vitest';
import { allIds, identifyEvidence, SIGHTINGS_NAMED, worstFirst } from '../../functions/core/evidence-ids.ts';
import { COVERAGE, findingOf, matchOf, sightingOf } from '../support/pager-facts.ts';

const credential = (id: string) => ({ ...findingOf().credential, id });
const FINDINGS = [
  findingOf({ credential: credential('token/1'), score: 40, decision: 'report' }),
  findingOf({
    credential: credential('token/3'),
    score: 91,
    matches: [matchOf('203.0.113.9'), matchOf('203.0.113.8')],
  }),
  findingOf({ credential: credential('token/2'), score: 91 }),
];
const SIGHTINGS = Array.from({ length: 60 }, (_, index) =>
  sightingOf(`198.51.100.${index}`, {
    requests: index,
    country: index % 3 === 0 ? 'DE' : 'NL',
    asn: 64_500 + (index % 2),
  }),
);

describe('evidence ids', () => {
  it('number the worst first, whatever order it was stored in', () => {
    const ids = (findings: typeof FINDINGS, sightings: typeof SIGHTINGS) =>
      identifyEvidence(findings, sightings, COVERAGE);
    const evidence = ids(FINDINGS, SIGHTINGS);
    expect(evidence.findings.map(({ id, finding }) => [id, finding.credential.id])).toEqual([
      ['f1', 'token/2'],
      ['f2', 'token/3'],
      ['f3', 'token/1'],
    ]);
    expect(ids([...FINDINGS].reverse(), [...SIGHTINGS].reverse())).toEqual(evidence);
  });

  it('put page level above a higher score', () => {
    const floor = findingOf({ credential: credential('token/5'), score: 30, decision: 'page' });
    expect(worstFirst([FINDINGS[0] ?? floor, floor])[0]).toBe(floor);
  });

  it('name matched sightings first, then the busiest, and no more than fit', () => {
    const { sightings, findings } = identifyEvidence(FINDINGS, SIGHTINGS, {});
    expect(sightings.map(({ sighting }) => sighting.address).slice(0, 4)).toEqual([
      '203.0.113.7',
      '203.0.113.9',
      '203.0.113.8',
      '198.51.100.59',
    ]);
    expect(sightings).toHaveLength(SIGHTINGS_NAMED);
    expect(findings[1]?.matches).toMatchObject([
      { id: 'f2.m1', sighting: 's2' },
      { id: 'f2.m2', sighting: 's3' },
    ]);
  });

  it('count over all sightings, not only the named ones', () => {
    const { totals, countries, asns } = identifyEvidence([], SIGHTINGS, {});
    expect(totals).toEqual({ id: 't1', addresses: 60, requests: 1770 });
    expect(countries).toMatchObject([
      { id: 'c1', label: 'NL', addresses: 40 },
      { id: 'c2', label: 'DE', addresses: 20 },
    ]);
    expect(asns.map(({ addresses }) => addresses)).toEqual([30, 30]);
  });

  it('are all known', () => {
    const ids = allIds(identifyEvidence(FINDINGS, SIGHTINGS, COVERAGE));
    for (const id of ['t1', 'f1', 'f2.m2', 's1', 'c1', 'n1', 'h1', 'p1', 'b1', 'v3']) expect(ids).toContain(id);
    expect(ids).not.toContain('f4');
  });
});
