import { withoutSecrets } from '../../core/hostile-text.ts';
import {
  ConfigError,
  EvidenceGapError,
  type LatchkeyError,
  RateLimitedError,
  TransientError,
} from '../../runtime/errors.ts';

/** What was asked of Axiom, to say it in an error. */
export interface Asked {
  readonly action: 'query' | 'ingest';
  /** Undefined where the query does not begin with its dataset. */
  readonly dataset: string | undefined;
}

/** What an answer other than 200 said. */
export interface Refusal {
  readonly status: number;
  /** The `message` of Axiom's own error body, where it has one. */
  readonly message: string | undefined;
  /** Milliseconds of pause that were asked for. */
  readonly retryAfterMs: number | undefined;
}

/** The result was cut or would be: the caller narrows its question. */
export class TooManyRowsError extends EvidenceGapError {}

/** The token was refused: it may have been rotated, so one read afresh is tried before this is final. */
export class TokenRefusedError extends ConfigError {}

/** The most characters of Axiom's own message that an error repeats: it quotes the query, which is long. */
const MESSAGE_LENGTH = 300;

/** An answer other than 200 as an error. Only what Axiom says of a request it does not understand (400) is repeated. */
export function errorOf({ status, message, retryAfterMs }: Refusal, asked: Asked): LatchkeyError {
  if (status === 429) {
    return new RateLimitedError(`Axiom answered 429 to ${nameOf(asked)}: too many requests`, retryAfterMs);
  }
  if (status < 300 || status === 408 || status >= 500) {
    const answered = `Axiom answered ${status} to ${nameOf(asked)}`;
    return retryAfterMs === undefined ? new TransientError(answered) : new RateLimitedError(answered, retryAfterMs);
  }
  if (status === 401 || status === 403) {
    return new TokenRefusedError(
      `Axiom refused ${nameOf(asked)} (${status}): the token in secret latchkey/axiom is wrong, has expired or lacks the permission`,
    );
  }
  if (status === 404) {
    const { dataset } = asked;
    return new ConfigError(
      `Axiom has no ${dataset === undefined ? 'such dataset' : `dataset ${dataset}`} (404): check its name in the settings, and that axiom.url and axiom.edgeUrl are where it lies`,
    );
  }
  if (status >= 300 && status < 400) {
    return new ConfigError(
      `Axiom answered ${status}, a redirect, to ${nameOf(asked)}: check axiom.url and axiom.edgeUrl`,
    );
  }
  const said = status === 400 && message !== undefined ? `: ${withoutSecrets(message, MESSAGE_LENGTH)}` : '';
  return new ConfigError(`Axiom refused ${nameOf(asked)} (${status})${said}`);
}

/** What was asked, as a part of a sentence. */
export function nameOf({ action, dataset }: Asked): string {
  const what = action === 'query' ? 'a query of' : 'events for';
  return `${what} ${dataset === undefined ? 'its dataset' : `dataset ${dataset}`}`;
}
