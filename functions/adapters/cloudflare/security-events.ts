import type { MonitorFilter, StableKey } from '../../core/monitor.ts';
import type { EventsPicture } from '../../core/security-events.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import type { Capabilities } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
import { ManyCapabilities } from './many-capabilities.ts';
import { askInBatches, type ZonePart } from './monitor-batches.ts';
import { PollBudget, pagesPerZone, ZoneMemory } from './monitor-memory.ts';
import { pictureOfEvents, pictureOfGroups, type Seen, sharedTexts } from './monitor-pictures.ts';
import type { MonitorQuestion } from './monitor-query.ts';
import { RawZone } from './raw-event-pages.ts';
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

/** Zones whose raw events are read on at a time: each may be 75,000 events, in a function of 512 MB. */
const ZONES_IN_PARALLEL = 2;

/** What is known of the zones in the course of a poll. */
interface Poll {
  readonly question: MonitorQuestion;
  readonly budget: PollBudget;
  readonly deadline: EpochMs;
  /** By zone and filter. */
  readonly seen: Map<string, Seen>;
  readonly raw: Map<string, RawZone>;
  readonly failures: Map<string, LatchkeyError>;
}

/** Reads many zones' security events for several monitors at once, ten zones a request. */
export class SecurityEvents {
  readonly #client: CloudflareClient;
  readonly #capabilities: Capabilities;
  readonly #offers: ManyCapabilities;
  readonly #clock: Clock;
  readonly #memory = new ZoneMemory();

  constructor(options: { client: CloudflareClient; capabilities: Capabilities; clock: Clock }) {
    this.#client = options.client;
    this.#capabilities = options.capabilities;
    this.#offers = new ManyCapabilities(options);
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
    const budget = new PollBudget(this.#client);
    const question: MonitorQuestion = {
      filters,
      window: { start: until - windowMs, end: until },
      now: Math.max(until, this.#clock.now()),
      limit,
      wantsKeys,
    };
    const poll: Poll = { question, budget, deadline, seen: new Map(), raw: new Map(), failures: new Map() };
    await this.#read(await this.#partsOf(zones, poll), poll);
    return {
      readings: [...zones.values()].flatMap((zone) =>
        filters.flatMap((filter, index) => {
          const found = poll.failures.has(zone.id) ? undefined : poll.seen.get(keyOf(zone, index));
          return found === undefined ? [] : [{ zone, filter, ...found }];
        }),
      ),
      failures: [...zones.values()].flatMap((zone) => {
        const error = poll.failures.get(zone.id);
        return error === undefined ? [] : [{ zone, error }];
      }),
      requests: budget.spent,
    };
  }

  /** The zones with what they offer. */
  async #partsOf(zones: ReadonlyMap<string, ZoneRef>, poll: Poll): Promise<readonly ZonePart[]> {
    const all = poll.question.filters.map((_, index) => index);
    const parts: ZonePart[] = [];
    for (const [zoneId, offers] of await this.#offers.of([...zones.keys()], poll.deadline)) {
      const zone = zones.get(zoneId);
      if (offers instanceof LatchkeyError) poll.failures.set(zoneId, offers);
      else if (zone !== undefined) parts.push({ zone, offers, filters: all });
    }
    return parts;
  }

  /** Reads the zones, and makes each picture as soon as all of it is there. */
  async #read(parts: readonly ZonePart[], poll: Poll): Promise<void> {
    const { question, budget, deadline, seen, raw, failures } = poll;
    const [client, memory] = [this.#client, this.#memory];
    const unknown = [...failures.values()].filter(passes).length;
    const share = sharedTexts();
    const asked = await askInBatches(parts, {
      client,
      capabilities: this.#capabilities,
      question,
      memory,
      budget,
      deadline,
      take: (answer) => {
        const { zone, plan, filters } = answer;
        const known = raw.get(zone.id);
        if (known !== undefined) known.add(answer);
        else if (plan.node === 'firewallEventsAdaptive') raw.set(zone.id, new RawZone(answer, share));
        else {
          const readAt = this.#clock.now();
          for (const index of filters) {
            seen.set(keyOf(zone, index), pictureOfGroups(answer, index, question, { readAt, share }));
          }
        }
      },
    });
    for (const [zoneId, error] of asked.failures) failures.set(zoneId, error);
    // A zone of which it is not known what it offers may be one more to share with.
    const most = pagesPerZone(asked.raw.size);
    const pages = pagesPerZone(asked.raw.size + unknown) === most ? most : undefined;
    await inParallel([...raw.keys()], ZONES_IN_PARALLEL, async (zoneId) => {
      const zone = raw.get(zoneId);
      // What is grouped is not held longer than its picture needs.
      raw.delete(zoneId);
      if (zone === undefined || failures.has(zoneId)) return;
      try {
        await zone.readOn({ client, question, memory, budget, pages, deadline });
        const readAt = this.#clock.now();
        for (const [index, reading] of zone.readings) {
          seen.set(keyOf(zone.zone, index), pictureOfEvents(zone, reading, question, readAt));
        }
      } catch (error) {
        // Fails towards "could not look" for this zone; the others go on. Bugs go on up.
        if (!(error instanceof LatchkeyError)) throw error;
        failures.set(zoneId, error);
      }
    });
  }
}

function passes(error: LatchkeyError): boolean {
  return error instanceof TransientError || error instanceof RateLimitedError;
}

function keyOf(zone: ZoneRef, filter: number): string {
  return `${zone.id} ${filter}`;
}
