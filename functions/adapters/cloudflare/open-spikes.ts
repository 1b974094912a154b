import { gitlabHostNames } from '../../core/gitlab-hosts.ts';
import { CloudflareClient } from './client.ts';
import { connect } from './connection.ts';
import { type Cloudflare, type CloudflareOptions, cloudflareOver } from './open-cloudflare.ts';
import { SharedCapabilities } from './shared-capabilities.ts';
import { CloudflareTraffic } from './traffic.ts';

/** What a look at a spike needs: who made the requests, and how many there were over time. */
export interface CloudflareSpikes extends Cloudflare {
  readonly traffic: CloudflareTraffic;
}

/**
 * Builds both. The traffic has a client of its own, which tries once: neither its failures nor a pause that it is asked
 * for reach the sightings. What a zone offers is asked for once for both. Asks nothing yet.
 */
export function openSpikes(options: CloudflareOptions): CloudflareSpikes {
  const { cache, clock, settings, gitlabUrl } = options;
  const { client, directory } = connect(options);
  const capabilities = new SharedCapabilities({ client, cache, clock });
  return {
    ...cloudflareOver({ client, capabilities, directory }, options),
    traffic: new CloudflareTraffic({
      client: new CloudflareClient({ ...options, token: (fresh) => options.token({ fresh }), attempts: 1 }),
      capabilities,
      clock,
      gitlabHosts: gitlabHostNames(gitlabUrl, settings.gitlab.hosts),
    }),
  };
}
