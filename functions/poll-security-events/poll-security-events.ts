import { inParallel } from '../adapters/cloudflare/in-parallel.ts';
import type { MonitorBook } from '../adapters/dynamodb/monitors.ts';
import type { EpochMs } from '../core/time.ts';
import { describeFailures, worstOf } from './poll-failure.ts';
import { readEvent } from './read-event.ts';
import { readZones, type Seen } from './read-zones.ts';
import type { Services } from './services.ts';
import { tellPollHealth } from './tell-health.ts';
import { type Tried, tryAgain } from './try-again.ts';
import { type Watched, watch } from './watch.ts';

/** What a poll did. */
export interface Polled {
  /** Names of the executions started. */
  readonly executions: readonly string[];
  /** Zones that were to be read. */
  readonly zones: number;
  /** What could not be read or done. */
  readonly failures: number;
}

/** Zones and filters judged, and alerts tried again, at one moment. */
const AT_ONCE = 10;

/**
 * The monitor's rule, every minute: reads each zone's security events, begins a case where the rule of the monitor
 * fires, and starts another try at alerts that are due for one. Repeating it, also at the same moment, is harmless:
 * states are claimed before cases begin.
 * @throws BadInputError for an event without a time · what kept a state from being stored or a case from being started,
 *   once everything else was done · why no zone at all could be read
 */
export async function pollSecurityEvents(event: unknown, services: Services): Promise<Polled> {
  const { monitors, health, clock, logger } = services;
  const began = clock.now();
  const at = readEvent(event, began);
  const [book, raised] = await Promise.all([monitors.load(), health.raised()]);
  const seen = await readZones(at, services);
  const watched = await watchAll(seen, book, at, services);
  const tried = await inParallel(book.retries, AT_ONCE, (retry) => tryAgain(retry, at, services));
  const failures = [...seen.failures, ...[...watched, ...tried].flatMap((one) => one.failures)];
  const undelivered = [
    ...book.retries.filter((_, index) => tried[index]?.waits === true),
    ...watched.flatMap(({ retry }) => retry ?? []),
  ];
  await tellPollHealth({ failures, undelivered, failedBefore: book.failed, raised }, services);
  const executions = startedOf([...watched, ...tried]);
  const counts = { zones: seen.zones, requests: seen.requests, failures: failures.length };
  logger.info('poll', { ...counts, alerts: startedOf(watched).length, executions, ms: clock.now() - began });
  if (failures.length > 0) logger.warn('poll not whole', { why: describeFailures(failures) });
  if (failures.some(({ fails }) => fails)) throw worstOf(failures);
  return { executions, zones: seen.zones, failures: failures.length };
}

/** Every zone and filter that was read, and every alert under way whether its zone was read or not. */
async function watchAll(
  { readings }: Seen,
  book: MonitorBook,
  at: EpochMs,
  services: Services,
): Promise<readonly Watched[]> {
  const byKey = new Map(readings.map((reading) => [reading.key, reading]));
  const lapsed = [...book.states].filter(([, { state }]) => state.claim !== undefined && state.claim.until <= at);
  const keys = new Set([...byKey.keys(), ...lapsed.map(([key]) => key)]);
  return await inParallel([...keys], AT_ONCE, (key) => watch(key, byKey.get(key), book, at, services));
}

function startedOf(outcomes: readonly (Watched | Tried)[]): string[] {
  return outcomes.flatMap(({ started }) => started ?? []);
}
