import { AxiomWithoutBatching } from '@axiomhq/js';
import * as z from 'zod/mini';
import { plainText } from '../../core/hostile-text.ts';
import { type EpochMs, toIso, type Window } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { EvidenceGapError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import type { Fetch } from '../../runtime/http.ts';
import { withRetries } from '../../runtime/retry.ts';
import type { ReadOptions } from '../../runtime/secrets.ts';
import { datasetOf } from './apl.ts';
import { type Asked, nameOf, TokenRefusedError, TooManyRowsError } from './axiom-errors.ts';
import { Exchange } from './exchange.ts';
import { readTable } from './tabular.ts';

export { TooManyRowsError } from './axiom-errors.ts';

export interface AxiomOptions {
  /** Root of the API, with or without a path. */
  readonly url: string;
  /** Root of the edge deployment that the datasets lie in; takes every query and ingest where it is given. */
  readonly edgeUrl?: string;
  /** The API token; `fresh` asks for it past any cache, after Axiom refused the one we had. */
  readonly token: (options?: ReadOptions) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** Tries of each query and ingest, the first included; missing: as many as evidence is worth. */
  readonly attempts?: number;
}

/** One row of a result, by column. Values are as Axiom sent them: whoever reads a row checks them. */
export type AxiomRow = Readonly<Record<string, unknown>>;

export interface QueryOptions {
  /** What of the dataset is looked at, by `_time`. A query that must be exact at the ends says so itself. */
  readonly range: Window;
  readonly deadline: EpochMs;
}

/** A result of so many rows may have been cut (`reference/axiom.md` §2). */
export const ROW_CEILING = 50_000;

/** What one kind of request may take: milliseconds for one try, bytes of its answer (an ingest's lists what failed). */
const BOUNDS = {
  query: { timeoutMs: 60_000, maxBytes: 32 * 1024 * 1024 },
  ingest: { timeoutMs: 30_000, maxBytes: 8 * 1024 * 1024 },
} as const;

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

const IngestStatus = z.object({ ingested: z.number(), failed: z.number() });

/**
 * Axiom's queries and ingest by its library, whole or not at all. Retries what passes within the caller's deadline.
 * Once Axiom asked for a pause, later calls of the kind keep it too: limits are the token's, and those of queries and of
 * ingest are apart (`reference/axiom.md` §2).
 */
export class AxiomClient {
  readonly #options: AxiomOptions;
  readonly #root: string;
  readonly #pauses = { query: { until: 0, because: '' }, ingest: { until: 0, because: '' } };

  constructor(options: AxiomOptions) {
    this.#options = options;
    this.#root = (options.edgeUrl ?? options.url).replace(/\/+$/, '');
  }

  /**
   * The rows of a query's result, all of them. A query needs a `limit`, `top` or `count` of its own: without one it gets
   * 1,000 rows, and fails here when there were more.
   * @throws TooManyRowsError for a result that was cut, or may have been · EvidenceGapError when Axiom says it is faulty ·
   *   TransientError, RateLimitedError when the deadline leaves no time for another try · ConfigError for what it refuses
   */
  async query(apl: string, { range, deadline }: QueryOptions): Promise<readonly AxiomRow[]> {
    const asked = { action: 'query', dataset: datasetOf(apl) } as const;
    const span = { startTime: toIso(range.start), endTime: toIso(range.end) };
    return await this.#retried(asked, deadline, async () => {
      const answer = await this.#authorized(asked, deadline, (axiom) =>
        axiom.query(apl, { ...span, format: 'tabular' }),
      );
      return wholeRows(answer, asked);
    });
  }

  /**
   * Sends events as one request, at most 10,000 of them. Tried again, all of them are sent again: readers keep one of
   * each key.
   * @throws TransientError unless every event was ingested · RateLimitedError, ConfigError as `query`
   */
  async ingest(dataset: string, events: readonly object[], deadline: EpochMs): Promise<void> {
    if (events.length === 0) return;
    const asked = { action: 'ingest', dataset } as const;
    await this.#retried(asked, deadline, async () => {
      const answer = await this.#authorized(asked, deadline, (axiom) => axiom.ingest(dataset, [...events]));
      checkIngested(answer, events.length, asked);
    });
  }

  async #retried<T>(asked: Asked, deadline: EpochMs, work: () => Promise<T>): Promise<T> {
    const { clock, random, attempts = ATTEMPTS } = this.#options;
    const pause = this.#pauses[asked.action];
    return await withRetries(
      async () => {
        const left = pause.until - clock.now();
        if (left > 0) throw new RateLimitedError(pause.because, left);
        try {
          return await work();
        } catch (error) {
          // Fails toward the retry; only remembers how long Axiom wants to be left alone.
          if (error instanceof RateLimitedError && error.retryAfterMs !== undefined) {
            pause.until = Math.max(pause.until, clock.now() + error.retryAfterMs);
            pause.because = error.message;
          }
          throw error;
        }
      },
      { attempts, baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS, clock, deadline, random },
    );
  }

  /** One request; after a refused token once more with a token read afresh, as it may have been rotated. */
  async #authorized<T>(asked: Asked, deadline: EpochMs, work: Work<T>): Promise<T> {
    const token = await this.#options.token();
    try {
      return await this.#send(asked, token, deadline, work);
    } catch (error) {
      // Fails toward asking: everything but a refused token is thrown on as it is.
      if (!(error instanceof TokenRefusedError)) throw error;
      const fresh = await this.#options.token({ fresh: true });
      if (fresh === token) throw error;
      return await this.#send(asked, fresh, deadline, work);
    }
  }

  async #send<T>(asked: Asked, token: string, deadline: EpochMs, work: Work<T>): Promise<T> {
    const { fetch, clock, edgeUrl } = this.#options;
    const left = deadline - clock.now();
    if (left <= 0) throw new TransientError(`There was no time left to ask Axiom for ${nameOf(asked)}`);
    const { timeoutMs, maxBytes } = BOUNDS[asked.action];
    const exchange = new Exchange({
      fetch,
      clock,
      root: this.#root,
      asked,
      token,
      timeoutMs: Math.min(left, timeoutMs),
      maxBytes,
    });
    // Which of the two it is given decides the paths. It appends none to a URL that has one, so it gets the bare host.
    const host = new URL(this.#root).origin;
    const axiom = new AxiomWithoutBatching({
      token,
      ...(edgeUrl === undefined ? { url: host } : { edgeUrl: host }),
      fetch: exchange.fetch,
      // Without it a failed ingest looks like one of no events.
      onError: (error) => {
        throw error;
      },
    });
    try {
      return await work(axiom);
    } catch {
      // Fails toward a retry where the library could not read a 200; its message may quote the body.
      throw exchange.failure ?? unreadable(asked);
    }
  }
}

type Work<T> = (axiom: AxiomWithoutBatching) => Promise<T>;

function wholeRows(answer: unknown, asked: Asked): readonly AxiomRow[] {
  const reading = readTable(answer);
  if (reading === undefined) throw unreadable(asked);
  const { rows, partial, limit, fault } = reading;
  if (partial) throw new TransientError(`Axiom answered ${nameOf(asked)} in part only`);
  if (limit !== undefined) {
    throw new TooManyRowsError(`Axiom cut its answer to ${nameOf(asked)}: ${plainText(limit, 80)}`);
  }
  if (fault !== undefined) {
    throw new EvidenceGapError(`Axiom could not answer ${nameOf(asked)} in full: ${plainText(fault, 80)}`);
  }
  if (rows.length >= ROW_CEILING) {
    throw new TooManyRowsError(`Axiom answered ${nameOf(asked)} with ${rows.length} rows, and may have cut it there`);
  }
  return rows;
}

function checkIngested(answer: unknown, sent: number, asked: Asked): void {
  const status = IngestStatus.safeParse(answer);
  if (!status.success) throw unreadable(asked);
  const { ingested, failed } = status.data;
  if (failed > 0 || ingested < sent) {
    throw new TransientError(`Axiom took ${ingested} of ${sent} ${nameOf(asked)}`);
  }
}

function unreadable(asked: Asked): TransientError {
  return new TransientError(`Axiom answered ${nameOf(asked)} with something that is no result`);
}
