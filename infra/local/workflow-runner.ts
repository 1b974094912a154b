import { randomUUID } from 'node:crypto';
import type { Clock } from '../../functions/runtime/clock.ts';
import { AwsError } from './aws-error.ts';
import type { ExecutionDescription, ExecutionView, WorkflowEvent } from './execution.ts';
import type { ExecutionHistory } from './execution-history.ts';
import { parseJson } from './json.ts';
import { type JsonValue, readWorkflow, type Workflow } from './workflow-definition.ts';
import { STATE_PAYLOAD_BYTES, WorkflowRun } from './workflow-run.ts';

const MAX_NAME_LENGTH = 80;
/** Characters StartExecution refuses in a name. */
const BAD_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

export interface WorkflowOptions {
  readonly arn: string;
  readonly definition: unknown;
  readonly waitScale: number;
  readonly clock: Clock;
  /** Calls the function of this ARN. */
  readonly invoke: (functionArn: string, input: unknown) => Promise<unknown>;
  readonly onEvent?: (event: WorkflowEvent) => void;
}

/** What StartExecution answers. */
export interface Started {
  /** The execution's name. */
  readonly id: string;
  readonly arn: string;
  readonly startedAt: number;
}

/** The state machine of the template, run by the interpreter `aws-local-stepfunctions`. */
export class WorkflowRunner {
  readonly arn: string;
  readonly #workflow: Workflow;
  readonly #options: WorkflowOptions;
  readonly #runs = new Map<string, WorkflowRun>();

  /** @throws Error when the definition is invalid or uses what the local stack does not run. */
  constructor(options: WorkflowOptions) {
    this.arn = options.arn;
    this.#options = options;
    this.#workflow = readWorkflow(options.definition, options.waitScale);
  }

  /**
   * StartExecution: a name is taken once. The same name and input while that execution runs is the same execution.
   * @throws AwsError as Step Functions answers it: `InvalidName`, `InvalidExecutionInput`, `ExecutionAlreadyExists`.
   */
  start(input = '{}', name: string = randomUUID()): Started {
    const parsed = checkInput(input);
    checkName(name);
    const before = this.#runs.get(name);
    if (before) {
      const isSame = before.status === 'RUNNING' && before.input === input;
      if (!isSame) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${before.arn}'`);
      return before;
    }
    const arn = `${this.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const run = new WorkflowRun({ id: name, arn, input, parsed, startedAt: this.#options.clock.now() });
    this.#runs.set(name, run);
    run.begin(this.#workflow, this.#options.invoke, this.#options.onEvent ?? (() => {}));
    return run;
  }

  /** Every execution, the oldest first. */
  list(): ExecutionView[] {
    return [...this.#runs.values()].map((run) => run.view());
  }

  find(id: string): ExecutionView | undefined {
    return this.#runs.get(id)?.view();
  }

  /** DescribeExecution; undefined where no execution has this ARN. */
  describe(arn: string): ExecutionDescription | undefined {
    const run = this.#runAt(arn);
    return run && this.#descriptionOf(run);
  }

  /** ListExecutions: every execution, the oldest first. */
  descriptions(): ExecutionDescription[] {
    return [...this.#runs.values()].map((run) => this.#descriptionOf(run));
  }

  /** GetExecutionHistory; undefined where no execution has this ARN. */
  history(arn: string): ExecutionHistory | undefined {
    return this.#runAt(arn)?.history;
  }

  /** Resolves when every execution has ended and told so, including those that start meanwhile. */
  async idle(): Promise<void> {
    for (let count = -1; count !== this.#runs.size; ) {
      count = this.#runs.size;
      await Promise.all([...this.#runs.values()].map((run) => run.ended));
    }
  }

  /** Aborts what still runs. */
  async close(): Promise<void> {
    for (const run of this.#runs.values()) run.abort();
    await this.idle();
  }

  #runAt(arn: string): WorkflowRun | undefined {
    const run = this.#runs.get(arn.split(':').at(-1) ?? '');
    return run?.arn === arn ? run : undefined;
  }

  #descriptionOf(run: WorkflowRun): ExecutionDescription {
    const { arn, startedAt, stoppedAt } = run;
    return { arn, stateMachineArn: this.arn, startedAt, stoppedAt, view: run.view() };
  }
}

function checkInput(input: string): JsonValue {
  if (Buffer.byteLength(input) > STATE_PAYLOAD_BYTES) {
    throw new AwsError('ValidationException', `'input' must have length less than or equal to ${STATE_PAYLOAD_BYTES}`);
  }
  const parsed = parseJson(input);
  if (!isJsonValue(parsed)) throw new AwsError('InvalidExecutionInput', 'Invalid State Machine Execution Input');
  return parsed;
}

function isJsonValue(value: unknown): value is JsonValue {
  return value !== undefined;
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH || BAD_NAME.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}
