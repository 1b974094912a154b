import { ConfigError, TransientError } from '../../runtime/errors.ts';

const PASSING = new Set([
  'ExecutionLimitExceeded',
  'InternalServerError',
  'InternalServerException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SlowDown',
  'ThrottlingException',
  'ThrottledException',
  'TimeoutError',
  'TooManyRequestsException',
]);

const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * What an AWS SDK call threw, as one of ours: throttling, network, time-out and 5xx pass (`TransientError`); refused
 * access, a refused request and a missing resource do not (`ConfigError`). The SDK has already made its own three
 * attempts (`reference/aws-platform.md` §7). Anything the SDK did not throw is a bug of ours and comes back unchanged.
 * @param doing What was tried, for the message, for example `DynamoDB PutItem on table latchkey`.
 */
export function awsFailure(doing: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const status = statusOf(thrown);
  // An answer below 400 that still throws is one the SDK could not read: cut short on its way.
  const passes = status !== undefined && (status === 429 || status >= 500 || status < 400);
  if (passes || PASSING.has(thrown.name) || NETWORK_CODES.has(codeOf(thrown))) {
    return new TransientError(`${doing} failed and may work later: ${thrown.name}`, thrown);
  }
  if (thrown.name === 'CredentialsProviderError') {
    return new ConfigError(`${doing}: no AWS credentials found for this process`, thrown);
  }
  if (status !== undefined) {
    return new ConfigError(`${doing} was refused: ${thrown.name}; check its name, region and permission`, thrown);
  }
  return thrown;
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
