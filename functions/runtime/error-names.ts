/**
 * The names errors carry, and the state machine's retry lists match on. A contract: renaming one breaks executions in
 * flight. `infra` imports this list and nothing else from here.
 */
export const ERROR_NAMES = {
  /** An outside system or AWS failed in a way that passes: network, time-out, 5xx, throttling. Retried. */
  transient: 'TransientError',
  /** An outside system asked us to slow down. Retried after a pause. */
  rateLimited: 'RateLimitedError',
  /** Something given to us is wrong and stays wrong. Never retried. */
  badInput: 'BadInputError',
  /** A setting, secret or permission is missing or wrong. Never retried. */
  config: 'ConfigError',
  /** An outside system did not take what was sent; it is stored, and others try again later. Never retried. */
  undelivered: 'UndeliveredError',
  /** Evidence could not be read in full; the case goes on and says so. Never retried. */
  evidenceGap: 'EvidenceGapError',
} as const;

export type ErrorName = (typeof ERROR_NAMES)[keyof typeof ERROR_NAMES];
