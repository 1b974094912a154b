import { type EpochMs, HOUR, MINUTE } from '../../core/time.ts';
import { TransientError } from '../../runtime/errors.ts';
import type { CloudflareClient } from './client.ts';

/** How long zones that were too much at once are asked in smaller batches: after it they are tried together again. */
const SEATS_MS = 10 * MINUTE;
/** How long a zone whose events were too large is asked for less of them: so that its bound does not move with each poll. */
const LESS_MS = HOUR;

/** What a process remembers of zones from poll to poll. A process that has forgotten it spends requests to learn it again. */
export class ZoneMemory {
  /** Ids of zones that are asked by themselves. */
  readonly apart = new Set<string>();
  readonly #tables = new Kept<string>();
  readonly #lean = new Kept<true>();
  readonly #pageRows = new Kept<number>();

  /** Zones with the same table may be asked together; '' is everybody's. */
  tableOf(zoneId: string, now: EpochMs): string {
    return this.#tables.get(zoneId, now) ?? '';
  }

  seat(zoneId: string, table: string, now: EpochMs): void {
    this.#tables.put(zoneId, table, now + SEATS_MS);
  }

  /** Whether the zone's events are asked for without their long texts. */
  isLean(zoneId: string, now: EpochMs): boolean {
    return this.#lean.get(zoneId, now) ?? false;
  }

  makeLean(zoneId: string, now: EpochMs): void {
    this.#lean.put(zoneId, true, now + LESS_MS);
  }

  /** The most rows that a page about the zone is asked for; undefined: as many as there may be. */
  pageRowsOf(zoneId: string, now: EpochMs): number | undefined {
    return this.#pageRows.get(zoneId, now);
  }

  shrinkPages(zoneId: string, rows: number, now: EpochMs): void {
    this.#pageRows.put(zoneId, rows, now + LESS_MS);
  }
}

/** Requests of one poll that finding out what is refused, and what is too much, may cost. */
const MOST_RECOVERIES = 25;
/** Pages of raw events beyond the first ones, of all zones of one poll together, and of one zone. */
const MOST_PAGES = 25;
const MOST_PAGES_OF_ZONE = 5;
/** From so many requests of one poll on, retries included, it begins nothing more: 60 a minute are allowed (§4.2). */
const MOST_REQUESTS = 55;

/**
 * What a poll may still ask beyond the first query about each zone: Cloudflare allows 60 requests a minute for
 * everything that a token does (`reference/cloudflare.md` §4.2).
 */
export class PollBudget {
  readonly #client: CloudflareClient;
  readonly #sentBefore: number;
  #recoveries = 0;

  constructor(client: CloudflareClient) {
    this.#client = client;
    this.#sentBefore = client.sent;
  }

  /** Requests of this poll so far, retries included. */
  get spent(): number {
    return this.#client.sent - this.#sentBefore;
  }

  /** Takes a request for a question that was too much, or refused, and is asked differently. */
  takeRecovery(): boolean {
    return this.#recoveries++ < MOST_RECOVERIES && this.spent < MOST_REQUESTS;
  }

  /** @throws TransientError when no page may be asked for any more */
  assertPage(): void {
    if (this.spent >= MOST_REQUESTS) throw new TransientError('the requests that this poll may make are used up');
  }
}

/**
 * Further pages that each zone with raw events may cost. All have the same share of the poll's, and that depends on how
 * many of them there are, never on how busy one is: a total that is a lower bound must not rise because a neighbour
 * became quiet, as that would alert. It moves once where zones come or go, as the plan or setting of a zone does.
 */
export function pagesPerZone(rawZones: number): number {
  return Math.min(MOST_PAGES_OF_ZONE, Math.floor(MOST_PAGES / Math.max(1, rawZones)));
}

/** Values that are forgotten at a time of their own. */
class Kept<T> {
  readonly #values = new Map<string, { value: T; until: EpochMs }>();

  get(key: string, now: EpochMs): T | undefined {
    const kept = this.#values.get(key);
    if (kept === undefined || kept.until > now) return kept?.value;
    this.#values.delete(key);
    return undefined;
  }

  put(key: string, value: T, until: EpochMs): void {
    this.#values.set(key, { value, until });
  }
}
