import type { Clock } from '../../../functions/runtime/clock.ts';
import { answerManagement } from './axiom-datasets.ts';
import type { AxiomEvent } from './axiom-events.ts';
import { answerIngest } from './axiom-ingest.ts';
import { answerQuery } from './axiom-query.ts';
import { AxiomStore } from './axiom-store.ts';
import { type Answer, type Asked, type Faults, faults, rateLimit, type StandIn, serve } from './stand-in.ts';

export type { AxiomEvent } from './axiom-events.ts';

/** The token the stand-in knows when none is given. */
export const AXIOM_STAND_IN_TOKEN = 'xaat-latchkey-stand-in';

export interface AxiomStandInOptions {
  readonly clock: Clock;
  readonly port?: number;
  /** The one API token it accepts; `AXIOM_STAND_IN_TOKEN` when none is given. */
  readonly token?: string;
  readonly faults?: Partial<Faults>;
  /** Datasets by name, read as they are at each request: events may be added while it runs. */
  readonly datasets: Readonly<Record<string, readonly AxiomEvent[]>>;
  /** Requests taken in 60 s; 1,000 by default. */
  readonly requestsPerMinute?: number;
  /** The most rows a result has; 50,000 by default. */
  readonly rowCeiling?: number;
}

/** What goes wrong with ingests alone, live. */
export interface IngestFaults {
  /** So many ingests more lose the first half of their events, and say so in a 200. Counts down to 0. */
  partial: number;
  /** So many ingests more go through, and none after them: 503. Counts down to 0, and stays there until it is taken away. */
  failAfter?: number | undefined;
}

/** What goes wrong with queries without an error, live. */
export interface QueryFaults {
  /** So many queries more are answered with `isPartial`. Counts down to 0. */
  partial: number;
}

export interface AxiomStandIn extends StandIn {
  readonly faults: Faults;
  readonly ingestFaults: IngestFaults;
  readonly queryFaults: QueryFaults;
  /** Read at every request. */
  token: string;
  /** Every event taken, in order, by dataset; datasets that were created or ingested into are there. Queries see them. */
  readonly ingested: Readonly<Record<string, readonly AxiomEvent[]>>;
}

/** The largest body, unpacked; Axiom's own limit is not published. */
const LARGEST_BODY = 16 * 1024 * 1024;

/** Axiom's API (`reference/axiom.md` §1–4): ingest, queries and datasets, as API and as edge deployment at once. */
export async function startAxiomStandIn(options: AxiomStandInOptions): Promise<AxiomStandIn> {
  const { clock } = options;
  const store = new AxiomStore(options.datasets, clock);
  const ingestFaults: IngestFaults = { partial: 0 };
  const live = {
    faults: faults(options.faults),
    ingestFaults,
    queryFaults: { partial: 0 },
    token: options.token ?? AXIOM_STAND_IN_TOKEN,
    ingested: store.ingested,
  };
  const requests = options.requestsPerMinute ?? 1000;
  const limit = rateLimit(requests, 60_000, clock);
  const startedAt = clock.now();
  const server = await serve({
    name: 'axiom',
    clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    answer: (asked) => answer(asked),
    largestBody: LARGEST_BODY,
    gzip: true,
  });
  const standIn: AxiomStandIn = Object.assign(live, server);
  return standIn;

  function answer(asked: Asked): Answer {
    const { authorization } = asked.headers;
    if (authorization === undefined) return failed(401, 'missing authorization');
    if (authorization !== `Bearer ${standIn.token}`) return failed(403, 'forbidden');
    const budget = limit.take('token');
    const isOver = 'waitMs' in budget;
    const reset = clock.now() + (isOver ? budget.waitMs : 60_000);
    const headers = {
      'x-ratelimit-scope': 'organization',
      'x-ratelimit-limit': String(requests),
      'x-ratelimit-remaining': String(isOver ? 0 : budget.free),
      'x-ratelimit-reset': String(Math.ceil(reset / 1000)),
    };
    const given = isOver ? { status: 429, body: { message: 'rate limit exceeded' } } : route(asked);
    return { ...given, headers };
  }

  function route(asked: Asked): Answer {
    const { method, path } = asked;
    const isQuery = path === '/v1/datasets/_apl' || path === '/v1/query/_apl';
    const dataset = /^\/v1\/(?:datasets\/([^/]+)\/ingest|ingest\/([^/]+))$/.exec(path);
    if ((isQuery || dataset !== null) && method !== 'POST') return failed(405, 'method not allowed');
    if (isQuery) {
      const takePartial = () => takeOne(live.queryFaults);
      return answerQuery(asked, { store, clock, ceiling: options.rowCeiling ?? 50_000, takePartial });
    }
    if (dataset !== null) {
      if (ingestFaults.failAfter !== undefined && ingestFaults.failAfter-- <= 0) {
        ingestFaults.failAfter = 0;
        return failed(503, 'service unavailable');
      }
      const takePartial = () => takeOne(live.ingestFaults);
      return answerIngest(dataset[1] ?? dataset[2] ?? '', asked, { store, clock, takePartial });
    }
    return answerManagement(asked, store, startedAt) ?? failed(404, 'not found');
  }
}

function failed(code: number, message: string): Answer {
  return { status: code, body: { code, message } };
}

function takeOne(fault: { partial: number }): boolean {
  if (fault.partial <= 0) return false;
  fault.partial -= 1;
  return true;
}
