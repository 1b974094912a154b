import { plural } from '../amount-text.ts';
import type { CaseState } from '../case.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { type Coverage, type CoverageStatus, SOURCE_NAMES, type SourceName } from '../coverage.ts';
import { SOURCE_TITLES } from './coverage-view.ts';

/** How well a case could see. */
export interface SourceGaps {
  /** One sentence: that every source was read whole, or which were not. */
  readonly sentence: string;
  /** Something that was to be read was not, in whole or in part: nothing found is no all-clear. */
  readonly isBlind: boolean;
}

/** What the looks so far could not see, each source by its latest answer. */
export function sourceGaps(file: CaseFile): SourceGaps {
  const statuses = statusesOf(file);
  const named = (wanted: CoverageStatus) => SOURCE_NAMES.filter((source) => statuses[source] === wanted);
  const [silent, partial, off] = [named('unavailable'), named('partial'), named('off')];
  if (silent.length + partial.length + off.length + named('complete').length === 0) {
    return { sentence: 'What each source could see is not stored.', isBlind: true };
  }
  const skipped = malformed(newestWith(file, 'coverage')?.coverage ?? {});
  const gaps = [
    ...(silent.length === 0 ? [] : [`${list(silent)} could not be read`]),
    ...(partial.length === 0 ? [] : [`${list(partial)} could be read only in part`]),
    ...(skipped === 0 ? [] : [`${plural(skipped, 'row was', 'rows were')} malformed and skipped`]),
  ];
  const unused = off.length === 0 ? '' : `Not in use: ${list(off)}.`;
  const whole = off.length === 0 ? 'Every source was read whole.' : 'Every source in use was read whole.';
  const first = gaps.length === 0 ? whole : `${capital(gaps.join('; '))}.`;
  return { sentence: unused === '' ? first : `${first} ${unused}`, isBlind: gaps.length > 0 };
}

/** As the state tells it, which remembers answers of earlier looks; as the newest look tells it where there is no state. */
export function statusesOf(file: CaseFile): CaseState['coverage'] {
  const told = file.state?.coverage ?? {};
  if (Object.keys(told).length > 0) return told;
  const coverage = newestWith(file, 'coverage')?.coverage ?? {};
  return Object.fromEntries(Object.entries(coverage).map(([source, { status }]) => [source, status]));
}

function malformed(coverage: Coverage): number {
  return Object.values(coverage).reduce((sum, { counts }) => sum + (counts.skippedMalformed ?? 0), 0);
}

function list(sources: readonly SourceName[]): string {
  const words = sources.map((source) => SOURCE_TITLES[source]);
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
