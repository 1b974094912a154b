import { findListed } from '../adapters/axiom/listed-sightings.ts';
import { type AxiomRequests, sharingColumns } from '../adapters/axiom/requests.ts';
import { readTraffic } from '../adapters/axiom/traffic.ts';
import type { FindSightings } from './extract.ts';
import { readingOf } from './traffic-reading.ts';

/**
 * How a hunt's sightings are found: the addresses that Cloudflare's logs in Axiom flag, and their requests over time.
 * @param inPassing asks for those, which are to look at: by a client of its own, that nothing which happens to it reaches
 *   the sightings. Of the columns, which both need, it asks nothing
 */
export function huntSightings(requests: AxiomRequests, inPassing: Pick<AxiomRequests, 'ask'>): FindSightings {
  return async ({ window, deadline }) => {
    const shared = sharingColumns(requests);
    const ask: AxiomRequests['ask'] = (...asked) => inPassing.ask(...asked);
    const traffic = readingOf(() => readTraffic({ columns: shared.columns, ask }, { window, deadline }));
    return { report: await findListed(shared, { window, deadline }), traffic };
  };
}
