import {
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { RunningNow } from '../../core/case-list.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { StepLogger } from '../../runtime/logger.ts';
import { errorFields } from '../../runtime/safe-error.ts';
import { awsFailure } from '../dynamodb/aws-failure.ts';

/** The most executions listed, and of how many it is asked in which state they are. */
const LISTED = 50;
const ASKED = 10;
/** The newest events of an execution: a task that is tried again and again writes some before its state is entered. */
const EVENTS = 30;
/** Milliseconds that the answers may take, all together. */
const BUDGET_MS = 3_000;

/** Which executions of the one workflow have not ended, and in which of its states they are. */
export class RunningExecutions {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;
  readonly #clock: Clock;
  readonly #logger: Pick<StepLogger, 'warn'>;

  constructor(client: SFNClient, stateMachineArn: string, clock: Clock, logger: Pick<StepLogger, 'warn'>) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * At most 50 of them, the newest first, the newest ten with their state. Undefined where Step Functions did not answer
   * within three seconds, or not at all, which executions run: who wants to know sees everything else.
   */
  async list(): Promise<RunningNow | undefined> {
    const [answered, late] = [new AbortController(), new AbortController()];
    // Ends when there is an answer; until then it is what ends the asking.
    const ending = this.#clock.sleep(BUDGET_MS, answered.signal).then(
      () => late.abort(),
      () => {},
    );
    try {
      return await this.#ask(late.signal);
    } catch (thrown) {
      // Toward "could not be asked", which the reader is told; never toward "nothing runs".
      this.#logger.warn('what runs could not be asked', errorFields(failureOf(thrown)));
      return undefined;
    } finally {
      answered.abort();
      await ending;
    }
  }

  async #ask(abortSignal: AbortSignal): Promise<RunningNow> {
    const command = new ListExecutionsCommand({
      stateMachineArn: this.#stateMachineArn,
      statusFilter: 'RUNNING',
      maxResults: LISTED,
    });
    const { executions = [], nextToken } = await this.#client.send(command, { abortSignal });
    const newest = executions.slice(0, LISTED).sort((a, b) => startOf(b) - startOf(a));
    const running = await Promise.all(
      newest.map(async (execution, index) => ({
        name: execution.name ?? '',
        startedAt: startOf(execution),
        ...(index < ASKED ? await this.#stateOf(execution, abortSignal) : {}),
      })),
    );
    return { executions: running, more: nextToken !== undefined || executions.length > newest.length };
  }

  async #stateOf({ executionArn }: ExecutionListItem, abortSignal: AbortSignal) {
    const command = new GetExecutionHistoryCommand({
      executionArn,
      reverseOrder: true,
      maxResults: EVENTS,
      includeExecutionData: false,
    });
    const events = await this.#eventsOf(command, abortSignal);
    // One that ended since it was listed has no state any more.
    const passed = events.find(({ type }) => isPassage(type));
    const state = passed?.stateEnteredEventDetails?.name;
    const since = passed?.timestamp?.getTime();
    return state === undefined ? {} : { state, ...(since === undefined ? {} : { since }) };
  }

  async #eventsOf(command: GetExecutionHistoryCommand, abortSignal: AbortSignal): Promise<readonly HistoryEvent[]> {
    try {
      return (await this.#client.send(command, { abortSignal })).events ?? [];
    } catch (thrown) {
      // Toward an execution that is shown to run, in a state that is not known.
      this.#logger.warn('the state of one that runs could not be asked', errorFields(failureOf(thrown)));
      return [];
    }
  }
}

function failureOf(thrown: unknown): unknown {
  return awsFailure('Step Functions ListExecutions and GetExecutionHistory', thrown);
}

/** Whether the event says that a state was entered or left, or the execution ended. */
function isPassage(type: HistoryEvent['type']): boolean {
  return type !== undefined && /^(?:\w+State(?:Entered|Exited)|Execution(?!Started)\w+)$/.test(type);
}

function startOf({ startDate }: ExecutionListItem): number {
  return startDate?.getTime() ?? 0;
}
