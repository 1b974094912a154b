import { count, plural } from '../amount-text.ts';
import { type CaseFile, currentFindings } from '../case-file.ts';
import { credentialTitle } from '../credential-title.ts';
import type { Finding } from '../finding.ts';
import { type EpochMs, type Interval, MINUTE, type Window } from '../time.ts';
import { isExactlyTimed, STRENGTHS_BEST_FIRST, type Strength } from '../token-use.ts';
import type { CaseEvent } from './timeline-flags.ts';
import type { CredentialUsage } from './timeline-lanes.ts';
import { countOf, type LaneUse } from './timeline-marks.ts';
import { type BotTraffic, sightingReport } from './timeline-traffic.ts';
import { dayText, isTold, isToldInterval, minuteText, secondText, spanText } from './told-time.ts';

/** What the sentences of a timeline are made of. */
export interface TimelineContent {
  readonly file: CaseFile;
  readonly picture: Window;
  readonly traffic: BotTraffic;
  readonly usage: readonly CredentialUsage[];
  /** Credentials found and not drawn. */
  readonly left: number;
  readonly events: readonly CaseEvent[];
}

const CREDENTIALS_TOLD = 3;

/**
 * What a timeline shows, for those who cannot or need not look at it: when the bots came, when each credential at page
 * level was used (where there is none, the worst), relative to one another, and when somebody was told. Times are UTC, and of the picture's first day unless they say.
 */
export function timelineSummary({ file, picture, traffic, usage, left, events }: TimelineContent): string[] {
  const day = dayText(picture.start);
  const paging = usage.filter(({ finding }) => finding.decision === 'page').slice(0, CREDENTIALS_TOLD);
  const told = paging.length > 0 ? paging : usage.slice(0, 1);
  const others = usage.length - told.length + left;
  const sentences = told.map((one) => usageSentence(one, picture.start, day));
  return [
    `Times are UTC on ${day}. ${botSentence(file, traffic, day)}`,
    ...(usage.length === 0 ? noneSentences(file) : [...sentences, ...othersSentences(file, others, paging.length)]),
    ...pagedSentences(events, day),
  ];
}

function botSentence(file: CaseFile, { from, busiest, peak, outside }: BotTraffic, day: string): string {
  if (file.looks.length === 0) return 'No look was stored yet.';
  if (busiest !== undefined) {
    const upTo = `up to ${peak < 1 ? 'one request' : plural(peak, 'request', 'requests')} a minute`;
    const rate = from === 'counted' ? upTo : `about ${upTo.slice('up to '.length)} on average`;
    return `The bots were busiest ${spanText(busiest.start, busiest.end, day)}, with ${rate}.`;
  }
  if (from === 'not-stored') return 'No look stored what the bots did.';
  if (outside > 0) return 'The bots made their requests at other times than these.';
  const status = sightingReport(file)?.coverage.status;
  if (status === 'unavailable') return 'Whether bots came is not known, as nobody could be asked.';
  return status === 'partial'
    ? 'No bot was named, by a source that could be read only in part.'
    : 'No address was named as a bot.';
}

function noneSentences({ looks, state }: CaseFile): string[] {
  if (looks.length === 0) return [];
  if (!looks.some(({ findings }) => findings !== undefined)) return ['Which credentials were used is not stored yet.'];
  return state?.verdict === 'undetermined'
    ? ['GitLab gave no answer so far: whether a credential was used is not known.']
    : ['No credential was found at an address of these bots.'];
}

/** @param told how many at page level have a sentence of their own */
function othersSentences(file: CaseFile, others: number, told: number): string[] {
  if (others === 0) return [];
  const paging = currentFindings(file).filter(({ decision }) => decision === 'page').length - told;
  const one = paging <= 0 ? 'not at page level' : 'at page level, too';
  const many =
    paging <= 0 ? 'none at page level' : `${paging === others ? 'all' : count(paging)} of them at page level`;
  return [`${plural(others, 'further credential', 'further credentials')} matched, ${others === 1 ? one : many}.`];
}

function pagedSentences(events: readonly CaseEvent[], day: string): string[] {
  const sent = events.flatMap(({ kind, at }) => (kind === 'page' && isTold(at) ? [at] : []));
  if (sent.length === 0) return [];
  return [`On-call was paged at ${minuteText(Math.min(...sent.slice(0, 1_000)), day)}.`];
}

/** When one credential was used, and where that lies to its address acting as a bot. */
function usageSentence({ finding, uses, cut }: CredentialUsage, start: EpochMs, day: string): string {
  const title = credentialTitle(finding.credential);
  const matched = uses.filter(({ use, matched }) => matched && isToldInterval(use.at));
  const exact = matched.filter(({ use }) => isExactlyTimed(use));
  const kind = exact.length > 0 ? exact : matched;
  const strength = STRENGTHS_BEST_FIRST.find((best) => kind.some(({ use }) => use.strength === best));
  if (strength === undefined) return `${title} matched, and its times are not stored.`;
  const those = kind.filter(({ use }) => use.strength === strength);
  const span = {
    notBefore: those.reduce((first, { use }) => Math.min(first, use.at.notBefore), Number.POSITIVE_INFINITY),
    notAfter: those.reduce((last, { use }) => Math.max(last, use.at.notAfter), 0),
  };
  const deed = DEEDS[strength];
  if (exact.length === 0)
    return `${title} ${deed} ${betweenText(span, those, start, day)}${relation(finding, span, false, day)}.`;
  const times = countOf(those);
  const often = times === 1 ? `once, at ${secondText(span.notAfter, day)}` : `${count(times)} times`;
  const when = times === 1 ? '' : ` ${spanText(span.notBefore, span.notAfter, day)}`;
  return `${title} ${deed} ${cut ? 'at least ' : ''}${often}${when}${relation(finding, span, true, day)}.`;
}

const DEEDS: Readonly<Record<Strength, string>> = {
  used: 'was used',
  minted: 'was created or rotated',
  acted: 'may have been used, as its owner acted,',
  refused: 'was tried and refused',
};

/** Where it may have been long before the picture, its end is all that helps, and why no more is known. */
function betweenText({ notBefore, notAfter }: Interval, uses: readonly LaneUse[], start: EpochMs, day: string): string {
  if (notBefore < start) {
    const listed = uses.every(({ use }) => use.sources.every((source) => source === 'inventory'));
    const why = listed ? ' (GitLab lists its last addresses without their times)' : '';
    return `at an unknown time up to ${minuteText(notAfter, day)}${why}`;
  }
  return `at some time between ${minuteText(notBefore, day)} and ${minuteText(notAfter, day)}`;
}

function relation({ matches }: Finding, used: Interval, exact: boolean, day: string): string {
  const seen = matches.flatMap(({ sighting }) => (isToldInterval(sighting.seen) ? [sighting] : []));
  const where = matches.every(({ rule }) => rule === 'same-address') ? 'the same address' : 'its network';
  if (!seen.some(({ seenExactly }) => seenExactly)) return `; when ${where} acted as a bot is not known closer`;
  const spans = seen.filter(({ seenExactly }) => seenExactly).map(({ seen }) => seen);
  const start = spans.reduce((first, { notBefore }) => Math.min(first, notBefore), Number.POSITIVE_INFINITY);
  const end = spans.reduce((last, { notAfter }) => Math.max(last, notAfter), 0);
  const acted = `${where} acted as a bot (${minuteText(start, day)} to ${minuteText(end, day)})`;
  if (!exact) return `; ${acted}`;
  if (used.notBefore >= start && used.notAfter <= end) return `, while ${acted}`;
  if (used.notAfter < start) return `, ${apart(start - used.notAfter)} before ${acted}`;
  if (used.notBefore > end) return `, ${apart(used.notBefore - end)} after ${acted}`;
  return `, around the time ${acted}`;
}

function apart(gap: number): string {
  return gap < MINUTE ? 'less than a minute' : plural(Math.floor(gap / MINUTE), 'minute', 'minutes');
}
