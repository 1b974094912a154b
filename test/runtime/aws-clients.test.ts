import { createServer, type IncomingMessage, type Server } from 'node:http';
import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  makeBedrockClient,
  makeDynamoDbClient,
  makeSecretsManagerClient,
  makeStepFunctionsClient,
} from '../../functions/runtime/aws-clients.ts';

let server: Server;
let seen: IncomingMessage[];
/** Whether the server answers at all. */
let answers: boolean;

beforeEach(async () => {
  seen = [];
  answers = true;
  server = createServer((request, response) => {
    seen.push(request);
    if (answers) response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  for (const service of ['DYNAMODB', 'SFN', 'SECRETS_MANAGER', 'BEDROCK_RUNTIME'])
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const converse = new ConverseCommand({ modelId: 'm', messages: [] });

describe('AWS clients', () => {
  it.each([
    ['dynamodb', () => makeDynamoDbClient().send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } }))],
    ['states', () => makeStepFunctionsClient().send(new StartExecutionCommand({ stateMachineArn: 'arn:aws:x' }))],
    ['secretsmanager', () => makeSecretsManagerClient().send(new GetSecretValueCommand({ SecretId: 'a' }))],
  ])('ask the server the environment names, in the region it names: %s', async (service, call) => {
    await call();
    expect(seen).toHaveLength(1);
    expect(seen[0]?.headers.authorization).toContain(`/eu-central-1/${service}/aws4_request`);
  });

  it.each([makeDynamoDbClient, makeStepFunctionsClient, makeSecretsManagerClient])(
    'names the missing region: %o',
    (make) => {
      expect(() => make({})).toThrow('AWS_REGION');
    },
  );

  it('speaks HTTP/1.1 to Bedrock, in the region it is given', async () => {
    await makeBedrockClient('us-east-1', 5_000).send(converse);
    expect(seen[0]?.httpVersion).toBe('1.1');
    expect(seen[0]?.headers.authorization).toContain('/us-east-1/bedrock/aws4_request');
  });

  it('gives up on Bedrock in the time it is given, without a second try', async () => {
    answers = false;
    await expect(makeBedrockClient('us-east-1', 50).send(converse)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(seen).toHaveLength(1);
  });
});
