import { findListed } from '../adapters/axiom/listed-sightings.ts';
import { type AxiomRequests, sharingColumns } from '../adapters/axiom/requests.ts';
import { readTraffic } from '../adapters/axiom/traffic.ts';
import type { FindSightings } from './extract.ts';
import { readingOf } from './traffic-reading.ts';

/** How a hunt's sightings are found: the addresses that Cloudflare's logs in Axiom flag, and their requests over time. */
export function huntSightings(requests: AxiomRequests): FindSightings {
  return async ({ window, deadline }) => {
    const shared = sharingColumns(requests);
    const traffic = readingOf(() => readTraffic(shared, { window, deadline }));
    return { report: await findListed(shared, { window, deadline }), traffic };
  };
}
