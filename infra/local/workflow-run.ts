import type { ExecutionStatus, ExecutionView, StateRecord, WorkflowEvent } from './execution.ts';
import { type EndStatus, ExecutionHistory } from './execution-history.ts';
import { stringAt } from './json.ts';
import { causeText, type EventLog, type JsonValue, type Workflow } from './workflow-definition.ts';

/** Step Functions fails an execution whose payload grows past this between two states (reference/aws-platform.md §7). */
export const STATE_PAYLOAD_BYTES = 262_144;

/** No catcher and no retrier sees it: it ends the execution (reference/aws-platform.md §7). */
class DataLimitExceeded extends Error {
  override readonly name = 'States.DataLimitExceeded';
  readonly isRetryable = false;
  readonly isCatchable = false;
}

type Emit = (event: WorkflowEvent) => void;
type Invoke = (functionArn: string, input: unknown) => Promise<unknown>;

interface Draft {
  readonly name: string;
  readonly type: string;
  readonly enteredAt: number;
  exitedAt?: number;
  error?: string;
  retries: number;
}

interface Given {
  readonly id: string;
  readonly arn: string;
  readonly input: string;
  readonly parsed: JsonValue;
  readonly startedAt: number;
}

/** One execution of the state machine, and the record of it. */
export class WorkflowRun {
  status: ExecutionStatus = 'RUNNING';
  /** Resolves when the execution ended, however it did. */
  ended: Promise<void> = Promise.resolve();
  readonly id: string;
  readonly arn: string;
  readonly input: string;
  readonly startedAt: number;
  /** Epoch milliseconds; missing while it runs. */
  stoppedAt: number | undefined;
  readonly history: ExecutionHistory;
  readonly #parsed: JsonValue;
  readonly #states: Draft[] = [];
  #output: unknown;
  #failure: { readonly error: string; readonly cause: string } | undefined;
  #abort: () => void = () => {};

  constructor(given: Given) {
    this.id = given.id;
    this.arn = given.arn;
    this.input = given.input;
    this.startedAt = given.startedAt;
    this.history = new ExecutionHistory(given.parsed, given.startedAt);
    this.#parsed = given.parsed;
    this.#output = given.parsed;
  }

  /** Starts the interpreter; what happens from here on is told to `emit`. */
  begin(workflow: Workflow, invoke: Invoke, emit: Emit): void {
    emit({ kind: 'started', id: this.id, input: this.#parsed });
    this.ended = this.#follow(workflow, invoke, emit);
  }

  abort(): void {
    this.#abort();
  }

  view(): ExecutionView {
    return {
      id: this.id,
      trigger: stringAt(this.#output, 'trigger') ?? stringAt(this.#parsed, 'trigger'),
      caseId: stringAt(this.#output, 'caseId') ?? stringAt(this.#parsed, 'caseId'),
      status: this.status,
      states: this.#states.map(recordOf),
      output: this.#output,
      ...this.#failure,
    };
  }

  async #follow(workflow: Workflow, invoke: Invoke, emit: Emit): Promise<void> {
    const handlers: Record<string, (input: JsonValue) => Promise<JsonValue>> = {};
    for (const [state, functionArn] of workflow.tasks) {
      handlers[state] = (input) => callTask(invoke, functionArn, input);
    }
    const { abort, eventLogs, result } = workflow.machine.run(this.#parsed, {
      context: { Execution: { Id: this.arn, Name: this.id } },
      overrides: { taskResourceLocalHandlers: handlers },
    });
    this.#abort = abort;
    // How it ended is in the event log; the result says nothing more.
    const settled = result.catch(() => undefined);
    for await (const event of eventLogs) {
      // What an execution that ended still tells (an aborted state's leaving) is no part of it any more.
      if (this.status === 'RUNNING') this.history.take(event, workflow.tasks);
      this.#take(event, emit);
    }
    await settled;
    if (this.status === 'SUCCEEDED' || lookOf(this.#output)) emit({ kind: 'look', id: this.id, output: this.#output });
    emit({ kind: 'ended', execution: this.view() });
  }

  #take(event: EventLog, emit: Emit): void {
    const draft = this.#states.at(-1);
    switch (event.type) {
      case 'StateEntered': {
        const { name, type, input } = event.state;
        this.#states.push({ name, type, enteredAt: event.timestamp, retries: 0 });
        this.#output = input;
        emit({ kind: 'entered', id: this.id, state: name, type });
        if (type === 'Wait') emit({ kind: 'look', id: this.id, output: input });
        return;
      }
      case 'StateFailed':
        if (!draft) return;
        draft.error = event.Error;
        emit({ kind: 'failed', id: this.id, state: draft.name, error: event.Error, cause: causeText(event.Cause) });
        return;
      case 'StateRetried':
        if (!draft) return;
        draft.retries += 1;
        delete draft.error;
        return;
      case 'StateExited':
        if (draft) this.#leave(draft, event.timestamp, event.state.output, emit);
        return;
      case 'ExecutionSucceeded':
        this.#end('SUCCEEDED', event.timestamp);
        return;
      case 'ExecutionFailed':
        this.#end('FAILED', event.timestamp, { error: event.Error, cause: causeText(event.Cause) });
        return;
      case 'ExecutionTimeout':
        this.#end('TIMED_OUT', event.timestamp, { error: 'States.Timeout', cause: 'The execution ran out of time' });
        return;
      case 'ExecutionAborted':
        this.#end('ABORTED', event.timestamp);
        return;
      default:
    }
  }

  #leave(draft: Draft, at: number, output: unknown, emit: Emit): void {
    draft.exitedAt = at;
    this.#output = output;
    const { name, type, enteredAt, error } = draft;
    const ended = { kind: 'exited', id: this.id, state: name, type, ms: at - enteredAt, output } as const;
    emit(error === undefined ? ended : { ...ended, error });
    if (byteLength(output) <= STATE_PAYLOAD_BYTES) return;
    // What a state made of its result by ResultPath is seen only here; the interpreter is already in the next state.
    const cause = `The state '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    this.#end('FAILED', at, { error: 'States.DataLimitExceeded', cause });
    this.#abort();
  }

  #end(status: EndStatus, at: number, failure?: { readonly error: string; readonly cause: string }): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stoppedAt = at;
    this.#failure = failure;
    this.history.end(status, at, this.#output, failure);
    const draft = this.#states.at(-1);
    if (draft) draft.exitedAt ??= at;
  }
}

async function callTask(invoke: Invoke, functionArn: string, input: JsonValue): Promise<JsonValue> {
  if (byteLength(input) > STATE_PAYLOAD_BYTES) {
    throw new DataLimitExceeded(`The task's input is larger than ${STATE_PAYLOAD_BYTES} bytes`);
  }
  const result = await invoke(functionArn, input);
  if (byteLength(result) > STATE_PAYLOAD_BYTES) {
    throw new DataLimitExceeded(`The task's result is larger than ${STATE_PAYLOAD_BYTES} bytes`);
  }
  return isJsonValue(result) ? result : null;
}

function isJsonValue(value: unknown): value is JsonValue {
  return value !== undefined;
}

function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** True for an output that says at which look it is: there is something to show even where the execution failed. */
function lookOf(output: unknown): boolean {
  return typeof output === 'object' && output !== null && 'look' in output;
}

function recordOf(draft: Draft): StateRecord {
  return {
    name: draft.name,
    enteredAt: new Date(draft.enteredAt).toISOString(),
    ...(draft.exitedAt === undefined ? {} : { exitedAt: new Date(draft.exitedAt).toISOString() }),
    ...(draft.error === undefined ? {} : { error: draft.error }),
    ...(draft.retries === 0 ? {} : { retries: draft.retries }),
  };
}
