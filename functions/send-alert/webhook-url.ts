import { type Environment, requireEnv } from '../runtime/environment.ts';
import type { ReadOptions, Secrets } from '../runtime/secrets.ts';

/**
 * Where alerts go: `ALERT_WEBHOOK_URL` where it is set, else the secret that `LATCHKEY_SECRET_ALERT_WEBHOOK` names.
 * Both are looked at when an alert is sent and not before: what is missing or wrong must be stored as that alert's
 * failure. Then the answer rejects with ConfigError or TransientError.
 */
export function webhookUrl(
  env: Environment,
  secrets: Pick<Secrets, 'webhookUrl'>,
): (options?: ReadOptions) => Promise<string> {
  const given = env.ALERT_WEBHOOK_URL?.trim();
  if (given) return async () => given;
  return async (options) => await secrets.webhookUrl(requireEnv('LATCHKEY_SECRET_ALERT_WEBHOOK', env), options);
}
