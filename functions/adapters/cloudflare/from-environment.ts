import { requireEnv, requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import { type Cloudflare, type CloudflareOptions, openCloudflare } from './open-cloudflare.ts';

/**
 * Cloudflare where a function's variables say it is: `CLOUDFLARE_API_URL`, the name of the token's secret in
 * `LATCHKEY_SECRET_CLOUDFLARE`, and `GITLAB_URL` for GitLab's own host. Throws `ConfigError` naming the variable. Asks
 * nothing yet.
 */
export function cloudflareFromEnvironment(...given: Parameters<typeof optionsFromEnvironment>): Cloudflare {
  return openCloudflare(optionsFromEnvironment(...given));
}

/** What Cloudflare is opened with there. */
export function optionsFromEnvironment(
  { env, fetch, clock, random }: Runtime,
  secrets: Secrets,
  cache: CloudflareOptions['cache'],
  settings: CloudflareOptions['settings'],
): CloudflareOptions {
  const secret = requireEnv('LATCHKEY_SECRET_CLOUDFLARE', env);
  return {
    apiUrl: requireUrlEnv('CLOUDFLARE_API_URL', env),
    gitlabUrl: requireUrlEnv('GITLAB_URL', env),
    token: (options) => secrets.token(secret, options),
    cache,
    fetch,
    clock,
    random,
    settings,
  };
}
