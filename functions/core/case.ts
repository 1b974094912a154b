import type { CoverageStatus, SourceName } from './coverage.ts';

export type Trigger = 'spike' | 'hunt' | 'monitor';

/**
 * `confirmed` an exact use in the window · `probable` a use bounded closely enough · `corroborated` weaker or untimed
 * evidence · `not-observed` nothing seen, worth what the coverage says · `undetermined` nothing seen, and GitLab gave no
 * answer so far.
 */
export type Verdict = 'confirmed' | 'probable' | 'corroborated' | 'not-observed' | 'undetermined';

/** What is done about a case. `page` is sticky over looks; in shadow mode it says what would have happened. */
export interface Decision {
  readonly page: boolean;
  readonly alert: boolean;
  readonly report: boolean;
}

/**
 * How the analysis was made: nothing to explain yet · the deterministic summary, as no model is configured · the model's
 * validated answer · the summary, because the model's answer failed validation, came too late, or could not be had.
 */
export type AnalysisStatus = 'none' | 'summary' | 'model' | 'rejected' | 'late' | 'failed';

/**
 * The state that travels through the workflow, and the execution's output. Small by construction: ids, counts and
 * decisions only; sightings, token uses and findings lie in the table under the case.
 */
export interface CaseState {
  readonly caseId: string;
  readonly trigger: Trigger;
  /** ISO 8601, UTC, half-open. */
  readonly window: { readonly start: string; readonly end: string };
  /** Number of the current look; 1 is the first, 0 is before it. */
  readonly look: number;
  readonly counts: CaseCounts;
  readonly coverage: Readonly<Partial<Record<SourceName, CoverageStatus>>>;
  readonly verdict: Verdict;
  /** 0..100, highest score of any finding at any look. */
  readonly topScore: number;
  readonly decision: Decision;
  readonly shadow: boolean;
  /** The first `INCIDENT_IDS_KEPT` of them, the worst of a look first; `counts.incidents` says how many there are. */
  readonly incidentIds: readonly string[];
  readonly analysis: { readonly status: AnalysisStatus; readonly model?: string };
  /** What the rest of this look still has to do; the workflow's choices read it. */
  readonly due: Due;
  /** Hunts only. */
  readonly hunt?: HuntAttempt;
  /** Monitor cases only. */
  readonly monitor?: MonitorCase;
}

/** The highest number at any look. */
interface CaseCounts {
  readonly sightings: number;
  readonly tokenUses: number;
  readonly findings: number;
  /** Missing until findings were first joined to incidents. */
  readonly incidents?: number;
}

/** Ids of incidents that travel with the state, which Step Functions limits to 256 KiB; an id has up to 200 characters. */
export const INCIDENT_IDS_KEPT = 100;

/** Which try at its window a hunt is. */
export interface HuntAttempt {
  /** 1 is the first; rows of a later attempt replace those of an earlier one. */
  readonly attempt: number;
  /** The findings of an earlier attempt are stored and only have to be written: nothing is read or decided again. */
  readonly resend: boolean;
  /** The report is written and its window closed. */
  readonly written: boolean;
}

/** What a monitor's rule saw when it began this case. */
export interface MonitorCase {
  /** The monitor's name. */
  readonly name: string;
  /** Under what the zone and filter are remembered (`core/monitor.ts` `monitorKey`). */
  readonly key: string;
  readonly zone: { readonly id: string; readonly name?: string };
  /** Events that the poll counted, and the total it measured them against. */
  readonly total: number;
  readonly reference: number;
  /** The total is more than one event a row, or may be larger: what the poll that counted them could say. */
  readonly isEstimate: boolean;
  readonly isLowerBound: boolean;
  /** The span whose events the poll counted. ISO 8601, UTC, half-open. */
  readonly window: { readonly start: string; readonly end: string };
  readonly alertOn: 'growth' | 'change';
  /** Everything but the alert was done by an earlier execution of this case: only what is unsent is sent. */
  readonly resend: boolean;
}

export interface Due {
  /** Findings that are new or changed at this look: worth an analysis. */
  readonly explain: boolean;
  /** Pages or silent updates not yet accepted by PagerDuty. */
  readonly page: boolean;
  /** A hunt's report: both sides were read, so that its window can be closed once the report is written. */
  readonly report: boolean;
  /** This look ordered an alert. One that is not delivered is sent again by later polls. */
  readonly alert: boolean;
  /** A source failed for good, or recovered: the pipeline's owner hears of it. */
  readonly health: boolean;
}

/** Whether no look follows this one: a hunt has one, any other case as many as the settings say, and the first. */
export function isLastLook({ trigger, look }: CaseState, lookMinutes: readonly number[]): boolean {
  return trigger === 'hunt' || look > lookMinutes.length;
}

/** What a trigger hands to the workflow. */
export interface CaseStart {
  readonly caseId: string;
  readonly trigger: Trigger;
  readonly window: { readonly start: string; readonly end: string };
  readonly shadow: boolean;
  /** Hunts only. */
  readonly hunt?: HuntAttempt;
  /** Monitor cases only. */
  readonly monitor?: MonitorCase;
}

/** The state a case starts with. */
export function openCase(start: CaseStart): CaseState {
  return {
    ...start,
    look: 0,
    counts: { sightings: 0, tokenUses: 0, findings: 0 },
    coverage: {},
    verdict: 'undetermined',
    topScore: 0,
    decision: { page: false, alert: false, report: false },
    incidentIds: [],
    analysis: { status: 'none' },
    due: { explain: false, page: false, report: false, alert: false, health: false },
  };
}
