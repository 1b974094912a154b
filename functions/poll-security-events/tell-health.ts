import type { AlertRetry, FailedPolls } from '../adapters/dynamodb/monitors.ts';
import type { HealthChange } from '../core/health.ts';
import { errorFields } from '../runtime/safe-error.ts';
import { describeFailures, type PollFailure } from './poll-failure.ts';
import type { Services } from './services.ts';

/** Failed polls in a row from which on the pipeline's owner hears of them: one or two are a blip. */
const FAILED_TOLD = 3;
/** Cases named in one sentence. */
const CASES_TOLD = 5;

const MONITOR = 'monitor';
const WEBHOOK = 'alert-webhook';

/** How a poll ended. */
export interface PollOutcome {
  readonly failures: readonly PollFailure[];
  /** Alerts not delivered so far. */
  readonly undelivered: readonly AlertRetry[];
  /** Polls that failed in a row before this one. */
  readonly failedBefore: FailedPolls | undefined;
  /** What stands raised. */
  readonly raised: readonly { readonly source: string }[];
}

/**
 * Counts failed polls, and tells the pipeline's owner once: of the third in a row until a poll reads everything again,
 * and of alerts that could not be delivered until all are. Throws what kept the count from being stored.
 */
export async function tellPollHealth(outcome: PollOutcome, services: Services): Promise<void> {
  const { failures, failedBefore, raised } = outcome;
  const failed = failures.length === 0 ? undefined : failedNow(failures, failedBefore);
  const stands = (source: string) => raised.some((one) => one.source === source);
  const changes = [pollChange(failed, stands(MONITOR), services), webhookChange(outcome, stands(WEBHOOK))];
  for (const change of changes) if (change !== undefined) await tell(change, services);
  if (failed !== undefined || failedBefore !== undefined) await services.monitors.saveFailed(failed);
}

function failedNow(failures: readonly PollFailure[], before: FailedPolls | undefined): FailedPolls {
  return { count: (before?.count ?? 0) + 1, why: describeFailures(failures) };
}

function pollChange(
  failed: FailedPolls | undefined,
  stands: boolean,
  { settings }: Services,
): HealthChange | undefined {
  if (failed === undefined) {
    if (!stands) return undefined;
    const why = settings.filters.length === 0 ? 'the monitor is switched off' : 'the monitor reads every zone again';
    return { source: MONITOR, action: 'resolve', why };
  }
  if (stands || failed.count < FAILED_TOLD) return undefined;
  const why = `${failed.count} polls of security events in a row failed, so attacks may go unseen: ${failed.why}`;
  return { source: MONITOR, action: 'raise', why };
}

function webhookChange({ undelivered }: PollOutcome, stands: boolean): HealthChange | undefined {
  if (undelivered.length === 0) {
    return stands ? { source: WEBHOOK, action: 'resolve', why: 'no alert waits to be delivered any more' } : undefined;
  }
  if (stands) return undefined;
  const cases = undelivered.slice(0, CASES_TOLD).map(({ caseId }) => caseId);
  const more = undelivered.length - cases.length;
  const which = more > 0 ? `${cases.join(', ')} and ${more} more` : cases.join(', ');
  return {
    source: WEBHOOK,
    action: 'raise',
    why: `alerts could not be delivered to the alert webhook and are tried again until they are: ${which}`,
  };
}

async function tell(change: HealthChange, { health, logger }: Services): Promise<void> {
  const { source, action } = change;
  try {
    await health.tell(change);
  } catch (thrown) {
    // Toward the next poll, which tells it: nothing is remembered as told.
    logger.error('health could not be told', { source, action, ...errorFields(thrown) });
  }
}
