import type { Finding, ScorePart } from '../finding.ts';

/** One part of a score as a stretch of a scale of points. */
export interface ScoreSegment {
  readonly part: ScorePart;
  /** 1 is the first part that has points; the numbers of a bar and its table. */
  readonly number: number;
  /** On the scale of points, `from` < `to`. */
  readonly from: number;
  readonly to: number;
}

/** A score as what raises it, then what lowers it from where that ended, then what is left within 0..100. */
export interface ScoreStack {
  readonly raises: readonly ScoreSegment[];
  readonly lowers: readonly ScoreSegment[];
  /** Where what raises it ends. */
  readonly raised: number;
  /** Where what lowers it ends: the sum of all parts. */
  readonly sum: number;
  readonly score: number;
  /** Ends of the scale: everything lies within. */
  readonly least: number;
  readonly most: number;
  /** What became of the sum, as a sentence. */
  readonly sentence: string;
}

/** Lays a finding's parts end to end: up from 0, then back down from there. Parts of 0 points have no length. */
export function scoreStack({ parts, score }: Pick<Finding, 'parts' | 'score'>): ScoreStack {
  const numbered = parts.filter(({ points }) => points !== 0).map((part, index) => ({ part, number: index + 1 }));
  const raises: ScoreSegment[] = [];
  const lowers: ScoreSegment[] = [];
  let raised = 0;
  for (const one of numbered.filter(({ part }) => part.points > 0)) {
    const to = tenths(raised + one.part.points);
    raises.push({ ...one, from: raised, to });
    raised = to;
  }
  let sum = raised;
  for (const one of numbered.filter(({ part }) => part.points < 0)) {
    const from = tenths(sum + one.part.points);
    lowers.push({ ...one, from, to: sum });
    sum = from;
  }
  return {
    raises,
    lowers,
    raised,
    sum,
    score,
    least: Math.min(0, sum),
    most: Math.max(100, raised),
    sentence: sentenceOf(raised, sum, score),
  };
}

function sentenceOf(raised: number, sum: number, score: number): string {
  const lowered = tenths(raised - sum);
  const adds = `What raises it adds up to ${raised}${lowered === 0 ? '' : `, what lowers it takes away ${lowered}, which leaves ${String(sum).replace('-', '−')}`}`;
  const within = Math.min(100, Math.max(0, Math.round(sum)));
  if (within !== score) return `${adds}; the score was set to ${score} for the reason above.`;
  if (sum > 100) return `${adds}; a score ends at 100.`;
  if (sum < 0) return `${adds}; a score begins at 0.`;
  return sum === score ? `${adds}.` : `${adds}, rounded to ${score}.`;
}

/** Parts have tenths of points; sums of them should, too. */
function tenths(points: number): number {
  return Math.round(points * 10) / 10 + 0;
}
