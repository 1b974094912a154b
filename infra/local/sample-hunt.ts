import type { ExecutionView } from './execution.ts';
import { readReport, type WrittenReport } from './hunt-report.ts';
import { huntLines } from './hunt-view.ts';
import { arrayAt, numberAt, parseJson, stringAt } from './json.ts';
import type { Paint } from './paint.ts';
import { isOurs, type RunResult } from './sample-run.ts';
import type { LocalStack } from './stack.ts';

/** What the hourly rule was answered when the sample fired it. */
export interface PlayedHunt {
  readonly status: number;
  /** Ids of the executions it started. */
  readonly executions: readonly string[];
}

/**
 * Fires the hourly rule as EventBridge would, for the hour of the sample's story, and waits until the hunt ended.
 * @param tell is given a line before, one with the answer, and then what was written as a table.
 */
export async function playHunt(
  stack: Pick<LocalStack, 'apiUrl' | 'waitForIdle' | 'executions' | 'outbox' | 'standIns'>,
  tell: (line: string) => void,
  paint: Paint,
): Promise<PlayedHunt> {
  tell('\nPOST /local/hunt: the hourly rule, for the hour of the spike');
  const response = await fetch(`${stack.apiUrl}/local/hunt`, { method: 'POST' });
  const answer = parseJson(await response.text());
  const executions = arrayAt(answer, 'executions').filter((id) => typeof id === 'string');
  const said = stringAt(answer, 'message') ?? (executions.length === 0 ? 'nothing to hunt' : executions.join(', '));
  tell(`  answered ${response.status}, ${said}`);
  await stack.waitForIdle();
  for (const id of executions) {
    const report = reportOf(stack, executionOf(stack, id));
    if (report === undefined)
      tell(`  ${id}: ${stack.standIns.axiom ? 'no report was written' : 'its report is in Axiom'}`);
    else for (const line of ['', ...huntLines(report, paint)]) tell(line);
  }
  return { status: response.status, executions };
}

/**
 * What is wrong with the sample's hunt: one sentence each, none when all is well. It ends well and writes ranked rows
 * and one manifest. What went to PagerDuty is judged with the rest of the run. Where the evidence is not the sample's
 * own, or the table remembers that the hour was hunted, there may be nothing to hunt.
 */
export function judgeHunt(run: RunResult, played: PlayedHunt): string[] {
  const { status, executions } = played;
  if (!isOurs(run)) return executions.flatMap((id) => judgeEnding(run, id));
  if (status !== 200) return [`The hunt: answered ${status}, expected 200`];
  const isRight = executions.length === 1 || run.remembers;
  const count = isRight ? [] : [`The hunt: ${executions.length} executions were started, expected 1`];
  return [...count, ...executions.flatMap((id) => [...judgeEnding(run, id), ...judgeReport(run, id)])];
}

function judgeEnding(run: RunResult, id: string): string[] {
  const execution = executionOf(run, id);
  if (execution?.status === 'SUCCEEDED') return [];
  const { status = 'nowhere', error } = execution ?? {};
  return [`The hunt: ${id} ended ${status}${error === undefined ? '' : ` (${error})`}`];
}

function judgeReport(run: RunResult, id: string): string[] {
  if (run.standIns.axiom === undefined) return [];
  const report = reportOf(run, executionOf(run, id));
  if (report === undefined) return [`The hunt: ${id} wrote no manifest`];
  const { rows, manifests } = report;
  const expected = numberAt(manifests[0], 'rows_expected');
  return [
    ...(manifests.length === 1 ? [] : [`The hunt: ${id} wrote ${manifests.length} manifests, expected 1`]),
    ...(rows.length === expected ? [] : [`The hunt: ${rows.length} rows were written, its manifest says ${expected}`]),
    ...(rows.length > 0 || run.remembers ? [] : [`The hunt: ${id} found nothing`]),
    ...(isRanked(report) ? [] : ['The hunt: its rows are not ranked by score']),
  ];
}

/** Ranks count from 1 without a gap, and a better rank never has the lower score. */
function isRanked({ rows }: WrittenReport): boolean {
  let [rank, score] = [0, Number.POSITIVE_INFINITY];
  return rows.every((row) => {
    const step = (numberAt(row, 'rank') ?? Number.NaN) - rank;
    const next = numberAt(row, 'score') ?? Number.NaN;
    const isNext = step === 1 ? next <= score : step === 0 && rank > 0 && next === score;
    [rank, score] = [rank + step, next];
    return isNext;
  });
}

function executionOf({ executions }: Pick<LocalStack, 'executions'>, id: string): ExecutionView | undefined {
  return executions().find((one) => one.id === id);
}

function reportOf(
  { outbox }: Pick<LocalStack, 'outbox'>,
  execution: ExecutionView | undefined,
): WrittenReport | undefined {
  const { caseId } = execution ?? {};
  return caseId === undefined ? undefined : readReport(outbox().axiom, caseId);
}
