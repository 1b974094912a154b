import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { CaseState } from '../../core/case.ts';
import { ConfigError, TransientError } from '../../runtime/errors.ts';
import { awsFailure } from '../dynamodb/aws-failure.ts';

/** How an execution stands; `NONE` when there is none of that name (any more). */
export type Standing = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'NONE';

const STANDINGS: Readonly<Record<ExecutionStatus, Standing>> = {
  RUNNING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  TIMED_OUT: 'TIMED_OUT',
  ABORTED: 'ABORTED',
  // About to run once more.
  PENDING_REDRIVE: 'RUNNING',
};

/** Executions of the one workflow, by their names. */
export class Executions {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  /**
   * Starts an execution with the case's state; one of that name that exists already is success, as Step Functions keeps
   * names unique for 90 days (`reference/aws-platform.md` §7). Throws `TransientError` or `ConfigError`.
   */
  async start(state: CaseState, name: string = state.caseId): Promise<void> {
    const input = JSON.stringify(state);
    try {
      await this.#client.send(new StartExecutionCommand({ stateMachineArn: this.#stateMachineArn, name, input }));
    } catch (thrown) {
      if (thrown instanceof ExecutionAlreadyExists) return;
      // Whether it started is unknown; the caller answers "not stored" and the same name is started again.
      throw awsFailure('Step Functions StartExecution', thrown);
    }
  }

  /**
   * How the execution of that name stands. One that started a moment ago may still be `NONE`, as the answer is only
   * eventually consistent: start it again under the same name. Throws `TransientError` or `ConfigError`.
   */
  async status(name: string): Promise<Standing> {
    const executionArn = `${executionsOf(this.#stateMachineArn)}:${name}`;
    const status = await this.#describe(executionArn);
    const standing = status === 'NONE' ? 'NONE' : status && STANDINGS[status];
    if (standing !== undefined) return standing;
    throw new TransientError(`Step Functions DescribeExecution told no known status of execution ${name}`);
  }

  async #describe(executionArn: string): Promise<ExecutionStatus | 'NONE' | undefined> {
    try {
      return (await this.#client.send(new DescribeExecutionCommand({ executionArn }))).status;
    } catch (thrown) {
      if (thrown instanceof ExecutionDoesNotExist) return 'NONE';
      // Toward the caller's failure: "not running" would start a second one beside it.
      throw awsFailure('Step Functions DescribeExecution', thrown);
    }
  }
}

/** What the ARNs of a state machine's executions begin with, in any partition; a version or alias is no part of it. */
function executionsOf(stateMachineArn: string): string {
  const [, place, machine] = /^(arn:[^:]+:states:[^:]+:\d+):stateMachine:([^:]+)/.exec(stateMachineArn) ?? [];
  if (place !== undefined && machine !== undefined) return `${place}:execution:${machine}`;
  throw new ConfigError(
    'Variable STATE_MACHINE_ARN must be the ARN of a state machine: arn:<partition>:states:<region>:<account>:stateMachine:<name>',
  );
}
