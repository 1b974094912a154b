import { count, plural } from '../../amount-text.ts';
import { capital } from '../../capital.ts';
import type { CaseFile } from '../../case-file.ts';
import { credentialTitle } from '../../credential-title.ts';
import type { EpochMs, Interval, Window } from '../../time.ts';
import { isExactlyTimed, STRENGTHS_BEST_FIRST, type Strength } from '../../token-use.ts';
import { levelsOf } from '../page-level.ts';
import { dayText, isTold, isToldInterval, minuteText, secondText, spanText } from '../told-time.ts';
import type { CaseEvent } from './flags.ts';
import type { CredentialUsage } from './lanes.ts';
import { countOf, type LaneUse } from './marks.ts';
import { relationText } from './relation.ts';
import type { TrafficSubject } from './subject.ts';
import type { BotTraffic } from './traffic.ts';

/** What the sentences of a timeline are made of. */
export interface TimelineContent {
  readonly file: CaseFile;
  readonly picture: Window;
  readonly traffic: BotTraffic;
  readonly subject: TrafficSubject;
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
export function timelineSummary(content: TimelineContent): string[] {
  const { file, picture, usage, left, events } = content;
  const day = dayText(picture.start);
  const paging = usage.filter(({ finding }) => finding.decision === 'page').slice(0, CREDENTIALS_TOLD);
  const told = paging.length > 0 ? paging : usage.slice(0, 1);
  const others = usage.length - told.length + left;
  const sentences = told.map((one) => usageSentence(one, picture.start, day));
  return [
    `Times are UTC on ${day}. ${botSentence(content, day)}`,
    ...(usage.length === 0 ? noneSentences(content) : [...sentences, ...othersSentences(file, others, paging.length)]),
    ...pagedSentences(events, day),
  ];
}

function botSentence({ file, traffic, subject: [, many] }: TimelineContent, day: string): string {
  const { from, busiest, peak, outside, status } = traffic;
  if (file.looks.length === 0) return 'No look was stored yet.';
  if (busiest !== undefined) {
    const rate = `${peak < 1 ? 'one' : count(peak)} a minute`;
    const how = from === 'counted' ? `up to ${rate}` : `about ${rate} on average`;
    return `${capital(many)} were most frequent ${spanText(busiest.start, busiest.end, day)}, with ${how}.`;
  }
  if (from === 'not-stored') return `No look stored ${many}.`;
  if (from === 'not-asked') return `Whether there were ${many} is not known, as nobody could be asked.`;
  if (outside > 0) return `${capital(many)} came at other times than these.`;
  return `No address was sighted${status === 'partial' ? ', by a source that could be read only in part' : ''}.`;
}

function noneSentences({ file, traffic }: TimelineContent): string[] {
  const { looks, state, trigger, unread } = file;
  if (looks.length === 0) return [];
  const lost = ['Which credentials matched is not stored.'];
  if (!looks.some(({ findings }) => findings !== undefined)) return lost;
  if (traffic.from === 'not-asked') return ['So no credential could be looked for at their addresses.'];
  if (state?.verdict === 'undetermined')
    return ['GitLab gave no answer so far: whether a credential was used is not known.'];
  if ((state?.counts.findings ?? 0) > 0) return lost;
  if (traffic.from === 'nothing-seen' && !looks.some(({ sightings }) => (sightings?.sightings.length ?? 0) > 0)) {
    return ['So there was no address to compare with GitLab.'];
  }
  const rest = unread.length === 0 ? '' : ', in what could be read';
  return [`No credential was found at an address of these ${trigger === 'monitor' ? 'events' : 'bots'}${rest}.`];
}

/** @param told how many at page level have a sentence of their own */
function othersSentences(file: CaseFile, others: number, told: number): string[] {
  if (others === 0) return [];
  const paging = levelsOf(file).paging.length - told;
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
  // Of an account nothing says with which credential: that it acted is certain all the same.
  const deed = strength === 'acted' && finding.credential.kind === 'user' ? 'acted' : DEEDS[strength];
  if (exact.length === 0)
    return `${title} ${deed} ${betweenText(span, those, start, day)}${relationText(those, false, day)}.`;
  const times = countOf(those);
  const often = times === 1 ? `once, at ${secondText(span.notAfter, day)}` : `${count(times)} times`;
  const when = times === 1 ? '' : ` ${spanText(span.notBefore, span.notAfter, day)}`;
  return `${title} ${deed} ${cut ? 'at least ' : ''}${often}${when}${relationText(those, true, day)}.`;
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
