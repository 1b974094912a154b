import { gitlabHostNames } from '../../core/gitlab-hosts.ts';
import { type Connection, type ConnectionOptions, connect } from './connection.ts';
import { CloudflareSightings } from './sightings.ts';
import { ZoneAnalytics } from './zone-query.ts';
import type { ZoneDirectory } from './zones.ts';

export interface CloudflareOptions extends ConnectionOptions {
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
  return cloudflareOver(connect(options), options);
}

/** The same over a connection that others use, too. */
export function cloudflareOver(
  { client, capabilities, directory }: Connection,
  { clock, settings, gitlabUrl }: CloudflareOptions,
): Cloudflare {
  return {
    directory,
    sightings: new CloudflareSightings({
      analytics: new ZoneAnalytics({ client, capabilities, clock }),
      maxAddressesPerZone: settings.cloudflare.maxAddressesPerZone,
      ipv6PrefixLength: settings.match.ipv6PrefixLength,
      gitlabHosts: gitlabHostNames(gitlabUrl, settings.gitlab.hosts),
    }),
  };
}
