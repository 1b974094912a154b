import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../functions/core/activity.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import { NOON, sighting } from '../support/evidence.ts';

function at(minute: number, overrides: Partial<Sighting> = {}): Sighting {
  return sighting({ seen: instant(NOON + minute * MINUTE), requests: 1, ...overrides });
}

const minutesOf = (phases: readonly Sighting[]) =>
  phases.map(({ seen }) => [(seen.notBefore - NOON) / MINUTE, (seen.notAfter - NOON) / MINUTE]);

describe('phases of activity', () => {
  it('hold what lies no further apart than the quiet, in whatever order it comes', () => {
    const spans = [at(71), at(0), at(30), at(41), at(60)];
    expect(minutesOf(phasesOf(spans, 30 * MINUTE))).toEqual([[0, 71]]);
    expect(minutesOf(phasesOf(spans, 30 * MINUTE - 1))).toEqual([
      [0, 0],
      [30, 71],
    ]);
    expect(minutesOf(phasesOf(spans, 0))).toHaveLength(5);
    expect(phasesOf([], MINUTE)).toEqual([]);
  });

  it('end with the last of spans that overlap', () => {
    const long = sighting({ seen: { notBefore: NOON, notAfter: NOON + 60 * MINUTE } });
    expect(minutesOf(phasesOf([long, at(10), at(80)], 20 * MINUTE))).toEqual([[0, 80]]);
  });

  it('tell of all that they hold', () => {
    const [phase] = phasesOf(
      [
        at(2, { lowestBotScore: 2, ja4: ['a', 'b'], hosts: ['one.example.com'], paths: ['/2'] }),
        at(1, { lowestBotScore: 20, ja4: ['b'], hosts: ['two.example.com'], paths: ['/1'], requests: 5 }),
      ],
      MINUTE,
    );
    expect(phase).toMatchObject({
      requests: 6,
      lowestBotScore: 2,
      ja4: ['b', 'a'],
      hosts: ['two.example.com', 'one.example.com'],
      paths: ['/1', '/2'],
    });
  });

  it('know of an address what any part of them knows', () => {
    const { asn: _, country: __, lowestBotScore: ___, ...bare } = at(0);
    expect(phasesOf([bare, at(1)], MINUTE)).toMatchObject([{ asn: 64500, country: 'NL', lowestBotScore: 1 }]);
    expect(phasesOf([bare], MINUTE)[0]).not.toHaveProperty('lowestBotScore');
  });

  it('keep ten of a list that clients fill', () => {
    const spans = Array.from({ length: 30 }, (_, index) => at(0, { paths: [`/${index}`] }));
    expect(phasesOf(spans, MINUTE)[0]?.paths).toHaveLength(10);
  });
});
