import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { CaseState } from '../../core/case.ts';
import { awsFailure } from '../dynamodb/aws-failure.ts';

/** Starts the one workflow, once per case. */
export class WorkflowStarter {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  /**
   * Starts the case's execution under its case id; one of that name that exists already is success, as Step Functions
   * keeps names unique for 90 days (`reference/aws-platform.md` §7). Throws `TransientError` or `ConfigError`.
   */
  async start(state: CaseState): Promise<void> {
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#stateMachineArn,
          name: state.caseId,
          input: JSON.stringify(state),
        }),
      );
    } catch (thrown) {
      if (thrown instanceof ExecutionAlreadyExists) return;
      // Whether it started is unknown; the caller answers "not stored" and the same name is started again.
      throw awsFailure('Step Functions StartExecution', thrown);
    }
  }
}
