import type { AlertOrder } from '../core/alert-order.ts';
import { type CaseState, isLastLook } from '../core/case.ts';
import type { Coverage, SourceName } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { Finding, Match } from '../core/finding.ts';
import { buildFindings } from '../core/findings.ts';
import { gitlabEverAnswered, type HealthChange, healthChanges, shadowDigestDue } from '../core/health.ts';
import type { HuntReport } from '../core/hunt-report.ts';
import { groupFindings } from '../core/incident-groups.ts';
import type { NetworkKnowledge } from '../core/network-facts.ts';
import type { SightingReport } from '../core/sighting.ts';
import { type EpochMs, MINUTE, type Window } from '../core/time.ts';
import { isMachine } from '../core/token-use.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CompleteSightings } from './complete-sightings.ts';
import { loadEvidence, loadSightings, type ReadEvidence, type SightingReader, type StepFailure } from './evidence.ts';
import { huntMatches } from './hunt-matches.ts';
import { type IncidentBook, incidentIdFor, type OrderBook, recordIncidents } from './incidents.ts';
import { lookMatches } from './look-matches.ts';
import { nextState } from './next-state.ts';
import type { Related } from './related.ts';
import { isHuntWhole, saveHunt } from './save-hunt.ts';
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
  saveReport(caseId: string, report: HuntReport): Promise<void>;
}

/** Which pairs at the end of its window a hunt reported, for the hunt of the next window. */
export interface ReportedPairs {
  /** Undefined where the window that starts then has not been joined yet. */
  reported(windowStart: EpochMs): Promise<ReadonlySet<string> | undefined>;
  saveReported(windowStart: EpochMs, keys: readonly string[]): Promise<void>;
}

/** What the alert webhook is to be told. */
export interface AlertOrders {
  /** False when the look ordered one before. */
  order(caseId: string, order: AlertOrder): Promise<boolean>;
}

export interface JoinServices {
  readonly cases: CaseBook;
  readonly alerts: AlertOrders;
  readonly readEvidence: ReadEvidence;
  readonly incidents: IncidentBook;
  readonly hunts: ReportedPairs;
  /** Sources whose health event stands, so that a recovery is noticed. */
  readonly health: { raised(): Promise<readonly { readonly source: string; readonly since: EpochMs }[]> };
  /** Asks the source of the case's sightings about addresses that its list may have cut off. */
  askBack(state: CaseState, addresses: readonly string[], window: Window): Promise<CompleteSightings>;
  /** Whether an address (canonical text) is listed in `knownEgress`. */
  isKnownEgress(address: string): boolean;
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
  const { cases } = services;
  const window = { start: Date.parse(state.window.start), end: Date.parse(state.window.end) };
  const evidence = await loadEvidence(services.readEvidence, state, gitlabFailure);
  const listed = await loadSightings(cases, state, extractFailure);
  const relate = state.trigger === 'hunt' ? huntMatches : lookMatches;
  const related = await relate(listed, evidence, window, state, services);
  const { seen } = related;
  const findings = findingsOf(state, related, evidence, services);
  const coverage: Coverage = { ...evidence.coverage, [sightingSource(state)]: seen.coverage };
  const isNew = newsCheck(await previousFindings(state, services));

  await cases.saveSightings(state.caseId, state.look, seen);
  await cases.saveFindings(state.caseId, state.look, findings);
  await cases.saveCoverage(state.caseId, state.look, coverage);
  const incidents = await incidentsOf(state, findings, services);
  const news = findings.some(isNew);
  const alert = await orderAlert(state, news, services);

  const joined = nextState(state, {
    sightings: seen.totalAddresses ?? seen.sightings.length,
    tokenUses: evidence.uses.length,
    findings,
    coverage,
    incidentIds: [...new Set(incidents.values())],
    due: {
      explain: news || isAttack(state),
      page: !state.shadow && (await cases.unsentPages(state.caseId)).length > 0,
      report: state.trigger === 'hunt' && isHuntWhole(coverage),
      alert,
      health: false,
    },
  });
  if (joined.due.report) await saveHunt(joined, { findings, coverage, incidents }, related, services);
  const changes = await healthOf(joined, coverage, evidence, services);
  const result = { ...joined, due: { ...joined.due, health: changes.length > 0 } };
  await cases.saveState(state.caseId, result);
  return result;
}

/** Whose coverage the sightings of a case are. */
function sightingSource({ trigger }: CaseState): SourceName {
  return trigger === 'hunt' ? 'axiom' : 'cloudflare';
}

/** The steps before this one begin the look. Where both failed for good, this one does, so that later looks come. */
function beginLook(input: JoinInput): JoinInput {
  const begun = input.extractFailure === undefined || input.gitlabFailure === undefined;
  return begun ? input : { ...input, look: input.look + 1 };
}

function findingsOf(
  state: CaseState,
  { matches, window }: Related,
  evidence: TokenEvidence,
  services: JoinServices,
): Finding[] {
  const { settings } = services;
  const own = evidence.ownCredential;
  const isOurs = ({ use }: Match) => use.credential === own && services.isOwnEgress(use.address);
  return buildFindings(
    matches.filter((match) => !isOurs(match)),
    evidence.credentials,
    {
      isKnownEgress: services.isKnownEgress,
      sharedEgress: (network) => evidence.sharedNetworks?.[network],
      isNewOperator: newOperators(evidence),
    },
    {
      trigger: state.trigger,
      threshold: settings.page.threshold,
      floor: settings.page.floor,
      huntPages: settings.hunt.page,
      huntProbable: settings.hunt.probableScore,
      ownEgressKnown: settings.ownEgress.length > 0,
      window,
      slack: settings.window.slackMinutes * MINUTE,
      probableHours: settings.verdict.probableHours,
      weights: settings.score,
      ...(own === undefined ? {} : { ownCredential: own }),
    },
  );
}

/** With no operator known, none is new: nobody told of any yet. */
function newOperators({ knownOperators }: TokenEvidence): NetworkKnowledge['isNewOperator'] {
  return (asn, credential) => {
    const known = (isMachine(credential) ? knownOperators?.machines : knownOperators?.people) ?? [];
    return known.length > 0 && !known.includes(asn);
  };
}

/** A monitor's case begins with an attack that is worth an alert, whatever GitLab knows of it. */
function isAttack({ trigger, look }: CaseState): boolean {
  return trigger === 'monitor' && look === 1;
}

/**
 * Orders a monitor's alert: on the attack at the first look, and on what later looks find. What could not be delivered
 * the polls send again, in their own time.
 */
async function orderAlert(state: CaseState, news: boolean, { alerts, settings }: JoinServices): Promise<boolean> {
  const isDue = isAttack(state) || (state.trigger === 'monitor' && news);
  if (!isDue || settings.alert.format === 'off') return false;
  await alerts.order(state.caseId, { look: state.look, kind: isAttack(state) ? 'attack' : 'update' });
  return true;
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
): Promise<ReadonlyMap<string, string>> {
  const groups = groupFindings(findings);
  if (!state.shadow) return recordIncidents(groups, state, services.incidents, services.cases, services.clock.now());
  const paging = groups.filter((group) => group.paging.length > 0);
  return new Map(
    paging.flatMap((group) => group.credentials.map((credential) => [credential, incidentIdFor(state.caseId, group)])),
  );
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
    lastLook: isLastLook(state, services.settings.looks.minutes),
    coverage,
    gitlabAnsweredEver: gitlabEverAnswered(state),
    realIpMissing: evidence.realIpMissing,
    raised: raised.map(({ source }) => source),
    shadowDigestDue: shadowDigestDue(state.shadow, raised, services.clock.now()),
  });
}
