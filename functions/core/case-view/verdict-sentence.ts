import { count, plural } from '../amount-text.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { credentialTitle } from '../credential-title.ts';
import type { Finding, Match } from '../finding.ts';
import { gitlabEverAnswered } from '../health.ts';
import { withoutSecrets } from '../hostile-text.ts';
import { isBotMethod, type SightingMethod } from '../sighting.ts';
import { DAY, HOUR, lengthOf, MINUTE } from '../time.ts';
import { isExactlyTimed } from '../token-use.ts';
import { sourcesAgree } from '../verdict.ts';
import { type CaseAnswer, caseAnswer, STATE_LOST } from './case-answer.ts';
import { BROKEN, type LooksDue } from './looks-due.ts';
import { cutWords } from './nothing-found.ts';
import { namedByPages } from './page-level.ts';
import { type SeenAttacking, seenAttacking, sourceGaps, statusesOf } from './source-gaps.ts';

/** What a case means for whoever reads it: act now · look at it · nothing to do · nobody knows. */
export type Tone = 'alarm' | 'caution' | 'calm' | 'unknown';

/** The answer to the one question: did an address that attacked us as a bot also hold one of our keys? */
export interface VerdictSentence {
  readonly tone: Tone;
  /** How sure, as the first words of the sentence: `Yes:`, `Very probably:`, `Unknown:`, `No GitLab credential` … */
  readonly lead: string;
  /** The rest of it, behind a space. Without secrets and control characters; a page escapes it. */
  readonly text: string;
  /** What else matched, and what that is worth; one sentence each. */
  readonly more: readonly string[];
  /** What its word for sureness means; one sentence. */
  readonly meaning: string;
}

const MEANINGS: Readonly<Record<CaseAnswer['verdict'], string>> = {
  confirmed: 'GitLab recorded the very moment at which the key was used there.',
  probable: 'No record has the very moment.',
  corroborated:
    'The evidence is weaker: no time is known, or it shows an act of the owner, a new key or a refused try.',
  'not-observed': 'Nothing matched of what could be compared, which is worth what the sources could see.',
  undetermined: 'GitLab gave no answer so far. This is no all-clear.',
  pending: 'No look has ended yet.',
};

/**
 * What a case comes to, in words for somebody who was asleep a minute ago (design §1, §6).
 * @param looks of the case: nothing found is worth less while evidence that arrives late was not looked for
 * @param threshold score from which a finding pages (setting `page.threshold`)
 */
export function verdictSentence(file: CaseFile, looks: LooksDue, threshold: number): VerdictSentence {
  const answer = caseAnswer(file);
  const { more, ...words } = told(file, answer, looks, threshold);
  const unread = file.unread.length === 0 ? [] : ['Part of what is stored of this case could not be read.'];
  return { ...words, more: [...more, ...unread], meaning: meaningOf(file, answer) };
}

function meaningOf({ state }: CaseFile, { verdict, finding }: CaseAnswer): string {
  if (state === undefined && finding === undefined && verdict !== 'pending') return STATE_LOST;
  const how = verdict === 'probable' && finding !== undefined ? probableBy(finding) : '';
  return MEANINGS[verdict] + how;
}

/**
 * Which of the two ways to be probable it was (`core/verdict.ts`). Where a finding keeps too few of its matches to tell,
 * nothing is said: whoever bounds a use closely does so within hours.
 */
function probableBy({ matches }: Finding): string {
  if (sourcesAgree(matches)) {
    return ' Two sources agree on it: the token list has the address, and its owner acted from there.';
  }
  const spans = matches.flatMap(({ use: { strength, at } }) => (strength === 'used' ? [lengthOf(at)] : []));
  const shortest = Math.min(...spans);
  return shortest <= DAY ? ` It lies within ${spanText(shortest)}.` : '';
}

function told(
  file: CaseFile,
  answer: CaseAnswer,
  looks: LooksDue,
  threshold: number,
): Omit<VerdictSentence, 'meaning'> {
  switch (answer.verdict) {
    case 'pending':
      return stillLooking(file, looks);
    case 'not-observed':
    case 'undetermined':
      return nothingFound(file, looks);
    default:
      return found(file, answer, leadOf(SURE[answer.verdict], answer, file, threshold));
  }
}

const SURE = { confirmed: 'Yes', probable: 'Very probably', corroborated: 'Perhaps' } as const;

/** A match that is probably our own says so before anything else. */
function leadOf(sure: string, answer: CaseAnswer, file: CaseFile, threshold: number): string {
  const place = answer.finding && ownPlace(answer.finding);
  if (place !== undefined) return `${sure}, but from ${place}:`;
  const isLow = answer.score !== undefined && answer.score < threshold;
  return isLow && !isPaging(file, answer) ? 'Perhaps nothing:' : `${sure}:`;
}

/** Where every network matched is one that explains a bot: listed as ours, shared by many, or usual for its owner. */
function ownPlace({ networks, sharedNetworks, usualNetworks = [], parts }: Finding): string | undefined {
  if (networks.length === 0) return undefined;
  if (networks.every((network) => sharedNetworks.includes(network))) {
    const isListed = parts.some(({ name }) => name === 'known-egress');
    return isListed ? 'a place listed as ours (knownEgress)' : 'a place that many people share';
  }
  const isOwn = (network: string) => sharedNetworks.includes(network) || usualNetworks.includes(network);
  return networks.every(isOwn) ? 'where it or its owner works on other days' : undefined;
}

function isPaging({ state }: CaseFile, { paging }: CaseAnswer): boolean {
  return state?.decision.page === true || paging > 0;
}

function found(file: CaseFile, answer: CaseAnswer, lead: string): Omit<VerdictSentence, 'meaning'> {
  const { finding } = answer;
  const { sentence, isBlind } = sourceGaps(file);
  return {
    tone: isPaging(file, answer) ? 'alarm' : 'caution',
    lead,
    text: finding === undefined ? unnamed(file) : `${deedOf(finding)}.`,
    more: [...othersText(answer), ...(isBlind ? [`${sentence} There may be more.`] : [])],
  };
}

function unnamed(file: CaseFile): string {
  const named = namedByPages(file);
  if (named === '') return 'a GitLab credential matched; which one could not be read.';
  return `a GitLab credential matched, and what was found is not stored. It is ${named}.`;
}

/** Not the one that was named: how many more, and whether any of them scored higher. */
function othersText({ finding, isPaging, paging, reported, score }: CaseAnswer): string[] {
  if (finding === undefined) return [];
  const others = paging + reported - 1;
  const isHigher = score !== undefined && Math.round(score) > Math.round(finding.score);
  if (others < 1) return isHigher ? [`Its score is ${finding.score} by now; at an earlier look it was ${score}.`] : [];
  const own = isPaging ? 1 : 0;
  const awake = Math.max(0, paging - own);
  const share = awake === 0 ? 'none' : awake === others ? 'all' : count(awake);
  const level =
    others === 1 ? (awake === 1 ? ', at page level too' : ', below page level') : `, ${share} of them at page level`;
  const higher = isHigher ? `; the highest score is ${score}` : '';
  return [`${plural(others, 'more credential', 'more credentials')} matched${level}${higher}.`];
}

/** What was done with the credential, from where, and what Cloudflare says of that address. */
function deedOf(finding: Finding): string {
  const title = credentialTitle(finding.credential);
  const [match] = finding.matches;
  if (match === undefined) {
    const [network] = finding.networks;
    return `${title} matched ${network === undefined ? "a bot's address" : withoutSecrets(network, 60)}`;
  }
  return `${actOf(title, finding, match)}${sightedAs(match)}`;
}

function actOf(title: string, { verdict, credential }: Finding, { use }: Match): string {
  const from = `from ${withoutSecrets(use.address, 60)}`;
  switch (use.strength) {
    case 'used':
      return `${title} was used ${from}${verdict === 'corroborated' && !isExactlyTimed(use) ? ' at an unknown time' : ''}`;
    case 'minted':
      return `${title} was created or rotated ${from}`;
    case 'refused':
      return `${title} was tried ${from} and refused`;
    case 'acted':
      return credential.kind === 'user' ? `${title} acted ${from}` : `the owner of ${title} acted ${from}`;
  }
}

const SIGHTED: Readonly<Record<SightingMethod, string>> = {
  'bot-score': 'that Cloudflare scored as a bot',
  'bot-product': "that Cloudflare's bot protection acted on",
  'rate-limit': "that Cloudflare's rate limiting stopped",
  l7ddos: 'that Cloudflare saw in an HTTP DDoS attack',
  'security-event': 'that a security rule stopped or logged, which is no word about bots',
  share: 'with an unusual share of the traffic at Cloudflare',
  payload: "that Cloudflare's alert named",
};

/** Only where both times are known is one told from the other. */
function sightedAs({ rule, sighting, use, gap, onGitlab }: Match): string {
  const isTimed = isExactlyTimed(use) && sighting.seenExactly && isBotMethod(sighting.method);
  if (rule === 'same-network') {
    return `, in the same network as ${withoutSecrets(sighting.address, 60)}, an address ${SIGHTED[sighting.method]}`;
  }
  if (onGitlab === true || !isTimed) return `, an address ${SIGHTED[sighting.method]}`;
  if (gap === 0) return ' while that address attacked us as a bot';
  const order = use.at.notAfter < sighting.seen.notBefore ? 'before' : 'after';
  return `, ${spanText(gap)} ${order} that address attacked us as a bot`;
}

function spanText(gap: number): string {
  if (gap < MINUTE) return 'less than a minute';
  return gap < 2 * HOUR
    ? plural(Math.round(gap / MINUTE), 'minute', 'minutes')
    : plural(Math.round(gap / HOUR), 'hour', 'hours');
}

/** The addresses of the newest look that could read any; as many as the state says where that could not be read. */
function addressesSeen(file: CaseFile, { report, listed }: SeenAttacking): number {
  return Math.max(file.state?.counts.sightings ?? 0, report?.totalAddresses ?? listed);
}

function nothingFound(file: CaseFile, looks: LooksDue): Omit<VerdictSentence, 'meaning'> {
  const attackers = seenAttacking(file);
  const gaps = sourceGaps(file);
  const addresses = gaps.isListOnly ? attackers.listed : addressesSeen(file, attackers);
  const statuses = statusesOf(file);
  if (file.state === undefined && newestWith(file, 'findings') === undefined) {
    return unknown('what was found is not stored.', [gaps.sentence]);
  }
  const bots = file.trigger === 'hunt' ? statuses.axiom : statuses.cloudflare;
  if ((bots === 'unavailable' || (attackers.isSilent && attackers.report === undefined)) && addresses === 0) {
    return unknown(`${attackers.source} could not be asked which addresses attacked us as bots.`, [gaps.sentence]);
  }
  const those =
    file.trigger === 'monitor'
      ? 'of these security events'
      : `that attacked us as ${addresses === 1 ? 'a bot' : 'bots'}`;
  const seen = addresses === 1 ? `the 1 address ${those}` : `any of the ${count(addresses)} addresses ${those}`;
  if (file.state?.verdict === 'undetermined' || !gitlabEverAnswered({ coverage: statuses })) {
    const whose = addresses === 0 ? 'any address that attacked us' : seen;
    return unknown(`GitLab could not be asked whether ${whose} held one of our keys.`, [gaps.sentence]);
  }
  if (addresses === 0) return noBots(file, gaps);
  const { isLate, done, due } = looks;
  const lead = 'No GitLab credential';
  const text = `was seen ${done < due ? 'so far ' : ''}at ${seen}`;
  const more = [gaps.sentence, ...cutWords(attackers), ...missingLooks(looks)];
  const isLost = file.state === undefined || file.unread.length > 0;
  if (gaps.isBlind || isLate || isLost)
    return { tone: 'unknown', lead, text: `${text}, but this is no all-clear.`, more };
  return { tone: 'calm', lead, text: `${text}.`, more };
}

/** Evidence arrives late: what no look has looked for may be there by now. */
function missingLooks({ done, due, isLate }: LooksDue): string[] {
  if (done >= due) return [];
  if (isLate) return [`Only ${done} of ${due} looks are stored, so evidence that arrived late was not looked for.`];
  return ['Evidence can arrive late: it is looked for again.'];
}

/** No address to compare: nothing is known of keys, and nothing attacked that could hold one. */
function noBots(
  file: CaseFile,
  { sentence, isBlind }: { sentence: string; isBlind: boolean },
): Omit<VerdictSentence, 'meaning'> {
  const text =
    file.trigger === 'monitor'
      ? 'no address of these security events could be compared with GitLab.'
      : 'no address was named as a bot, so there was none to compare with GitLab.';
  const isQuiet = file.trigger === 'hunt' && !isBlind;
  return { tone: isQuiet ? 'calm' : 'unknown', lead: isQuiet ? 'Nothing seen:' : 'Unknown:', text, more: [sentence] };
}

function unknown(text: string, more: readonly string[]): Omit<VerdictSentence, 'meaning'> {
  return { tone: 'unknown', lead: 'Unknown:', text, more };
}

function stillLooking({ trigger }: CaseFile, { isLate }: LooksDue): Omit<VerdictSentence, 'meaning'> {
  if (isLate) {
    return unknown(`the first look is late, ${BROKEN}`, ['This is no all-clear.']);
  }
  const what = trigger === 'hunt' ? 'the logs of this hour' : 'Cloudflare and GitLab';
  return {
    tone: 'unknown',
    lead: 'Still looking:',
    text: `${what} are being read for the first time, and nothing is known yet.`,
    more: ['Load this page again in a minute. This is no all-clear.'],
  };
}
