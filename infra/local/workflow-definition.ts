import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { isObject, type JsonObject, numberAt, objectAt, stringAt } from './json.ts';

/** JSON as the interpreter types it. */
export type JsonValue = Parameters<StateMachine['run']>[0];

/** What the interpreter reports while it runs. */
export type EventLog = ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

/** The cause of a failure as text, which is how Step Functions hands it on. */
export function causeText(cause: unknown): string {
  if (typeof cause === 'string') return cause;
  return cause instanceof Error ? cause.message : JSON.stringify(cause);
}

/** The state machine's definition, checked and scaled in time, and what each of its tasks calls. */
export interface Workflow {
  readonly machine: StateMachine;
  /** The ARN in `Resource`, by task state. */
  readonly tasks: ReadonlyMap<string, string>;
}

/** Longer than anything here runs, and short enough for a timer (2^31 ms). AWS's own default is 99,999,999 s. */
const NO_TIMEOUT_SECONDS = 2_000_000;

/**
 * Reads a definition as AWS would take it, then multiplies the seconds of its Wait states and the pauses of its retries
 * by `waitScale`; their growth (`BackoffRate`) and every other number stay.
 * @throws Error when the definition is invalid, or a task is no plain function call (`Resource` = the function's ARN).
 */
export function readWorkflow(definition: unknown, waitScale: number): Workflow {
  if (!isDefinition(definition)) throw new Error('The state machine has no definition');
  // The real definition is validated before anything in it is scaled.
  new StateMachine(definition);
  const states = Object.entries(objectAt(definition, 'States'));
  const scaled: Record<string, unknown> = {};
  const tasks = new Map<string, string>();
  for (const [name, state] of states) {
    if (!isObject(state)) continue;
    const type = stringAt(state, 'Type');
    if (type === 'Map' || type === 'Parallel') throw new Error(`${name}: the local stack runs no ${type} states`);
    if (type === 'Task') tasks.set(name, functionOf(name, state));
    scaled[name] = scaleState(state, waitScale);
  }
  const total = numberAt(definition, 'TimeoutSeconds');
  const copy = {
    ...definition,
    States: scaled,
    ...(total === undefined ? {} : { TimeoutSeconds: Math.min(total, NO_TIMEOUT_SECONDS) }),
  };
  if (!isDefinition(copy)) throw new Error('The state machine has no states');
  // The scaled copy has fractions of seconds, which the language does not allow and the interpreter understands.
  return { machine: new StateMachine(copy, { validationOptions: { noValidate: true } }), tasks };
}

function isDefinition(value: unknown): value is StateMachineDefinition {
  return isObject(value) && typeof value.StartAt === 'string' && isObject(value.States);
}

function functionOf(name: string, state: JsonObject): string {
  const resource = stringAt(state, 'Resource') ?? '';
  if (/^arn:aws:lambda:[^:]*:\d*:function:/.test(resource)) return resource;
  throw new Error(`${name}: the local stack runs tasks whose Resource is a function's ARN, not ${resource}`);
}

function scaleState(state: JsonObject, scale: number): JsonObject {
  const retries = Array.isArray(state.Retry) ? { Retry: state.Retry.map((retry) => scaleRetry(retry, scale)) } : {};
  const seconds = numberAt(state, 'Seconds');
  const wait = seconds === undefined ? {} : { Seconds: seconds * scale };
  // The interpreter's own default for a task is 60 s.
  const timeout = stringAt(state, 'Type') === 'Task' ? { TimeoutSeconds: NO_TIMEOUT_SECONDS } : {};
  return { ...timeout, ...state, ...retries, ...wait };
}

function scaleRetry(retry: unknown, scale: number): unknown {
  if (!isObject(retry)) return retry;
  const longest = numberAt(retry, 'MaxDelaySeconds');
  return {
    ...retry,
    IntervalSeconds: (numberAt(retry, 'IntervalSeconds') ?? 1) * scale,
    ...(longest === undefined ? {} : { MaxDelaySeconds: longest * scale }),
  };
}
