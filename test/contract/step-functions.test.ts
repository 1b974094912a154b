import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { Executions } from '../../functions/adapters/stepfunctions/executions.ts';
import { openCase } from '../../functions/core/case.ts';
import { ConfigError, TransientError } from '../../functions/runtime/errors.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:latchkey';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:latchkey';
const STATE = openCase({
  caseId: 'spike-20261120T190022Z-0a1b2c3d4e',
  trigger: 'spike',
  window: { start: '2026-11-20T18:30:22.000Z', end: '2026-11-20T19:10:00.000Z' },
  shadow: false,
});

let stand: AwsStand;
let client: SFNClient;
afterEach(async () => {
  client.destroy();
  await stand.close();
});

async function executions(status: number, body: object, arn = ARN): Promise<Executions> {
  stand = await openAwsStand(() => ({ status, body }));
  client = new SFNClient({
    endpoint: stand.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return new Executions(client, arn);
}

const FAILURES = [
  [400, 'ThrottlingException', TransientError],
  [500, 'InternalFailure', TransientError],
  [400, 'StateMachineDoesNotExist', ConfigError],
  [400, 'AccessDeniedException', ConfigError],
] as const;

describe('starting the workflow', () => {
  const starting = async (status: number, body: object, name?: string) =>
    (await executions(status, body)).start(STATE, name);

  it('names the execution after the case and gives it the state', async () => {
    await starting(200, { executionArn: `${ARN}:x`, startDate: 1 });
    const [request] = stand.requests;
    expect(request?.operation).toBe('AWSStepFunctions.StartExecution');
    expect(request?.body).toMatchObject({ stateMachineArn: ARN, name: STATE.caseId });
    expect(JSON.parse(String(request?.body.input))).toEqual(STATE);
  });

  it('takes another name for one of several attempts at a case', async () => {
    await starting(200, { executionArn: `${ARN}:x`, startDate: 1 }, 'hunt-2026-11-20T18Z-2');
    expect(stand.requests[0]?.body).toMatchObject({ name: 'hunt-2026-11-20T18Z-2' });
  });

  it('takes one that exists already for a success', async () => {
    await expect(starting(400, { __type: 'ExecutionAlreadyExists', message: 'no' })).resolves.toBeUndefined();
  });

  it.each([...FAILURES, [400, 'ExecutionLimitExceeded', TransientError] as const])(
    'fails with %i %s as what it is',
    async (status, __type, expected) => {
      const failure = await starting(status, { __type, message: 'no' }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(expected);
      expect(failure).toMatchObject({ cause: expect.any(Error) });
    },
  );
});

describe('asking how an execution stands', () => {
  const asking = async (status: number, body: object, arn = ARN) =>
    (await executions(status, body, arn)).status('case-1-2');

  it.each([
    ['RUNNING', 'RUNNING'],
    ['SUCCEEDED', 'SUCCEEDED'],
    ['FAILED', 'FAILED'],
    ['TIMED_OUT', 'TIMED_OUT'],
    ['ABORTED', 'ABORTED'],
    ['PENDING_REDRIVE', 'RUNNING'],
  ])('answers %s as %s', async (status, standing) => {
    expect(await asking(200, { status, startDate: 1 })).toBe(standing);
    const [request] = stand.requests;
    expect(request?.operation).toBe('AWSStepFunctions.DescribeExecution');
    expect(request?.body).toEqual({ executionArn: `${EXECUTION}:case-1-2` });
  });

  it('answers NONE where there is none of that name', async () => {
    expect(await asking(400, { __type: 'ExecutionDoesNotExist', message: 'no' })).toBe('NONE');
  });

  it.each([
    ['arn:aws-cn:states:cn-north-1:1:stateMachine:m', 'arn:aws-cn:states:cn-north-1:1:execution:m:case-1-2'],
    [
      'arn:aws-us-gov:states:us-gov-west-1:1:stateMachine:m:7',
      'arn:aws-us-gov:states:us-gov-west-1:1:execution:m:case-1-2',
    ],
  ])('finds the executions of %s', async (arn, executionArn) => {
    await asking(200, { status: 'RUNNING', startDate: 1 }, arn);
    expect(stand.requests[0]?.body).toEqual({ executionArn });
  });

  it('never takes a failure, an unknown status or a wrong ARN for "not running"', async () => {
    for (const [status, __type, expected] of FAILURES) {
      await expect(asking(status, { __type, message: 'no' })).rejects.toBeInstanceOf(expected);
      client.destroy();
      await stand.close();
    }
    await expect(asking(200, { startDate: 1 })).rejects.toThrow(TransientError);
    client.destroy();
    await stand.close();
    await expect(asking(200, { status: 'RUNNING' }, 'latchkey')).rejects.toThrow('STATE_MACHINE_ARN');
  });
});
