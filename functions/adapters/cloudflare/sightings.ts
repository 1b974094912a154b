import { type Address, parseAddress } from '../../core/address.ts';
import { isCloudflareAddress } from '../../core/cloudflare-ranges.ts';
import { complete, mergeCoverage, type SourceCoverage, unavailable } from '../../core/coverage.ts';
import type { Sighting, SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import { type AddressFilter, addressFilters } from './address-filter.ts';
import { type BuildOptions, buildSightings, largestFirst } from './build-sightings.ts';
import { withDetails } from './details.ts';
import type { Evidence } from './evidence.ts';
import { insideOf } from './group-rows.ts';
import { inParallel } from './in-parallel.ts';
import { climb, type LadderReading } from './ladder.ts';
import { nameOf, type RungRequest } from './rung.ts';
import type { ZoneAnalytics } from './zone-query.ts';
import type { ZoneRef } from './zones.ts';

export interface CloudflareSightingsOptions {
  readonly analytics: ZoneAnalytics;
  /** Setting `cloudflare.maxAddressesPerZone`. */
  readonly maxAddressesPerZone: number;
  /** Setting `match.ipv6PrefixLength`. */
  readonly ipv6PrefixLength: number;
  /** Host names of GitLab, lower-case: requests to them are no sighting by bot score alone (design §7). */
  readonly gitlabHosts: readonly string[];
}

export interface FindRequest {
  readonly zones: readonly ZoneRef[];
  readonly window: Window;
  /** Address literals of the alert's own text, as written there. */
  readonly payloadAddresses: readonly string[];
  readonly deadline: EpochMs;
}

export interface AskBackRequest {
  readonly zones: readonly ZoneRef[];
  readonly window: Window;
  readonly addresses: readonly Address[];
  readonly deadline: EpochMs;
}

export interface AskedBackReport extends SightingReport {
  /**
   * Addresses seen as bots only by score, and only on GitLab's own hosts. No sightings by themselves: they become one
   * for a credential to which their network is new (design §7).
   */
  readonly onGitlabHosts: readonly Sighting[];
}

const ZONES_AT_ONCE = 4;
/** Asked-back lists are small by nature; their pages are bounded by what the node allows. */
const NO_CAP = 10_000;

interface ZoneReport {
  readonly sightings: readonly Sighting[];
  readonly onGitlabHosts: readonly Sighting[];
  readonly whole: boolean;
  readonly total: number;
  readonly coverage: SourceCoverage;
}

interface BatchReport extends ZoneReport {
  readonly noEvents: boolean;
}

/** Sightings out of Cloudflare's analytics (design §1, §2, §7). Outside failures end as coverage, never as a throw. */
export class CloudflareSightings {
  readonly #options: CloudflareSightingsOptions;

  constructor(options: CloudflareSightingsOptions) {
    this.#options = options;
  }

  /**
   * The addresses that acted as bots in the window, up to the configured number a zone, the largest first. A list that
   * was cut or sampled is not `whole`, which is no gap in coverage: asking back completes it. Their `seen` is the span
   * asked about; exact minutes, hosts and paths are asked back for the few addresses that matter.
   */
  async find(request: FindRequest): Promise<SightingReport> {
    const reports = await inParallel(request.zones, ZONES_AT_ONCE, (zone) => this.#findIn(zone, request));
    const { onGitlabHosts: _, ...report } = together(reports);
    return this.#withPayload(report, request);
  }

  /**
   * What Cloudflare knows of these addresses, and of others in their IPv6 networks, however few their requests: with
   * exact minutes, lowest score, hosts, paths and JA4 where the zone tells them. What could not be asked is `partial`.
   */
  async askBack(request: AskBackRequest): Promise<AskedBackReport> {
    const askable = request.addresses.filter((address) => !isCloudflareAddress(address));
    const filters = addressFilters(askable, this.#options.ipv6PrefixLength);
    if (filters.length === 0) {
      return { sightings: [], onGitlabHosts: [], whole: true, coverage: complete({ askedBack: 0 }) };
    }
    const reports = await inParallel(request.zones, ZONES_AT_ONCE, (zone) => this.#askZone(zone, filters, request));
    const report = together(reports);
    return { ...report, coverage: withCount(report.coverage, 'askedBack', askable.length) };
  }

  async #findIn(zone: ZoneRef, request: FindRequest): Promise<ZoneReport> {
    const most = this.#options.maxAddressesPerZone;
    const reading = await climb(this.#rungRequest(zone, request, most));
    const { sightings, counts } = buildSightings(reading.evidence, this.#building(zone, false));
    const listed = [...sightings].sort(largestFirst).slice(0, most);
    const coverage = coverageOf(reading, { ...counts, sightings: listed.length });
    const whole = reading.whole && listed.length === sightings.length;
    return { sightings: listed, onGitlabHosts: [], whole, total: reading.total, coverage };
  }

  async #askZone(zone: ZoneRef, filters: readonly AddressFilter[], request: AskBackRequest): Promise<ZoneReport> {
    const reports: BatchReport[] = [];
    for (const filter of filters) {
      reports.push(await this.#askBatch(zone, filter, request, reports.at(-1)?.noEvents ?? false));
      // After a failed batch the next would likely fail too, and each may take its share of the deadline.
      if (reports.at(-1)?.coverage.status === 'unavailable') break;
    }
    const unasked = filters.length - reports.length;
    const report = together(reports);
    if (unasked === 0) return report;
    const why = `${nameOf(zone)}: ${unasked} of ${filters.length} batches of GitLab's addresses were not asked about.`;
    const gap: SourceCoverage = { status: 'unavailable', why: [why], counts: {}, pages: 0 };
    return { ...report, whole: false, coverage: mergeCoverage(report.coverage, gap) };
  }

  async #askBatch(
    zone: ZoneRef,
    filter: AddressFilter,
    asked: AskBackRequest,
    noEvents: boolean,
  ): Promise<BatchReport> {
    const request = { ...this.#rungRequest(zone, asked, NO_CAP), noEvents };
    const { reading, only } = await askFor(request, filter);
    const halves = reading.cut ? (only.halves ?? []) : [];
    if (halves.length === 0) return await this.#reportOn(request, reading, only);
    const reports: BatchReport[] = [];
    for (const half of halves) {
      const goesOn = reports.every(({ coverage }) => coverage.status !== 'unavailable');
      const report = goesOn ? await this.#askBatch(zone, half, asked, reading.noEvents) : undefined;
      if (report !== undefined) reports.push(report);
      // Fails towards what was said of the whole batch, which says itself that it was cut.
      if (report === undefined || report.coverage.status === 'unavailable') {
        reports.push(await this.#reportOn(request, reading, half));
      }
    }
    const before = coverageOf({ ...reading, counts: {} }, {});
    const report = together(reports);
    return {
      ...report,
      total: reading.total,
      noEvents: reading.noEvents,
      coverage: mergeCoverage(before, report.coverage),
    };
  }

  /** What a reading says of the addresses that the filter wants, with their details. */
  async #reportOn(request: RungRequest, reading: LadderReading, only: AddressFilter): Promise<BatchReport> {
    const { zone } = request;
    const wanted = (evidence: readonly Evidence[]) => evidence.filter(({ address }) => wants(only, address));
    const sighted = await withDetails(request, wanted(reading.evidence), false);
    const onGitlab = await withDetails(request, wanted(reading.onGitlabHosts), true);
    const built = buildSightings(sighted.evidence, { ...this.#building(zone, true), wants: only.wants });
    const onHosts = [...onGitlab.evidence, ...onGitlab.onGitlabHosts, ...sighted.onGitlabHosts];
    const apart = buildSightings(onHosts, { ...this.#building(zone, true), wants: only.wants });
    const detailed: LadderReading = {
      ...reading,
      pages: reading.pages + sighted.pages + onGitlab.pages,
      why: [...new Set([...reading.why, ...sighted.why, ...onGitlab.why, ...gapsOf(zone, reading)])],
    };
    return {
      sightings: built.sightings,
      onGitlabHosts: apart.sightings,
      whole: reading.whole,
      total: reading.total,
      noEvents: reading.noEvents,
      coverage: coverageOf(detailed, built.counts),
    };
  }

  #rungRequest(zone: ZoneRef, asked: { window: Window; deadline: EpochMs }, maxAddresses: number): RungRequest {
    const { analytics, gitlabHosts } = this.#options;
    return { analytics, zone, window: asked.window, deadline: asked.deadline, gitlabHosts, maxAddresses };
  }

  #building(zone: ZoneRef, askedBack: boolean): BuildOptions {
    return { zone, ipv6PrefixLength: this.#options.ipv6PrefixLength, askedBack };
  }

  /** Rung 0: addresses the alert itself names, unless analytics said more about them. */
  #withPayload(report: SightingReport, { zones, window, payloadAddresses }: FindRequest): SightingReport {
    const known = new Set(report.sightings.map(({ address }) => address));
    const seen = insideOf(window);
    const evidence = payloadAddresses
      .filter((text) => !known.has(parseAddress(text)?.canonical ?? ''))
      .map((address) => ({
        address,
        method: 'payload' as const,
        requests: 0,
        sampleInterval: 1,
        seen,
        seenExactly: false,
      }));
    const zone = zones[0] ?? { id: 'unknown' };
    const { sightings } = buildSightings(evidence, this.#building(zone, false));
    return { ...report, sightings: [...report.sightings, ...sightings] };
  }
}

/** Asks for the filter's addresses; where Cloudflare gives no answer to a filter by network, for the addresses alone. */
async function askFor(
  request: RungRequest,
  filter: AddressFilter,
): Promise<{ reading: LadderReading; only: AddressFilter }> {
  const reading = await climb({ ...request, only: filter });
  if (reading.answered || filter.fallback === undefined) return { reading, only: filter };
  const exact = await climb({ ...request, only: filter.fallback });
  if (!exact.answered) return { reading, only: filter };
  const why = `${nameOf(request.zone)}: Cloudflare did not take IPv6 networks, only the addresses themselves were asked about.`;
  return { reading: { ...exact, why: [...exact.why, why] }, only: filter.fallback };
}

function wants(only: AddressFilter, text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && only.wants(address);
}

/** Sampling and cuts lose the addresses with few requests, which are the ones asked about. */
function gapsOf(zone: ZoneRef, { sampled, cut }: LadderReading): string[] {
  const missing = 'addresses with few requests may be missing.';
  return [
    ...(sampled ? [`Cloudflare answered for ${nameOf(zone)} from sampled data: ${missing}`] : []),
    ...(cut ? [`Cloudflare knows more of the networks asked about at ${nameOf(zone)} than it lists: ${missing}`] : []),
  ];
}

function coverageOf(reading: LadderReading, built: Readonly<Record<string, number>>): SourceCoverage {
  const counts: Record<string, number> = { ...reading.counts };
  for (const [name, count] of Object.entries(built)) counts[name] = (counts[name] ?? 0) + count;
  const status = !reading.answered ? 'unavailable' : reading.why.length > 0 ? 'partial' : 'complete';
  return { status, why: reading.why, counts, pages: reading.pages };
}

function together(reports: readonly ZoneReport[]): ZoneReport & SightingReport {
  const [first, ...rest] = reports.map(({ coverage }) => coverage);
  const total = reports.reduce((sum, report) => sum + report.total, 0);
  return {
    sightings: reports.flatMap(({ sightings }) => sightings),
    onGitlabHosts: reports.flatMap(({ onGitlabHosts }) => onGitlabHosts),
    whole: reports.length > 0 && reports.every(({ whole }) => whole),
    total,
    totalRequests: total,
    coverage: first === undefined ? unavailable('No Cloudflare zone to look at.') : rest.reduce(mergeCoverage, first),
  };
}

function withCount(coverage: SourceCoverage, name: string, count: number): SourceCoverage {
  return { ...coverage, counts: { ...coverage.counts, [name]: count } };
}
