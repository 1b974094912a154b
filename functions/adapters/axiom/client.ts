import type { EpochMs, Window } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { EvidenceGapError, TransientError } from '../../runtime/errors.ts';
import type { Fetch } from '../../runtime/http.ts';
import type { ReadOptions } from '../../runtime/secrets.ts';

export interface AxiomOptions {
  /** Root of the API. */
  readonly url: string;
  /** Root of the edge deployment that the datasets lie in; takes every query and ingest where it is given. */
  readonly edgeUrl?: string;
  /** The API token; `fresh` asks for it past any cache, after Axiom refused the one we had. */
  readonly token: (options?: ReadOptions) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of retries. */
  readonly random: () => number;
}

/** One row of a result, by column. Values are as Axiom sent them: whoever reads a row checks them. */
export type AxiomRow = Readonly<Record<string, unknown>>;

export interface QueryOptions {
  /** What of the dataset is looked at, by `_time`. */
  readonly range: Window;
  readonly deadline: EpochMs;
}

/** A result of so many rows may have been cut (`reference/axiom.md` §2). */
export const ROW_CEILING = 50_000;

/** The result was cut or would be: the caller narrows its question. */
export class TooManyRowsError extends EvidenceGapError {}

/** Axiom's queries and ingest, whole or not at all. */
export class AxiomClient {
  readonly #options: AxiomOptions;

  constructor(options: AxiomOptions) {
    this.#options = options;
  }

  /**
   * The rows of a query's result, all of them. A query without a `limit`, `top` or `count` of its own gets 1,000 rows
   * and fails here.
   * @throws TooManyRowsError for a result that was cut · TransientError, RateLimitedError when the deadline leaves no
   *   time for another try · ConfigError for what Axiom refuses
   */
  async query(_apl: string, _options: QueryOptions): Promise<readonly AxiomRow[]> {
    throw new TransientError(`Axiom at ${this.#options.url} cannot be asked yet`);
  }

  /**
   * Sends events as one request: at most 10,000 of them, and 1 MB.
   * @throws TransientError unless every event was ingested; else as `query`
   */
  async ingest(_dataset: string, _events: readonly object[], _deadline: EpochMs): Promise<void> {
    throw new TransientError(`Axiom at ${this.#options.url} cannot be sent to yet`);
  }
}
