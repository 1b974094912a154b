import { requireEnv, requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { SecurityEvents } from './security-events.ts';
import type { ZoneDirectory } from './zones.ts';

/** What a poll needs of Cloudflare, and nothing of what a case does. */
export interface CloudflareEvents {
  readonly directory: ZoneDirectory;
  readonly events: SecurityEvents;
}

/** Four answers are read at once in a function of 512 MB. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Builds what a poll needs. Asks nothing yet. */
export function openSecurityEvents(options: ConnectionOptions): CloudflareEvents {
  const { client, capabilities, directory } = connect({ maxBytes: MAX_BYTES, ...options });
  return { directory, events: new SecurityEvents({ client, capabilities, clock: options.clock }) };
}

/**
 * Cloudflare where a function's variables say it is: `CLOUDFLARE_API_URL`, and the name of the token's secret in
 * `LATCHKEY_SECRET_CLOUDFLARE`. Throws `ConfigError` naming the variable. Asks nothing yet.
 */
export function securityEventsFromEnvironment(
  { env, fetch, clock, random }: Runtime,
  secrets: Secrets,
  cache: ConnectionOptions['cache'],
): CloudflareEvents {
  const secret = requireEnv('LATCHKEY_SECRET_CLOUDFLARE', env);
  return openSecurityEvents({
    apiUrl: requireUrlEnv('CLOUDFLARE_API_URL', env),
    token: (options) => secrets.token(secret, options),
    cache,
    fetch,
    clock,
    random,
  });
}
