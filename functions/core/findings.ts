import { attachOwnerActs } from './attach-owner-acts.ts';
import { type DecisionRules, decide } from './decision.ts';
import { type Finding, MATCHES_KEPT, type Match } from './finding.ts';
import { addressesOf } from './finding-addresses.ts';
import { compareMatches } from './join.ts';
import { type NetworkFacts, type NetworkKnowledge, networkFacts } from './network-facts.ts';
import type { NetworkEvidence } from './score/network-evidence.ts';
import { type Score, scoreNetwork } from './score/score.ts';
import type { ScoreWeights } from './score/weights.ts';
import { isBotMethod } from './sighting.ts';
import { type Window, widen } from './time.ts';
import { type Credential, daysOnNetwork, daysWithOperator, STRENGTHS_BEST_FIRST } from './token-use.ts';
import { betterVerdict, type FindingVerdict, isExactUse, verdictOf } from './verdict.ts';

export interface FindingRules extends DecisionRules {
  readonly window: Window;
  /** Milliseconds. */
  readonly slack: number;
  readonly probableHours: number;
  readonly weights: ScoreWeights;
  /** `Credential.id` of the token Latchkey itself uses. */
  readonly ownCredential?: string;
}

interface ScoredNetwork {
  readonly evidence: NetworkEvidence;
  readonly score: Score;
}

/** The most fingerprints a finding carries; beyond that a credential is in so many places that one more is no news. */
const EVIDENCE_KEPT = 200;

/**
 * Findings, one per credential, the worst first. A credential's score is that of its worst network, so that more
 * evidence never lowers it. Credentials nobody described are kept with what is known.
 */
export function buildFindings(
  matches: readonly Match[],
  credentials: readonly Credential[],
  knowledge: NetworkKnowledge,
  rules: FindingRules,
): Finding[] {
  const described = new Map(credentials.map((credential) => [credential.id, credential]));
  const byCredential = attachOwnerActs(matches, described, rules.slack);
  const facts = networkFacts(byCredential, described, knowledge);
  const findings: Finding[] = [];
  for (const [id, own] of byCredential) {
    const credential = described.get(id) ?? { id, kind: id.startsWith('user/') ? 'user' : 'personal' };
    findings.push(buildFinding(credential, own, facts, knowledge, rules));
  }
  return findings.sort(compareFindings);
}

/** Orders findings: pages first, then by score, then by credential id. */
function compareFindings(a: Finding, b: Finding): number {
  const pages = Number(b.decision === 'page') - Number(a.decision === 'page');
  return pages || b.score - a.score || (a.credential.id < b.credential.id ? -1 : 1);
}

function buildFinding(
  credential: Credential,
  matches: readonly Match[],
  facts: ReadonlyMap<string, NetworkFacts>,
  knowledge: NetworkKnowledge,
  rules: FindingRules,
): Finding {
  const networks = [...groupByNetwork(matches)].map(([network, onNetwork]) => {
    const evidence = describeNetwork(credential, network, onNetwork, facts, knowledge, rules);
    return { evidence, score: scoreNetwork(evidence, rules.weights) };
  });
  const worst = networks.reduce((a, b) => (isWorse(b, a) ? b : a));
  const sharedNetworks = networks.filter(isShared).map(({ evidence }) => evidence.network);
  const usualNetworks = networks.filter(isUsual).map(({ evidence }) => evidence.network);
  const own = credential.id === rules.ownCredential;
  const score = own && rules.ownEgressKnown ? 100 : worst.score.score;
  const verdict = networks
    .map(({ evidence }) => evidence.verdict)
    .reduce<FindingVerdict>(betterVerdict, 'corroborated');
  return {
    credential,
    matches: [...matches].sort(compareEvidence).slice(0, MATCHES_KEPT),
    matchCount: matches.length,
    addresses: addressesOf(matches),
    verdict,
    score,
    parts: worst.score.parts,
    ...decide(
      {
        matches,
        score,
        sharedNetworks,
        usualNetworks,
        verdict,
        own,
        hasHistory: credential.habits !== undefined,
        botScore: botScoreOf(networks),
      },
      rules,
    ),
    networks: networks.map(({ evidence }) => evidence.network).sort(),
    sharedNetworks: sharedNetworks.sort(),
    ...(usualNetworks.length === 0 ? {} : { usualNetworks: usualNetworks.sort() }),
    evidence: fingerprints(credential.id, matches),
  };
}

function isWorse(a: ScoredNetwork, b: ScoredNetwork): boolean {
  return (
    a.score.score - b.score.score > 0 || (a.score.score === b.score.score && a.evidence.network < b.evidence.network)
  );
}

function botScoreOf(networks: readonly ScoredNetwork[]): number | undefined {
  const isBots = ({ evidence }: ScoredNetwork) => evidence.matches.some(({ sighting }) => isBotMethod(sighting.method));
  const scores = networks.filter(isBots).map(({ score }) => score.score);
  return scores.length === 0 ? undefined : Math.max(...scores);
}

function isShared({ evidence }: ScoredNetwork): boolean {
  return evidence.knownEgress || evidence.sharedEgress !== undefined;
}

/** Its owner works there, or moves among addresses of the same operator: a home whose address changes every few days. */
function isUsual({ evidence: { credential, network, matches } }: ScoredNetwork): boolean {
  const hasUsualOperator = matches.every(({ sighting }) => daysWithOperator(credential, sighting.asn) > 0);
  return daysOnNetwork(credential, network) > 0 || hasUsualOperator;
}

function describeNetwork(
  credential: Credential,
  network: string,
  matches: readonly Match[],
  facts: ReadonlyMap<string, NetworkFacts>,
  knowledge: NetworkKnowledge,
  rules: FindingRules,
): NetworkEvidence {
  const sharedEgress = knowledge.sharedEgress(network);
  const onNetwork = facts.get(network);
  return {
    credential,
    network,
    matches,
    verdict: verdictOf(matches, { window: widen(rules.window, rules.slack), probableHours: rules.probableHours }),
    windowStart: rules.window.start,
    slack: rules.slack,
    // One sighting that says so is enough, so that another never lowers the score.
    newOperator: matches.some(({ sighting: { asn } }) => asn !== undefined && knowledge.isNewOperator(asn, credential)),
    knownEgress: matches.every(({ use }) => knowledge.isKnownEgress(use.address)),
    ...(sharedEgress === undefined ? {} : { sharedEgress }),
    newOwners: onNetwork?.newOwners.size ?? 0,
    unknownOwners: [...(onNetwork?.unknownOwners ?? [])].filter((owner) => !onNetwork?.newOwners.has(owner)).length,
    refusedCredentials: onNetwork?.refusedCredentials.size ?? 0,
  };
}

function groupByNetwork(matches: readonly Match[]): Map<string, Match[]> {
  const groups = new Map<string, Match[]>();
  for (const match of matches) {
    const group = groups.get(match.use.network);
    if (group === undefined) groups.set(match.use.network, [match]);
    else group.push(match);
  }
  return groups;
}

/** Strongest evidence first: exact uses, then by strength, then the closest match. */
function compareEvidence(a: Match, b: Match): number {
  return (
    Number(isExactUse(b)) - Number(isExactUse(a)) ||
    STRENGTHS_BEST_FIRST.indexOf(a.use.strength) - STRENGTHS_BEST_FIRST.indexOf(b.use.strength) ||
    compareMatches(a, b)
  );
}

function fingerprints(credentialId: string, matches: readonly Match[]): string[] {
  const all = new Set(matches.map(({ use }) => `${credentialId} ${use.strength} ${use.address} ${use.action ?? '-'}`));
  return [...all].sort().slice(0, EVIDENCE_KEPT);
}
