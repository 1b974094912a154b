import type { AlertRetry, MonitorBook, StoredMonitor } from '../adapters/dynamodb/monitors.ts';
import { claimed, digestOf, isSameState, judge, type MonitorState } from '../core/monitor.ts';
import type { EpochMs } from '../core/time.ts';
import { TransientError } from '../runtime/errors.ts';
import { beginCase, monitorCaseId } from './begin-case.ts';
import { type Resolved, resolveLapsed } from './lapsed-claim.ts';
import type { PollFailure } from './poll-failure.ts';
import type { KeyedReading } from './read-zones.ts';
import type { Services } from './services.ts';

/** What came of one zone and filter. */
export interface Watched {
  /** The execution that was started. */
  readonly started?: string;
  /** An alert that was found undelivered. */
  readonly retry?: AlertRetry;
  readonly failures: readonly PollFailure[];
}

/** Milliseconds before Lambda ends it in which a poll begins nothing new. */
const RESERVE_MS = 5_000;

/**
 * Judges what one zone showed to one filter, and begins a case where the rule fires. Never throws: what could not be
 * done is a failure, and the next poll does it.
 * @param at when the poll is
 */
export async function watch(
  key: string,
  reading: KeyedReading | undefined,
  book: MonitorBook,
  at: EpochMs,
  services: Services,
): Promise<Watched> {
  const failures: PollFailure[] = [];
  const about = reading?.zone.name ?? `zone ${key.slice(0, key.indexOf('#'))}`;
  const failed = (error: unknown) => void failures.push({ about, error, fails: true });
  const stored = book.states.get(key);
  try {
    if (services.clock.now() > services.deadline - RESERVE_MS) throw new TransientError('the poll ran out of time');
    const waits = ({ caseId }: { caseId: string }) => book.retries.some((retry) => retry.caseId === caseId);
    const { state, ...found } = await currentState({ key, stored, reading, waits, at }, services, failed);
    const started = await follow({ key, reading, state, stored, at }, services, failed);
    return { ...found, ...(started === undefined ? {} : { started }), failures };
  } catch (thrown) {
    // Toward the other zones; the poll fails after them.
    failed(thrown);
    return { failures };
  }
}

interface Watching {
  readonly key: string;
  readonly reading: KeyedReading | undefined;
  /** As this poll read it; undefined for a zone and filter never seen. */
  readonly stored: StoredMonitor | undefined;
  readonly at: EpochMs;
}

/** The state to judge by: the stored one, unless an alert has been under way for too long. */
async function currentState(
  { key, stored, reading, waits, at }: Watching & { waits: (claim: { caseId: string }) => boolean },
  services: Services,
  failed: (error: unknown) => void,
): Promise<Omit<Resolved, 'state'> & { readonly state: MonitorState | undefined }> {
  const state = stored?.state;
  const claim = state?.claim;
  if (state === undefined || claim === undefined || claim.until > at) return { state };
  try {
    return await resolveLapsed({ key, state, claim, reading, waits: waits(claim) }, at, services);
  } catch (thrown) {
    // Toward the alert staying under way: what was seen meanwhile is remembered, and the next poll asks again.
    failed(thrown);
    return { state };
  }
}

/** Stores what follows from the reading. Answers with the execution's name where one was started. */
async function follow(
  { key, reading, state, stored, at }: Watching & { state: MonitorState | undefined },
  services: Services,
  failed: (error: unknown) => void,
): Promise<string | undefined> {
  const { monitors, settings, logger } = services;
  const version = stored?.version ?? 0;
  if (reading === undefined || isOutdated(state, at)) {
    if (state !== undefined && !isSameState(stored?.state, state)) await monitors.save(key, state, version);
    return undefined;
  }
  const { picture, keys, keysAreWhole } = reading;
  const seen = { total: picture.total, digest: digestOf(keys), ...(keysAreWhole ? {} : { digestIsPartial: true }) };
  const { fires, next } = judge(state, seen, settings.rule, at);
  if (!fires) {
    // Somebody who was faster has seen the same minute, or a later one.
    if (!isSameState(stored?.state, next)) await monitors.save(key, next, version);
    return undefined;
  }
  const caseId = monitorCaseId(key, next.alerts + 1, at);
  const under = claimed(next, seen, caseId, at);
  const claimVersion = await monitors.save(key, under, version);
  if (claimVersion === undefined) {
    logger.info('alert left alone: another poll was faster', { caseId });
    return undefined;
  }
  return await begin({ reading, under, version: claimVersion, at }, services, failed);
}

interface Begun {
  readonly reading: KeyedReading;
  /** The state with its claim. */
  readonly under: MonitorState;
  readonly version: number;
  readonly at: EpochMs;
}

async function begin(
  { reading, under, version, at }: Begun,
  services: Services,
  failed: (error: unknown) => void,
): Promise<string | undefined> {
  const { monitors, settings, logger } = services;
  const { key, zone, filter, picture, keysAreWhole } = reading;
  const alertOn = keysAreWhole ? settings.rule.alertOn : 'growth';
  const { claim, reference } = under;
  if (claim === undefined) return undefined;
  const { caseId, total } = claim;
  try {
    await beginCase({ key, zone, filter, claim, reference, picture, alertOn }, services);
  } catch (thrown) {
    // Whether it started is unknown: the next poll asks, and starts the same name where it did not.
    failed(thrown);
    await monitors.save(key, { ...under, claim: { ...claim, until: at } }, version);
    return undefined;
  }
  logger.info('alert', { caseId, monitor: filter.name, zone: zone.id, total, reference });
  // Nobody will say that it was delivered.
  if (!settings.alertsOn) await monitors.settle(key, caseId);
  return caseId;
}

/**
 * Whether a poll is from before the last alert: one that Lambda repeats, or that overlaps another. What it saw says
 * nothing about what came after, and would let the same growth alert twice.
 */
function isOutdated(state: MonitorState | undefined, at: EpochMs): boolean {
  return at < Math.max(state?.claim?.at ?? 0, state?.alertedAt ?? 0);
}
