import type { HealthChange } from '../../core/health.ts';
import type { EpochMs } from '../../core/time.ts';
import { deploymentName } from '../../runtime/deployment-name.ts';
import { requireEnv, requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import { PagerDutyEvents } from './events.ts';
import { type HealthServices, tellHealth } from './raise-health.ts';

/**
 * PagerDuty where a function's variables say it is: `PAGERDUTY_EVENTS_URL`, and the name of the routing keys' secret in
 * `LATCHKEY_SECRET_PAGERDUTY`. Throws `ConfigError` naming the variable. Sends nothing yet.
 */
export function pagerDutyFromEnvironment({ env, fetch, clock, random }: Runtime, secrets: Secrets): PagerDutyEvents {
  const secret = requireEnv('LATCHKEY_SECRET_PAGERDUTY', env);
  return new PagerDutyEvents({
    fetch,
    eventsUrl: requireUrlEnv('PAGERDUTY_EVENTS_URL', env),
    routingKeys: (options) => secrets.routingKeys(secret, options),
    clock,
    random,
  });
}

/** Tells the pipeline's owner, also what stands already; throws when it could not. */
export interface HealthTeller {
  tell(change: HealthChange): Promise<void>;
  raised: HealthServices['health']['raised'];
}

/** A teller for each invocation, which has a deadline of its own. Throws as `pagerDutyFromEnvironment`. */
export function healthTellerFromEnvironment(
  runtime: Runtime,
  secrets: Secrets,
  health: HealthServices['health'],
): (deadline: EpochMs) => HealthTeller {
  const pager = pagerDutyFromEnvironment(runtime, secrets);
  const environment = deploymentName(runtime.env);
  return (deadline) => ({
    tell: (change) => tellHealth({ pager, health, clock: runtime.clock, environment, deadline }, change),
    raised: () => health.raised(),
  });
}
