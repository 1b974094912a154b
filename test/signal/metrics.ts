import { MINUTE } from '../../functions/core/time.ts';
import type { BaselinePoint } from './baselines/baseline.ts';
import type { Claim, CountedIntrusion, Run } from './outcome.ts';
import type { IntrusionKind } from './truth.ts';

/** What one rule made of one month, and what there was to be found in it. */
export interface Month {
  readonly intrusions: readonly CountedIntrusion[];
  readonly run: Run;
}

/** How good a rule is over some months of 30 days. Undefined where there was nothing to measure it on. */
export interface Quality extends Recall {
  /** {@link falsePagesOf}, by month. */
  readonly falsePagesPerMonth: number;
  /** {@link precisionOfTop} 10, the mean of the months. */
  readonly precisionAt10: number | undefined;
  /** {@link averagePrecision} over the claims of all months together. */
  readonly averagePrecision: number | undefined;
}

export interface Recall {
  readonly intrusions: number;
  readonly recalled: number;
  /** Share of the intrusions that somebody was woken for ({@link recalledAt}). */
  readonly recall: number | undefined;
  readonly observable: number;
  /** The same share, of those intrusions alone that the evidence mix shows anything of. */
  readonly observableRecall: number | undefined;
  /** Minutes from {@link CountedIntrusion.evidentAt} to the first page, of those recalled. */
  readonly minutesToPage: { readonly median: number; readonly p90: number } | undefined;
}

/** All figures of a rule. */
export function qualityOf(months: readonly Month[]): Quality {
  const ranked = months.map(rank);
  return {
    ...recallOf(months),
    falsePagesPerMonth: falsePagesPerMonth(months.map(({ run }) => run)),
    precisionAt10: mean(ranked.flatMap((month) => precisionOfTop(month, 10) ?? [])),
    averagePrecision: averagePrecision(ranked.flat(), intrusionsIn(months)),
  };
}

/** Recall and time to page of one kind, or of all. */
export function recallOf(months: readonly Month[], kind?: IntrusionKind): Recall {
  const counted = months.flatMap(({ intrusions, run }) => {
    const pagedAt = recalledAt(run);
    const ofKind = intrusions.filter((intrusion) => kind === undefined || intrusion.kind === kind);
    return ofKind.map((intrusion) => ({ ...intrusion, pagedAt: pagedAt.get(intrusion.id) }));
  });
  const recalled = counted.filter(({ pagedAt }) => pagedAt !== undefined);
  const observable = counted.filter(({ observable }) => observable);
  const waits = recalled.map(({ pagedAt = 0, evidentAt }) => Math.max(0, pagedAt - evidentAt) / MINUTE);
  return {
    intrusions: counted.length,
    recalled: recalled.length,
    recall: share(recalled.length, counted.length),
    observable: observable.length,
    observableRecall: share(observable.filter(({ pagedAt }) => pagedAt !== undefined).length, observable.length),
    minutesToPage: waits.length === 0 ? undefined : { median: percentile(waits, 0.5), p90: percentile(waits, 0.9) },
  };
}

/**
 * When each intrusion was first paged for: the first page of which a paging credential's evidence is the intruder's
 * (`labels.ts`). What only joined somebody else's page, or updated an open alert in silence, does not count.
 */
export function recalledAt({ pages }: Pick<Run, 'pages'>): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { at, intrusions } of pages) {
    for (const id of intrusions) first.set(id, Math.min(at, first.get(id) ?? at));
  }
  return first;
}

/** Pages of which no paging credential's evidence is an intruder's. Every time that somebody is woken counts. */
export function falsePagesOf({ pages }: Pick<Run, 'pages'>): number {
  return pages.filter(({ intrusions }) => intrusions.length === 0).length;
}

function falsePagesPerMonth(runs: readonly Pick<Run, 'pages'>[]): number {
  return runs.length === 0 ? 0 : sumOf(runs, falsePagesOf) / runs.length;
}

/** One line of a ranking. */
export interface Ranked {
  readonly score: number;
  readonly isIntrusion: boolean;
}

/**
 * A month's claims as a list to work through, the worst first: each intrusion once, at its best claim, and each incident
 * once for what was said of innocents, at its best before it first told of an intruder. What is said of innocents from
 * then on is no line of its own, as nobody works through an incident twice. An intrusion that nothing was said of is
 * not in the list: what is measured on it counts it as missed.
 */
export function rank({ run: { claims }, intrusions }: Month): Ranked[] {
  const counted = new Set(intrusions.map(({ id }) => id));
  const guilty = claims.filter(({ intrusion }) => intrusion !== undefined && counted.has(intrusion));
  const since = new Map<string, number>();
  for (const { incident, at, before } of guilty) {
    since.set(incident, Math.min(at, ...before.map((said) => said.at), since.get(incident) ?? at));
  }
  const innocent = claims
    .filter(({ intrusion }) => intrusion === undefined)
    .flatMap(({ incident, at, score, before }) =>
      [...before, { at, score }]
        .filter((said) => said.at < (since.get(incident) ?? Number.POSITIVE_INFINITY))
        .map((said) => ({ incident, score: said.score })),
    );
  return [
    ...bestOf(guilty, ({ intrusion = '' }) => intrusion).map((score) => ({ score, isIntrusion: true })),
    ...bestOf(innocent, ({ incident }) => incident).map((score) => ({ score, isIntrusion: false })),
  ].sort((a, b) => b.score - a.score);
}

function bestOf<C extends Pick<Claim, 'score'>>(claims: readonly C[], key: (claim: C) => string): number[] {
  return [...Map.groupBy(claims, key).values()].map((same) => Math.max(...same.map(({ score }) => score)));
}

/**
 * Share of intrusions among the first `count` lines of a ranking, or among all where there are fewer; undefined for an
 * empty one. Of lines with one score that the cut runs through, each is in with the same chance.
 */
export function precisionOfTop(ranked: readonly Ranked[], count: number): number | undefined {
  const size = Math.min(count, ranked.length);
  let left = size;
  let found = 0;
  for (const { intrusions, lines } of thresholds(ranked)) {
    const taken = Math.min(left, lines);
    found += (intrusions * taken) / lines;
    left -= taken;
    if (left === 0) break;
  }
  return share(found, size);
}

/**
 * Average precision: at each score that occurs, the highest first, the precision of all lines at or above it, weighted
 * with the recall that it adds. Lines of one score come in together. `intrusions` counts those that no line tells of,
 * too: their share of the recall is never reached, so 1 means that everything was found and ranked above all else.
 */
export function averagePrecision(ranked: readonly Ranked[], intrusions: number): number | undefined {
  if (intrusions === 0) return undefined;
  let lines = 0;
  let found = 0;
  let sum = 0;
  for (const step of thresholds(ranked)) {
    lines += step.lines;
    found += step.intrusions;
    sum += (step.intrusions / intrusions) * (found / lines);
  }
  return sum;
}

/** A point of the curve: if every claim of at least this score paged, and nothing else. */
export interface CurvePoint {
  readonly threshold: number;
  readonly recall: number;
  /** Incidents in which nothing is an intruder's, a page each, by month. */
  readonly falsePagesPerMonth: number;
}

/**
 * Recall against false pages as the threshold falls. It is of scores alone: what decides a page besides (the floor, what
 * a hunt or a monitor pages for) is in the working point only, so that this need not lie on the curve.
 */
export function curveOf(months: readonly Month[]): CurvePoint[] {
  const total = intrusionsIn(months);
  if (total === 0) return [];
  let found = 0;
  let wrong = 0;
  return thresholds(months.flatMap(rank)).map(({ score, intrusions, lines }) => {
    found += intrusions;
    wrong += lines - intrusions;
    return { threshold: score, recall: found / total, falsePagesPerMonth: wrong / months.length };
  });
}

/** What a baseline does at one strictness, over some months. */
export interface BaselineFigures {
  readonly strictness: string;
  readonly recall: number;
  readonly falsePagesPerMonth: number;
}

/** A baseline's month, counted. */
export interface BaselineMonth {
  readonly intrusions: number;
  readonly points: readonly { readonly strictness: string; readonly recalled: number; readonly falsePages: number }[];
}

/** Counts a baseline's month as ours is counted. */
export function baselineMonth(
  intrusions: readonly CountedIntrusion[],
  points: readonly BaselinePoint[],
): BaselineMonth {
  return {
    intrusions: intrusions.length,
    points: points.map(({ strictness, pages }) => {
      const run: Run = { claims: [], pages };
      return { strictness, recalled: recallOf([{ intrusions, run }]).recalled, falsePages: falsePagesOf(run) };
    }),
  };
}

/** Its figures at each strictness, in the order of the points of its months, which are all the same. */
export function baselineFigures(months: readonly BaselineMonth[]): BaselineFigures[] {
  const total = sumOf(months, ({ intrusions }) => intrusions);
  return (months[0]?.points ?? []).map(({ strictness }, index) => {
    const points = months.flatMap((month) => month.points[index] ?? []);
    return {
      strictness,
      recall:
        share(
          sumOf(points, ({ recalled }) => recalled),
          total,
        ) ?? 0,
      falsePagesPerMonth: sumOf(points, ({ falsePages }) => falsePages) / months.length,
    };
  });
}

/** The fewest false pages a month with which a baseline recalls at least as much; undefined where it never does. */
export function falsePagesAtRecall(figures: readonly BaselineFigures[], recall: number): number | undefined {
  const enough = figures.filter((point) => point.recall >= recall);
  return enough.length === 0 ? undefined : Math.min(...enough.map((point) => point.falsePagesPerMonth));
}

interface Step {
  readonly score: number;
  readonly lines: number;
  readonly intrusions: number;
}

/** The scores that occur, the highest first, with the lines that have exactly it. */
function thresholds(ranked: readonly Ranked[]): Step[] {
  const groups = [...Map.groupBy(ranked, ({ score }) => score)].sort(([a], [b]) => b - a);
  return groups.map(([score, lines]) => ({
    score,
    lines: lines.length,
    intrusions: lines.filter(({ isIntrusion }) => isIntrusion).length,
  }));
}

function intrusionsIn(months: readonly Month[]): number {
  return sumOf(months, ({ intrusions }) => intrusions.length);
}

function sumOf<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

function mean(values: readonly number[]): number | undefined {
  return share(
    sumOf(values, (value) => value),
    values.length,
  );
}

/** The smallest value that at least that share of the values does not exceed (nearest rank). */
function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
