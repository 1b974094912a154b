import { largestFirst } from '../../../functions/adapters/cloudflare/build-sightings.ts';
import { phasesOf } from '../../../functions/core/activity.ts';
import { complete } from '../../../functions/core/coverage.ts';
import type { GitlabHostSightings } from '../../../functions/core/gitlab-hosts.ts';
import type { Sighting, SightingReport } from '../../../functions/core/sighting.ts';
import { type EpochMs, MINUTE, type Window } from '../../../functions/core/time.ts';
import { partSighting } from './part-sighting.ts';
import type { Places } from './places.ts';
import type { RequestLog, RequestRow } from './request-log.ts';
import { burstsOf } from './train.ts';

/** Where Cloudflare's requests lie in Axiom. */
const DATASET = 'cloudflare';
const KNOWN_BY = {
  zone: { id: `axiom/${DATASET}`, name: DATASET },
  method: 'bot-score',
  confidence: 'high',
} as const;
/** The most addresses the list of a hunt holds. */
const LISTED = 10_000;
/** Milliseconds of silence that end a phase of activity: the slack of a match. */
export const QUIET = 30 * MINUTE;

/** Cloudflare's requests in Axiom, of all zones together: unsampled, a little later, by bot score alone. */
export class AxiomView {
  readonly #places: Places;
  readonly #sites: RequestLog;
  readonly #gitlab: RequestLog;

  constructor(places: Places, sites: RequestLog, gitlab: RequestLog) {
    this.#places = places;
    this.#sites = sites;
    this.#gitlab = gitlab;
  }

  /** The busiest flagged addresses, each with its first and last request. */
  list(window: Window, now: EpochMs): SightingReport {
    const found = this.#sightings(this.#sites.within(window.start, window.end), window, now, Number.POSITIVE_INFINITY);
    const totalRequests = found.reduce((sum, { requests }) => sum + requests, 0);
    return {
      sightings: found.sort(largestFirst).slice(0, LISTED),
      whole: false,
      totalAddresses: found.length,
      totalRequests,
      coverage: complete({ requests: totalRequests, addresses: found.length, skippedMalformed: 0 }, 2),
    };
  }

  /** Everything flagged of the networks of these addresses, by phases of activity. */
  askBack(addresses: readonly string[], window: Window, now: EpochMs): SightingReport & GitlabHostSightings {
    const networks = new Set(addresses.map((address) => this.#places.of(address).network));
    const ask = (log: RequestLog) =>
      [...networks].flatMap((network) =>
        this.#sightings(log.ofNetwork(network, window.start, window.end), window, now, QUIET, true),
      );
    return {
      sightings: ask(this.#sites),
      onGitlabHosts: ask(this.#gitlab),
      whole: true,
      coverage: complete({ askedBack: addresses.length, unasked: 0 }, 1),
    };
  }

  #sightings(rows: Iterable<RequestRow>, window: Window, now: EpochMs, quiet: number, askedBack = false): Sighting[] {
    const spans = new Map<string, Sighting[]>();
    for (const row of rows) {
      if (row.method !== 'bot-score') continue;
      for (const burst of burstsOf(row.train, window.start, Math.min(window.end, now - row.late.axiom), quiet)) {
        const span = partSighting(row, burst, { ...KNOWN_BY, askedBack });
        const same = spans.get(row.place.address);
        if (same === undefined) spans.set(row.place.address, [span]);
        else same.push(span);
      }
    }
    const found: Sighting[] = [];
    for (const some of spans.values()) for (const phase of phasesOf(some, quiet)) found.push(phase);
    return found;
  }
}
