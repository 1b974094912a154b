import type { Trigger, Verdict } from '../case.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { type CoverageStatus, SOURCE_NAMES, type SourceCoverage, type SourceName, sentence } from '../coverage.ts';
import { gitlabAnswered } from '../health.ts';
import { idText } from '../hostile-text.ts';
import type { EpochMs } from '../time.ts';
import { countTexts } from './count-words.ts';

/** {@link CoverageStatus}, or `no-part` it was not asked, as the trigger never does or it is not set up · `not-stored` what it could see is not known. */
export type SourceStatus = CoverageStatus | 'no-part' | 'not-stored';

/** What one source could see, in words. */
export interface SourceRow {
  readonly source: SourceName;
  readonly name: string;
  readonly status: SourceStatus;
  readonly statusText: string;
  /** What it shows where it is read whole. */
  readonly shows: string;
  /** What it never shows, however well it is read (`reference/gitlab.md` §8a). */
  readonly cannotShow: string;
  /** Why it could not be seen whole, one sentence each; bounded. */
  readonly why: readonly string[];
  readonly counts: readonly string[];
  /** Missing where nothing is stored of it. */
  readonly pages?: number;
  readonly oldest?: EpochMs;
  readonly newest?: EpochMs;
}

export interface CoverageView {
  /** The look it is of; missing where none stored any. */
  readonly look?: number;
  /** Every source, in the order reports list them. */
  readonly rows: readonly SourceRow[];
  /** What the blind spots mean for the verdict: one sentence, in which "could not look" is never "nothing there". */
  readonly meaning: string;
}

const WHY_TOLD = 12;
const WHY_LENGTH = 400;

/** What each source could see at the newest look that stored it, and what that is worth. */
export function coverageView(file: CaseFile): CoverageView {
  const newest = newestWith(file, 'coverage');
  const rows = SOURCE_NAMES.map((source) => sourceRow(file, source, newest?.coverage[source], newest?.look));
  return { ...(newest === undefined ? {} : { look: newest.look }), rows, meaning: meaningOf(file, rows) };
}

/** What a source is called in a table. */
export const SOURCE_TITLES: Readonly<Record<SourceName, string>> = {
  cloudflare: 'Cloudflare',
  axiom: 'Axiom',
  logs: "GitLab's request logs",
  stream: "GitLab's streamed audit events",
  inventory: "GitLab's token lists",
  audit: "GitLab's audit events",
};

/** What a status says, in words that stand alone. */
export const STATUS_TEXTS: Readonly<Record<SourceStatus, string>> = {
  complete: 'Read whole',
  partial: 'Read in part',
  unavailable: 'Could not be read',
  off: 'Not in use',
  'no-part': 'Not asked',
  'not-stored': 'Not stored',
};

const SHOWS: Readonly<Record<SourceName, string>> = {
  cloudflare: 'Which addresses acted as bots on your zones.',
  axiom: 'Which addresses acted as bots, in the requests logged there.',
  logs: "Requests to GitLab's API with their address, time and token.",
  stream: 'Audit events as GitLab sends them: git, CI job tokens, reads of files.',
  inventory: 'Tokens used since shortly before the window, each with the last addresses it was used from.',
  audit: 'What was written or changed, by whom and from where.',
};

const CANNOT_SHOW: Readonly<Record<SourceName, string>> = {
  cloudflare: 'every address: its data are samples, in which small ones may be missing.',
  axiom: 'requests whose logs never arrived.',
  logs: 'the token of git over HTTPS; deploy tokens and CI jobs.',
  stream: 'plain reads of the API; mostly not which of a person’s tokens it was; deliveries that were lost.',
  inventory: 'when an address was used; more than five of them; OAuth, CI job and deploy tokens.',
  audit: 'reads and clones; mostly not which token it was.',
};

/** Worse first: what a later look may have lost. */
const WORST_FIRST: readonly SourceStatus[] = ['not-stored', 'no-part', 'off', 'unavailable', 'partial', 'complete'];

function sourceRow(
  file: CaseFile,
  source: SourceName,
  seen: SourceCoverage | undefined,
  look: number | undefined,
): SourceRow {
  const status = seen?.status ?? unstored(file, source, look);
  const reasons = seen?.why ?? [];
  const untold = reasons.length - WHY_TOLD;
  const { oldest, newest } = seen ?? {};
  return {
    source,
    name: SOURCE_TITLES[source],
    status,
    statusText: STATUS_TEXTS[status],
    shows: SHOWS[source],
    cannotShow: CANNOT_SHOW[source],
    why: [
      ...reasons.slice(0, WHY_TOLD).map((why) => idText(sentence(why), WHY_LENGTH)),
      ...(untold > 0 ? [`And ${untold} more, which the JSON has.`] : []),
      ...(seen === undefined ? unstoredWhy(file, source, status) : []),
      ...earlier(file, source, status, look),
    ],
    counts: seen === undefined ? [] : countTexts(source, seen.counts),
    ...(seen === undefined ? {} : { pages: seen.pages }),
    ...(oldest === undefined ? {} : { oldest }),
    ...(newest === undefined ? {} : { newest }),
  };
}

function unstored({ trigger, state }: CaseFile, source: SourceName, look: number | undefined): SourceStatus {
  const isOptional = source === 'logs' || source === 'stream';
  const isNoPart = source === otherSide(trigger) || (isOptional && look !== undefined);
  return state?.coverage[source] ?? (isNoPart ? 'no-part' : 'not-stored');
}

/** The source of sightings that a trigger does not ask. */
function otherSide(trigger: Trigger): SourceName {
  return trigger === 'hunt' ? 'cloudflare' : 'axiom';
}

function unstoredWhy({ trigger, looks }: CaseFile, source: SourceName, status: SourceStatus): string[] {
  if (status === 'complete') return [];
  if (status === 'not-stored') return ['Nothing is stored of what it could see, which is not the same as nothing.'];
  if (status !== 'no-part') return ['Why is not stored.'];
  if (source === otherSide(trigger)) return [`It is no part of a ${trigger}: ${SIDE[trigger]} names the addresses.`];
  const isNotSetUp = looks.some(({ coverage }) => coverage && !coverage[source] && gitlabAnswered(coverage));
  return [`It was not asked: it is not set up${isNotSetUp ? '' : ', or GitLab could not be asked at all'}.`];
}

const SIDE: Readonly<Record<Trigger, string>> = { spike: 'Cloudflare', monitor: 'Cloudflare', hunt: 'Axiom' };

/** A later look that failed does not take back what an earlier one saw. */
function earlier({ looks }: CaseFile, source: SourceName, status: SourceStatus, newest: number | undefined): string[] {
  const better = looks
    .filter(({ look }) => newest !== undefined && look < newest)
    .flatMap(({ look, coverage }) => {
      const before = coverage?.[source]?.status;
      return before !== undefined && isBetter(before, status) ? [{ look, before }] : [];
    })
    .at(-1);
  return better === undefined ? [] : [`At look ${better.look}: ${STATUS_TEXTS[better.before].toLowerCase()}.`];
}

function isBetter(a: SourceStatus, b: SourceStatus): boolean {
  return WORST_FIRST.indexOf(a) > WORST_FIRST.indexOf(b);
}

function meaningOf({ trigger, state, looks }: CaseFile, rows: readonly SourceRow[]): string {
  const sightings = rows.find(({ source }) => source === (trigger === 'hunt' ? 'axiom' : 'cloudflare'));
  const known = rows.some(({ status }) => status !== 'not-stored' && status !== 'no-part');
  if (!known) {
    const seen = looks.length === 0 ? 'No look was joined so far' : 'What each source could see is not stored';
    return `${seen}, so nothing on this page may be read as “nothing there”.`;
  }
  const verdict = state?.verdict;
  if (isBlind(sightings?.status) && !isFound(verdict)) {
    return `Which addresses acted as bots could not be read${verdict === 'undetermined' ? ', and GitLab could not be asked' : ''}, so this case says nothing about whether one of them held a key.`;
  }
  return meaningOfGaps(verdict, gapsOf(rows, trigger));
}

/** A use that shows in one source only is not seen where that one was not. */
const UNSEEN = 'a use that shows only there would not have been seen';

function meaningOfGaps(verdict: Verdict | undefined, { gaps, unused }: Gaps): string {
  const whole = 'every source in use was read whole';
  if (isFound(verdict)) {
    if (gaps !== '') return `What was found stands, and there may be more: ${gaps}.`;
    return `What was found stands, and ${whole}${unused === '' ? '' : `; ${unused}, where more may show`}.`;
  }
  if (verdict === 'undetermined') {
    return `Whether a bot held a key is not known: ${gaps === '' ? 'GitLab could not be asked' : gaps}.`;
  }
  if (gaps !== '') {
    const lead = verdict === undefined ? 'There is no verdict yet' : '“Not observed” is not “nothing there”';
    return `${lead}: ${gaps}, and ${UNSEEN}.`;
  }
  if (unused !== '') return `Every source in use was read whole; ${unused}, and ${UNSEEN}.`;
  return 'Every source was read whole: what is left are the things that none of them can show.';
}

interface Gaps {
  /** What could not be read, or only in part, as a clause; '' where there is nothing. */
  readonly gaps: string;
  /** What is not in use, as a clause; '' where there is nothing. */
  readonly unused: string;
}

function gapsOf(rows: readonly SourceRow[], trigger: Trigger): Gaps {
  const named = (...statuses: readonly SourceStatus[]) =>
    rows.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
  const unread = named('unavailable');
  const unstored = named('not-stored');
  const part = named('partial');
  // What this trigger never asks is no gap of it.
  const off = named('off', 'no-part').filter((name) => name !== SOURCE_TITLES[otherSide(trigger)]);
  const gaps = [
    ...(unread.length === 0 ? [] : [`${listed(unread)} could not be read`]),
    ...(part.length === 0 ? [] : [`${listed(part)} ${unread.length === 0 ? 'could be read ' : ''}only in part`]),
    ...(unstored.length === 0 ? [] : [`nothing is stored of ${listed(unstored)}`]),
  ];
  const verb = off.length === 1 && off[0]?.endsWith('s') !== true ? 'is' : 'are';
  return { gaps: gaps.join(', '), unused: off.length === 0 ? '' : `${listed(off)} ${verb} not in use` };
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function isBlind(status: SourceStatus | undefined): boolean {
  return status === undefined || status === 'unavailable' || status === 'not-stored' || status === 'off';
}

function isFound(verdict: Verdict | undefined): boolean {
  return verdict === 'confirmed' || verdict === 'probable' || verdict === 'corroborated';
}
