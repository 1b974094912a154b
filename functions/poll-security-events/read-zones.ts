import type { MonitorReading } from '../adapters/cloudflare/security-events.ts';
import { monitorKey } from '../core/monitor.ts';
import type { EpochMs } from '../core/time.ts';
import { EvidenceGapError, TransientError } from '../runtime/errors.ts';
import type { PollFailure } from './poll-failure.ts';
import type { Services, WatchSettings } from './services.ts';

/** A reading, and under what it is remembered. */
export interface KeyedReading extends MonitorReading {
  readonly key: string;
}

/** What a poll saw, and what it could not see. */
export interface Seen {
  readonly readings: readonly KeyedReading[];
  readonly failures: readonly PollFailure[];
  /** Zones that were to be read. */
  readonly zones: number;
  readonly requests: number;
}

/** Milliseconds kept to start cases and to remember, after everything was read. */
const RESERVE_MS = 15_000;

/**
 * The security events of every zone for every filter, up to `at`. Nothing where nothing is watched. Never throws: a zone
 * that could not be read, and zones that could not be listed, are failures.
 */
export async function readZones(at: EpochMs, services: Services): Promise<Seen> {
  if (services.settings.filters.length === 0) return { readings: [], failures: [], zones: 0, requests: 0 };
  try {
    return await read(at, services);
  } catch (thrown) {
    // Toward the alerts that wait for another try, which need none of this; the poll fails after them.
    return { readings: [], failures: [{ about: 'all zones', error: thrown, fails: true }], zones: 0, requests: 0 };
  }
}

async function read(at: EpochMs, { events, settings, deadline }: Services): Promise<Seen> {
  const until = deadline - RESERVE_MS;
  const { zones, why } = await events.zones(until);
  const unlisted = why.map((reason) => ({ about: 'zones', error: new EvidenceGapError(reason), fails: false }));
  if (zones.length === 0) return { readings: [], failures: asBlind(unlisted), zones: 0, requests: 0 };
  const { windowMs, limit, rule } = settings;
  const request = { zones, filters: distinctFilters(settings), until: at, windowMs, limit, deadline: until };
  const answer = await events.poll({ ...request, wantsKeys: rule.alertOn === 'change' });
  const told = new Set([...answer.readings, ...answer.failures].map(({ zone }) => zone.id));
  const silent = zones.filter(({ id }) => !told.has(id));
  const failures = [
    ...unlisted,
    ...answer.failures.map(({ zone, error }) => ({ about: zone.name ?? `zone ${zone.id}`, error, fails: false })),
    ...silent.map(({ id, name }) => ({
      about: name ?? `zone ${id}`,
      error: new EvidenceGapError('Cloudflare told nothing about it'),
      fails: false,
    })),
  ];
  const readings = answer.readings.map((reading) => ({ ...reading, key: monitorKey(reading.zone.id, reading.filter) }));
  const isBlind = readings.length === 0;
  return { readings, failures: isBlind ? asBlind(failures) : failures, zones: zones.length, requests: answer.requests };
}

/** Monitors that differ in name only watch the same and are remembered as one; the first of them is told of. */
function distinctFilters({ filters }: WatchSettings): WatchSettings['filters'] {
  const byKey = new Map(filters.toReversed().map((filter) => [monitorKey('', filter), filter]));
  return filters.filter((filter) => byKey.get(monitorKey('', filter)) === filter);
}

/** A poll that saw nothing at all failed as a whole: a platform that counts failures must see it. */
function asBlind(failures: readonly PollFailure[]): readonly PollFailure[] {
  const known =
    failures.length > 0 ? failures : [{ about: 'zones', error: new TransientError('there is none to read') }];
  return known.map((failure) => ({ ...failure, fails: true }));
}
