import type { CaseState, Trigger } from '../core/case.ts';
import type { Coverage, SourceName } from '../core/coverage.ts';
import type { SightingReport } from '../core/sighting.ts';
import { type EpochMs, toIso, type Window } from '../core/time.ts';
import type { Traffic } from '../core/traffic.ts';
import type { Clock } from '../runtime/clock.ts';
import { BadInputError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';
import { keepTraffic, type TrafficReading } from './traffic-reading.ts';

/** Where what was found is kept. */
export interface ExtractBook {
  saveSightings(caseId: string, look: number, report: SightingReport): Promise<void>;
  saveCoverage(caseId: string, look: number, coverage: Coverage): Promise<void>;
  saveTraffic(caseId: string, look: number, traffic: Traffic): Promise<void>;
}

/** What one trigger's way of finding sightings is asked at a look. */
export interface SightingRequest {
  readonly caseId: string;
  /** Number of this look; 1 is the first. */
  readonly look: number;
  /** The case as it was before this look. */
  readonly state: CaseState;
  readonly window: Window;
  /** Answer by then, with what there is. */
  readonly deadline: EpochMs;
}

/** What one look found. */
export interface SightingsFound {
  readonly report: SightingReport;
  /** What else is told of the same requests, to look at: it may still be on its way. */
  readonly traffic: Promise<TrafficReading>;
}

/** Finds a case's sightings. Outside failures end as coverage of the report, never as a throw. */
export type FindSightings = (request: SightingRequest) => Promise<SightingsFound>;

/** A trigger's way of finding sightings, and the source whose coverage its reports are. */
export interface Finder {
  readonly source: SourceName;
  readonly find: FindSightings;
}

export interface ExtractServices {
  readonly cases: ExtractBook;
  /** One way per trigger that has one here. */
  readonly finders: Readonly<Partial<Record<Trigger, Finder>>>;
  readonly clock: Clock;
  readonly deadline: EpochMs;
  readonly logger: Pick<StepLogger, 'info' | 'warn'>;
}

/** Milliseconds kept for storing up to 10,000 sightings a zone, and for answering. */
const RESERVE_MS = 5_000;

/**
 * One look's first step: counts the look, moves the window's end to now (a hunt's window stays), finds the sightings and
 * stores them. What the source could not tell is in the coverage; only what is wrong on our side throws. Their requests
 * over time are stored beside them where they are known by then.
 * @throws BadInputError for a trigger that has no way of finding sightings; what the store throws
 */
export async function extract(state: CaseState, services: ExtractServices): Promise<CaseState> {
  const finder = services.finders[state.trigger];
  if (finder === undefined) {
    const known = Object.keys(services.finders).join(', ');
    throw new BadInputError(`Case ${state.caseId} has the trigger "${state.trigger}"; this step knows ${known}.`);
  }
  const look = state.look + 1;
  const window = windowAt(state, services.clock.now());
  const deadline = services.deadline - RESERVE_MS;
  const { report, traffic } = await finder.find({ caseId: state.caseId, look, state, window, deadline });
  const saveTraffic = (known: Traffic) => services.cases.saveTraffic(state.caseId, look, known);
  const kept = keepTraffic(traffic, saveTraffic, { ...services, deadline });
  await services.cases.saveSightings(state.caseId, look, report);
  await services.cases.saveCoverage(state.caseId, look, { [finder.source]: report.coverage });
  const sightings = report.totalAddresses ?? report.sightings.length;
  services.logger.info('sightings extracted', {
    look,
    source: finder.source,
    sightings,
    whole: report.whole,
    coverage: report.coverage.status,
    why: report.coverage.why,
  });
  await kept;
  return {
    ...state,
    look,
    window: { start: toIso(window.start), end: toIso(window.end) },
    counts: { ...state.counts, sightings: Math.max(state.counts.sightings, sightings) },
    coverage: { ...state.coverage, [finder.source]: report.coverage.status },
  };
}

function windowAt({ caseId, trigger, window }: CaseState, now: EpochMs): Window {
  const start = Date.parse(window.start);
  const end = Date.parse(window.end);
  if (trigger === 'hunt') {
    if (start < end) return { start, end };
    throw new BadInputError(`Case ${caseId}: window must hold two ISO 8601 times, start before end.`);
  }
  if (Number.isNaN(start) || start >= now) {
    throw new BadInputError(`Case ${caseId}: window.start "${window.start}" must be an ISO 8601 time before now.`);
  }
  return { start, end: now };
}
