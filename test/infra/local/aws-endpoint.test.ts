import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  type GetExecutionHistoryCommandInput,
  InvalidToken,
  ListExecutionsCommand,
  type ListExecutionsCommandInput,
  type ListExecutionsCommandOutput,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../../infra/local/aws-endpoint.ts';
import { AwsError } from '../../../infra/local/aws-error.ts';
import type { ExecutionDescription, ExecutionView } from '../../../infra/local/execution.ts';
import { ExecutionHistory } from '../../../infra/local/execution-history.ts';
import { DUMMY_CREDENTIALS } from '../../../infra/local/function-environment.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Cases';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:Cases';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:Extract';
const RETRIER = { ErrorEquals: ['TransientError'] };
const VIEW = { trigger: 'hunt', caseId: 'c1', states: [], output: { look: 1 } } as const;
const VIEWS: readonly ExecutionView[] = [
  { ...VIEW, id: 'running', status: 'RUNNING' },
  { ...VIEW, id: 'failed', status: 'FAILED', error: 'ConfigError', cause: 'no such zone' },
  { ...VIEW, id: 'done', status: 'SUCCEEDED' },
  { ...VIEW, id: 'newest', status: 'RUNNING' },
];
const DESCRIPTIONS = VIEWS.map((view, index): ExecutionDescription => {
  const startedAt = 1_700_000_000_500 + index * 1000;
  const stoppedAt = view.status === 'RUNNING' ? undefined : startedAt + 250;
  return { arn: `${EXECUTION}:${view.id}`, stateMachineArn: MACHINE, startedAt, stoppedAt, view };
});
const started: unknown[] = [];
let endpoint: AwsEndpoint;
let secrets: SecretsManagerClient;
let sfn: SFNClient;

beforeAll(async () => {
  endpoint = await startAwsEndpoint({
    secrets: new Map([['latchkey/gitlab', 'glpat-1']]),
    region: 'us-east-1',
    accountId: '000000000000',
    executions: {
      describe: (arn) => DESCRIPTIONS.find((one) => one.arn === arn),
      list: (stateMachineArn) => {
        if (stateMachineArn === MACHINE) return DESCRIPTIONS;
        throw new AwsError('StateMachineDoesNotExist', 'State Machine Does Not Exist');
      },
      history: (arn, withData) => (arn === `${EXECUTION}:done` ? historyOf().events(withData) : undefined),
      start: (request) => {
        if (request.name === 'taken') throw new AwsError('ExecutionAlreadyExists', 'Execution Already Exists');
        if (request.name === 'broken') throw new Error('a bug');
        started.push(request);
        return { arn: `${MACHINE}:${request.name}`, startedAt: 1_700_000_000_500 };
      },
    },
  });
  const config = { endpoint: endpoint.url, region: 'us-east-1', credentials: DUMMY_CREDENTIALS, maxAttempts: 1 };
  secrets = new SecretsManagerClient(config);
  sfn = new SFNClient(config);
});

afterAll(async () => {
  secrets.destroy();
  sfn.destroy();
  await endpoint.close();
});

/** Of an execution with a task that was tried twice, and a wait. */
function historyOf(): ExecutionHistory {
  const at = 1_700_000_000_500;
  const history = new ExecutionHistory({ caseId: 'c1' }, at);
  const functions = new Map([['Extract', FUNCTION]]);
  const state = { name: 'Extract', type: 'Task', input: { look: 0 } } as const;
  const wait = { name: 'Wait', type: 'Wait', input: { look: 1 } } as const;
  const again = { Error: 'TransientError', Cause: 'busy' };
  history.take({ type: 'StateEntered', timestamp: at, state }, functions);
  history.take({ type: 'StateFailed', timestamp: at + 100, state, ...again }, functions);
  history.take(
    { type: 'StateRetried', timestamp: at + 200, state, retry: { retrier: RETRIER, attempt: 1 } },
    functions,
  );
  history.take({ type: 'StateExited', timestamp: at + 300, state: { ...state, output: { look: 1 } } }, functions);
  history.take({ type: 'StateEntered', timestamp: at + 400, state: wait }, functions);
  history.take({ type: 'StateExited', timestamp: at + 500, state: { ...wait, output: { look: 1 } } }, functions);
  history.end('SUCCEEDED', at + 600, { look: 1 });
  return history;
}

describe('the AWS endpoint, asked by the SDK', () => {
  it('gives a secret by name and by ARN', async () => {
    const byName = await secrets.send(new GetSecretValueCommand({ SecretId: 'latchkey/gitlab' }));
    expect(byName).toMatchObject({ Name: 'latchkey/gitlab', SecretString: 'glpat-1' });
    const byArn = await secrets.send(new GetSecretValueCommand({ SecretId: byName.ARN }));
    expect(byArn.SecretString).toBe('glpat-1');
  });

  it('says that a secret does not exist', async () => {
    const asking = secrets.send(new GetSecretValueCommand({ SecretId: 'latchkey/axiom' }));
    await expect(asking).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('starts an execution', async () => {
    const input = '{"caseId":"c1"}';
    const answer = await sfn.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'case-1', input }));
    expect(answer.executionArn).toBe(`${MACHINE}:case-1`);
    expect(answer.startDate).toEqual(new Date(1_700_000_000_500));
    expect(started).toEqual([{ stateMachineArn: MACHINE, name: 'case-1', input }]);
  });

  it('answers a name that is taken with the class the SDK knows', async () => {
    const asking = sfn.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'taken' }));
    await expect(asking).rejects.toBeInstanceOf(ExecutionAlreadyExists);
  });

  it('tells how an execution stands', async () => {
    const describing = (name: string) =>
      sfn.send(new DescribeExecutionCommand({ executionArn: `${EXECUTION}:${name}` }));
    expect(await describing('running')).toMatchObject({
      ...{ name: 'running', status: 'RUNNING', executionArn: `${EXECUTION}:running`, stateMachineArn: MACHINE },
      startDate: new Date(1_700_000_000_500),
    });
    expect(await describing('failed')).toMatchObject({ status: 'FAILED', error: 'ConfigError', cause: 'no such zone' });
    expect(await describing('done')).toMatchObject({
      ...{ status: 'SUCCEEDED', output: '{"look":1}', stopDate: new Date(1_700_000_002_750) },
    });
    await expect(describing('none')).rejects.toBeInstanceOf(ExecutionDoesNotExist);
  });

  it('lists the executions of a machine, the newest first, page by page', async () => {
    const listing = (more: Partial<ListExecutionsCommandInput> = {}) =>
      sfn.send(new ListExecutionsCommand({ stateMachineArn: MACHINE, ...more }));
    const names = ({ executions = [] }: ListExecutionsCommandOutput) => executions.map(({ name }) => name);
    const all = await listing();
    expect(names(all)).toEqual(['newest', 'done', 'failed', 'running']);
    expect(all.nextToken).toBeUndefined();
    expect(all.executions?.[1]).toEqual({
      ...{ executionArn: `${EXECUTION}:done`, stateMachineArn: MACHINE, name: 'done', status: 'SUCCEEDED' },
      ...{ startDate: new Date(1_700_000_002_500), stopDate: new Date(1_700_000_002_750) },
    });
    const running = await listing({ statusFilter: 'RUNNING', maxResults: 1 });
    expect(names(running)).toEqual(['newest']);
    const rest = await listing({ statusFilter: 'RUNNING', maxResults: 1, nextToken: running.nextToken });
    expect([names(rest), rest.nextToken]).toEqual([['running'], undefined]);
    expect(names(await listing({ statusFilter: 'ABORTED' }))).toEqual([]);
    await expect(listing({ stateMachineArn: `${MACHINE}2` })).rejects.toBeInstanceOf(StateMachineDoesNotExist);
    await expect(listing({ nextToken: 'made-up' })).rejects.toBeInstanceOf(InvalidToken);
    await expect(listing({ maxResults: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('tells the history of an execution as Step Functions writes it', async () => {
    const telling = (more: Partial<GetExecutionHistoryCommandInput> = {}) =>
      sfn.send(new GetExecutionHistoryCommand({ executionArn: `${EXECUTION}:done`, ...more }));
    const { events = [] } = await telling();
    expect(events.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'TaskStateEntered'],
      [3, 2, 'LambdaFunctionScheduled'],
      [4, 3, 'LambdaFunctionStarted'],
      [5, 4, 'LambdaFunctionFailed'],
      [6, 5, 'LambdaFunctionScheduled'],
      [7, 6, 'LambdaFunctionStarted'],
      [8, 7, 'LambdaFunctionSucceeded'],
      [9, 8, 'TaskStateExited'],
      [10, 9, 'WaitStateEntered'],
      [11, 10, 'WaitStateExited'],
      [12, 11, 'ExecutionSucceeded'],
    ]);
    expect(events[1]).toMatchObject({
      timestamp: new Date(1_700_000_000_500),
      stateEnteredEventDetails: { name: 'Extract', input: '{"look":0}', inputDetails: { truncated: false } },
    });
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toEqual({ resource: FUNCTION });
    expect(events[4]?.lambdaFunctionFailedEventDetails).toEqual({ error: 'TransientError', cause: 'busy' });
    const latest = await telling({ reverseOrder: true, maxResults: 3, includeExecutionData: false });
    expect(latest.events?.map(({ id }) => id)).toEqual([12, 11, 10]);
    expect(latest.events?.[2]).toMatchObject({ type: 'WaitStateEntered', stateEnteredEventDetails: { name: 'Wait' } });
    expect(latest.events?.[2]?.stateEnteredEventDetails?.input).toBeUndefined();
    const before = await telling({ reverseOrder: true, maxResults: 1000, nextToken: latest.nextToken });
    expect(before.events?.map(({ id }) => id)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(before.nextToken).toBeUndefined();
    const none = telling({ executionArn: `${EXECUTION}:none` });
    await expect(none).rejects.toBeInstanceOf(ExecutionDoesNotExist);
  });

  it('refuses what it does not offer, and answers its own bug as AWS would', async () => {
    await expect(sfn.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
    const asking = sfn.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'broken' }));
    await expect(asking).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  });

  it('refuses a request that is not signed', async () => {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.GetSecretValue', 'content-type': 'application/x-amz-json-1.1' },
      body: '{"SecretId":"latchkey/gitlab"}',
    });
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain('glpat');
  });
});
