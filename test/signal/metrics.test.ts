import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { claim, counted, FROM, simPage } from './fixtures.ts';
import {
  averagePrecision,
  baselineFigures,
  baselineMonth,
  curveOf,
  falsePagesAtRecall,
  falsePagesOf,
  type Month,
  precisionOfTop,
  qualityOf,
  type Ranked,
  rank,
  recallOf,
} from './metrics.ts';

const yes = (score: number): Ranked => ({ score, isIntrusion: true });
const no = (score: number): Ranked => ({ score, isIntrusion: false });

function month(overrides: Partial<Month['run']> & { intrusions?: Month['intrusions'] } = {}): Month {
  const { intrusions = [], claims = [], pages = [] } = overrides;
  return { intrusions, run: { claims, pages } };
}

describe('recall', () => {
  it('is the share of intrusions that somebody was woken for, however often', () => {
    const intrusions = ['a', 'b', 'c', 'd'].map((id) => counted({ id }));
    const pages = [simPage({ intrusions: ['a', 'b'] }), simPage({ intrusions: ['a'] }), simPage()];
    expect(recallOf([month({ intrusions, pages })])).toMatchObject({ intrusions: 4, recalled: 2, recall: 0.5 });
  });

  it('is also given of what the mix shows anything of', () => {
    const intrusions = [
      counted({ id: 'a' }),
      counted({ id: 'b' }),
      counted({ id: 'c', observable: false }),
      counted({ id: 'd', observable: false }),
    ];
    const pages = [simPage({ intrusions: ['a'] })];
    const recall = recallOf([month({ intrusions, pages })]);
    expect(recall).toMatchObject({ recall: 0.25, observable: 2, observableRecall: 0.5 });
  });

  it('is told by kind', () => {
    const intrusions = [counted({ id: 'a', kind: 'clock-skew' }), counted({ id: 'b', kind: 'slow-drip' })];
    const months = [month({ intrusions, pages: [simPage({ intrusions: ['a'] })] })];
    expect(recallOf(months, 'clock-skew').recall).toBe(1);
    expect(recallOf(months, 'slow-drip').recall).toBe(0);
    expect(recallOf(months, 'carrier-nat').recall).toBeUndefined();
  });

  it('does not mix up intrusions of one name in two months', () => {
    const intrusions = [counted({ id: 'a' })];
    const months = [month({ intrusions, pages: [simPage({ intrusions: ['a'] })] }), month({ intrusions })];
    expect(recallOf(months).recall).toBe(0.5);
  });

  it('waits from when there was something to see until the first page', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100];
    const intrusions = waits.map((_, index) => counted({ id: `${index}`, evidentAt: FROM }));
    const pages = waits.flatMap((wait, index) => [
      simPage({ at: FROM + 9 * HOUR, intrusions: [`${index}`] }),
      simPage({ at: FROM + wait * MINUTE, intrusions: [`${index}`] }),
    ]);
    expect(recallOf([month({ intrusions, pages })]).minutesToPage).toEqual({ median: 5, p90: 9 });
  });
});

describe('false pages', () => {
  it('are those that no intrusion is behind, each time', () => {
    const pages = [simPage(), simPage(), simPage({ intrusions: ['a'] })];
    expect(falsePagesOf({ pages })).toBe(2);
    expect(qualityOf([month({ pages }), month()]).falsePagesPerMonth).toBe(1);
  });
});

describe('a ranking', () => {
  it('holds an intrusion once at its best, and a benign incident once at its best', () => {
    const claims = [
      claim({ intrusion: 'a', score: 60, incident: 'i1' }),
      claim({ intrusion: 'a', score: 90, incident: 'i1', credential: 'token/2' }),
      claim({ score: 40, incident: 'i2' }),
      claim({ score: 55, incident: 'i2', credential: 'token/3' }),
    ];
    expect(rank(month({ intrusions: [counted({ id: 'a' })], claims }))).toEqual([yes(90), no(55)]);
  });

  it('has no line of its own for innocents in an incident that already told of an intruder', () => {
    const guilty = claim({ intrusion: 'a', score: 60, incident: 'i1', at: FROM + HOUR });
    const intrusions = [counted({ id: 'a' })];
    const after = claim({ score: 95, incident: 'i1', at: FROM + 2 * HOUR });
    expect(rank(month({ intrusions, claims: [guilty, after] }))).toEqual([yes(60)]);
    const before = claim({ score: 95, incident: 'i1', at: FROM });
    expect(rank(month({ intrusions, claims: [guilty, before] }))).toEqual([no(95), yes(60)]);
  });

  it('keeps what outranked an intruder before he was told of, however it rose after', () => {
    const thief = claim({ intrusion: 'a', score: 75, incident: 'i1', at: FROM + MINUTE });
    const innocent = claim({ score: 80, incident: 'i1', at: FROM + 2 * MINUTE, before: [{ at: FROM, score: 79 }] });
    const intrusions = [counted({ id: 'a' })];
    expect(rank(month({ intrusions, claims: [thief, innocent] }))).toEqual([no(79), yes(75)]);
  });

  it('goes by when an intruder was first told of, not by when he was worst', () => {
    const before = [{ at: FROM, score: 40 }];
    const thief = claim({ intrusion: 'a', score: 75, incident: 'i1', at: FROM + 2 * MINUTE, before });
    const innocent = claim({ score: 80, incident: 'i1', at: FROM + MINUTE });
    expect(rank(month({ intrusions: [counted({ id: 'a' })], claims: [thief, innocent] }))).toEqual([yes(75)]);
  });

  it('has two lines for two intrusions in one incident', () => {
    const claims = [claim({ intrusion: 'a', score: 60 }), claim({ intrusion: 'b', score: 50 })];
    const intrusions = [counted({ id: 'a' }), counted({ id: 'b' })];
    expect(rank(month({ intrusions, claims }))).toEqual([yes(60), yes(50)]);
  });
});

describe('average precision', () => {
  it('is 1 where every intrusion ranks above all else', () => {
    expect(averagePrecision([yes(9), yes(8), no(7)], 2)).toBe(1);
  });

  it('weights the precision at each intrusion with the recall it adds', () => {
    // 1/1 at the first, 2/3 at the second, 3/5 at the third.
    const ranked = [yes(9), no(8), yes(7), no(6), yes(5)];
    expect(averagePrecision(ranked, 3)).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12);
  });

  it('takes equal scores in together, whatever their order', () => {
    // One threshold with both: precision 1/2 at full recall.
    expect(averagePrecision([yes(9), no(9)], 1)).toBe(0.5);
    expect(averagePrecision([no(9), yes(9)], 1)).toBe(0.5);
  });

  it('counts an intrusion that nothing was said of as never reached', () => {
    expect(averagePrecision([yes(9)], 2)).toBe(0.5);
    expect(averagePrecision([], 2)).toBe(0);
  });

  it('is unknown where there is no intrusion', () => {
    expect(averagePrecision([no(9)], 0)).toBeUndefined();
  });

  it('ranks the claims of all months together', () => {
    const intrusions = [counted({ id: 'a' })];
    const months = [
      month({ intrusions, claims: [claim({ intrusion: 'a', score: 50 })] }),
      month({ intrusions, claims: [claim({ intrusion: 'a', score: 90 }), claim({ incident: 'x', score: 60 })] }),
    ];
    expect(qualityOf(months).averagePrecision).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });
});

describe('the precision of the top', () => {
  it('looks at the first lines only', () => {
    expect(precisionOfTop([yes(9), no(8), yes(7), yes(6)], 2)).toBe(0.5);
  });

  it('looks at all where there are fewer', () => {
    expect(precisionOfTop([yes(9), no(8)], 10)).toBe(0.5);
    expect(precisionOfTop([], 10)).toBeUndefined();
  });

  it('gives each of equal lines at the cut the same chance', () => {
    // The second place goes to one of four, of which one is an intrusion.
    expect(precisionOfTop([yes(9), yes(5), no(5), no(5), no(5)], 2)).toBeCloseTo((1 + 1 / 4) / 2, 12);
  });

  it('is the mean of the months', () => {
    const intrusions = [counted({ id: 'a' })];
    const good = month({ intrusions, claims: [claim({ intrusion: 'a' })] });
    const bad = month({ claims: [claim({})] });
    expect(qualityOf([good, bad, month()]).precisionAt10).toBe(0.5);
  });
});

describe('the curve', () => {
  it('has a point for each score, with what pages at or above it', () => {
    const intrusions = [counted({ id: 'a' }), counted({ id: 'b' })];
    const claims = [
      claim({ intrusion: 'a', score: 90, incident: 'i1' }),
      claim({ score: 70, incident: 'i2' }),
      claim({ intrusion: 'b', score: 70, incident: 'i3' }),
      claim({ score: 20, incident: 'i4' }),
    ];
    expect(curveOf([month({ intrusions, claims }), month()])).toEqual([
      { threshold: 90, recall: 0.5, falsePagesPerMonth: 0 },
      { threshold: 70, recall: 1, falsePagesPerMonth: 0.5 },
      { threshold: 20, recall: 1, falsePagesPerMonth: 1 },
    ]);
  });
});

describe('a baseline', () => {
  const points = (lax: number, strict: number) => [
    { strictness: 'any', pages: [simPage({ intrusions: ['a'] }), ...Array.from({ length: lax }, () => simPage())] },
    { strictness: 'strict', pages: Array.from({ length: strict }, () => simPage()) },
  ];
  const intrusions = [counted({ id: 'a' })];

  it('is counted as ours is, at each strictness', () => {
    const months = [baselineMonth(intrusions, points(3, 1)), baselineMonth(intrusions, points(5, 0))];
    expect(baselineFigures(months)).toEqual([
      { strictness: 'any', recall: 1, falsePagesPerMonth: 4 },
      { strictness: 'strict', recall: 0, falsePagesPerMonth: 0.5 },
    ]);
  });

  it('costs, at our recall, the fewest false pages of the points that reach it', () => {
    const figures = [
      { strictness: '1', recall: 0.9, falsePagesPerMonth: 40 },
      { strictness: '2', recall: 0.8, falsePagesPerMonth: 12 },
      { strictness: '3', recall: 0.5, falsePagesPerMonth: 2 },
    ];
    expect(falsePagesAtRecall(figures, 0.8)).toBe(12);
    expect(falsePagesAtRecall(figures, 0.81)).toBe(40);
    expect(falsePagesAtRecall(figures, 0.95)).toBeUndefined();
  });
});
