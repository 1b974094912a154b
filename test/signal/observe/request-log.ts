import type { SightingMethod } from '../../../functions/core/sighting.ts';
import type { EpochMs } from '../../../functions/core/time.ts';
import type { SimZone } from '../truth.ts';
import { ByHour } from './by-hour.ts';
import type { Place } from './places.ts';
import { lastOf, type Train } from './train.ts';

/** Requests of one client to one host that are evidence of a bot, or events that Cloudflare made of them. */
export interface RequestRow {
  readonly place: Place;
  readonly zone: SimZone;
  readonly host: string;
  readonly path: string;
  /** Cloudflare's word for it. */
  readonly method: SightingMethod;
  /** 1..29 where the method is `bot-score`. */
  readonly botScore?: number;
  readonly asn?: number;
  readonly country?: string;
  readonly ja4?: string;
  readonly train: Train;
  /** Milliseconds until Cloudflare's analytics, and until Axiom, show them. */
  readonly late: { readonly cloudflare: number; readonly axiom: number };
}

interface OfNetwork {
  readonly rows: RequestRow[];
  /** When each starts. */
  readonly starts: EpochMs[];
  /** Milliseconds that the longest takes. */
  longest: number;
}

/** Requests, found by time or by network without reading them all. */
export class RequestLog {
  readonly #byHour: ByHour<RequestRow>;
  readonly #byNetwork = new Map<string, OfNetwork>();

  constructor(rows: readonly RequestRow[]) {
    this.#byHour = new ByHour(rows);
    for (const row of [...rows].sort((a, b) => a.train.start - b.train.start)) {
      const { start } = row.train;
      const end = lastOf(row.train);
      const same = this.#byNetwork.get(row.place.network) ?? { rows: [], starts: [], longest: 0 };
      this.#byNetwork.set(row.place.network, same);
      same.rows.push(row);
      same.starts.push(start);
      same.longest = Math.max(same.longest, end - start);
    }
  }

  /** Each row once that may have requests in `[start, end)`: all that have, and few others. */
  within(start: EpochMs, end: EpochMs): Iterable<RequestRow> {
    return this.#byHour.within(start, end);
  }

  /** The same of one network. */
  *ofNetwork(network: string, start: EpochMs, end: EpochMs): Generator<RequestRow> {
    const known = this.#byNetwork.get(network);
    if (known === undefined) return;
    const { rows, starts, longest } = known;
    for (let index = firstFrom(starts, start - longest); index < rows.length; index++) {
      const row = rows[index];
      if (row === undefined || row.train.start >= end) return;
      yield row;
    }
  }
}

/** The index of the first at or after `at`, in ascending order. */
function firstFrom(starts: readonly EpochMs[], at: EpochMs): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? Number.POSITIVE_INFINITY) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
