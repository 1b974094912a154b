import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HOUR, toIso } from '../../functions/core/time.ts';
import type { LocalEvent } from '../../infra/local/events.ts';
import type { ExecutionView } from '../../infra/local/execution.ts';
import { isObject, numberAt, objectAt, parseJson, stringAt } from '../../infra/local/json.ts';
import { withAxiom, withGitlabLogs } from '../../infra/local/scenario/axiom-builders.ts';
import { emptyWorld } from '../../infra/local/scenario/builders.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { faults } from '../../infra/local/stand-ins/stand-in.ts';
import { atMost, type Figure, median } from './figure.ts';
import {
  ALARM,
  GB_SECOND,
  LOG_BYTE,
  READ_UNIT,
  REQUEST,
  SECRET,
  SECRET_READ,
  TRACE,
  TRANSITION,
  WRITE_UNIT,
} from './prices.ts';

/** Milliseconds each answer of an outside system takes. */
const ANSWER_MS = 300;
const POLLS = 12;

/** Of a month with 30 days. */
const MINUTES = 43_200;
const HOURS = 720;

/** A process keeps a secret for 300 s, and one that polls every minute stays warm. */
const SECRET_READS_A_POLL = 1 / 5;
/** What is remembered of the zones and alerts, what the pipeline's owner was told, and now and then what a zone offers. */
const READ_UNITS_A_POLL = 4;
/** Generous: an idle hunt stores little. */
const READ_UNITS_A_HUNT = 200;
const WRITE_UNITS_A_HUNT = 200;
/** Lambda's own three lines about an invocation. */
const PLATFORM_LOG_BYTES = 600;
/** Seconds of loading a function that was not run for an hour: paid for, and slower than on this machine. */
const COLD_SECONDS = 1;

/**
 * Secrets that a stack does without: whoever has audit events streamed makes this one, and pays for it and for what is
 * streamed.
 */
const OPTIONAL_SECRETS = new Set<unknown>(['latchkey/gitlab-streaming']);

/** What the template says that costs money. */
interface Bill {
  readonly alarms: number;
  readonly secrets: number;
  /** Gigabytes by step. */
  readonly memory: ReadonlyMap<string, number>;
}

/**
 * What the stack costs in a month in which nothing happens, with hunts every hour, a poll every minute and webhooks
 * waited for, and no audit events streamed: what stands there, from the template, and what runs, as measured here with outside systems that answer
 * slowly.
 *
 * @param assemblyDir an assembly that hunts, with GitLab's logs, and monitors
 */
export async function idleFigures(assemblyDir: string): Promise<Figure[]> {
  const bill = await readBill(assemblyDir);
  const { poll, hunt } = await measure(assemblyDir);
  const standing = bill.alarms * ALARM + bill.secrets * SECRET;
  const polls = MINUTES * costOfPoll(poll, bill);
  const hunts = HOURS * costOfHunt(hunt, bill);
  return [
    atMost(1000, { name: 'poll/answered-in', value: poll.seconds * 1000, unit: 'ms' }),
    atMost(0.5, { name: 'cost/polls-a-month', value: polls, unit: 'USD' }),
    atMost(5, { name: 'cost/idle-month', value: standing + polls + hunts, unit: 'USD' }),
  ];
}

interface Poll {
  readonly seconds: number;
  readonly logBytes: number;
}

function costOfPoll({ seconds, logBytes }: Poll, { memory }: Bill): number {
  const computing = seconds * (memory.get('poll-security-events') ?? Number.NaN) * GB_SECOND + REQUEST;
  const asking = READ_UNITS_A_POLL * READ_UNIT + SECRET_READS_A_POLL * SECRET_READ;
  return computing + asking + (logBytes + PLATFORM_LOG_BYTES) * LOG_BYTE;
}

interface Hunt {
  readonly execution: ExecutionView;
  /** Of the function that started it. */
  readonly startSeconds: number;
  /** Of the functions, and of the workflow's own log with all data. */
  readonly logBytes: number;
  readonly taskSeconds: number;
  readonly tasks: number;
}

function costOfHunt({ execution, startSeconds, logBytes, taskSeconds, tasks }: Hunt, { memory }: Bill): number {
  // Every task at the memory of the largest function.
  const largest = Math.max(...memory.values());
  const computing =
    (startSeconds + COLD_SECONDS) * (memory.get('start-hunt') ?? Number.NaN) +
    (taskSeconds + tasks * COLD_SECONDS) * largest;
  const asking = READ_UNITS_A_HUNT * READ_UNIT + WRITE_UNITS_A_HUNT * WRITE_UNIT + 2 * tasks * SECRET_READ;
  return (
    computing * GB_SECOND +
    (tasks + 1) * (REQUEST + TRACE) +
    execution.states.length * TRANSITION +
    asking +
    (logBytes + (tasks + 1) * PLATFORM_LOG_BYTES) * LOG_BYTE
  );
}

async function measure(assemblyDir: string): Promise<{ poll: Poll; hunt: Hunt }> {
  const slow = faults({ slowMs: ANSWER_MS });
  const events: LocalEvent[] = [];
  const now = Date.now();
  const stack = await startLocalStack({
    waitScale: 0,
    assemblyDir,
    world: withGitlabLogs(withAxiom(emptyWorld(now))),
    faults: { cloudflare: slow, gitlab: slow, axiom: slow, pagerduty: slow },
    onEvent: (event) => events.push(event),
  });
  try {
    const hunt = await measureHunt(stack, events, Math.floor(now / HOUR) * HOUR);
    return { poll: await measurePolls(stack, events), hunt };
  } finally {
    await stack.close();
  }
}

async function measureHunt(stack: LocalStack, events: LocalEvent[], end: number): Promise<Hunt> {
  const began = performance.now();
  await fire(stack, 'hunt', toIso(end + HOUR / 4));
  const startSeconds = (performance.now() - began) / 1000;
  await stack.waitForIdle();
  const [execution] = stack.executions();
  if (execution?.status !== 'SUCCEEDED') throw new Error(`The idle hunt ended ${execution?.status}`);
  const tasks = events.flatMap((event) => (event.kind === 'exited' && event.type === 'Task' ? [event.ms] : []));
  const workflowLog = events.reduce(
    // Each state is logged as it is entered and left, each with its data.
    (bytes, event) => (event.kind === 'exited' ? bytes + 2 * bytesOf(event.output) : bytes),
    0,
  );
  return {
    execution,
    startSeconds,
    taskSeconds: tasks.reduce((sum, ms) => sum + ms, 0) / 1000,
    tasks: tasks.length,
    logBytes: workflowLog + logBytesOf(events),
  };
}

async function measurePolls(stack: LocalStack, events: LocalEvent[]): Promise<Poll> {
  const seconds: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < POLLS; round++) {
    const before = events.length;
    const began = performance.now();
    await fire(stack, 'monitor');
    // The first starts the function, which stays warm from then on.
    if (round === 0) continue;
    seconds.push((performance.now() - began) / 1000);
    bytes.push(logBytesOf(events.slice(before)));
  }
  if (events.some(({ kind }) => kind === 'function-failed')) throw new Error('A function failed: nothing was idle');
  if (stack.executions().length > 1) throw new Error('A poll began a case: nothing was idle');
  return { seconds: median(seconds), logBytes: median(bytes) };
}

async function fire({ apiUrl }: LocalStack, trigger: 'hunt' | 'monitor', time?: string): Promise<void> {
  const body = JSON.stringify(time === undefined ? {} : { time });
  const response = await fetch(`${apiUrl}/local/${trigger}`, { method: 'POST', body });
  if (!response.ok) throw new Error(`/local/${trigger} was answered ${response.status}`);
}

function logBytesOf(events: readonly LocalEvent[]): number {
  return events.reduce((bytes, event) => (event.kind === 'log' ? bytes + Buffer.byteLength(event.line) : bytes), 0);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value ?? null));
}

/** Standing costs of a template: its alarms, the secrets its functions need, the memory of each. */
async function readBill(assemblyDir: string): Promise<Bill> {
  const template = parseJson(await readFile(path.join(assemblyDir, 'Latchkey.template.json'), 'utf8'));
  const resources = Object.values(objectAt(template, 'Resources'));
  const functions = resources.filter((resource) => stringAt(resource, 'Type') === 'AWS::Lambda::Function');
  const secrets = functions.flatMap((resource) => {
    const variables = objectAt(objectAt(objectAt(resource, 'Properties'), 'Environment'), 'Variables');
    return Object.entries(variables).flatMap(([name, value]) =>
      name.startsWith('LATCHKEY_SECRET_') && !OPTIONAL_SECRETS.has(value) ? [value] : [],
    );
  });
  const memory = functions.flatMap((resource): [string, number][] => {
    const step = stringAt(objectAt(resource, 'Metadata'), 'latchkey:step');
    const size = numberAt(objectAt(resource, 'Properties'), 'MemorySize');
    return step === undefined || size === undefined ? [] : [[step, size / 1024]];
  });
  const isAlarm = (resource: unknown) => isObject(resource) && resource.Type === 'AWS::CloudWatch::Alarm';
  return {
    alarms: resources.filter(isAlarm).length,
    secrets: new Set(secrets).size,
    memory: new Map(memory),
  };
}
