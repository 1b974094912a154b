import { ERROR_NAMES, type ErrorName } from './error-names.ts';

/**
 * The base of every error this product throws. `name` is the contract with the state machine; `message` is written for
 * the operator and never holds a secret, a header or a response body; `cause` is what was caught.
 */
export class LatchkeyError extends Error {
  override readonly name: ErrorName;

  constructor(name: ErrorName, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
  }
}

/** A failure that passes: worth trying again. */
export class TransientError extends LatchkeyError {
  constructor(message: string, cause?: unknown) {
    super(ERROR_NAMES.transient, message, cause);
  }
}

/** An outside system asked us to slow down. */
export class RateLimitedError extends LatchkeyError {
  /** Milliseconds the system asked us to wait; undefined when it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number, cause?: unknown) {
    super(ERROR_NAMES.rateLimited, message, cause);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Something given to us is wrong: names the field, what was wrong and what is allowed. */
export class BadInputError extends LatchkeyError {
  constructor(message: string, cause?: unknown) {
    super(ERROR_NAMES.badInput, message, cause);
  }
}

/** A setting, secret or permission is missing or wrong: names it. */
export class ConfigError extends LatchkeyError {
  constructor(message: string, cause?: unknown) {
    super(ERROR_NAMES.config, message, cause);
  }
}

/** An outside system did not take what was sent. It is stored where others try again later. */
export class UndeliveredError extends LatchkeyError {
  constructor(message: string, cause?: unknown) {
    super(ERROR_NAMES.undelivered, message, cause);
  }
}

/** Evidence could not be read in full. The case goes on, with coverage that says so. */
export class EvidenceGapError extends LatchkeyError {
  constructor(message: string, cause?: unknown) {
    super(ERROR_NAMES.evidenceGap, message, cause);
  }
}
