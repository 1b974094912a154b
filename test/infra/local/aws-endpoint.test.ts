import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../../infra/local/aws-endpoint.ts';
import { AwsError } from '../../../infra/local/aws-error.ts';
import type { ExecutionView } from '../../../infra/local/execution.ts';
import { DUMMY_CREDENTIALS } from '../../../infra/local/function-environment.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Cases';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:Cases';
const VIEW = { trigger: 'hunt', caseId: 'c1', states: [], output: { look: 1 } } as const;
const VIEWS: readonly ExecutionView[] = [
  { ...VIEW, id: 'running', status: 'RUNNING' },
  { ...VIEW, id: 'failed', status: 'FAILED', error: 'ConfigError', cause: 'no such zone' },
  { ...VIEW, id: 'done', status: 'SUCCEEDED' },
];
const started: unknown[] = [];
let endpoint: AwsEndpoint;
let secrets: SecretsManagerClient;
let sfn: SFNClient;

beforeAll(async () => {
  endpoint = await startAwsEndpoint({
    secrets: new Map([['latchkey/gitlab', 'glpat-1']]),
    region: 'us-east-1',
    accountId: '000000000000',
    describeExecution: (arn) => {
      const view = VIEWS.find(({ id }) => arn === `${EXECUTION}:${id}`);
      return view && { stateMachineArn: MACHINE, startedAt: 1_700_000_000_500, view };
    },
    startExecution: (request) => {
      if (request.name === 'taken') throw new AwsError('ExecutionAlreadyExists', 'Execution Already Exists');
      if (request.name === 'broken') throw new Error('a bug');
      started.push(request);
      return { arn: `${MACHINE}:${request.name}`, startedAt: 1_700_000_000_500 };
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
    expect(await describing('done')).toMatchObject({ status: 'SUCCEEDED', output: '{"look":1}' });
    await expect(describing('none')).rejects.toBeInstanceOf(ExecutionDoesNotExist);
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
