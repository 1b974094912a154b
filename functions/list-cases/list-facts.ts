import type { CaseState } from '../core/case.ts';
import { CASES_PATH, signedPath } from '../core/case-link.ts';
import { type CaseListing, type CaseOutcome, isListed, listedState } from '../core/case-list.ts';
import type { OpenLink } from '../runtime/page/open-link.ts';
import type { ListedIncidents, ListPageFacts } from './html/list-page-facts.ts';
import { type ListQuery, listParameters } from './list-query.ts';
import { loadEach } from './load-each.ts';
import type { Services } from './services.ts';

/** Cases on one page of the list. */
const CASES_LISTED = 50;
/** The most incidents that are read for one page of the list. */
const INCIDENTS_LISTED = 30;

/**
 * Everything the list is made of. Which cases there are, and which meet the filters, is what was listed of them; what each
 * came to is its own state. What runs, states and incidents may be missing; cases that cannot be read throw.
 */
export async function listFacts(
  { filters, before }: ListQuery,
  link: OpenLink,
  caseHref: ListPageFacts['caseHref'],
  services: Services,
): Promise<ListPageFacts> {
  const { settings, clock, environment } = services;
  const listed = signedPath(CASES_PATH, link.expires, link.key);
  const wants = (listing: CaseListing) => isListed(listing, filters);
  const [recent, running] = await Promise.all([
    services.index.recent({ limit: CASES_LISTED, wants, ...(before === undefined ? {} : { before }) }),
    services.running.list(),
  ]);
  const { older, stoppedEarly, unread } = recent;
  const cases = await asStored(recent.listings, services);
  return {
    ...{ ...cases, filters, running, stoppedEarly, unread, caseHref },
    incidents: await incidentsOf(cases.listings, services),
    older: older === undefined ? undefined : listed + listParameters({ filters, before: older }),
    isContinued: before !== undefined,
    hrefOf: (others) => listed + listParameters({ filters: others }),
    retentionDays: settings.retentionDays,
    lookMinutes: settings.looks.minutes,
    now: clock.now(),
    environment,
  };
}

/** The cases as their states are: listing one may have failed, which must not show a paged case as dropped. */
async function asStored(listings: readonly CaseListing[], services: Services) {
  const ids = listings.map(({ caseId }) => caseId);
  const { read } = await loadEach('states', ids, (id) => services.states.load(id), services);
  const stored = listings.map((listing) => withState(listing, read.get(listing.caseId)));
  return {
    listings: stored,
    asListed: new Set(ids.filter((id) => !read.has(id))),
    outrun: stored.filter(({ outcome }, index) => isAnother(outcome, listings[index]?.outcome)).length,
  };
}

function withState(listing: CaseListing, state: CaseState | undefined): CaseListing {
  return state === undefined ? listing : { ...listing, ...listedState(state) };
}

function isAnother(stored: CaseOutcome | undefined, listed: CaseOutcome | undefined): boolean {
  return wordsOf(stored) !== wordsOf(listed);
}

/** What a row tells of an outcome. */
function wordsOf(outcome: CaseOutcome | undefined): string {
  if (outcome === undefined) return '';
  const { look, verdict, topScore, decision, findings } = outcome;
  return JSON.stringify([look, verdict, topScore, decision.page, decision.alert, decision.report, findings]);
}

async function incidentsOf(listings: readonly CaseListing[], services: Services): Promise<ListedIncidents> {
  const outcomes = listings.flatMap(({ outcome }) => outcome ?? []);
  const ids = [...new Set(outcomes.flatMap(({ incidentIds }) => incidentIds))];
  const asked = ids.slice(0, INCIDENTS_LISTED);
  const { read, lost } = await loadEach('incidents', asked, (id) => services.incidents.load(id), services);
  const shown = [...read.values()].filter((one) => one !== undefined).sort((a, b) => b.openedAt - a.openedAt);
  return {
    shown,
    total: ids.length,
    gone: read.size - shown.length + lost,
    unread: asked.length - read.size - lost,
    more: outcomes.some(({ incidents = 0, incidentIds }) => incidents > incidentIds.length),
  };
}
