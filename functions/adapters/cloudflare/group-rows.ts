import * as z from 'zod/mini';
import type { Interval, Window } from '../../core/time.ts';

/** One group of a groups node: what its requests or events have in common, and about how many there were. */
export interface GroupRow {
  readonly dimensions: Readonly<Record<string, string | number>>;
  /** An estimate where `sampleInterval` is above 1. */
  readonly count: number;
  readonly sampleInterval: number;
  /** The narrowest span asked about in which the group was seen. */
  readonly seen: Interval;
}

/** The groups of each alias, and how many rows could not be read. */
export interface GroupPage {
  readonly groups: Readonly<Record<string, readonly GroupRow[]>>;
  readonly malformed: number;
  /** Some alias was cut at its limit. */
  readonly cut: boolean;
  /** The coarsest sampling of any row; 1 is none. */
  readonly sampleInterval: number;
}

const Group = z.object({
  count: z.number().check(z.nonnegative()),
  avg: z.optional(z.nullable(z.object({ sampleInterval: z.optional(z.nullable(z.number())) }))),
  dimensions: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/** Reads the rows of each alias that was asked about `window`. `limits`: alias to the rows that mean it was cut. */
export function readGroups(
  rows: Readonly<Record<string, readonly unknown[]>>,
  limits: Readonly<Record<string, number>>,
  window: Window,
): GroupPage {
  const seen = insideOf(window);
  const groups: Record<string, GroupRow[]> = {};
  let malformed = 0;
  let cut = false;
  let sampleInterval = 1;
  for (const [alias, limit] of Object.entries(limits)) {
    const found: GroupRow[] = [];
    for (const row of rows[alias] ?? []) {
      const group = readGroup(row, seen);
      if (group === undefined) malformed++;
      else found.push(group);
    }
    for (const group of found) sampleInterval = Math.max(sampleInterval, group.sampleInterval);
    cut ||= (rows[alias]?.length ?? 0) >= limit;
    groups[alias] = found;
  }
  return { groups, malformed, cut, sampleInterval };
}

/**
 * A window's page and the pages of its two halves as one. Halves are read finer, so their spans win, and their counts
 * where they are whole and better sampled; else the larger count. What only the whole showed stays: sampling and cuts
 * may lose an address in either.
 */
export function mergeHalves(whole: GroupPage, halves: readonly [GroupPage, GroupPage]): GroupPage {
  const both = joinPages(halves);
  const groups: Record<string, readonly GroupRow[]> = {};
  for (const alias of new Set([...Object.keys(whole.groups), ...Object.keys(both.groups)])) {
    const fine = byDimensions(both.groups[alias] ?? []);
    for (const row of whole.groups[alias] ?? []) {
      const key = keyOf(row);
      const finer = fine.get(key);
      const better = finer !== undefined && !both.cut && finer.sampleInterval < row.sampleInterval;
      if (!better) fine.set(key, finer === undefined ? row : { ...finer, count: Math.max(finer.count, row.count) });
    }
    groups[alias] = [...fine.values()];
  }
  return { groups, malformed: both.malformed, cut: both.cut, sampleInterval: both.sampleInterval };
}

/** Pages of windows that do not overlap as one: counts of equal groups add up. */
export function joinPages(pages: readonly GroupPage[]): GroupPage {
  const groups: Record<string, readonly GroupRow[]> = {};
  for (const alias of new Set(pages.flatMap((page) => Object.keys(page.groups)))) {
    groups[alias] = [...byDimensions(pages.flatMap((page) => page.groups[alias] ?? [])).values()];
  }
  return {
    groups,
    malformed: pages.reduce((sum, page) => sum + page.malformed, 0),
    cut: pages.some((page) => page.cut),
    sampleInterval: Math.max(1, ...pages.map((page) => page.sampleInterval)),
  };
}

/** The count of all groups of an alias. */
export function totalOf(page: GroupPage, alias: string): number {
  return (page.groups[alias] ?? []).reduce((sum, { count }) => sum + count, 0);
}

/** A dimension as text; undefined where it is missing or empty. */
export function textOf(row: GroupRow, dimension: string): string | undefined {
  const value = row.dimensions[dimension];
  if (typeof value === 'number') return String(value);
  return value === '' ? undefined : value;
}

/** A half-open window's instants as a closed interval. */
export function insideOf(window: Window): Interval {
  return { notBefore: window.start, notAfter: window.end - 1 };
}

function byDimensions(rows: readonly GroupRow[]): Map<string, GroupRow> {
  const merged = new Map<string, GroupRow>();
  for (const row of rows) {
    const key = keyOf(row);
    const same = merged.get(key);
    merged.set(key, same === undefined ? row : addRows(same, row));
  }
  return merged;
}

function addRows(a: GroupRow, b: GroupRow): GroupRow {
  return {
    dimensions: a.dimensions,
    count: a.count + b.count,
    sampleInterval: Math.max(a.sampleInterval, b.sampleInterval),
    seen: {
      notBefore: Math.min(a.seen.notBefore, b.seen.notBefore),
      notAfter: Math.max(a.seen.notAfter, b.seen.notAfter),
    },
  };
}

function keyOf({ dimensions }: GroupRow): string {
  return JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function readGroup(row: unknown, seen: Interval): GroupRow | undefined {
  const parsed = Group.safeParse(row);
  if (!parsed.success) return undefined;
  const dimensions: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(parsed.data.dimensions ?? {})) {
    if (typeof value === 'string' || typeof value === 'number') dimensions[name] = value;
  }
  const sampleInterval = Math.max(1, parsed.data.avg?.sampleInterval ?? 1);
  return { dimensions, count: parsed.data.count, sampleInterval, seen };
}
