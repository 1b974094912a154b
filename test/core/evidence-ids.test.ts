import { describe, expect, it } from 'vitest';
import { allIds, identifyEvidence, SIGHTINGS_NAMED, worstFirst } from '../../functions/core/evidence-ids.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { AT, COVERAGE, findingOf, matchOf, sightingOf } from '../support/pager-facts.ts';

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

  describe('of an address seen in several phases and by several methods', () => {
    const phase = (hours: number, requests: number, more: Partial<Sighting> = {}) =>
      sightingOf('203.0.113.7', {
        requests,
        seen: { notBefore: AT - hours * HOUR, notAfter: AT - hours * HOUR + MINUTE },
        ...more,
      });
    const seen = [
      phase(9, 10),
      phase(5, 20, { paths: ['/a', '/wp-login.php'] }),
      phase(1, 30, { country: 'DE' }),
      phase(9, 45, { method: 'security-event' }),
      sightingOf('198.51.100.1', { requests: 5 }),
    ];

    it('count it once, and of several methods the larger count of requests', () => {
      const { totals, countries, paths, methods } = identifyEvidence([], seen, {});
      expect(totals).toEqual({ id: 't1', addresses: 2, requests: 65 });
      expect(methods).toEqual([
        { id: 'b1', label: 'bot-score', addresses: 2, requests: 65 },
        { id: 'b2', label: 'security-event', addresses: 1, requests: 45 },
      ]);
      expect(countries.map(({ label, addresses, requests }) => [label, addresses, requests])).toEqual([
        ['NL', 2, 50],
        ['DE', 1, 30],
      ]);
      expect(paths.map(({ label, addresses }) => [label, addresses])).toEqual([
        ['/wp-login.php', 2],
        ['/a', 1],
      ]);
    });

    it('add what several zones saw of it', () => {
      const elsewhere = phase(9, 7, { method: 'rate-limit', zone: { id: 'f'.repeat(32) } });
      expect(identifyEvidence([], [...seen, elsewhere], {}).totals).toEqual({ id: 't1', addresses: 2, requests: 72 });
    });

    it('leave room for the others, whatever order they were stored in', () => {
      const many = Array.from({ length: 40 }, (_, index) => phase(index, 500));
      const evidence = identifyEvidence([], [...many, ...seen], {});
      expect(evidence.sightings.map(({ sighting }) => sighting.address)).toEqual(['203.0.113.7', '198.51.100.1']);
      expect(identifyEvidence([], [...seen, ...many].reverse(), {})).toEqual(evidence);
    });
  });

  it('are all known', () => {
    const ids = allIds(identifyEvidence(FINDINGS, SIGHTINGS, COVERAGE));
    for (const id of ['t1', 'f1', 'f2.m2', 's1', 'c1', 'n1', 'h1', 'p1', 'b1', 'v3']) expect(ids).toContain(id);
    expect(ids).not.toContain('f4');
  });
});
