import type { EpochMs } from './time.ts';

/** Every place evidence can come from, in the order reports list them. */
export const SOURCE_NAMES = ['cloudflare', 'axiom', 'logs', 'stream', 'inventory', 'audit'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/**
 * What one source could see: `complete` read whole · `partial` read in part (see `why`) · `unavailable` asked, no
 * answer (see `why`) · `off` not configured or not offered by this plan (see `why`).
 */
export type CoverageStatus = 'complete' | 'partial' | 'unavailable' | 'off';

/** What one source was asked and what it could not say. "Nothing seen" means nothing without it. */
export interface SourceCoverage {
  readonly status: CoverageStatus;
  /** One entry per reason, plain sentences for on-call. Empty only for `complete`. */
  readonly why: readonly string[];
  /** Named counts, for example `events`, `credentials`, `skippedMalformed`, `onGitlabHosts`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Requests made to the outside system that returned a page. */
  readonly pages: number;
  /** The oldest and newest evidence read, where any was. */
  readonly oldest?: EpochMs;
  readonly newest?: EpochMs;
}

export type Coverage = Partial<Record<SourceName, SourceCoverage>>;

const WORST_FIRST: readonly CoverageStatus[] = ['unavailable', 'partial', 'complete', 'off'];

/** A source that was read whole. */
export function complete(counts: Readonly<Record<string, number>> = {}, pages = 0): SourceCoverage {
  return { status: 'complete', why: [], counts, pages };
}

/** An error's message as a reason: a sentence, whether or not it ended as one. */
export function sentence(message: string): string {
  return `${message}.`.replace(/\.\.$/, '.');
}

/** A source that gave no answer. */
export function unavailable(why: string): SourceCoverage {
  return { status: 'unavailable', why: [why], counts: {}, pages: 0 };
}

/** A source that was not asked, because it is not configured or not offered. */
export function off(why: string): SourceCoverage {
  return { status: 'off', why: [why], counts: {}, pages: 0 };
}

/**
 * Two readings of one source (two zones, two groups, a list and its asked-back rest) as one: counts and pages add up,
 * reasons are kept once, and the status is the worse of the two, except that one answer among failures is `partial`.
 */
export function mergeCoverage(a: SourceCoverage, b: SourceCoverage): SourceCoverage {
  const counts: Record<string, number> = { ...a.counts };
  for (const [name, count] of Object.entries(b.counts)) counts[name] = (counts[name] ?? 0) + count;
  const oldest = smallest(a.oldest, b.oldest);
  const newest = largest(a.newest, b.newest);
  return {
    status: mergeStatus(a.status, b.status),
    why: [...new Set([...a.why, ...b.why])],
    counts,
    pages: a.pages + b.pages,
    ...(oldest === undefined ? {} : { oldest }),
    ...(newest === undefined ? {} : { newest }),
  };
}

function mergeStatus(a: CoverageStatus, b: CoverageStatus): CoverageStatus {
  if (a === b) return a;
  const answered = a === 'complete' || a === 'partial' || b === 'complete' || b === 'partial';
  const failed = a === 'unavailable' || b === 'unavailable';
  if (answered && failed) return 'partial';
  return WORST_FIRST.find((status) => status === a || status === b) ?? a;
}

function smallest(a?: EpochMs, b?: EpochMs): EpochMs | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function largest(a?: EpochMs, b?: EpochMs): EpochMs | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
