import { largestFirst } from '../../../functions/adapters/cloudflare/build-sightings.ts';
import { insideOf } from '../../../functions/adapters/cloudflare/group-rows.ts';
import { complete } from '../../../functions/core/coverage.ts';
import type { GitlabHostSightings } from '../../../functions/core/gitlab-hosts.ts';
import type { Sighting, SightingReport } from '../../../functions/core/sighting.ts';
import type { EpochMs, Window } from '../../../functions/core/time.ts';
import type { SimZone } from '../truth.ts';
import { AddressSummary } from './address-summary.ts';
import { diceFor, hashOf } from './dice.ts';
import type { Places } from './places.ts';
import type { RequestLog, RequestRow } from './request-log.ts';
import { partOf } from './train.ts';

/** Addresses that a list holds here; a spike in earnest has more than any list. */
const LISTED = 150;
/** One of so many requests is in the tables that answer for all addresses (`reference/cloudflare.md` §4.6). */
const SAMPLED = 10;

/** Cloudflare's analytics of one zone at a time. */
export class CloudflareView {
  readonly #seed: number;
  readonly #places: Places;
  readonly #sites: RequestLog;
  readonly #gitlab: RequestLog;

  constructor(seed: number, places: Places, sites: RequestLog, gitlab: RequestLog) {
    this.#seed = seed;
    this.#places = places;
    this.#sites = sites;
    this.#gitlab = gitlab;
  }

  /** The busiest addresses, out of sampled tables: whoever made few requests is mostly missing. */
  list({ id }: SimZone, window: Window, now: EpochMs): SightingReport {
    const found = summaries(this.#sites.within(window.start, window.end), id, window, now);
    const luck = diceFor(this.#seed, `sample ${id} ${window.start} ${now}`);
    const seen = insideOf(window);
    let total = 0;
    const sampled: Sighting[] = [];
    for (const summary of found.values()) {
      total += summary.requests;
      const rows = Math.floor(summary.requests / SAMPLED + luck(hashOf(summary.place.address)));
      if (rows > 0) sampled.push(summary.asListed(seen, rows * SAMPLED, SAMPLED));
    }
    const sightings = sampled.sort(largestFirst).slice(0, LISTED);
    return {
      sightings,
      whole: false,
      totalRequests: total,
      coverage: complete({ sightings: sightings.length }, 1),
    };
  }

  /** Everything of the networks of these addresses, to the minute. */
  askBack(
    { id }: SimZone,
    addresses: readonly string[],
    window: Window,
    now: EpochMs,
  ): SightingReport & GitlabHostSightings {
    const networks = new Set(addresses.map((address) => this.#places.of(address).network));
    const ask = (log: RequestLog) =>
      [...networks].flatMap((network) => {
        const found = summaries(log.ofNetwork(network, window.start, window.end), id, window, now);
        return [...found.values()].map((summary) => summary.inDetail());
      });
    return {
      sightings: ask(this.#sites),
      onGitlabHosts: ask(this.#gitlab),
      whole: true,
      coverage: complete({ askedBack: addresses.length }, 1),
    };
  }
}

/** What the zone shows of the rows at an instant, by address. */
function summaries(
  rows: Iterable<RequestRow>,
  zone: string,
  window: Window,
  now: EpochMs,
): Map<string, AddressSummary> {
  const found = new Map<string, AddressSummary>();
  for (const row of rows) {
    if (row.zone.id !== zone) continue;
    const part = partOf(row.train, window.start, Math.min(window.end, now - row.late.cloudflare));
    if (part === undefined) continue;
    const { address } = row.place;
    const summary = found.get(address) ?? new AddressSummary(row);
    found.set(address, summary);
    summary.add(row, part);
  }
  return found;
}
