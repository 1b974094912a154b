import type { CaseState } from '../core/case.ts';
import type { Coverage } from '../core/coverage.ts';
import type { Finding } from '../core/finding.ts';
import { answered, gitlabAnswered } from '../core/health.ts';
import { huntReport } from '../core/hunt-report.ts';
import type { OperatorUse } from '../core/operators.ts';
import { ownerKey } from '../core/token-use.ts';
import type { JoinServices } from './join.ts';
import type { Related } from './related.ts';

/**
 * Whether both sides of a hunt were read, so that its window can be closed. Where Axiom, GitLab or the logs gave no
 * answer, the window stays open and the next hunt reads it again: what could not be seen is not written as "nothing".
 */
export function isHuntWhole(coverage: Coverage): boolean {
  return answered(coverage.axiom) && gitlabAnswered(coverage) && coverage.logs?.status !== 'unavailable';
}

/** What one hunt found, as its report tells it. */
export interface HuntResult {
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  /** The incident of each credential that has one, by `Credential.id`. */
  readonly incidents: ReadonlyMap<string, string>;
}

/** Stores the report that is written next, and what the hunt of the next window must know. */
export async function saveHunt(
  state: CaseState,
  result: HuntResult,
  { seen, lateKeys, operators }: Related,
  { cases, hunts, settings }: Pick<JoinServices, 'cases' | 'hunts' | 'settings'>,
): Promise<void> {
  const { caseId, verdict, shadow, counts } = state;
  const window = { start: Date.parse(state.window.start), end: Date.parse(state.window.end) };
  const report = huntReport({
    caseId,
    window,
    verdict,
    shadow,
    sightings: counts.sightings,
    tokenUses: counts.tokenUses,
    ...(seen.totalRequests === undefined ? {} : { requests: seen.totalRequests }),
    ...result,
    operators: withoutIntruders(operators, result.findings, settings.page.threshold),
  });
  await cases.saveReport(caseId, report);
  await hunts.saveReported(window.start, lateKeys);
}

/** An intruder's operator is nothing to get used to, also where hunts page nobody. */
function withoutIntruders(
  operators: readonly OperatorUse[],
  findings: readonly Finding[],
  threshold: number,
): OperatorUse[] {
  const worst = findings.filter(
    ({ decision, verdict, score }) => decision === 'page' || (verdict === 'confirmed' && score >= threshold),
  );
  const owners = new Set(worst.map(({ credential }) => ownerKey(credential.id, credential)));
  return operators.filter(({ owner }) => !owners.has(owner));
}
