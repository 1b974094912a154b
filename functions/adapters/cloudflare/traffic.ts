import * as z from 'zod/mini';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Traffic, TrafficPoint } from '../../core/traffic.ts';
import { byStep, stepOf, trafficOf } from '../../core/traffic-steps.ts';
import type { Clock } from '../../runtime/clock.ts';
import { EvidenceGapError, TransientError } from '../../runtime/errors.ts';
import { type Capabilities, ZONES_PER_QUERY, zoneNotCovered } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { readGroups } from './group-rows.ts';
import { inParallel } from './in-parallel.ts';
import { type TrafficPart, type TrafficPlan, trafficPlan } from './traffic-query.ts';
import type { ZoneRef } from './zones.ts';

export interface CloudflareTrafficOptions {
  /** Its own: a pause that this asks for must keep nobody waiting. */
  readonly client: Pick<CloudflareClient, 'graphql'>;
  /** Shared with who reads the sightings, so that a zone is asked once what it offers. */
  readonly capabilities: Pick<Capabilities, 'of'>;
  readonly clock: Clock;
  /** Host names of GitLab, lower-case: requests to them are no sighting by bot score alone (design §7). */
  readonly gitlabHosts: readonly string[];
}

export interface TrafficRequest {
  readonly zones: readonly ZoneRef[];
  readonly window: Window;
  readonly deadline: EpochMs;
}

/** What one zone told, by kind of count; steps may be finer or coarser than wanted. */
interface ZoneCounts {
  readonly scores: readonly TrafficPoint[];
  readonly events: readonly TrafficPoint[];
  /** Milliseconds. */
  readonly step: number;
}

interface Batch {
  readonly plan: TrafficPlan;
  readonly zones: readonly ZoneRef[];
}

const AT_ONCE = 4;

const Answer = z.object({ viewer: z.object({ zones: z.array(z.record(z.string(), z.unknown())) }) });
const ZoneAnswer = z.object({ zoneTag: z.string() });
const RawEvent = z.looseObject({ sampleInterval: z.catch(z.number().check(z.gte(1)), 1) });

/** The requests of addresses that acted as bots over time: to look at, no evidence. */
export class CloudflareTraffic {
  readonly #options: CloudflareTrafficOptions;

  constructor(options: CloudflareTrafficOptions) {
    this.#options = options;
  }

  /**
   * How many requests bots made in each minute of the window, in all zones together. Asks at most once a zone; what a
   * zone refuses is not remembered for whoever asks for evidence.
   * @throws LatchkeyError unless every zone told all of the window: less would look as if there had been less
   */
  async read({ zones, window, deadline }: TrafficRequest): Promise<Traffic> {
    const { capabilities, clock, gitlabHosts } = this.#options;
    if (zones.length === 0) throw new EvidenceGapError('There is no Cloudflare zone to look at');
    const step = stepOf(window);
    const planned = await inParallel(zones, AT_ONCE, async (zone) => {
      const offers = await capabilities.of(zone.id, deadline);
      return { zone, plan: trafficPlan(zone, offers, { window, step, gitlabHosts }, clock.now()) };
    });
    const counts = await inParallel(batchesOf(planned), AT_ONCE, (batch) => this.#ask(batch, deadline));
    return together(counts.flat(), step);
  }

  async #ask({ plan, zones }: Batch, deadline: EpochMs): Promise<readonly ZoneCounts[]> {
    const variables = { ...plan.variables, zones: zones.map(({ id }) => id) };
    const answer = Answer.safeParse(await this.#options.client.graphql(plan.text, variables, deadline));
    if (!answer.success) throw undocumented();
    return zones.map((zone) => {
      const told = answer.data.viewer.zones.find((one) => idIn(one) === zone.id.toLowerCase());
      if (told === undefined) throw zoneNotCovered(zone.name ?? zone.id);
      return countsOf(plan, told);
    });
  }
}

/** Zones that are asked alike together, up to ten: that costs less of the token's budget (`reference/cloudflare.md` §4.2). */
function batchesOf(planned: readonly { readonly zone: ZoneRef; readonly plan: TrafficPlan }[]): readonly Batch[] {
  const alike = Map.groupBy(planned, ({ plan: { text, variables } }) => JSON.stringify([text, variables]));
  return [...alike.values()].flatMap((some) => {
    const batches: Batch[] = [];
    for (let first = 0; first < some.length; first += ZONES_PER_QUERY) {
      const part = some.slice(first, first + ZONES_PER_QUERY);
      const [one] = part;
      if (one !== undefined) batches.push({ plan: one.plan, zones: part.map(({ zone }) => zone) });
    }
    return batches;
  });
}

function idIn(told: unknown): string | undefined {
  return ZoneAnswer.safeParse(told).data?.zoneTag.toLowerCase();
}

function countsOf({ parts }: TrafficPlan, told: Readonly<Record<string, unknown>>): ZoneCounts {
  const points = (kind: TrafficPart['kind']) =>
    parts.flatMap((part) => (part.kind === kind ? pointsOf(part, told[part.alias]) : []));
  return { scores: points('scores'), events: points('events'), step: Math.max(...parts.map(({ step }) => step)) };
}

/** @throws TransientError, EvidenceGapError for a list that is not all there, or that cannot be read to its end */
function pointsOf(part: TrafficPart, rows: unknown): TrafficPoint[] {
  if (!Array.isArray(rows)) throw undocumented();
  if (rows.length >= part.limit) throw new EvidenceGapError('There is more than Cloudflare lists at once');
  const points = part.node === 'firewallEventsAdaptive' ? eventsIn(rows, part) : groupsIn(rows, part);
  if (points.length < rows.length || points.some(({ at }) => Number.isNaN(at))) throw undocumented();
  return points;
}

/** Counts of groups are scaled by Cloudflare where it sampled (`reference/cloudflare.md` §4.6). */
function groupsIn(rows: readonly unknown[], { alias, time, limit }: TrafficPart): TrafficPoint[] {
  const page = readGroups({ [alias]: rows }, { [alias]: limit }, { start: 0, end: 0 });
  return (page.groups[alias] ?? []).map(({ dimensions, count }) => ({
    at: instantOf(dimensions[time]),
    requests: count,
  }));
}

function eventsIn(rows: readonly unknown[], { time }: TrafficPart): TrafficPoint[] {
  return rows.flatMap((row) => {
    const event = RawEvent.safeParse(row);
    return event.success ? [{ at: instantOf(event.data[time]), requests: event.data.sampleInterval }] : [];
  });
}

function instantOf(value: unknown): EpochMs {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

/**
 * A request may have a bot's score and meet a rate limit, too, and nothing says which did: of the two counts of a zone's
 * step the larger is what there was at least. Zones add up.
 */
function together(zones: readonly ZoneCounts[], wanted: number): Traffic {
  const step = Math.max(wanted, ...zones.map((zone) => zone.step));
  const points = zones.flatMap(({ scores, events }) => {
    const [scored, acted] = [byStep(scores, step), byStep(events, step)];
    return [...new Set([...scored.keys(), ...acted.keys()])].map((at) => ({
      at,
      requests: Math.max(scored.get(at) ?? 0, acted.get(at) ?? 0),
    }));
  });
  return trafficOf(points, step);
}

function undocumented(): TransientError {
  return new TransientError('Cloudflare answered a query in a form it does not document');
}
