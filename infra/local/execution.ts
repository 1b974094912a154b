/** A state an execution was in. Times are ISO 8601, UTC. */
export interface StateRecord {
  readonly name: string;
  readonly enteredAt: string;
  readonly exitedAt?: string;
  /** Name of the error that ended the state, caught or not. */
  readonly error?: string;
  /** How often the state was tried again. */
  readonly retries?: number;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One execution as `/local/executions` shows it (design §5). */
export interface ExecutionView {
  /** The execution's name. */
  readonly id: string;
  readonly trigger: string | undefined;
  readonly caseId: string | undefined;
  readonly status: ExecutionStatus;
  readonly states: readonly StateRecord[];
  /** The last state's output; where the execution failed, what was known when it did. */
  readonly output: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** One execution as DescribeExecution and ListExecutions tell of it. */
export interface ExecutionDescription {
  readonly arn: string;
  readonly stateMachineArn: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds; undefined while it runs. */
  readonly stoppedAt: number | undefined;
  readonly view: ExecutionView;
}

/** What an execution tells while it runs. */
export type WorkflowEvent =
  | { readonly kind: 'started'; readonly id: string; readonly input: unknown }
  | { readonly kind: 'entered'; readonly id: string; readonly state: string; readonly type: string }
  | StateExited
  /** One attempt failed; it may be tried again or caught. */
  | Readonly<{ kind: 'failed'; id: string; state: string; error: string; cause: string }>
  | { readonly kind: 'look'; readonly id: string; readonly output: unknown }
  | { readonly kind: 'ended'; readonly execution: ExecutionView };

/** A state was left: with its result, or with the error a catcher took. */
export interface StateExited {
  readonly kind: 'exited';
  readonly id: string;
  readonly state: string;
  readonly type: string;
  /** Milliseconds since it was entered. */
  readonly ms: number;
  readonly output: unknown;
  readonly error?: string;
}
