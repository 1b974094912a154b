import { type HealthChange, healthEvent } from '../../core/health.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { PagerDutyEvents } from './events.ts';

export interface HealthServices {
  readonly pager: Pick<PagerDutyEvents, 'send'>;
  readonly health: {
    raised(): Promise<readonly { readonly source: string; readonly since: EpochMs }[]>;
    raise(source: string, why: string, at: EpochMs): Promise<void>;
    resolve(source: string): Promise<void>;
  };
  readonly clock: Clock;
  /** Name of this deployment (`deployment-name.ts`). */
  readonly environment: string;
  readonly deadline: EpochMs;
}

/**
 * Tells the pipeline's owner about one source, unless its alert stands already.
 * @param source Short kebab-case name, for example `logpush`; one PagerDuty alert each.
 * @param why One plain sentence.
 * @returns Whether an event was sent.
 * @throws What `PagerDutyEvents.send` throws; nothing is remembered then, so the next occasion tries again.
 */
export async function raiseHealth(
  services: HealthServices,
  source: string,
  why: string,
  caseId?: string,
): Promise<boolean> {
  const standing = await services.health.raised();
  if (standing.some((raised) => raised.source === source)) return false;
  await tellHealth(services, { source, action: 'raise', why }, caseId);
  return true;
}

/** Sends one change and remembers it. */
export async function tellHealth(services: HealthServices, change: HealthChange, caseId?: string): Promise<void> {
  await sendHealth(services, change, caseId);
  // Remembered after it was sent: a crash in between tells twice, the other order could tell never. A raise starts
  // anew, so that `since` is the day of the latest one.
  await services.health.resolve(change.source);
  if (change.action === 'raise') await services.health.raise(change.source, change.why, services.clock.now());
}

/** Sends one change without remembering it: PagerDuty adds a raise to the open alert, or opens a new one. */
async function sendHealth(
  { pager, clock, environment, deadline }: Omit<HealthServices, 'health'>,
  change: HealthChange,
  caseId?: string,
): Promise<void> {
  await pager.send(healthEvent(change, clock.now(), environment, caseId), { to: 'healthRoutingKey', deadline });
}
