import { type CaseFile, type CasePageOrder, currentFindings } from '../case-file.ts';
import type { Incident } from '../incident.ts';

/**
 * What became of a case's decision: `undecided` no look was joined · `dropped` nothing matched · `reported` something
 * matched, nobody was to be woken · `shadow` somebody would have been woken · `delivered` PagerDuty took every page ·
 * `waiting` it has not taken one so far · `elsewhere` this case ordered none, as another of the incident did.
 */
export type PagingOutcome = 'undecided' | 'dropped' | 'reported' | 'shadow' | 'delivered' | 'waiting' | 'elsewhere';

export interface PagingStory {
  readonly outcome: PagingOutcome;
  /** Orders that wake somebody, the oldest look first; updates of an open alert apart from them. */
  readonly pages: readonly CasePageOrder[];
  readonly updates: readonly CasePageOrder[];
  /** Credential ids whose page PagerDuty never accepted, by what the incidents remember. */
  readonly undelivered: readonly string[];
  /** Where this case ordered no page: the one that was ordered before, as far as its incident tells. */
  readonly before?: EarlierPage;
}

/** A page about credentials of this case that another case ordered. Whether anybody took it is not known of it. */
export interface EarlierPage {
  readonly incidentId: string;
  /** Who ordered it; the first of them where the incident had several. Missing: the incident does not say. */
  readonly by?: { readonly caseId: string; readonly look: number };
  /** Pages of the incident. */
  readonly pages: number;
  /** PagerDuty never took the page about any of them. */
  readonly isLost: boolean;
}

/** Who was woken, or why nobody was. */
export function pagingStory(file: CaseFile): PagingStory {
  const pages = file.pages.filter(({ order }) => order.kind === 'page');
  const updates = file.pages.filter(({ order }) => order.kind === 'update');
  const undelivered = [...new Set(file.incidents.flatMap((one) => one.undeliveredCredentials ?? []))];
  const outcome = outcomeOf(file, pages);
  const before = outcome === 'elsewhere' ? earlierPage(file) : undefined;
  return { outcome, pages, updates, undelivered, ...(before && { before }) };
}

function outcomeOf({ state }: CaseFile, pages: readonly CasePageOrder[]): PagingOutcome {
  if (state === undefined || state.look === 0) return 'undecided';
  if (!state.decision.page) return state.decision.report ? 'reported' : 'dropped';
  if (state.shadow) return 'shadow';
  if (pages.length === 0) return 'elsewhere';
  return pages.every(({ sentAt }) => sentAt !== undefined) ? 'delivered' : 'waiting';
}

/** The page about the worst credential at page level that an incident remembers. */
function earlierPage(file: CaseFile): EarlierPage | undefined {
  const paging = currentFindings(file).flatMap(({ credential, decision }) =>
    decision === 'page' ? [credential.id] : [],
  );
  const knows = (id: string) => file.incidents.find(({ pagedCredentials }) => pagedCredentials.includes(id));
  const incident = paging.map(knows).find((one) => one !== undefined);
  if (incident === undefined) return undefined;
  const { id, pages, pagedCredentials, undeliveredCredentials = [] } = incident;
  const paged = paging.filter((one) => pagedCredentials.includes(one));
  const [by] = ordersOf(incident).filter(({ caseId }) => caseId !== file.caseId);
  return {
    incidentId: id,
    pages,
    isLost: paged.every((one) => undeliveredCredentials.includes(one)),
    ...(by && { by }),
  };
}

/** Who ordered an incident's pages, the first first; what is of another form is left out. */
function ordersOf({ pagedBy = {} }: Incident): { caseId: string; look: number }[] {
  return Object.values(pagedBy).flatMap((order) => {
    const [, caseId = '', look] = /^(.+)#(\d{1,4})$/s.exec(order) ?? [];
    return caseId === '' ? [] : [{ caseId, look: Number(look) }];
  });
}
