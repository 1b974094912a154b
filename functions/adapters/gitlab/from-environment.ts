import { requireEnv, requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import { GitLabApi } from './api.ts';
import { trustCertificates } from './certificates.ts';
import { Pacer } from './pacer.ts';
import type { Cache, SessionOptions } from './session.ts';
import { GitLabTransport } from './transport.ts';

/** GitLab's audit limit is 200 a minute and user; others may ask with the same user (`reference/gitlab.md` §1). */
const AUDIT_REQUESTS_PER_MINUTE = 180;

/**
 * GitLab where a function's variables say it is: `GITLAB_URL`, and the name of the token's secret in
 * `LATCHKEY_SECRET_GITLAB`. From here on the process trusts the authorities of `gitlab.ca`. Asks nothing yet. Throws
 * `ConfigError` naming the variable or setting.
 */
export function gitLabFromEnvironment(
  { env, fetch, clock, random }: Runtime,
  secrets: Secrets,
  cache: Cache,
  settings: { readonly groups: readonly string[]; readonly ca: string },
): SessionOptions {
  trustCertificates(settings.ca);
  const secret = requireEnv('LATCHKEY_SECRET_GITLAB', env);
  const transport = new GitLabTransport({
    url: requireUrlEnv('GITLAB_URL', env),
    token: (options) => secrets.token(secret, options),
    fetch,
    clock,
    random,
    pacer: new Pacer(AUDIT_REQUESTS_PER_MINUTE, clock),
  });
  return { api: new GitLabApi(transport), cache, clock, groups: settings.groups };
}
