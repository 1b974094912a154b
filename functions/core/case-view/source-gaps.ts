import { plural } from '../amount-text.ts';
import { capital } from '../capital.ts';
import type { CaseState } from '../case.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { type Coverage, type CoverageStatus, SOURCE_NAMES, type SourceName } from '../coverage.ts';
import { answered } from '../health.ts';
import type { SightingReport } from '../sighting.ts';
import { SOURCE_TITLES } from './coverage-view.ts';

/** How well a case could see. */
export interface SourceGaps {
  /** One sentence: that every source was read whole, or which were not. */
  readonly sentence: string;
  /** Something that was to be read was not, in whole or in part: nothing found is no all-clear. */
  readonly isBlind: boolean;
  /** The list of addresses was cut, and of those beyond it none was asked about: only those listed were compared. */
  readonly isListOnly: boolean;
}

/** What the looks so far could not see, each source by its latest answer. */
export function sourceGaps(file: CaseFile): SourceGaps {
  const statuses = statusesOf(file);
  const named = (wanted: CoverageStatus) => SOURCE_NAMES.filter((source) => statuses[source] === wanted);
  const [silent, partial, off] = [named('unavailable'), named('partial'), named('off')];
  if (silent.length + partial.length + off.length + named('complete').length === 0) {
    return { sentence: 'What each source could see is not stored.', isBlind: true, isListOnly: false };
  }
  const isListOnly = comparedListOnly(file);
  const skipped = malformed(newestWith(file, 'coverage')?.coverage ?? {});
  const gaps = [
    ...(silent.length === 0 ? [] : [`${list(silent)} could not be read`]),
    ...(partial.length === 0 ? [] : [`${list(partial)} could be read only in part`]),
    ...(skipped === 0 ? [] : [`${plural(skipped, 'row was', 'rows were')} malformed and skipped`]),
    ...(isListOnly ? ['addresses beyond the list were not compared'] : []),
  ];
  const unused = off.length === 0 ? '' : `Not in use: ${list(off)}.`;
  const whole = off.length === 0 ? 'Every source was read whole.' : 'Every source in use was read whole.';
  const first = gaps.length === 0 ? whole : `${capital(gaps.join('; '))}.`;
  return { sentence: unused === '' ? first : `${first} ${unused}`, isBlind: gaps.length > 0, isListOnly };
}

/** Where GitLab told of no use there was nothing to ask back about, and nothing is missing. */
function comparedListOnly(file: CaseFile): boolean {
  const { report, listed } = seenAttacking(file);
  if (report === undefined || !isCut(report, listed)) return false;
  return (report.coverage.counts.askedBack ?? 0) === 0 && (file.state?.counts.tokenUses ?? 0) > 0;
}

/** As the state tells it, which remembers answers of earlier looks; where there is none, as the looks tell it in that way. */
export function statusesOf(file: CaseFile): CaseState['coverage'] {
  const told = file.state?.coverage ?? {};
  if (Object.keys(told).length > 0) return told;
  const statuses: Partial<Record<SourceName, CoverageStatus>> = {};
  for (const { coverage = {} } of file.looks) {
    for (const source of SOURCE_NAMES) {
      const seen = coverage[source];
      const hadAnswered = statuses[source] === 'complete' || statuses[source] === 'partial';
      if (seen !== undefined) statuses[source] = hadAnswered && !answered(seen) ? 'partial' : seen.status;
    }
  }
  return statuses;
}

/** What named the addresses of a case, at the newest look that could read it. */
export interface SeenAttacking {
  /** Its name for people. */
  readonly source: string;
  /** Missing: no look could read it, or none stored what it read. */
  readonly report?: SightingReport;
  /** Distinct addresses that the report lists. */
  readonly listed: number;
  /** A look stored that it could not be read: the newest one, where there is a report of an earlier one. */
  readonly isSilent: boolean;
}

/** Who attacked, as far as it could be read: an answer that failed is none, and takes no earlier one back. */
export function seenAttacking(file: CaseFile): SeenAttacking {
  const source = SOURCE_TITLES[file.trigger === 'hunt' ? 'axiom' : 'cloudflare'];
  const report = file.looks.findLast(({ sightings }) => answered(sightings?.coverage))?.sightings;
  const newest = newestWith(file, 'sightings')?.sightings;
  const listed = new Set(report?.sightings.map(({ address }) => address)).size;
  return { source, ...(report && { report }), listed, isSilent: newest !== report };
}

/** Whether more addresses attacked than are listed, or may have. */
export function isCut({ whole, totalAddresses }: SightingReport, listed: number): boolean {
  return !whole && (totalAddresses === undefined || totalAddresses > listed);
}

function malformed(coverage: Coverage): number {
  return Object.values(coverage).reduce((sum, { counts }) => sum + (counts.skippedMalformed ?? 0), 0);
}

function list(sources: readonly SourceName[]): string {
  const words = sources.map((source) => SOURCE_TITLES[source]);
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
