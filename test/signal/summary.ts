import {
  type BaselineFigures,
  baselineFigures,
  type CurvePoint,
  curveOf,
  falsePagesAtRecall,
  type Quality,
  qualityOf,
  type Recall,
  recallOf,
} from './metrics.ts';
import type { EvidenceMix } from './observed.ts';
import type { MonthResult } from './run.ts';
import { INTRUSION_KINDS, type IntrusionKind } from './truth.ts';

/** Everything that is reported of one evidence mix. */
export interface MixSummary {
  readonly mix: Pick<EvidenceMix, 'name' | 'title'>;
  readonly months: number;
  readonly ours: Quality;
  readonly kinds: readonly (Recall & { readonly kind: IntrusionKind })[];
  readonly curve: readonly CurvePoint[];
  readonly baselines: readonly BaselineSummary[];
}

export interface BaselineSummary {
  readonly name: string;
  readonly title: string;
  /** The rule as it is published. */
  readonly recall: number;
  readonly falsePagesPerMonth: number;
  /** {@link falsePagesAtRecall} at our recall. */
  readonly falsePagesAtOurRecall: number | undefined;
  /** At every strictness. */
  readonly points: readonly BaselineFigures[];
}

export function summarize(mix: Pick<EvidenceMix, 'name' | 'title'>, months: readonly MonthResult[]): MixSummary {
  const ours = qualityOf(months);
  return {
    mix,
    months: months.length,
    ours,
    kinds: INTRUSION_KINDS.map((kind) => ({ kind, ...recallOf(months, kind) })),
    curve: curveOf(months),
    baselines: (months[0]?.baselines ?? []).map(({ name, title }, index) => {
      const points = baselineFigures(months.flatMap(({ baselines }) => baselines[index] ?? []));
      const [published = { recall: 0, falsePagesPerMonth: 0 }] = points;
      return {
        name,
        title,
        recall: published.recall,
        falsePagesPerMonth: published.falsePagesPerMonth,
        falsePagesAtOurRecall: falsePagesAtRecall(points, ours.recall ?? 0),
        points,
      };
    }),
  };
}

/** What all sources together are held to, and what every mix is. */
export const GOALS = { mix: 'all', recall: 0.95, falsePagesPerMonth: 1, averagePrecision: 0.98, timesOurs: 5 } as const;

/** The goals that a mix misses, a sentence each. */
export function missedGoals({ mix, ours, baselines }: MixSummary): string[] {
  const missed: string[] = [];
  const { recall = 0, falsePagesPerMonth, averagePrecision = 0 } = ours;
  if (mix.name === GOALS.mix) {
    if (recall < GOALS.recall) missed.push(`recall ${recall.toFixed(3)} is below ${GOALS.recall}`);
    if (falsePagesPerMonth > GOALS.falsePagesPerMonth) {
      missed.push(`${falsePagesPerMonth.toFixed(2)} false pages a month are more than ${GOALS.falsePagesPerMonth}`);
    }
    if (averagePrecision < GOALS.averagePrecision) {
      missed.push(`average precision ${averagePrecision.toFixed(3)} is below ${GOALS.averagePrecision}`);
    }
  }
  for (const { name, points, falsePagesAtOurRecall = Infinity } of baselines) {
    if (points.some((point) => point.recall >= recall && point.falsePagesPerMonth <= falsePagesPerMonth)) {
      missed.push(`${name} has both recall and false pages no worse than ours`);
    } else if (falsePagesAtOurRecall < GOALS.timesOurs * falsePagesPerMonth) {
      missed.push(`at our recall ${name} has less than ${GOALS.timesOurs} times our false pages`);
    }
  }
  return missed.map((what) => `${mix.name}: ${what}`);
}
