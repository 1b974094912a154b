import { type CaseState, type Due, INCIDENT_IDS_KEPT, type Verdict } from '../core/case.ts';
import { type Coverage, type CoverageStatus, SOURCE_NAMES, type SourceName } from '../core/coverage.ts';
import type { Finding } from '../core/finding.ts';
import { gitlabAnswered } from '../core/health.ts';
import { betterVerdict } from '../core/verdict.ts';

/** What one look found. */
export interface LookResult {
  readonly sightings: number;
  readonly tokenUses: number;
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  readonly incidentIds: readonly string[];
  readonly due: Due;
}

/**
 * The case after a look, cumulative: a page once decided stays decided, counts and the score are the highest so far,
 * and an answer from GitLab or a finding at any look replaces `undetermined`.
 */
export function nextState(state: CaseState, look: LookResult): CaseState {
  const incidentIds = [...new Set([...state.incidentIds, ...look.incidentIds])];
  return {
    ...state,
    counts: {
      sightings: Math.max(state.counts.sightings, look.sightings),
      tokenUses: Math.max(state.counts.tokenUses, look.tokenUses),
      findings: Math.max(state.counts.findings, look.findings.length),
      incidents: Math.max(state.counts.incidents ?? 0, incidentIds.length),
    },
    coverage: mergeStatuses(state.coverage, look.coverage),
    verdict: newVerdict(state, look),
    topScore: look.findings.reduce((top, { score }) => Math.max(top, score), state.topScore),
    decision: {
      page: state.decision.page || look.findings.some(({ decision }) => decision === 'page'),
      alert: state.decision.alert || state.trigger === 'monitor',
      report: state.decision.report || look.findings.length > 0,
    },
    incidentIds: incidentIds.slice(0, INCIDENT_IDS_KEPT),
    due: look.due,
  };
}

/** The first look that pages replaces what reported findings alone had said before it; otherwise the best verdict stays. */
function newVerdict(state: CaseState, look: LookResult): Verdict {
  const now = verdictOfLook(look);
  const pages = look.findings.some(({ decision }) => decision === 'page');
  if (pages && !state.decision.page) return now;
  return betterVerdict(state.verdict, pages === state.decision.page ? now : 'undetermined');
}

/**
 * The best verdict of what paged; where nothing did, that of the worst finding: verdict and score speak of the same
 * credential, and a confirmed use by our own CI says nothing about an intruder's. What was found counts whoever else was
 * silent; that nothing was found says something only where GitLab could be asked.
 */
function verdictOfLook({ findings, coverage }: LookResult): Verdict {
  const paging = findings.filter(({ decision }) => decision === 'page');
  const speaking = paging.length > 0 ? paging : findings.slice(0, 1);
  const unfound = gitlabAnswered(coverage) ? 'not-observed' : 'undetermined';
  return speaking.map(({ verdict }): Verdict => verdict).reduce<Verdict>(betterVerdict, unfound);
}

/** The latest look's statuses; a source that answered before and is silent now was seen in part. */
function mergeStatuses(before: CaseState['coverage'], now: Coverage): CaseState['coverage'] {
  const merged: Partial<Record<SourceName, CoverageStatus>> = { ...before };
  for (const source of SOURCE_NAMES) {
    const status = now[source]?.status;
    if (status === undefined) continue;
    const answered = before[source] === 'complete' || before[source] === 'partial';
    merged[source] = answered && (status === 'unavailable' || status === 'off') ? 'partial' : status;
  }
  return merged;
}
