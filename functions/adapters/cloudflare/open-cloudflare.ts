import { gitlabHostNames } from '../../core/gitlab-hosts.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Fetch } from '../../runtime/http.ts';
import { type Cache, Capabilities } from './capabilities.ts';
import { CloudflareClient } from './client.ts';
import { CloudflareSightings } from './sightings.ts';
import { ZoneAnalytics } from './zone-query.ts';
import { ZoneDirectory } from './zones.ts';

export interface CloudflareOptions {
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
  readonly settings: {
    readonly cloudflare: { readonly maxAddressesPerZone: number };
    readonly match: { readonly ipv6PrefixLength: number };
    readonly gitlab: { readonly hosts: readonly string[] };
  };
  /** Site root of GitLab, whose host is one of GitLab's own. */
  readonly gitlabUrl: string;
}

/** Everything of this adapter that a step needs, sharing one client and so one budget of requests. */
export interface Cloudflare {
  readonly directory: ZoneDirectory;
  readonly sightings: CloudflareSightings;
}

/** Builds the adapter. Asks nothing yet. */
export function openCloudflare(options: CloudflareOptions): Cloudflare {
  const { apiUrl, cache, fetch, clock, random, requestTimeoutMs, settings } = options;
  const client = new CloudflareClient({
    apiUrl,
    token: (fresh) => options.token({ fresh }),
    fetch,
    clock,
    random,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
  const capabilities = new Capabilities({ client, cache, clock });
  return {
    directory: new ZoneDirectory({ client, cache, clock }),
    sightings: new CloudflareSightings({
      analytics: new ZoneAnalytics({ client, capabilities, clock }),
      maxAddressesPerZone: settings.cloudflare.maxAddressesPerZone,
      ipv6PrefixLength: settings.match.ipv6PrefixLength,
      gitlabHosts: gitlabHostNames(options.gitlabUrl, settings.gitlab.hosts),
    }),
  };
}
