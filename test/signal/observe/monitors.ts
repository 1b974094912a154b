import { largestFirst } from '../../../functions/adapters/cloudflare/build-sightings.ts';
import { phasesOf } from '../../../functions/core/activity.ts';
import { complete } from '../../../functions/core/coverage.ts';
import { claimed, judge, type MonitorRule, type MonitorState, settled } from '../../../functions/core/monitor.ts';
import type { Sighting, SightingReport } from '../../../functions/core/sighting.ts';
import { type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { MonitorAlert } from '../observed.ts';
import type { SimZone, Story } from '../truth.ts';
import { confidenceOf } from './address-summary.ts';
import { QUIET } from './axiom-view.ts';
import { eventsOf, zoneIn } from './cloudflare-rows.ts';
import { Minutes } from './minutes.ts';
import { partSighting } from './part-sighting.ts';
import type { RequestLog, RequestRow } from './request-log.ts';
import { burstsOf, type Part } from './train.ts';

/** A poll counts the events of so long. */
const WINDOW = 24 * HOUR;
/** Minutes until the events of a minute are counted (`reference/cloudflare.md` §4.6). */
const LATE = 2;
/** The rule as one who is told of a few attacks a week would set it: the default factor, a floor, an hour's pause. */
const RULE: MonitorRule = { alertOn: 'growth', factor: 2, floor: 500, coolDown: HOUR };
/** Sightings kept of a zone. */
const LISTED = 20_000;

/** When the monitor's rule fires: each zone polled every minute, each alert delivered at once. */
export function monitorAlerts(story: Story): MonitorAlert[] {
  const events = new Map(story.organisation.zones.map(({ id }) => [id, new Minutes(story.begin, story.to)]));
  for (const activity of story.web) {
    const count = eventsOf(activity);
    if (count > 0) events.get(zoneIn(story, activity.zone).id)?.add(activity.from, activity.until, count);
  }
  return story.organisation.zones
    .flatMap(({ id }) => alertsOf(id, events.get(id) ?? new Minutes(story.begin, story.to)))
    .sort((a, b) => a.at - b.at);
}

function alertsOf(zone: string, events: Minutes): MonitorAlert[] {
  const alerts: MonitorAlert[] = [];
  let state: MonitorState | undefined;
  for (let minute = 1; minute <= events.count; minute++) {
    const at = events.startOf(minute);
    const shown = minute - LATE;
    const total = Math.round(events.sum(minute - WINDOW / MINUTE, shown));
    // Nothing changes for a total that is neither more than was last seen nor below what growth is measured against.
    if (state !== undefined && total === state.total) continue;
    const reading = { total, digest: '' };
    const judged = judge(state, reading, RULE, at);
    if (!judged.fires) {
      state = judged.next;
      continue;
    }
    const caseId = `${zone} ${at}`;
    alerts.push({ at, zone, total, reference: state?.reference ?? 0 });
    state = settled(claimed(judged.next, reading, caseId, at), caseId);
  }
  return alerts;
}

/** The addresses of a zone's security events of 24 hours, by method and phase of activity, all of them, to the minute. */
export function monitorSightings(events: RequestLog, zone: SimZone, now: EpochMs): SightingReport {
  const start = now - WINDOW;
  const spans = new Map<string, Sighting[]>();
  const addresses = new Set<string>();
  let total = 0;
  for (const row of events.within(start, now)) {
    if (row.zone.id !== zone.id) continue;
    for (const burst of burstsOf(row.train, start, now - row.late.cloudflare, QUIET)) {
      const key = `${row.method} ${row.place.address}`;
      const same = spans.get(key);
      if (same === undefined) spans.set(key, [spanOf(row, burst)]);
      else same.push(spanOf(row, burst));
      addresses.add(row.place.address);
      total += burst.count;
    }
  }
  const phases = [...spans.values()].flatMap((some) => phasesOf(some, QUIET).map(judged));
  const sightings = phases.sort(largestFirst).slice(0, LISTED);
  return {
    sightings,
    whole: sightings.length === phases.length,
    totalAddresses: addresses.size,
    totalRequests: total,
    coverage: complete({ events: total, sightings: addresses.size }, 1),
  };
}

function spanOf(row: RequestRow, part: Part): Sighting {
  const { zone, method, botScore } = row;
  const confidence = confidenceOf(method, botScore);
  return partSighting(row, part, { zone: { id: zone.id, name: zone.name }, method, confidence, askedBack: false });
}

/** Confidence is of the lowest score of a phase. */
function judged(phase: Sighting): Sighting {
  return { ...phase, confidence: confidenceOf(phase.method, phase.lowestBotScore) };
}
