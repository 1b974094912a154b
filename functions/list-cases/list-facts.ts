import { CASES_PATH, signedPath } from '../core/case-link.ts';
import { type CaseListing, isListed } from '../core/case-list.ts';
import type { Incident } from '../core/incident.ts';
import type { OpenLink } from '../runtime/page/open-link.ts';
import { errorFields } from '../runtime/safe-error.ts';
import type { ListPageFacts } from './html/list-page-facts.ts';
import { type ListQuery, listParameters } from './list-query.ts';
import type { Services } from './services.ts';

/** Cases on one page of the list. */
const CASES_LISTED = 50;
/** The most incidents that are read for one page of the list. */
const INCIDENTS_LISTED = 30;

/** Everything the list is made of. What runs and the incidents may be missing; cases that cannot be read throw. */
export async function listFacts(
  { filters, before }: ListQuery,
  link: OpenLink,
  caseHref: ListPageFacts['caseHref'],
  services: Services,
): Promise<ListPageFacts> {
  const listed = signedPath(CASES_PATH, link.expires, link.key);
  const wants = (listing: CaseListing) => isListed(listing, filters);
  const [recent, running] = await Promise.all([
    services.index.recent({ limit: CASES_LISTED, wants, ...(before === undefined ? {} : { before }) }),
    services.running.list(),
  ]);
  const { listings, older, stoppedEarly, unread } = recent;
  return {
    ...{ listings, filters, running, stoppedEarly, unread, caseHref },
    incidents: await incidentsOf(listings, services),
    older: older === undefined ? undefined : listed + listParameters({ filters, before: older }),
    isContinued: before !== undefined,
    hrefOf: (others) => listed + listParameters({ filters: others }),
    retentionDays: services.settings.retentionDays,
    now: services.clock.now(),
    environment: services.environment,
  };
}

async function incidentsOf(
  listings: readonly CaseListing[],
  { incidents, logger }: Services,
): Promise<Incident[] | undefined> {
  const ids = [...new Set(listings.flatMap(({ outcome }) => outcome?.incidentIds ?? []))].slice(0, INCIDENTS_LISTED);
  try {
    const loaded = await Promise.all(ids.map((id) => incidents.load(id)));
    return loaded.filter((one) => one !== undefined).sort((a, b) => b.openedAt - a.openedAt);
  } catch (thrown) {
    // Toward the list of cases without them, which says so.
    logger.warn('incidents of the list could not be read', errorFields(thrown));
    return undefined;
  }
}
