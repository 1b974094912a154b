import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import { isObject, parseJson, stringAt } from './json.ts';
import { closeServer, listen } from './local-server.ts';
import { readBody } from './request-body.ts';
import { type ExecutionBook, STEP_FUNCTIONS } from './step-functions.ts';

/** The AWS services the functions call, besides DynamoDB and Bedrock, at one URL. */
export interface AwsEndpoint {
  /** Root URL, for `AWS_ENDPOINT_URL_SFN` and `AWS_ENDPOINT_URL_SECRETS_MANAGER`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface AwsEndpointOptions {
  /** Secret strings by name (`latchkey/<system>`). */
  readonly secrets: ReadonlyMap<string, string>;
  readonly region: string;
  readonly accountId: string;
  readonly executions: ExecutionBook;
}

type Operation = (body: unknown, options: AwsEndpointOptions) => unknown;

/** Both services speak AWS JSON, the one 1.0 and the other 1.1: the operation is in `X-Amz-Target`. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    Object.entries(STEP_FUNCTIONS).map(([name, perform]) => [
      `AWSStepFunctions.${name}`,
      (body: unknown, { executions }: AwsEndpointOptions) => perform(body, executions),
    ]),
  ),
  'secretsmanager.GetSecretValue': getSecretValue,
};

/** No request of these services is larger than their largest field (a state machine's input, 256 KiB) and its names. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** Starts the endpoint on a free loopback port. */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const server = createServer((request, response) => void answer(request, response, options));
  const url = await listen(server);
  return { url, close: () => closeServer(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: AwsEndpointOptions): Promise<void> {
  const type = request.headers['content-type'] ?? 'application/x-amz-json-1.0';
  response.setHeader('content-type', type).setHeader('x-amzn-requestid', randomUUID());
  try {
    const body = JSON.stringify(await perform(request, options));
    response.writeHead(200).end(body);
  } catch (error) {
    // Whatever went wrong is answered as the service would: the function's own error handling is what runs here.
    const known = error instanceof AwsError ? error : new AwsError('InternalServerError', String(error), 500);
    response.writeHead(known.status).end(JSON.stringify({ __type: known.name, message: known.message }));
  }
}

async function perform(request: IncomingMessage, options: AwsEndpointOptions): Promise<unknown> {
  const target = request.headers['x-amz-target'];
  const operation = typeof target === 'string' ? OPERATIONS[target] : undefined;
  const raw = await readBody(request, MAX_REQUEST_BYTES);
  if (operation === undefined) throw new AwsError('UnknownOperationException', `Not offered here: ${String(target)}`);
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  const body = raw === undefined ? undefined : parseJson(raw.toString('utf8'));
  if (!isObject(body)) throw new AwsError('SerializationException', 'The request is no JSON object');
  return operation(body, options);
}

function getSecretValue(body: unknown, options: AwsEndpointOptions): unknown {
  const id = stringAt(body, 'SecretId') ?? '';
  const name = id.startsWith('arn:') ? (id.split(':secret:')[1] ?? '').replace(/-[A-Za-z0-9]{6}$/, '') : id;
  const value = options.secrets.get(name);
  if (value === undefined) {
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  return {
    ARN: `arn:aws:secretsmanager:${options.region}:${options.accountId}:secret:${name}-Local0`,
    Name: name,
    SecretString: value,
    VersionId: '00000000-0000-4000-8000-000000000000',
    VersionStages: ['AWSCURRENT'],
  };
}
