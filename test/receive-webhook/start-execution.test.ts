import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { WorkflowStarter } from '../../functions/adapters/stepfunctions/start-execution.ts';
import { openCase } from '../../functions/core/case.ts';
import { ConfigError, TransientError } from '../../functions/runtime/errors.ts';
import { type AwsStand, openAwsStand } from './aws-stand.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:latchkey';
const STATE = openCase({
  caseId: 'spike-20261120T190022Z-0a1b2c3d4e',
  trigger: 'spike',
  window: { start: '2026-11-20T18:30:22.000Z', end: '2026-11-20T19:10:00.000Z' },
  shadow: false,
});

let stand: AwsStand;
afterEach(async () => stand.close());

async function starting(status: number, body: object) {
  stand = await openAwsStand(() => ({ status, body }));
  const client = new SFNClient({
    endpoint: stand.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return new WorkflowStarter(client, ARN).start(STATE);
}

describe('starting the workflow', () => {
  it('names the execution after the case and gives it the state', async () => {
    await starting(200, { executionArn: `${ARN}:x`, startDate: 1 });
    const [request] = stand.requests;
    expect(request?.operation).toBe('AWSStepFunctions.StartExecution');
    expect(request?.body).toMatchObject({ stateMachineArn: ARN, name: STATE.caseId });
    expect(JSON.parse(String(request?.body.input))).toEqual(STATE);
  });

  it('takes one that exists already for a success', async () => {
    await expect(starting(400, { __type: 'ExecutionAlreadyExists', message: 'no' })).resolves.toBeUndefined();
  });

  it.each([
    [400, 'ThrottlingException', TransientError],
    [500, 'InternalFailure', TransientError],
    [400, 'ExecutionLimitExceeded', TransientError],
    [400, 'StateMachineDoesNotExist', ConfigError],
    [400, 'AccessDeniedException', ConfigError],
  ])('fails with %i %s as what it is', async (status, __type, expected) => {
    const failure = await starting(status, { __type, message: 'no' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(expected);
    expect(failure).toMatchObject({ cause: expect.any(Error) });
  });
});
