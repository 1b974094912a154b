import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreStack } from '../../../functions/core/case-view/score-stack.ts';
import type { ScorePart } from '../../../functions/core/finding.ts';

function part(points: number, name = 'scope'): ScorePart {
  return { name, input: '', weight: 30, points, sentence: '' };
}

const anyParts = fc.array(
  fc.integer({ min: -600, max: 450 }).map((tenths) => part(tenths / 10)),
  { maxLength: 18 },
);

function scoreOf(parts: readonly ScorePart[]): number {
  return Math.min(100, Math.max(0, Math.round(parts.reduce((sum, { points }) => sum + points, 0))));
}

describe('the parts of a score, laid end to end', () => {
  it('draws every point there is: what rises ends where what lowers begins, and that ends at the sum', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const { raises, lowers, raised, sum } = scoreStack({ parts, score: scoreOf(parts) });
        const ends = [...raises.flatMap(({ from, to }) => [from, to])];
        expect([0, ...ends.filter((_, index) => index % 2 === 1)].slice(0, raises.length)).toEqual(
          raises.map(({ from }) => from),
        );
        expect(raises.at(-1)?.to ?? 0).toBe(raised);
        expect(lowers.at(0)?.to ?? raised).toBe(raised);
        expect(lowers.at(-1)?.from ?? raised).toBe(sum);
        expect(sum).toBeCloseTo(
          parts.reduce((total, { points }) => total + points, 0),
          6,
        );
        for (const { part, from, to } of [...raises, ...lowers])
          expect(to - from).toBeCloseTo(Math.abs(part.points), 6);
      }),
    );
  });

  it('keeps everything on the scale, and gives each part with points a number of its own', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const { raises, lowers, least, most, score } = scoreStack({ parts, score: scoreOf(parts) });
        const all = [...raises, ...lowers];
        for (const { from, to } of all) expect(from >= least && to <= most && from < to).toBe(true);
        expect(score >= least && score <= most && least <= 0 && most >= 100).toBe(true);
        const numbers = all.map(({ number }) => number).sort((a, b) => a - b);
        expect(numbers).toEqual(parts.filter(({ points }) => points !== 0).map((_, index) => index + 1));
      }),
    );
  });

  it.each([
    [[part(30), part(9.5)], 40, 'What raises it adds up to 39.5, rounded to 40.'],
    [[part(40)], 40, 'What raises it adds up to 40.'],
    [[part(90), part(14)], 100, 'What raises it adds up to 104; a score ends at 100.'],
    [[part(40), part(-28)], 12, 'What raises it adds up to 40, what lowers it takes away 28, which leaves 12.'],
    [
      [part(40), part(-60)],
      0,
      'What raises it adds up to 40, what lowers it takes away 60, which leaves −20; a score begins at 0.',
    ],
    [[part(40)], 100, 'What raises it adds up to 40; the score was set to 100 for the reason above.'],
  ])('says what became of the sum: %#', (parts, score, sentence) => {
    expect(scoreStack({ parts, score }).sentence).toBe(sentence);
  });
});
