import type { CaseState } from '../core/case.ts';
import type { Coverage } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { Finding, Match } from '../core/finding.ts';
import { buildFindings, type NetworkKnowledge } from '../core/findings.ts';
import { suspectUses } from '../core/gitlab-hosts.ts';
import { type HealthChange, healthChanges, shadowDigestDue } from '../core/health.ts';
import { groupFindings } from '../core/incident-groups.ts';
import { indexSightings, type JoinRules, joinUses } from '../core/join.ts';
import type { SightingReport } from '../core/sighting.ts';
import { type EpochMs, MINUTE, type Window } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { type CompleteSightings, completeSightings } from './complete-sightings.ts';
import { loadEvidence, loadSightings, type ReadEvidence, type SightingReader, type StepFailure } from './evidence.ts';
import { type IncidentBook, incidentIdFor, type OrderBook, recordIncidents } from './incidents.ts';
import { nextState } from './next-state.ts';
import type { Settings } from './settings.ts';

/** What the workflow hands over: the case, and what its first two steps could not do. */
export interface JoinInput extends CaseState {
  readonly extractFailure?: StepFailure;
  readonly gitlabFailure?: StepFailure;
}

/** Where a case and what was found in it are kept. */
export interface CaseBook extends SightingReader, OrderBook {
  saveSightings(caseId: string, look: number, report: SightingReport): Promise<void>;
  saveFindings(caseId: string, look: number, findings: readonly Finding[]): Promise<void>;
  loadFindings(caseId: string, look: number): Promise<readonly Finding[]>;
  saveCoverage(caseId: string, look: number, coverage: Coverage): Promise<void>;
  saveState(caseId: string, state: CaseState): Promise<void>;
}

export interface JoinServices {
  readonly cases: CaseBook;
  readonly readEvidence: ReadEvidence;
  readonly incidents: IncidentBook;
  /** Sources whose health event stands, so that a recovery is noticed. */
  readonly health: { raised(): Promise<readonly { readonly source: string; readonly since: EpochMs }[]> };
  /** Asks Cloudflare about addresses that its list may have cut off. */
  askBack(state: CaseState, addresses: readonly string[], window: Window): Promise<CompleteSightings>;
  readonly knowledge: NetworkKnowledge;
  isOwnEgress(address: string): boolean;
  readonly settings: Settings;
  readonly clock: Clock;
}

/**
 * Joins what Cloudflare saw with what GitLab knows, scores and decides (design §6–8), and stores the case with
 * everything in it. Safe to repeat: the same evidence gives the same state and no second page.
 */
export async function join(input: JoinInput, services: JoinServices): Promise<CaseState> {
  const { extractFailure, gitlabFailure, ...state } = beginLook(input);
  const window = { start: Date.parse(state.window.start), end: Date.parse(state.window.end) };
  const evidence = await loadEvidence(services.readEvidence, state, gitlabFailure);
  const listed = await loadSightings(services.cases, state, extractFailure);
  const { onGitlabHosts, ...seen } = await completeSightings(listed, evidence, window, state, services);
  const findings = findingsOf(state, { ...seen, onGitlabHosts }, evidence, window, services);
  const coverage: Coverage = { ...evidence.coverage, cloudflare: seen.coverage };
  const isNew = newsCheck(await previousFindings(state, services));

  await services.cases.saveSightings(state.caseId, state.look, seen);
  await services.cases.saveFindings(state.caseId, state.look, findings);
  await services.cases.saveCoverage(state.caseId, state.look, coverage);
  const incidentIds = await incidentsOf(state, findings, services);

  const joined = nextState(state, {
    sightings: seen.sightings.length,
    tokenUses: evidence.uses.length,
    findings,
    coverage,
    incidentIds,
    due: {
      explain: findings.some(isNew),
      page: !state.shadow && (await services.cases.unsentPages(state.caseId)).length > 0,
      report: false,
      alert: false,
      health: false,
    },
  });
  const changes = await healthOf(joined, coverage, evidence, services);
  const result = { ...joined, due: { ...joined.due, health: changes.length > 0 } };
  await services.cases.saveState(state.caseId, result);
  return result;
}

/** The steps before this one begin the look. Where both failed for good, this one does, so that later looks come. */
function beginLook(input: JoinInput): JoinInput {
  const begun = input.extractFailure === undefined || input.gitlabFailure === undefined;
  return begun ? input : { ...input, look: input.look + 1 };
}

function findingsOf(
  state: CaseState,
  seen: CompleteSightings,
  evidence: TokenEvidence,
  window: Window,
  services: JoinServices,
): Finding[] {
  const { settings } = services;
  const slack = settings.window.slackMinutes * MINUTE;
  const matches = matchesOf(seen, evidence, { window, slack });
  const own = evidence.ownCredential;
  const isOurs = ({ use }: Match) => use.credential === own && services.isOwnEgress(use.address);
  return buildFindings(
    matches.filter((match) => !isOurs(match)),
    evidence.credentials,
    services.knowledge,
    {
      trigger: state.trigger,
      threshold: settings.page.threshold,
      floor: settings.page.floor,
      huntPages: settings.hunt.page,
      ownEgressKnown: settings.ownEgress.length > 0,
      window,
      slack,
      probableHours: settings.verdict.probableHours,
      weights: settings.score,
      ...(own === undefined ? {} : { ownCredential: own }),
    },
  );
}

/** Requests to GitLab itself count for suspect uses only, and only where nothing better explains the use. */
function matchesOf(seen: CompleteSightings, { uses, credentials }: TokenEvidence, rules: JoinRules): Match[] {
  const matches = joinUses(uses, indexSightings(seen.sightings), rules);
  if (seen.onGitlabHosts.length === 0) return matches;
  const matched = new Set(matches.map(({ use }) => use));
  const suspect = suspectUses(uses, credentials).filter((use) => !matched.has(use));
  return [...matches, ...joinUses(suspect, indexSightings(seen.onGitlabHosts), rules)];
}

async function previousFindings(state: CaseState, services: JoinServices): Promise<readonly Finding[]> {
  return state.look > 1 ? services.cases.loadFindings(state.caseId, state.look - 1) : [];
}

/** Whether a finding holds evidence that no finding of the look before held, or was decided otherwise. */
function newsCheck(before: readonly Finding[]): (finding: Finding) => boolean {
  const held = new Set(before.flatMap(({ evidence }) => evidence));
  const decided = new Map(before.map(({ credential, decision }) => [credential.id, decision]));
  return (finding) =>
    decided.get(finding.credential.id) !== finding.decision || finding.evidence.some((print) => !held.has(print));
}

/** In shadow mode nothing is claimed: what never paged must page once the mode is `live`. */
async function incidentsOf(
  state: CaseState,
  findings: readonly Finding[],
  services: JoinServices,
): Promise<readonly string[]> {
  const groups = groupFindings(findings);
  if (!state.shadow) return recordIncidents(groups, state, services.incidents, services.cases, services.clock.now());
  return groups.filter(({ paging }) => paging.length > 0).map((group) => incidentIdFor(state.caseId, group));
}

async function healthOf(
  state: CaseState,
  coverage: Coverage,
  evidence: TokenEvidence,
  services: JoinServices,
): Promise<readonly HealthChange[]> {
  const raised = await services.health.raised();
  return healthChanges({
    state,
    lastLook: state.look > services.settings.looks.minutes.length,
    coverage,
    gitlabAnsweredEver: state.verdict !== 'undetermined',
    realIpMissing: evidence.realIpMissing,
    raised: raised.map(({ source }) => source),
    shadowDigestDue: shadowDigestDue(state.shadow, raised, services.clock.now()),
  });
}
