import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Environment, requireEnv } from './environment.ts';

/** Milliseconds; AWS answers these calls in tens. */
const CONNECT_MS = 2_000;
const ANSWER_MS = 5_000;
/** The SDK's own tries per call, the first included. */
const TRIES = 3;

/*
 * One function per client, each called once when a function's services are built. Endpoints come from the SDK's own
 * `AWS_ENDPOINT_URL_<SERVICE>` variables and credentials from its default chain. A bundle holds only the clients its
 * step names.
 */

/** DynamoDB in the function's region. Throws `ConfigError` when `AWS_REGION` is not set. */
export function makeDynamoDbClient(env: Environment = process.env): DynamoDBClient {
  return new DynamoDBClient(configOf(requireEnv('AWS_REGION', env)));
}

/** Step Functions in the function's region. Throws `ConfigError` when `AWS_REGION` is not set. */
export function makeStepFunctionsClient(env: Environment = process.env): SFNClient {
  return new SFNClient(configOf(requireEnv('AWS_REGION', env)));
}

/** Secrets Manager in the function's region. Throws `ConfigError` when `AWS_REGION` is not set. */
export function makeSecretsManagerClient(env: Environment = process.env): SecretsManagerClient {
  return new SecretsManagerClient(configOf(requireEnv('AWS_REGION', env)));
}

/**
 * Bedrock's runtime in the given region. HTTP/1.1, because the client's default is HTTP/2, which ignores Node's request
 * time-outs and which no plain server answers. One try: the caller has a hard deadline and retries within it itself.
 */
export function makeBedrockClient(region: string, answerMs: number): BedrockRuntimeClient {
  return new BedrockRuntimeClient({ ...configOf(region, answerMs), maxAttempts: 1 });
}

function configOf(region: string, answerMs: number = ANSWER_MS) {
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    requestTimeout: answerMs,
    // Without it the handler only warns when the time is over (`@smithy/node-http-handler`).
    throwOnRequestTimeout: true,
  });
  // Said here, as no other mode is in the bundles (`infra/constructs/unused-parts.ts`).
  return { region, maxAttempts: TRIES, retryMode: 'standard', requestHandler };
}
