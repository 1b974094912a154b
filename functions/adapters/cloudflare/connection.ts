import type { Clock } from '../../runtime/clock.ts';
import type { Fetch } from '../../runtime/http.ts';
import { type Cache, Capabilities } from './capabilities.ts';
import { CloudflareClient } from './client.ts';
import { ZoneDirectory } from './zones.ts';

export interface ConnectionOptions {
  /** Up to and including `/client/v4`. */
  readonly apiUrl: string;
  /** The API token; `fresh` asks for it past any cache. */
  readonly token: (options?: { fresh?: boolean }) => Promise<string>;
  readonly cache: Cache;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** The longest one request may take, in milliseconds; default 20 s. */
  readonly requestTimeoutMs?: number;
  /** The most bytes of one answer; default 32 MiB. */
  readonly maxBytes?: number;
}

/** What every reading of Cloudflare goes through: one client, and so one budget of requests. */
export interface Connection {
  readonly client: CloudflareClient;
  readonly capabilities: Capabilities;
  readonly directory: ZoneDirectory;
}

/** Builds the connection. Asks nothing yet. */
export function connect(options: ConnectionOptions): Connection {
  const { apiUrl, cache, fetch, clock, random, requestTimeoutMs, maxBytes } = options;
  const client = new CloudflareClient({
    apiUrl,
    token: (fresh) => options.token({ fresh }),
    fetch,
    clock,
    random,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  const capabilities = new Capabilities({ client, cache, clock });
  return { client, capabilities, directory: new ZoneDirectory({ client, cache, clock }) };
}
