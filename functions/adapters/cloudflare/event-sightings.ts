import { type SourceCoverage, sentence, unavailable } from '../../core/coverage.ts';
import type { MonitorFilter } from '../../core/monitor.ts';
import { type EventGroup, type EventsPicture, facetsOf } from '../../core/security-events.ts';
import type { SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Traffic } from '../../core/traffic.ts';
import { stepOf, trafficOf } from '../../core/traffic-steps.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { sightingsOf } from './event-phases.ts';
import { type EventsReading, readEventsByGroups } from './event-reading.ts';
import { skipped } from './evidence.ts';
import { readEventsOneByOne } from './raw-event-reading.ts';
import type { NamesAnswer, RuleNames } from './rule-names.ts';
import { gapAt, nameOf } from './rung.ts';
import type { ZoneAnalytics } from './zone-query.ts';
import type { ZoneRef } from './zones.ts';

export interface EventSightingsOptions {
  readonly analytics: ZoneAnalytics;
  readonly rules: Pick<RuleNames, 'namesOf'>;
  /** Groups of the picture: setting `monitor.limit`. */
  readonly limit: number;
  readonly ipv6PrefixLength: number;
  /** Host names of GitLab, lower-case: there only rate limits and DDoS rules make a sighting (design §7). */
  readonly gitlabHosts: readonly string[];
  /** Milliseconds of silence that end a phase of activity: the slack of a match. */
  readonly quietMs: number;
  readonly clock: Clock;
}

export interface EventsAsked {
  readonly zone: ZoneRef;
  readonly filter: MonitorFilter;
  /** The monitor's hours, up to now. */
  readonly window: Window;
  readonly deadline: EpochMs;
}

export interface EventsFound {
  readonly report: SightingReport;
  /** Undefined: could not look. */
  readonly picture: EventsPicture | undefined;
  /** The events of the sightings over time; undefined where not all of their minutes are known. */
  readonly traffic: Traffic | undefined;
}

/** Rules whose names are asked for: those of the largest groups. */
const MOST_RULES = 50;

/** What a zone's security events of a monitor look like, and who made them. */
export class EventSightings {
  readonly #options: EventSightingsOptions;

  constructor(options: EventSightingsOptions) {
    this.#options = options;
  }

  /**
   * The events of the monitor's hours, and their addresses as sightings: one for each method and phase of activity, to
   * the minute where minutes could be read. Never throws for outside failures: coverage is `unavailable` then, and there
   * is no picture.
   */
  async find(request: EventsAsked): Promise<EventsFound> {
    try {
      return await this.#find(request);
    } catch (error) {
      // Fails towards coverage that says so; a bug of ours is no gap in evidence.
      if (!(error instanceof LatchkeyError)) throw error;
      return couldNotLook(sentence(gapAt(request.zone, error.message)));
    }
  }

  async #find(request: EventsAsked): Promise<EventsFound> {
    const { analytics, gitlabHosts, clock, rules } = this.#options;
    const asked = { ...request, analytics, gitlabHosts };
    const readAt = clock.now();
    const reading = (await readEventsByGroups(asked)) ?? (await readEventsOneByOne(asked));
    if (reading === undefined) return couldNotLook(`${nameOf(request.zone)}: this plan offers no security events.`);
    const names = await rules.namesOf(request.zone, rulesIn(reading.groups), request.deadline);
    return {
      report: this.#report(request.zone, reading),
      picture: this.#picture(reading, names, readAt),
      traffic: trafficIn(reading),
    };
  }

  #picture(reading: EventsReading, { names, note }: NamesAnswer, readAt: EpochMs): EventsPicture {
    const { window, total, totalIsLowerBound, sampleInterval, groups, cut, partial } = reading;
    const { limit } = this.#options;
    return {
      window,
      readAt,
      total,
      totalIsLowerBound,
      sampleInterval,
      groups: groups.slice(0, limit),
      cut: cut || groups.length > limit,
      facets: facetsOf(groups, names),
      facetsAreLowerBounds: partial,
      ruleNames: names,
      notes: [...reading.why, ...reading.notes, ...(note === undefined ? [] : [note])],
    };
  }

  #report(zone: ZoneRef, reading: EventsReading): SightingReport {
    const { ipv6PrefixLength, quietMs } = this.#options;
    const { found, solvedChallenges } = reading.evidence.evidence();
    const built = sightingsOf(found, { zone, ipv6PrefixLength, askedBack: false }, reading, quietMs);
    const { sampleInterval } = reading;
    const malformed = reading.malformed + reading.evidence.malformed + (built.counts.skippedMalformed ?? 0);
    const why = [...reading.why, ...(malformed === 0 ? [] : [unreadable(zone, malformed)])];
    const coverage: SourceCoverage = {
      status: why.length > 0 ? 'partial' : 'complete',
      why,
      counts: {
        ...built.counts,
        ...skipped(malformed),
        ...numbered('verifiedBots', reading.evidence.verifiedBots),
        ...numbered('solvedChallenges', solvedChallenges),
        onGitlabHosts: Math.round(reading.evidence.onGitlabHosts),
        events: reading.total,
        sightings: built.addresses,
      },
      pages: reading.pages,
    };
    const isAll = built.isAll && !reading.cut && reading.timed;
    return {
      sightings: built.sightings,
      whole: isAll && sampleInterval === 1 && why.length === 0,
      coverage,
      totalAddresses: built.addresses,
      totalRequests: reading.total,
    };
  }
}

/** Less than all hours would look as if there had been nothing before. */
function trafficIn({ timed, why, evidence, window }: EventsReading): Traffic | undefined {
  return timed && why.length === 0 ? trafficOf(evidence.points(), stepOf(window)) : undefined;
}

function unreadable(zone: ZoneRef, rows: number): string {
  return `${nameOf(zone)}: ${rows} rows of security events could not be read and are left out.`;
}

function numbered(name: string, count: number): Record<string, number> {
  return count === 0 ? {} : { [name]: count };
}

/** The rules of the largest groups, and the rulesets that hold them. */
function rulesIn(groups: readonly EventGroup[]): { ruleIds: string[]; rulesetIds: string[] } {
  const ruleIds = new Set<string>();
  const rulesetIds = new Set<string>();
  for (const { dimensions } of groups) {
    const { ruleId, rulesetId } = dimensions;
    if (typeof ruleId !== 'string' || ruleIds.size >= MOST_RULES) continue;
    ruleIds.add(ruleId);
    if (typeof rulesetId === 'string') rulesetIds.add(rulesetId);
  }
  return { ruleIds: [...ruleIds], rulesetIds: [...rulesetIds] };
}

function couldNotLook(why: string): EventsFound {
  return {
    report: { sightings: [], whole: false, coverage: unavailable(why) },
    picture: undefined,
    traffic: undefined,
  };
}
