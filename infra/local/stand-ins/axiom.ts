import type { Clock } from '../../../functions/runtime/clock.ts';
import { type Faults, faults, type StandIn, serve } from './stand-in.ts';

/** The token the stand-in knows when none is given. */
export const AXIOM_STAND_IN_TOKEN = 'xaat-latchkey-stand-in';

/**
 * An event of a dataset: its columns by name, flat (dots are part of the name). `_time` is an instant as RFC 3339 or in
 * milliseconds since 1970. `visibleFrom`, in milliseconds since 1970, is no column: the event is there from then on.
 */
export type AxiomEvent = Readonly<Record<string, unknown>>;

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

/** What goes wrong with ingests, live. */
export interface IngestFaults {
  /** So many ingests more lose one event each, and say so in a 200. */
  partial: number;
}

export interface AxiomStandIn extends StandIn {
  readonly faults: Faults;
  readonly ingestFaults: IngestFaults;
  /** Every event taken, in order, by dataset; datasets that were created or ingested into are there. */
  readonly ingested: Readonly<Record<string, readonly AxiomEvent[]>>;
}

/** Axiom's API (`reference/axiom.md` §1–4): ingest, queries and datasets, as API and as edge deployment at once. */
export async function startAxiomStandIn(options: AxiomStandInOptions): Promise<AxiomStandIn> {
  const live = { faults: faults(options.faults), ingestFaults: { partial: 0 }, ingested: {} };
  const server = await serve({
    name: 'axiom',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    answer: () => ({ status: 404, body: { message: 'not found' } }),
  });
  return Object.assign(live, server);
}
