import type { MonitorFilter, StableKey } from '../../core/monitor.ts';
import type { EventsPicture } from '../../core/security-events.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { Capabilities } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
import { askInBatches, type PartAnswer, type ZonePart } from './monitor-batches.ts';
import { pictureOfEvents, pictureOfGroups, type Seen } from './monitor-pictures.ts';
import type { MonitorQuestion } from './monitor-query.ts';
import { readRawPages } from './raw-event-pages.ts';
import type { ZoneRef } from './zones.ts';

export interface PollRequest {
  readonly zones: readonly ZoneRef[];
  readonly filters: readonly MonitorFilter[];
  /** The end of the span, and the clock reading that both its ends come from. */
  readonly until: EpochMs;
  /** Milliseconds. */
  readonly windowMs: number;
  /** Groups wanted of each zone and filter. */
  readonly limit: number;
  /** Stable keys are wanted of more than those groups: up to 10,000. */
  readonly wantsKeys: boolean;
  readonly deadline: EpochMs;
}

/** What one zone showed one monitor. */
export interface MonitorReading {
  readonly zone: ZoneRef;
  readonly filter: MonitorFilter;
  readonly picture: EventsPicture;
  /** For the digest. */
  readonly keys: readonly StableKey[];
  /** False where there are more keys than could be read: then which of them were is chance. */
  readonly keysAreWhole: boolean;
}

export interface PollAnswer {
  /** By zone, then by filter, in the request's order. */
  readonly readings: readonly MonitorReading[];
  /** Zones that could not be read for every filter; none of them is in `readings`. */
  readonly failures: readonly { readonly zone: ZoneRef; readonly error: LatchkeyError }[];
  /** Requests that it took, retries included. */
  readonly requests: number;
}

const ZONES_IN_PARALLEL = 4;

/** Reads many zones' security events for several monitors at once, ten zones a request. */
export class SecurityEvents {
  readonly #client: CloudflareClient;
  readonly #capabilities: Capabilities;
  readonly #clock: Clock;
  readonly #apart = new Set<string>();

  constructor(options: { client: CloudflareClient; capabilities: Capabilities; clock: Clock }) {
    this.#client = options.client;
    this.#capabilities = options.capabilities;
    this.#clock = options.clock;
  }

  /**
   * One poll. Never throws for outside failures: a zone is in the readings for every filter, or in the failures, so that
   * what could not be looked at never reads as no events.
   */
  async poll(request: PollRequest): Promise<PollAnswer> {
    const { filters, until, windowMs, limit, wantsKeys, deadline } = request;
    const zones = new Map(request.zones.map((zone) => [zone.id, zone]));
    if (filters.length === 0) return { readings: [], failures: [], requests: 0 };
    const before = this.#client.sent;
    const failures = new Map<string, LatchkeyError>();
    const question: MonitorQuestion = {
      filters,
      window: { start: until - windowMs, end: until },
      now: Math.max(until, this.#clock.now()),
      limit,
      wantsKeys,
    };
    const parts = await this.#partsOf(zones, question, deadline, failures);
    const asked = await askInBatches(parts, {
      client: this.#client,
      capabilities: this.#capabilities,
      question,
      apart: this.#apart,
      deadline,
    });
    for (const [zoneId, error] of asked.failures) failures.set(zoneId, error);
    const seen = await this.#seenIn(asked.answers, question, deadline, failures);
    return {
      readings: [...zones.values()].flatMap((zone) =>
        filters.flatMap((filter, index) => {
          const found = failures.has(zone.id) ? undefined : seen.get(keyOf(zone, index));
          return found === undefined ? [] : [{ zone, filter, ...found }];
        }),
      ),
      failures: [...zones.values()].flatMap((zone) => {
        const error = failures.get(zone.id);
        return error === undefined ? [] : [{ zone, error }];
      }),
      requests: this.#client.sent - before,
    };
  }

  /** The zones with what they offer. */
  async #partsOf(
    zones: ReadonlyMap<string, ZoneRef>,
    { filters }: MonitorQuestion,
    deadline: EpochMs,
    failures: Map<string, LatchkeyError>,
  ): Promise<readonly ZonePart[]> {
    const all = filters.map((_, index) => index);
    const parts: ZonePart[] = [];
    for (const [zoneId, offers] of await this.#capabilities.ofEach([...zones.keys()], deadline)) {
      const zone = zones.get(zoneId);
      if (offers instanceof LatchkeyError) failures.set(zoneId, offers);
      else if (zone !== undefined) parts.push({ zone, offers, filters: all });
    }
    return parts;
  }

  /** The pictures of all answers; zones whose answer cannot be read go to the failures. */
  async #seenIn(
    answers: readonly PartAnswer[],
    question: MonitorQuestion,
    deadline: EpochMs,
    failures: Map<string, LatchkeyError>,
  ): Promise<ReadonlyMap<string, Seen>> {
    const seen = new Map<string, Seen>();
    await inParallel(answers, ZONES_IN_PARALLEL, async (answer) => {
      try {
        for (const [index, one] of await this.#picturesOf(answer, question, deadline)) {
          seen.set(keyOf(answer.zone, index), one);
        }
      } catch (error) {
        // Fails towards "could not look" for this zone; the others go on. Bugs go on up.
        if (!(error instanceof LatchkeyError)) throw error;
        failures.set(answer.zone.id, error);
      }
    });
    return seen;
  }

  async #picturesOf(
    answer: PartAnswer,
    question: MonitorQuestion,
    deadline: EpochMs,
  ): Promise<readonly (readonly [number, Seen])[]> {
    if (answer.plan.node === 'firewallEventsAdaptiveGroups') {
      const readAt = this.#clock.now();
      return answer.filters.map((index) => [index, pictureOfGroups(answer, index, question, readAt)]);
    }
    const readings = await readRawPages(answer, { client: this.#client, question, deadline });
    const readAt = this.#clock.now();
    return [...readings].map(([index, reading]) => [index, pictureOfEvents(answer, reading, question, readAt)]);
  }
}

function keyOf(zone: ZoneRef, filter: number): string {
  return `${zone.id} ${filter}`;
}
