import { gitlabHostNames } from '../../core/gitlab-hosts.ts';
import { MINUTE } from '../../core/time.ts';
import { requireEnv, requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import { type Cache, Capabilities } from './capabilities.ts';
import { CloudflareClient } from './client.ts';
import { EventSightings } from './event-sightings.ts';
import { RuleNames } from './rule-names.ts';
import { ZoneAnalytics } from './zone-query.ts';

/** The settings that reading a monitor's events depends on. */
export interface EventSettings {
  readonly gitlab: { readonly hosts: readonly string[] };
  readonly match: { readonly ipv6PrefixLength: number };
  readonly monitor: { readonly limit: number };
  readonly window: { readonly slackMinutes: number };
}

/**
 * A zone's security events, and who made them: Cloudflare where `cloudflareFromEnvironment` finds it. A room of its own,
 * as other steps that ask Cloudflare need none of it.
 */
export function openEventSightings(
  { env, fetch, clock, random }: Runtime,
  secrets: Secrets,
  cache: Cache,
  { gitlab, match, monitor, window }: EventSettings,
): EventSightings {
  const secret = requireEnv('LATCHKEY_SECRET_CLOUDFLARE', env);
  const client = new CloudflareClient({
    apiUrl: requireUrlEnv('CLOUDFLARE_API_URL', env),
    token: (fresh) => secrets.token(secret, { fresh }),
    fetch,
    clock,
    random,
  });
  const capabilities = new Capabilities({ client, cache, clock });
  return new EventSightings({
    analytics: new ZoneAnalytics({ client, capabilities, clock }),
    rules: new RuleNames({ client, cache, clock }),
    limit: monitor.limit,
    ipv6PrefixLength: match.ipv6PrefixLength,
    gitlabHosts: gitlabHostNames(requireUrlEnv('GITLAB_URL', env), gitlab.hosts),
    quietMs: window.slackMinutes * MINUTE,
    clock,
  });
}
