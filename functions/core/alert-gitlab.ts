import { cleanText, type OwnIds } from './alert-text.ts';
import { plural } from './amount-text.ts';
import type { CaseState, Verdict } from './case.ts';
import { type Coverage, type CoverageStatus, SOURCE_NAMES, type SourceName, sentence } from './coverage.ts';
import { credentialTitle, deedText } from './credential-title.ts';
import type { Finding } from './finding.ts';
import { gitlabAnswered } from './health.ts';
import { idText } from './hostile-text.ts';
import type { EventsPicture } from './security-events.ts';
import { betterVerdict } from './verdict.ts';

/**
 * Whether on-call was told: no page was due · shadow mode held it back · PagerDuty took every page of this case · one it
 * has not taken · this case ordered none, as another case of the incident did · not known.
 */
export type PageOutcome = 'none' | 'shadow' | 'delivered' | 'undelivered' | 'elsewhere' | 'ordered';

/** What became of the pages of a case; silent updates of what on-call was paged about before are none. */
export interface CasePages {
  /** PagerDuty took one, or several. */
  readonly taken: boolean;
  /** One, or several, it has not taken so far. */
  readonly waiting: boolean;
}

/** A credential that one of the addresses held. Names are hostile text. */
export interface AlertFinding {
  readonly credentialId: string;
  readonly title: string;
  /** What was done with it, from where, and how sure that is. */
  readonly sentence: string;
  readonly score: number;
  readonly verdict: Finding['verdict'];
  readonly decision: Finding['decision'];
  /** The busiest first. */
  readonly addresses: readonly string[];
  readonly addressesLeftOut: number;
  readonly reasons: readonly string[];
  /** In the order of the rules: what it is, what it did, where, and what speaks against it. */
  readonly scoreParts: readonly AlertScorePart[];
}

/** What raised or lowered the score, and by how much; 0 points say what is not known. */
export interface AlertScorePart {
  readonly name: string;
  readonly points: number;
  readonly sentence: string;
}

/** A source that could not be seen whole. */
export interface AlertGap {
  readonly source: SourceName;
  readonly status: Exclude<CoverageStatus, 'complete'>;
  readonly text: string;
}

/** Whether any address of the attack held a GitLab key. */
export interface AlertGitlab {
  readonly answer: string;
  readonly verdict: Verdict;
  /** 0..100, of any finding of the case so far. */
  readonly topScore: number;
  readonly page: PageOutcome;
  /** The worst first. */
  readonly findings: readonly AlertFinding[];
  readonly findingsLeftOut: number;
  /** Sources that could not be seen whole; how well the events themselves are known is in the alert's notes. */
  readonly gaps: readonly AlertGap[];
}

export interface GitlabFacts {
  readonly state: CaseState;
  readonly findings: readonly Finding[];
  /** Of the look; where it could not be read, what the state says of it is taken. */
  readonly coverage: Coverage;
  /** Undefined where they could not be read. */
  readonly pages: CasePages | undefined;
  /** Undefined where it could not be read. */
  readonly picture: EventsPicture | undefined;
}

const FINDINGS_KEPT = 20;
const ADDRESSES_KEPT = 5;
const REASONS_KEPT = 3;
const REASONS_TOLD = 5;
/** More than there are rules. */
const PARTS_KEPT = 20;
const SENTENCE_LENGTH = 400;
const REASON_LENGTH = 200;
const GAP_LENGTH = 300;
const ANSWER_LENGTH = 1_200;

/** The answer, in words that never make "could not look" sound like "nothing there". */
export function alertGitlab(facts: GitlabFacts, own: OwnIds): AlertGitlab {
  const { state } = facts;
  const coverage = knownCoverage(facts);
  const gaps = gapsOf(coverage, own);
  const findings = [...facts.findings].sort((a, b) => b.score - a.score);
  const page = pageOutcome(facts);
  const answer = findings.length > 0 ? foundText(findings) : unfoundText(state, coverage);
  const words = [answer, pagedText(page, facts.pages), gapText(gaps, coverage, facts.picture)].filter(
    (text) => text !== '',
  );
  return {
    answer: cleanText(words.join(' '), ANSWER_LENGTH, own),
    verdict: state.verdict,
    topScore: state.topScore,
    page,
    findings: findings.slice(0, FINDINGS_KEPT).map((finding) => findingOf(finding, own)),
    findingsLeftOut: Math.max(0, findings.length - FINDINGS_KEPT),
    gaps,
  };
}

function knownCoverage({ coverage, state }: GitlabFacts): Coverage {
  if (Object.keys(coverage).length > 0) return coverage;
  return Object.fromEntries(
    Object.entries(state.coverage).map(([source, status]) => [source, { status, why: [], counts: {}, pages: 0 }]),
  );
}

function pageOutcome({ state: { decision, shadow }, pages }: GitlabFacts): PageOutcome {
  if (!decision.page) return 'none';
  if (shadow) return 'shadow';
  if (pages === undefined) return 'ordered';
  if (pages.waiting) return 'undelivered';
  return pages.taken ? 'delivered' : 'elsewhere';
}

function pagedText(page: PageOutcome, pages: CasePages | undefined): string {
  if (page !== 'undelivered' || pages?.taken !== true) return PAGED[page];
  return 'On-call was paged; a further page PagerDuty has not taken so far.';
}

const PAGED: Readonly<Record<PageOutcome, string>> = {
  none: '',
  shadow: 'On-call was not paged, as this is shadow mode; live mode would have paged.',
  delivered: 'On-call was paged.',
  undelivered: 'On-call was to be paged, and PagerDuty has not taken the page so far.',
  elsewhere: 'The page to on-call was ordered by another case of the same incident.',
  ordered: 'A page to on-call was due; what became of it is not known here.',
};

const LEADS: Readonly<Record<Finding['verdict'], string>> = {
  confirmed: 'Yes',
  probable: 'Very probably',
  corroborated: 'Perhaps',
};

function foundText(findings: readonly Finding[]): string {
  const [worst] = findings;
  if (worst === undefined) return '';
  const best = findings.map(({ verdict }) => verdict).reduce((a, b) => betterVerdict(a, b));
  const others = findings.length - 1;
  const more = others === 0 ? '' : `; ${plural(others, 'more credential', 'more credentials')} matched`;
  return `${LEADS[best]}: ${deedOf(worst)} (score ${worst.score}, ${worst.verdict})${more}.`;
}

function deedOf({ credential, matches, verdict }: Finding): string {
  const title = credentialTitle(credential);
  const [match] = matches;
  if (match === undefined) return `${title} matched an address of these events`;
  const { use, sighting, rule } = match;
  const deed = deedText(verdict, use);
  // What was found by asking back is a bot of the zone, whether or not it is among the events that a monitor watches.
  const among = sighting.askedBack ? 'that Cloudflare called a bot there' : 'of these events';
  const where = rule === 'same-address' ? `an address ${among}` : `next to ${sighting.address} ${among}`;
  return `${title} ${use.strength === 'acted' ? deed : `was ${deed}`} ${use.address}, ${where}`;
}

function unfoundText({ verdict, topScore, window, counts }: CaseState, coverage: Coverage): string {
  if (verdict === 'confirmed' || verdict === 'probable' || verdict === 'corroborated') {
    const known = `${verdict}, highest score ${topScore}`;
    return `${LEADS[verdict]}: a GitLab credential matched in this case (${known}); its details are not at hand here.`;
  }
  if (counts.sightings === 0 || coverage.cloudflare?.status === 'unavailable') {
    return 'Not known: no address of these events could be compared with GitLab.';
  }
  if (verdict === 'undetermined' || !gitlabAnswered(coverage)) {
    return 'Not known: GitLab could not be asked whether any of these addresses held a key.';
  }
  return `None seen: no GitLab credential was seen at the addresses compared, between ${window.start} and ${window.end}.`;
}

/** What each source shows, in words. */
const SHOWS: Readonly<Record<SourceName, string>> = {
  cloudflare: 'the addresses behind these events',
  axiom: 'the traffic in Axiom',
  logs: "GitLab's request logs",
  stream: "GitLab's streamed audit events",
  inventory: "GitLab's token list",
  audit: "GitLab's audit events",
};
const HOW: Readonly<Record<AlertGap['status'], string>> = {
  unavailable: 'could not be read',
  partial: 'could be read only in part',
  off: 'not in use',
};

/** One sentence about what could not be seen, the worst first. */
function gapText(gaps: readonly AlertGap[], coverage: Coverage, picture: EventsPicture | undefined): string {
  if (Object.keys(coverage).length === 0) return 'What each source could see is not known.';
  if (gaps.length === 0) {
    const limits = [...eventLimits(picture), ...malformedLimit(coverage)];
    if (limits.length > 0) return `Every source answered; ${limits.join('; ')}.`;
    // Groups beyond those kept were read: their addresses were compared, too.
    return `Every source was read whole${picture?.cut ? '; only the largest groups of events are told' : ''}.`;
  }
  const parts = (['unavailable', 'partial', 'off'] as const).flatMap((status) => {
    const named = gaps.filter((gap) => gap.status === status).map(({ source }) => SHOWS[source]);
    return named.length === 0 ? [] : [`${named.join(', ')} ${HOW[status]}`];
  });
  return `Not all could be seen: ${parts.join('; ')}.`;
}

/** What keeps events that were read from being all there is to know of them. */
function eventLimits(picture: EventsPicture | undefined): string[] {
  if (picture === undefined) return ['the events themselves are not at hand here'];
  const { facetsAreLowerBounds, totalIsLowerBound, sampleInterval, notes } = picture;
  const isPart = facetsAreLowerBounds || totalIsLowerBound;
  return [
    ...(isPart ? ['not all events could be read'] : []),
    ...(sampleInterval > 1 ? ['events were read as samples'] : []),
    ...(notes.length > 0 ? [`${plural(notes.length, 'note tells', 'notes tell')} what else is not known of them`] : []),
  ];
}

function malformedLimit(coverage: Coverage): string[] {
  const skipped = Object.values(coverage).reduce((sum, { counts }) => sum + (counts.skippedMalformed ?? 0), 0);
  return skipped > 0 ? [`${plural(skipped, 'row was', 'rows were')} malformed and skipped`] : [];
}

function gapsOf(coverage: Coverage, own: OwnIds): AlertGap[] {
  return SOURCE_NAMES.flatMap((source) => {
    const seen = coverage[source];
    if (seen === undefined || seen.status === 'complete') return [];
    const why = seen.why.slice(0, REASONS_TOLD).map(sentence).join(' ');
    const text = cleanText(`${SHOWS[source]} ${HOW[seen.status]}. ${why}`, GAP_LENGTH, own);
    return [{ source, status: seen.status, text: text.charAt(0).toUpperCase() + text.slice(1) }];
  });
}

function findingOf(finding: Finding, own: OwnIds): AlertFinding {
  const { credential, score, verdict, decision, addresses, reasons, parts } = finding;
  return {
    credentialId: idText(credential.id, 200),
    title: cleanText(credentialTitle(credential), SENTENCE_LENGTH, own),
    sentence: cleanText(`${deedOf(finding)}.`, SENTENCE_LENGTH, own),
    score,
    verdict,
    decision,
    addresses: addresses.slice(0, ADDRESSES_KEPT).map(({ address }) => idText(address, 60)),
    addressesLeftOut: Math.max(0, addresses.length - ADDRESSES_KEPT),
    reasons: reasons.slice(0, REASONS_KEPT).map((reason) => cleanText(reason, REASON_LENGTH, own)),
    scoreParts: parts.slice(0, PARTS_KEPT).map(({ name, points, sentence: why }) => ({
      name: idText(name, 40),
      points,
      sentence: cleanText(why, REASON_LENGTH, own),
    })),
  };
}
