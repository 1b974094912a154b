import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CoverageStatus,
  complete,
  mergeCoverage,
  off,
  type SourceCoverage,
  unavailable,
} from '../../functions/core/coverage.ts';

const partial: SourceCoverage = { status: 'partial', why: ['ran out of time'], counts: { events: 2 }, pages: 1 };
const kinds: Record<CoverageStatus, SourceCoverage> = {
  complete: complete({ events: 3 }, 2),
  partial,
  unavailable: unavailable('no answer'),
  off: off('not configured'),
};

const coverage: fc.Arbitrary<SourceCoverage> = fc
  .record({
    status: fc.constantFrom<CoverageStatus>('complete', 'partial', 'unavailable', 'off'),
    why: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
    counts: fc.dictionary(fc.constantFrom('events', 'zones'), fc.nat(1000)),
    pages: fc.nat(100),
    times: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: undefined }),
  })
  .map(({ times, ...rest }) => ({
    ...rest,
    ...(times === undefined ? {} : { oldest: Math.min(...times), newest: Math.max(...times) }),
  }));

describe('mergeCoverage', () => {
  it.each<[CoverageStatus, CoverageStatus, CoverageStatus]>([
    ['complete', 'complete', 'complete'],
    ['complete', 'partial', 'partial'],
    ['complete', 'unavailable', 'partial'],
    ['complete', 'off', 'complete'],
    ['partial', 'partial', 'partial'],
    ['partial', 'unavailable', 'partial'],
    ['partial', 'off', 'partial'],
    ['unavailable', 'unavailable', 'unavailable'],
    ['unavailable', 'off', 'unavailable'],
    ['off', 'off', 'off'],
  ])('%s and %s are %s', (a, b, both) => {
    expect(mergeCoverage(kinds[a], kinds[b]).status).toBe(both);
    expect(mergeCoverage(kinds[b], kinds[a]).status).toBe(both);
  });

  it('never reads as whole when one part was not', () => {
    fc.assert(
      fc.property(coverage, coverage, (a, b) => {
        const lacking = [a, b].some(({ status }) => status === 'partial' || status === 'unavailable');
        if (lacking) expect(['partial', 'unavailable']).toContain(mergeCoverage(a, b).status);
      }),
    );
  });

  it('adds counts and pages, keeps each reason once and the widest times', () => {
    const a: SourceCoverage = { ...partial, counts: { events: 2, zones: 1 }, oldest: 50, newest: 60 };
    const b: SourceCoverage = { ...partial, why: ['ran out of time', 'refused'], oldest: 40, newest: 55 };
    expect(mergeCoverage(a, b)).toEqual({
      status: 'partial',
      why: ['ran out of time', 'refused'],
      counts: { events: 4, zones: 1 },
      pages: 2,
      oldest: 40,
      newest: 60,
    });
  });

  it('keeps the times of the only part that has any, and invents none', () => {
    expect(mergeCoverage({ ...partial, oldest: 1, newest: 2 }, complete())).toMatchObject({ oldest: 1, newest: 2 });
    expect(mergeCoverage(partial, complete())).not.toHaveProperty('oldest');
  });

  it('gives the same whichever part comes first, and however three are grouped', () => {
    const unordered = (one: SourceCoverage) => ({ ...one, why: [...one.why].sort() });
    fc.assert(
      fc.property(coverage, coverage, coverage, (a, b, c) => {
        expect(unordered(mergeCoverage(a, b))).toEqual(unordered(mergeCoverage(b, a)));
        const left = mergeCoverage(mergeCoverage(a, b), c);
        expect(unordered(mergeCoverage(a, mergeCoverage(b, c)))).toEqual(unordered(left));
      }),
    );
  });
});
