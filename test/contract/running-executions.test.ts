import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { RunningExecutions } from '../../functions/adapters/stepfunctions/running.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:latchkey';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:latchkey';
/** Epoch seconds, as Step Functions tells times. */
const STARTED = 1_795_200_000;

let stand: AwsStand;
let client: SFNClient;
afterEach(async () => {
  client.destroy();
  await stand.close();
});

type Answer = Parameters<typeof openAwsStand>[0];

/** Time passes only where `late` lets it. */
async function listing(answer: Answer, late: Promise<void> = new Promise(() => {})) {
  stand = await openAwsStand(answer);
  client = new SFNClient({
    endpoint: stand.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { logger, lines } = recordingLogger();
  const slept: number[] = [];
  const clock = {
    now: () => STARTED * 1_000,
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      const ended = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      await Promise.race([late, ended]);
    },
  };
  const running = await new RunningExecutions(client, ARN, clock, logger).list();
  return { running, lines, slept };
}

function listed(count: number): { executionArn: string; name: string; status: string; startDate: number }[] {
  return Array.from({ length: count }, (_, n) => ({
    executionArn: `${EXECUTION}:case-${n}`,
    name: `case-${n}`,
    status: 'RUNNING',
    startDate: STARTED - n,
  }));
}

const RETRYING = [
  'LambdaFunctionScheduled',
  'LambdaFunctionFailed',
  'LambdaFunctionStarted',
  'LambdaFunctionScheduled',
];
const entered = (name: string) => ({
  type: 'TaskStateEntered',
  id: 3,
  timestamp: STARTED + 5,
  stateEnteredEventDetails: { name },
});

describe('what runs', () => {
  it('is told with the state of each, however often its task was tried', async () => {
    const histories = [
      [...RETRYING.map((type, id) => ({ type, id, timestamp: STARTED + 9 })), entered('Query GitLab')],
      [
        {
          type: 'WaitStateEntered',
          id: 8,
          timestamp: STARTED + 6,
          stateEnteredEventDetails: { name: 'Wait for look 2' },
        },
      ],
      [
        { type: 'TaskStateExited', id: 4, timestamp: STARTED + 7, stateExitedEventDetails: { name: 'Analyze' } },
        entered('Analyze'),
      ],
      [{ type: 'ExecutionSucceeded', id: 9, timestamp: STARTED + 8 }, entered('Analyze')],
      [{ type: 'ExecutionStarted', id: 1, timestamp: STARTED }],
    ];
    const { running, slept } = await listing((operation, body) =>
      operation.endsWith('ListExecutions')
        ? { status: 200, body: { executions: listed(5) } }
        : { status: 200, body: { events: histories[Number(String(body.executionArn).at(-1))] } },
    );
    expect(running?.executions).toEqual([
      { name: 'case-0', startedAt: STARTED * 1_000, state: 'Query GitLab', since: (STARTED + 5) * 1_000 },
      { name: 'case-1', startedAt: (STARTED - 1) * 1_000, state: 'Wait for look 2', since: (STARTED + 6) * 1_000 },
      { name: 'case-2', startedAt: (STARTED - 2) * 1_000 },
      { name: 'case-3', startedAt: (STARTED - 3) * 1_000 },
      { name: 'case-4', startedAt: (STARTED - 4) * 1_000 },
    ]);
    expect(stand.requests[0]).toEqual({
      operation: 'AWSStepFunctions.ListExecutions',
      body: { stateMachineArn: ARN, statusFilter: 'RUNNING', maxResults: 50 },
    });
    expect(stand.requests[1]?.body).toMatchObject({ reverseOrder: true, includeExecutionData: false });
    expect(slept).toEqual([3_000]);
  });

  it('asks about the newest ten of many only', async () => {
    const { running } = await listing((operation) =>
      operation.endsWith('ListExecutions')
        ? { status: 200, body: { executions: listed(50).reverse() } }
        : { status: 200, body: { events: [entered('Join and score')] } },
    );
    expect(running).toMatchObject({ more: false });
    expect(running?.executions).toHaveLength(50);
    expect(running?.executions.filter(({ state }) => state !== undefined).map(({ name }) => name)).toEqual(
      Array.from({ length: 10 }, (_, n) => `case-${n}`),
    );
    expect(stand.requests).toHaveLength(11);
  });

  it('says that there are more than it lists', async () => {
    const { running } = await listing((operation) =>
      operation.endsWith('ListExecutions')
        ? { status: 200, body: { executions: listed(50), nextToken: 'more' } }
        : { status: 200, body: { events: [] } },
    );
    expect(running?.executions).toHaveLength(50);
    expect(running?.more).toBe(true);
  });

  it('is nothing where nothing runs', async () => {
    const { running, lines } = await listing(() => ({ status: 200, body: { executions: [] } }));
    expect([running, lines]).toEqual([{ executions: [], more: false }, []]);
  });

  it.each([
    [400, 'ThrottlingException'],
    [500, 'InternalFailure'],
    [400, 'StateMachineDoesNotExist'],
    [400, 'AccessDeniedException'],
  ])('is unknown, and not "nothing", after %i %s', async (status, __type) => {
    const { running, lines } = await listing(() => ({ status, body: { __type, message: 'no' } }));
    expect(running).toBeUndefined();
    expect(lines).toMatchObject([{ level: 'warn', message: 'what runs could not be asked' }]);
  });

  it('is told without the states where only those could not be asked', async () => {
    const { running, lines } = await listing((operation) =>
      operation.endsWith('ListExecutions')
        ? { status: 200, body: { executions: listed(1) } }
        : { status: 400, body: { __type: 'ThrottlingException', message: 'slow down' } },
    );
    expect(running?.executions).toEqual([{ name: 'case-0', startedAt: STARTED * 1_000 }]);
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });

  it('is unknown once the time for it is over', async () => {
    const { running, lines } = await listing(() => ({ status: 200, body: { executions: [] } }), Promise.resolve());
    expect(running).toBeUndefined();
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });
});
