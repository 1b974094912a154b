import type { Quality } from './metrics.ts';
import type { MixSummary } from './summary.ts';

/** A mix with 10 intrusions of one kind, all woken for without a false page, beside one baseline. */
export function mixSummary(overrides: { readonly ours?: Partial<Quality>; readonly name?: string } = {}): MixSummary {
  const recall = {
    intrusions: 10,
    recalled: 10,
    recall: 1,
    observable: 10,
    observableRecall: 1,
    minutesToPage: { median: 4, p90: 61 },
  };
  return {
    mix: { name: overrides.name ?? 'all', title: 'All four sources' },
    months: 2,
    ours: { ...recall, falsePagesPerMonth: 0, precisionAt10: 1, averagePrecision: 1, ...overrides.ours },
    kinds: [{ kind: 'carrier-nat', ...recall, observable: 8 }],
    curve: [
      { threshold: 90, recall: 0.5, falsePagesPerMonth: 0 },
      { threshold: 40, recall: 1, falsePagesPerMonth: 3.5 },
    ],
    baselines: [
      {
        name: 'address-overlap',
        title: 'Plain address overlap',
        recall: 0.4,
        falsePagesPerMonth: 250,
        falsePagesAtOurRecall: undefined,
        points: [
          { strictness: 'any', recall: 0.4, falsePagesPerMonth: 250 },
          { strictness: 'strict', recall: 0.1, falsePagesPerMonth: 10 },
        ],
      },
    ],
  };
}
