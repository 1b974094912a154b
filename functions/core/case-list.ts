import type { CaseState, Decision, Trigger, Verdict } from './case.ts';
import type { EpochMs } from './time.ts';

/** One case as a list shows it. */
export interface CaseListing {
  readonly caseId: string;
  readonly trigger: Trigger;
  readonly openedAt: EpochMs;
  /** The zone or host that the alert named; spikes only. Hostile text. */
  readonly zone?: string;
  /** Which monitor fired, and for which zone; monitors only, and missing until its poll had stored all it saw. */
  readonly monitor?: ListedMonitor;
  /** Missing: opened, and no look was joined yet. */
  readonly outcome?: CaseOutcome;
}

export interface ListedMonitor {
  readonly name: string;
  /** The zone's name; its id where the name is not known. */
  readonly zone: string;
}

/** What the newest look that was joined left a case at. */
export interface CaseOutcome {
  /** 1 is the first. */
  readonly look: number;
  /** ISO 8601, UTC, half-open. */
  readonly window: { readonly start: string; readonly end: string };
  readonly verdict: Verdict;
  /** 0..100, highest score of any finding at any look. */
  readonly topScore: number;
  /** In shadow mode `page` says what would have happened. */
  readonly decision: Decision;
  readonly shadow: boolean;
  /** The highest number of findings at any look. */
  readonly findings: number;
  /** The first {@link LISTED_INCIDENTS} of them. */
  readonly incidentIds: readonly string[];
  /** How many there are; missing until findings were first joined to incidents. */
  readonly incidents?: number;
}

/** Ids of incidents that a listing carries. */
const LISTED_INCIDENTS = 5;

/**
 * What was done about a case, as a list is filtered by it: `page` somebody was woken (in shadow mode: would have been) ·
 * `report` something matched and nobody was woken · `alert` the alert webhook was told · `drop` looked at, and none of these.
 */
export const LISTED_DECISIONS = ['page', 'report', 'alert', 'drop'] as const;
export type ListedDecision = (typeof LISTED_DECISIONS)[number];

/** What else a list is filtered by, in the order people choose from. */
export const LISTED_TRIGGERS = ['spike', 'hunt', 'monitor'] as const satisfies readonly Trigger[];
export const LISTED_VERDICTS = [
  'confirmed',
  'probable',
  'corroborated',
  'not-observed',
  'undetermined',
] as const satisfies readonly Verdict[];

/** Which cases a list shows: those that meet all that is given. */
export interface CaseFilters {
  readonly trigger?: Trigger;
  readonly verdict?: Verdict;
  readonly decision?: ListedDecision;
}

/** An execution of the workflow that has not ended. */
export interface RunningExecution {
  /** Its name: the case's id; a hunt's has the number of its attempt behind. */
  readonly name: string;
  readonly startedAt: EpochMs;
  /** The title of the workflow's state it is in. Missing: not asked, not answered, or between two. */
  readonly state?: string;
  /** Since when it is there. */
  readonly since?: EpochMs;
}

/** What runs, as far as it is told. */
export interface RunningNow {
  /** The newest first. */
  readonly executions: readonly RunningExecution[];
  /** There are older ones that run, too. */
  readonly more: boolean;
}

/** Whether a list so filtered shows the case. One that no look was joined of has neither verdict nor decision. */
export function isListed({ trigger, outcome }: CaseListing, filters: CaseFilters): boolean {
  if (filters.trigger !== undefined && filters.trigger !== trigger) return false;
  if (filters.verdict !== undefined && filters.verdict !== outcome?.verdict) return false;
  return filters.decision === undefined || (outcome !== undefined && isDecided(outcome.decision, filters.decision));
}

/** What a case's state adds to its listing. */
export function listedState(state: CaseState): Pick<CaseListing, 'monitor' | 'outcome'> {
  const { look, window, verdict, topScore, decision, shadow, counts, incidentIds, monitor } = state;
  const outcome: CaseOutcome = {
    ...{ look, window, verdict, topScore, decision, shadow },
    findings: counts.findings,
    incidentIds: incidentIds.slice(0, LISTED_INCIDENTS),
    ...(counts.incidents === undefined ? {} : { incidents: counts.incidents }),
  };
  return {
    ...(monitor === undefined ? {} : { monitor: { name: monitor.name, zone: monitor.zone.name ?? monitor.zone.id } }),
    // A case that was only begun has a state, too, and no verdict worth showing.
    ...(look === 0 ? {} : { outcome }),
  };
}

function isDecided(decision: Decision, wanted: ListedDecision): boolean {
  switch (wanted) {
    case 'page':
      return decision.page;
    case 'report':
      return decision.report && !decision.page;
    case 'alert':
      return decision.alert;
    case 'drop':
      return !decision.page && !decision.report && !decision.alert;
  }
}
