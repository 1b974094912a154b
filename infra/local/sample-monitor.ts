import { type EpochMs, HOUR } from '../../functions/core/time.ts';
import type { ExecutionView } from './execution.ts';
import { arrayAt, objectAt, parseJson, stringAt } from './json.ts';
import { isOurs, type RunResult } from './sample-run.ts';
import type { World } from './scenario/world.ts';
import type { LocalStack } from './stack.ts';

/** What the monitor's rule was answered, fired twice. */
export interface PlayedMonitor {
  readonly first: Fired;
  /** Right after the first poll's cases had ended. */
  readonly again: Fired;
}

interface Fired {
  readonly status: number;
  /** Ids of the executions it started. */
  readonly executions: readonly string[];
}

/**
 * Fires the monitor's rule as EventBridge would every minute: once, waiting until the cases it started ended, and once
 * more, when nothing has changed.
 * @param tell is given a line before each, and one with its answer.
 */
export async function playMonitor(
  stack: Pick<LocalStack, 'apiUrl' | 'waitForIdle'>,
  tell: (line: string) => void,
): Promise<PlayedMonitor> {
  tell('\nPOST /local/monitor: the rule of every minute, for the security events so far');
  const first = await fire(stack, 'no events, no alert', tell);
  tell('\nPOST /local/monitor: once more');
  const again = await fire(stack, 'nothing new, no alert', tell);
  return { first, again };
}

async function fire(
  { apiUrl, waitForIdle }: Pick<LocalStack, 'apiUrl' | 'waitForIdle'>,
  quiet: string,
  tell: (line: string) => void,
): Promise<Fired> {
  const response = await fetch(`${apiUrl}/local/monitor`, { method: 'POST' });
  const answer = parseJson(await response.text());
  const executions = arrayAt(answer, 'executions').filter((id) => typeof id === 'string');
  const started = executions.length === 0 ? quiet : executions.join(', ');
  tell(`  answered ${response.status}, ${stringAt(answer, 'message') ?? started}`);
  await waitForIdle();
  return { status: response.status, executions };
}

/**
 * What is wrong with the sample's monitor: one sentence each, none when all is well. Every zone with events has a case
 * that ended well and sent one alert, and the second poll starts nothing. What went to PagerDuty is judged with the rest
 * of the run. Where the evidence is not the sample's own, or the table remembers earlier polls, there may be no news.
 */
export function judgeMonitor(run: RunResult & Pick<LocalStack, 'world'>, { first, again }: PlayedMonitor): string[] {
  const ids = [...first.executions, ...again.executions];
  const endings = ids.flatMap((id) => judgeEnding(executionOf(run, id), id));
  if (!isOurs(run)) return endings;
  const refused = [first, again].filter(({ status }) => status !== 200);
  return [
    ...refused.map(({ status }) => `The monitor: answered ${status}, expected 200`),
    ...endings,
    ...(run.remembers ? [] : judgeZones(run, first)),
    ...first.executions.flatMap((id) => judgeAlerts(run, id)),
    ...again.executions.map((id) => `The monitor: ${id} was started although nothing had changed`),
  ];
}

function judgeEnding(execution: ExecutionView | undefined, id: string): string[] {
  if (execution?.status === 'SUCCEEDED') return [];
  const { status = 'nowhere', error } = execution ?? {};
  return [`The monitor: ${id} ended ${status}${error === undefined ? '' : ` (${error})`}`];
}

function judgeZones(run: RunResult & Pick<LocalStack, 'world'>, { executions }: Fired): string[] {
  const watched = new Set(executions.map((id) => zoneOf(executionOf(run, id))));
  const missed = eventfulZones(run.world).filter(({ id }) => !watched.has(id));
  return missed.map(({ name }) => `The monitor: no case was opened for the events of ${name}`);
}

function judgeAlerts(run: RunResult, id: string): string[] {
  if (run.standIns.alerts === undefined) return [];
  const { caseId } = executionOf(run, id) ?? {};
  // Whatever its format, an alert names its case.
  const sent = run.outbox().alerts.filter(({ body }) => caseId !== undefined && JSON.stringify(body).includes(caseId));
  return sent.length === 1 ? [] : [`The monitor: ${id} sent ${sent.length} alerts, expected 1`];
}

/** Zones whose events of the last day the monitor can see, whenever it looks. */
function eventfulZones({ start, cloudflare }: World) {
  const isSeen = ({ at }: { readonly at: EpochMs }) => at >= start - 23 * HOUR && at < start - cloudflare.lagMs;
  return cloudflare.zones.filter(({ access, events }) => access === 'read' && events.some(isSeen));
}

function zoneOf(execution: ExecutionView | undefined): string | undefined {
  return stringAt(objectAt(objectAt(execution?.output, 'monitor'), 'zone'), 'id');
}

function executionOf({ executions }: Pick<LocalStack, 'executions'>, id: string): ExecutionView | undefined {
  return executions().find((one) => one.id === id);
}
