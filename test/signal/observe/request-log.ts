import type { SightingMethod } from '../../../functions/core/sighting.ts';
import { type EpochMs, HOUR } from '../../../functions/core/time.ts';
import type { SimZone } from '../truth.ts';
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

/** Requests, found by time or by network without reading them all. */
export class RequestLog {
  readonly #byHour = new Map<number, RequestRow[]>();
  readonly #byNetwork = new Map<string, { readonly rows: RequestRow[]; longest: number }>();

  constructor(rows: readonly RequestRow[]) {
    for (const row of [...rows].sort((a, b) => a.train.start - b.train.start)) {
      const { start } = row.train;
      const end = lastOf(row.train);
      for (let hour = hourOf(start); hour <= hourOf(end); hour++) push(this.#byHour, hour, row);
      const same = this.#byNetwork.get(row.place.network) ?? { rows: [], longest: 0 };
      this.#byNetwork.set(row.place.network, same);
      same.rows.push(row);
      same.longest = Math.max(same.longest, end - start);
    }
  }

  /** Each row once that may have requests in `[start, end)`: all that have, and few others. */
  *within(start: EpochMs, end: EpochMs): Generator<RequestRow> {
    const first = hourOf(start);
    for (let hour = first; hour <= hourOf(end - 1); hour++) {
      for (const row of this.#byHour.get(hour) ?? []) {
        if (hour === Math.max(first, hourOf(row.train.start))) yield row;
      }
    }
  }

  /** The same of one network. */
  *ofNetwork(network: string, start: EpochMs, end: EpochMs): Generator<RequestRow> {
    const known = this.#byNetwork.get(network);
    if (known === undefined) return;
    const { rows, longest } = known;
    for (let index = firstFrom(rows, start - longest); index < rows.length; index++) {
      const row = rows[index];
      if (row === undefined || row.train.start >= end) return;
      yield row;
    }
  }
}

function hourOf(at: EpochMs): number {
  return Math.floor(at / HOUR);
}

function push<K>(lists: Map<K, RequestRow[]>, key: K, row: RequestRow): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [row]);
  else list.push(row);
}

/** The index of the first row that starts at or after `at`. */
function firstFrom(rows: readonly RequestRow[], at: EpochMs): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.train.start ?? Number.POSITIVE_INFINITY) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
