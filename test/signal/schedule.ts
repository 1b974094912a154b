import { type CaseState, openCase, type Trigger } from '../../functions/core/case.ts';
import { HUNT_SPAN, huntCaseId } from '../../functions/core/hunt.ts';
import { type EpochMs, HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import { JOIN_SETTINGS } from '../support/join-settings.ts';
import type { MonitorAlert, Observed, SpikeAlert } from './observed.ts';
import type { Story } from './truth.ts';

/** One look of one case, when it is due. */
export interface Appointment {
  readonly at: EpochMs;
  readonly caseId: string;
  readonly trigger: Trigger;
  /** Number of the look; 1 is the first. */
  readonly look: number;
  readonly isLast: boolean;
  /** Where Cloudflare is asked; a hunt asks Axiom. */
  readonly zone: string | undefined;
  /** The case before its first look. */
  readonly opened: CaseState;
}

/** Settings of a deployment that says nothing else: `window.leadMinutes`, `monitor.gitlabMinutes`. */
const LEAD = 30 * MINUTE;
const MONITOR_ASKS = HOUR;

/** Minutes after a case's first look at which it is looked at, as the workflow waits. */
const LOOKS: readonly number[] = [0, ...JOIN_SETTINGS.looks.minutes];

/**
 * Every look of a story in order of time: a hunt ten minutes after each hour of UTC, and the looks of every spike and
 * monitor. Cases that begin before `from` are in shadow mode. What falls on one instant is ordered by its case's id.
 */
export function schedule(
  story: Pick<Story, 'begin' | 'from' | 'to'>,
  observed: Pick<Observed, 'spikes' | 'monitors'>,
): Appointment[] {
  const spikes = observed.spikes.flatMap((alert) => looksOf(spikeCase(alert, story.from), alert));
  const monitors = observed.monitors.flatMap((alert) => looksOf(monitorCase(alert, story.from), alert));
  const all = [...hunts(story), ...spikes, ...monitors];
  return all.sort((a, b) => a.at - b.at || (a.caseId < b.caseId ? -1 : a.caseId > b.caseId ? 1 : a.look - b.look));
}

function hunts({ begin, from, to }: Pick<Story, 'begin' | 'from' | 'to'>): Appointment[] {
  const first = Math.ceil(begin / HUNT_SPAN) * HUNT_SPAN;
  const count = Math.ceil((to - first) / HUNT_SPAN);
  return Array.from({ length: count }, (_, index) => huntOf(first + index * HUNT_SPAN, from));
}

function huntOf(start: EpochMs, from: EpochMs): Appointment {
  const end = start + HUNT_SPAN;
  const at = end + JOIN_SETTINGS.hunt.delayMinutes * MINUTE;
  const caseId = huntCaseId(start);
  const opened = openCase({
    caseId,
    trigger: 'hunt',
    window: { start: toIso(start), end: toIso(end) },
    shadow: at < from,
    hunt: { attempt: 1, resend: false, written: false },
  });
  return { at, caseId, trigger: 'hunt', look: 1, isLast: true, zone: undefined, opened };
}

function spikeCase({ at, zone, start }: SpikeAlert, from: EpochMs): CaseState {
  return openCase({
    caseId: `spike-${compact(at)}-${zone.slice(0, 10)}`,
    trigger: 'spike',
    window: { start: toIso(start - LEAD), end: toIso(at) },
    shadow: at < from,
  });
}

function monitorCase({ at, zone, total, reference }: MonitorAlert, from: EpochMs): CaseState {
  return openCase({
    caseId: `monitor-${compact(at)}-${zone.slice(0, 10)}`,
    trigger: 'monitor',
    window: { start: toIso(at - MONITOR_ASKS), end: toIso(at) },
    shadow: at < from,
    monitor: {
      name: 'security-events',
      key: `${zone} security-events`,
      zone: { id: zone },
      total,
      reference,
      isEstimate: false,
      isLowerBound: false,
      window: { start: toIso(at - 24 * HOUR), end: toIso(at) },
      alertOn: 'growth',
      resend: false,
    },
  });
}

function looksOf(opened: CaseState, { at, zone }: SpikeAlert | MonitorAlert): Appointment[] {
  const { caseId, trigger } = opened;
  return LOOKS.map((minutes, index) => ({
    at: at + minutes * MINUTE,
    caseId,
    trigger,
    look: index + 1,
    isLast: index === LOOKS.length - 1,
    zone,
    opened,
  }));
}

function compact(at: EpochMs): string {
  return toIso(at).replace(/[-:]|\.\d+/g, '');
}
