import type { EventSightings, EventsFound } from '../adapters/cloudflare/event-sightings.ts';
import type { SourceCoverage } from '../core/coverage.ts';
import type { MonitorFilter } from '../core/monitor.ts';
import type { EventsPicture } from '../core/security-events.ts';
import { BadInputError, EvidenceGapError } from '../runtime/errors.ts';
import type { FindSightings } from './extract.ts';

export interface MonitorServices {
  readonly cases: {
    load(caseId: string): Promise<{ readonly filter?: MonitorFilter } | undefined>;
    savePicture(caseId: string, look: number, picture: EventsPicture): Promise<void>;
  };
  readonly events: Pick<EventSightings, 'find'>;
  /** Setting `monitor.windowHours`, in milliseconds. */
  readonly windowMs: number;
}

const ALL_EVENTS: Omit<MonitorFilter, 'name'> = {
  rulesetIds: [],
  ruleIds: [],
  sources: [],
  actions: [],
  hosts: [],
  description: '',
  excludeAsns: [],
};

const NO_MINUTES = 'not all minutes of the security events could be read';
const NO_FILTER = 'The filter of this monitor is not stored with the case: all security events of the zone were read.';

/**
 * How a monitor's sightings are found: the security events that its filter lets through, over the hours that a poll
 * reads too and not just the window in which GitLab is asked. What they look like is stored for the alert.
 * @throws BadInputError for a case that does not say what its rule saw; what the store throws
 */
export function monitorSightings({ cases, events, windowMs }: MonitorServices): FindSightings {
  return async ({ caseId, look, state, window, deadline }) => {
    const { monitor } = state;
    if (monitor === undefined) throw new BadInputError(`Case ${caseId} must have the field monitor.`);
    const stored = (await cases.load(caseId))?.filter;
    const found = await events.find({
      zone: monitor.zone,
      filter: stored ?? { name: monitor.name, ...ALL_EVENTS },
      window: { start: window.end - windowMs, end: window.end },
      deadline,
    });
    const { report, picture } = stored === undefined ? withoutFilter(found) : found;
    if (picture !== undefined) await cases.savePicture(caseId, look, picture);
    return { report, traffic: Promise.resolve(found.traffic ?? new EvidenceGapError(NO_MINUTES)) };
  };
}

function withoutFilter({ report, picture }: EventsFound): Pick<EventsFound, 'report' | 'picture'> {
  const { status, why } = report.coverage;
  const coverage: SourceCoverage = {
    ...report.coverage,
    status: status === 'complete' ? 'partial' : status,
    why: [NO_FILTER, ...why],
  };
  return {
    report: { ...report, coverage },
    picture: picture === undefined ? undefined : { ...picture, notes: [NO_FILTER, ...picture.notes] },
  };
}
