import { count, plural } from './amount-text.ts';
import { type Analysis, type Claim, type RecommendedAction, SEVERITIES, type Severity } from './analysis.ts';
import type { CaseState } from './case.ts';
import { credentialTitle, deedText } from './credential-title.ts';
import {
  type Attack,
  attackActions,
  attackClaims,
  attackIndicators,
  attackSeverity,
  unseenEventClaims,
} from './event-summary.ts';
import type { IdentifiedEvidence, IdentifiedFinding, Share } from './evidence-ids.ts';
import type { Finding } from './finding.ts';
import { inertText } from './hostile-text.ts';
import { intervalText } from './page-details.ts';
import type { SightingMethod } from './sighting.ts';
import type { TokenUse } from './token-use.ts';

export type SummaryState = Pick<CaseState, 'window' | 'verdict' | 'counts' | 'trigger' | 'monitor'>;

const FINDINGS_TOLD = 3;
const SHARES_TOLD = 4;
const ACTIONS = 3;

/**
 * What the evidence means, in plain sentences and without a model. Works for any evidence, none included, and always
 * ends with what could not be seen: silence about that would read as "clean".
 */
export function summarise(evidence: IdentifiedEvidence, state: SummaryState): Analysis {
  return state.trigger === 'monitor' ? summariseAttack(evidence, state) : summariseBots(evidence, state);
}

function summariseBots(evidence: IdentifiedEvidence, state: SummaryState): Analysis {
  const claims = findingClaims(evidence);
  const answer =
    claims.length > 0 ? claims : [{ text: 'No GitLab credential was seen at any of them.', evidence: ['t1'] }];
  return {
    status: 'summary',
    summary: [seenClaim(evidence, state), ...answer, ...blindClaims(evidence)],
    severity: severityOf(evidence, state),
    indicators: {
      geography: shareClaims(evidence.countries, evidence, 'came from'),
      asns: shareClaims(evidence.asns, evidence, 'belong to'),
      targets: [
        ...shareClaims(evidence.hosts, evidence, 'asked for'),
        ...shareClaims(evidence.paths, evidence, 'asked for path'),
      ],
      patterns: [...methodClaims(evidence), ...sharedNetworkClaims(evidence)],
    },
    actions: actionsOf(evidence.findings),
  };
}

/** A monitor's case: findings first where there are any, then the attack, and always what GitLab answered. */
function summariseAttack(evidence: IdentifiedEvidence, state: SummaryState): Analysis {
  const attack: Attack = { events: evidence.events, monitor: state.monitor };
  const indicators = attackIndicators(attack.events);
  const found = findingClaims(evidence);
  const told = evidence.coverage.flatMap(({ seen }) => seen.why);
  return {
    status: 'summary',
    summary: [
      ...found,
      ...attackClaims(attack),
      ...(found.length === 0 ? [gitlabClaim(evidence, state)] : []),
      ...blindClaims(evidence),
      ...unseenEventClaims(attack, told),
    ],
    severity: worse(severityOf(evidence, state), attackSeverity(attack)),
    indicators: {
      ...indicators,
      patterns: [...indicators.patterns, ...methodClaims(evidence), ...sharedNetworkClaims(evidence)],
    },
    actions: firstOfEach([
      ...(found.length === 0 ? [] : actionsOf(evidence.findings)),
      ...(state.verdict === 'undetermined' ? [logsAction(evidence)] : []),
      ...attackActions(attack),
    ]).slice(0, ACTIONS),
  };
}

/** What GitLab says of the addresses of an attack in which no credential was found. */
function gitlabClaim(evidence: IdentifiedEvidence, { window, verdict }: SummaryState): Claim {
  const { totals } = evidence;
  const compared = totals.addresses === 1 ? 'the 1 address' : `any of the ${count(totals.addresses)} addresses`;
  if (verdict === 'undetermined') {
    const whose = totals.addresses === 0 ? 'any of their addresses' : compared;
    const text = `GitLab gave no answer so far: whether ${whose} held a key is not known.`;
    return { text, evidence: [...gitlabIds(evidence), totals.id] };
  }
  if (totals.addresses === 0) {
    return { text: 'No address of these events could be compared with GitLab.', evidence: [totals.id] };
  }
  const text = `No GitLab credential was seen at ${compared} between ${window.start} and ${window.end}.`;
  return { text, evidence: [totals.id] };
}

function logsAction(evidence: IdentifiedEvidence): Analysis['actions'][number] {
  const text = "Keep GitLab's logs of this window until it could be asked.";
  return { action: 'preserve-logs', claim: { text, evidence: [...gitlabIds(evidence), evidence.totals.id] } };
}

/** The coverage of GitLab's sources that did not answer. */
function gitlabIds({ coverage }: IdentifiedEvidence): string[] {
  return coverage
    .filter(({ source, seen }) => source !== 'cloudflare' && source !== 'axiom' && seen.status === 'unavailable')
    .map(({ id }) => id);
}

function firstOfEach(actions: Analysis['actions']): Analysis['actions'] {
  return actions.filter(({ action }, index) => actions.findIndex((earlier) => earlier.action === action) === index);
}

function worse(a: Severity, b: Severity): Severity {
  return SEVERITIES.find((severity) => severity === a || severity === b) ?? a;
}

function seenClaim({ totals }: IdentifiedEvidence, { window, trigger }: SummaryState): Claim {
  const span = `between ${window.start} and ${window.end}`;
  if (totals.addresses === 0) return { text: `No address was named as a bot's ${span}.`, evidence: [totals.id] };
  const start = trigger === 'hunt' ? 'Reported traffic shows' : 'Cloudflare saw';
  const requests = totals.requests > 0 ? `, with about ${count(totals.requests)} requests` : '';
  return {
    text: `${start} ${plural(totals.addresses, 'address', 'addresses')} acting as ${totals.addresses === 1 ? 'a bot' : 'bots'} ${span}${requests}.`,
    evidence: [totals.id],
  };
}

function findingClaims({ findings }: IdentifiedEvidence): Claim[] {
  const told = findings.slice(0, FINDINGS_TOLD).map(findingClaim);
  const untold = findings.slice(FINDINGS_TOLD);
  if (untold.length === 0) return told;
  const others = `${plural(untold.length, 'further credential', 'further credentials')} matched with lower scores.`;
  return [...told, { text: others, evidence: untold.slice(0, 6).map(({ id }) => id) }];
}

function findingClaim({ id, finding, matches }: IdentifiedFinding): Claim {
  const title = credentialTitle(finding.credential);
  const worth = `score ${finding.score}, ${finding.verdict}`;
  const [first] = matches;
  if (first === undefined) return { text: `${title} matched a bot's network (${worth}).`, evidence: [id] };
  const { use, sighting, rule } = first.match;
  const bot = sighting.lowestBotScore === undefined ? '' : `, lowest bot score ${sighting.lowestBotScore}`;
  const near = rule === 'same-address' ? '' : ` (same network as ${sighting.address})`;
  const when = intervalText(use.at);
  const at = /^\d/.test(when) ? `at ${when}` : when;
  const more = finding.matchCount > 1 ? `, ${count(finding.matchCount)} matched events in all` : '';
  return {
    text: `${title} ${deed(finding, use)} ${use.address}${near}${placeOf(sighting)}${bot}, ${at}${more}: ${worth}.`,
    evidence: [id, first.id, first.sighting],
  };
}

function deed({ verdict }: Finding, use: TokenUse): string {
  const text = deedText(verdict, use);
  return use.strength === 'acted' ? text : `was ${text}`;
}

function placeOf({ asn, asnName, country }: { asn?: number; asnName?: string; country?: string }): string {
  const operator = asn === undefined ? '' : asnName === undefined ? `AS${asn}` : `AS${asn} ${inertText(asnName, 60)}`;
  const place = [operator, country === undefined ? '' : inertText(country, 10)]
    .filter((text) => text !== '')
    .join(', ');
  return place === '' ? '' : ` (${place})`;
}

/** One sentence per source that could not be seen whole. */
function blindClaims({ coverage }: IdentifiedEvidence): Claim[] {
  const blind = coverage.filter(({ seen }) => seen.status !== 'complete');
  if (blind.length === 0)
    return coverage.length === 0 ? [{ text: 'What each source could see is not known.', evidence: ['t1'] }] : [];
  const words = { partial: 'was read only in part', unavailable: 'gave no answer', off: 'is not in use', complete: '' };
  return blind.map(({ id, source, seen }) => ({
    text: inertText(
      `Not seen: ${source} ${words[seen.status]}${seen.why.length === 0 ? '' : `: ${seen.why.join('; ')}`}`,
      400,
    ),
    evidence: [id],
  }));
}

function shareClaims(shares: readonly Share[], { totals }: IdentifiedEvidence, verb: string): Claim[] {
  const told = shares.slice(0, SHARES_TOLD);
  if (told.length === 0) return [];
  const list = told.map(({ label, addresses }) => `${inertText(label, 80)} (${count(addresses)})`).join(', ');
  const text = `Of ${plural(totals.addresses, 'address', 'addresses')}, most ${verb}: ${list}.`;
  return [{ text, evidence: told.map(({ id }) => id) }];
}

const METHODS: Readonly<Record<SightingMethod, string>> = {
  'bot-score': 'by bot score',
  'bot-product': 'by a bot product that acted',
  'rate-limit': 'by a rate limit that acted',
  l7ddos: 'by HTTP DDoS protection',
  share: 'by an unusual share of the traffic',
  'security-event': 'by a security rule, which says nothing about bots',
  payload: "in the alert's own text",
};

function methodClaims({ methods }: IdentifiedEvidence): Claim[] {
  if (methods.length === 0) return [];
  const list = methods.map(({ label, addresses }) => `${count(addresses)} ${methodText(label)}`).join(', ');
  return [{ text: `Found as bots: ${list}.`, evidence: methods.map(({ id }) => id) }];
}

function methodText(label: string): string {
  return Object.entries(METHODS).find(([method]) => method === label)?.[1] ?? label;
}

/** Several credentials on one network: either a shared egress, or one thief with many keys. */
function sharedNetworkClaims({ findings }: IdentifiedEvidence): Claim[] {
  const byNetwork = new Map<string, IdentifiedFinding[]>();
  for (const entry of findings) {
    for (const network of entry.finding.networks) {
      byNetwork.set(network, [...(byNetwork.get(network) ?? []), entry]);
    }
  }
  return [...byNetwork]
    .filter(([, entries]) => entries.length > 1)
    .slice(0, 3)
    .map(([network, entries]) => {
      const shared = entries.some(({ finding }) => finding.sharedNetworks.includes(network));
      const known = shared ? ', which is known or learned shared egress' : '';
      return {
        text: `${count(entries.length)} credentials were seen on network ${inertText(network, 60)}${known}.`,
        evidence: entries.slice(0, 6).map(({ id }) => id),
      };
    });
}

function severityOf({ findings }: IdentifiedEvidence, { verdict }: SummaryState): Severity {
  const paging = findings.filter(({ finding }) => finding.decision === 'page');
  if (paging.some(({ finding }) => finding.verdict === 'confirmed')) return 'critical';
  if (paging.length > 0) return 'high';
  return findings.length > 0 || verdict === 'undetermined' ? 'medium' : 'low';
}

function actionsOf(findings: readonly IdentifiedFinding[]): Analysis['actions'] {
  const [worst] = findings;
  if (worst === undefined) return [{ action: 'no-action', claim: { text: 'Nothing matched.', evidence: ['t1'] } }];
  return candidates(worst.finding)
    .slice(0, ACTIONS)
    .map(([action, text]) => ({ action, claim: { text, evidence: [worst.id] } }));
}

function candidates({
  credential,
  matches,
  decision,
  sharedNetworks,
  networks,
}: Finding): [RecommendedAction, string][] {
  const title = credentialTitle(credential);
  const used = matches.some(({ use }) => use.strength === 'used' || use.strength === 'minted');
  const shared = networks.length > 0 && networks.every((network) => sharedNetworks.includes(network));
  const address = inertText(matches[0]?.use.address ?? 'the address', 60);
  if (decision !== 'page') {
    const review: [RecommendedAction, string] = [
      'review-credential-activity',
      `See what ${title} did around that time.`,
    ];
    if (!shared) return [review, ['contact-owner', 'Ask the owner whether that was them.']];
    return [['add-known-egress', `If ${address} is yours, add it to knownEgress.`], review];
  }
  const stop: [RecommendedAction, string] =
    used && credential.kind !== 'user'
      ? ['revoke-credential', `Revoke ${title} unless its owner can explain the use.`]
      : ['contact-owner', `Ask the owner of ${title} whether that was them.`];
  return [
    stop,
    ['review-credential-activity', `See what ${title} did since the first matched event.`],
    ['block-address-at-cloudflare', `Block ${address} at Cloudflare.`],
  ];
}
