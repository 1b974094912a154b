import { describe, expect, it } from 'vitest';
import { textReport } from '../report.ts';
import { mixSummary } from '../summary-fixture.ts';
import { reducedEvent, reducedMisses } from './reduced-report.ts';
import type { ReducedRow } from './reduced-set.ts';

const AGREED: ReducedRow = {
  kind: 'slow-drip',
  mix: 'all',
  intrusion: 'slow-drip/1',
  stack: { pagedBy: 'hunt', falsePages: 0 },
  fast: { pagedBy: 'spike', falsePages: 0 },
  agrees: true,
  said: [],
  seconds: 29,
};

describe('scenes through the stack', () => {
  it('are a table of the report, and not there where none were played', () => {
    const office: ReducedRow = {
      ...AGREED,
      kind: 'office-spike',
      stack: { falsePages: 1 },
      fast: { falsePages: 0 },
      agrees: false,
    };
    const { intrusion: _, ...nobody } = office;
    const text = textReport([mixSummary()], [], [AGREED, nobody]);
    expect(text).toMatch(/^slow-drip +all +slow-drip\/1 +hunt +spike +0 +0$/m);
    expect(text).toMatch(/^office-spike +all +- +- +- +1 +0 +disagrees$/m);
    expect(textReport([mixSummary()], [])).not.toContain('through the stack');
  });

  it('are a line of JSON each', () => {
    expect(reducedEvent(AGREED)).toEqual({ event: 'stand-in', ...AGREED });
  });

  it('miss no goal where both wake somebody, by whatever', () => {
    expect(reducedMisses([AGREED])).toEqual([]);
  });

  it('miss a goal where only the fast mode wakes somebody', () => {
    const silent: ReducedRow = { ...AGREED, stack: { falsePages: 0 }, agrees: false };
    expect(reducedMisses([AGREED, silent])).toEqual([
      'slow-drip through the stack (all): wakes nobody, in the fast mode somebody by a spike',
    ]);
    const more: ReducedRow = { ...AGREED, fast: { falsePages: 0 }, agrees: false };
    expect(reducedMisses([more])).toEqual([]);
  });

  it('tell of a false page what it said, and miss no goal: less was learned before a scene', () => {
    const wrong: ReducedRow = {
      ...AGREED,
      stack: { pagedBy: 'hunt', falsePages: 1 },
      agrees: false,
      said: ["[91] Token 7 'ci' used"],
    };
    expect(reducedMisses([wrong])).toEqual([]);
    expect(textReport([mixSummary()], [], [wrong])).toContain("false page at slow-drip: [91] Token 7 'ci' used");
  });
});
