import { ConfigError, LatchkeyError, RateLimitedError, TransientError } from './errors.ts';
import type { LogFields } from './logger.ts';

/** The most stack frames a log line carries. */
const FRAMES = 8;

/** AWS error names that stay wrong until somebody changes a permission or the stack. */
const AWS_CONFIG_ERRORS = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnrecognizedClientException',
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
  'CredentialsProviderError',
]);

/**
 * The error as the platform may see it: Lambda and Step Functions store name and message, and Lambda prints the cause.
 * Our own errors keep name and message and lose the cause, which may quote a token. Anything else becomes an error of
 * ours that names only its class: `ConfigError` for what AWS will refuse again, `TransientError` otherwise, so that a
 * fault nobody foresaw is retried before it is given up.
 */
export function safeError(error: unknown): LatchkeyError {
  if (error instanceof RateLimitedError) return new RateLimitedError(error.message, error.retryAfterMs);
  if (error instanceof LatchkeyError) return new LatchkeyError(error.name, error.message);
  const name = classOf(error);
  if (AWS_CONFIG_ERRORS.has(name)) return new ConfigError(`AWS refused a call (${name}); check this function's role.`);
  return new TransientError(`Unexpected ${name}; this function's log has the stack.`);
}

/** What a log line says of an error: its classes down the causes and where it was thrown, no foreign message. */
export function errorFields(error: unknown): LogFields {
  return {
    error: classOf(error),
    reason: error instanceof LatchkeyError ? error.message : undefined,
    causes: causesOf(error),
    frames: framesOf(error),
  };
}

function classOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return /^[A-Za-z0-9_.$]{1,80}$/.test(name) ? name : 'Error';
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < 5) {
    causes.push(classOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** Only lines of the stack that are frames: its head repeats the message, which may span lines. */
function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  const lines = typeof stack === 'string' ? stack.split('\n') : [];
  return lines
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line))
    .map((line) => line.trim())
    .slice(0, FRAMES);
}
