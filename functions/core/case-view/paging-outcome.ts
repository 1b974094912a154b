import type { CaseFile, CasePageOrder } from '../case-file.ts';
import type { Incident } from '../incident.ts';
import type { EpochMs } from '../time.ts';
import { looksJoined } from './looks-due.ts';
import { levelsOf } from './page-level.ts';

/**
 * What became of a case's decision: `undecided` no look was joined · `lost` looks were, and what they
 * decided is not stored · `dropped` nothing matched · `reported` something
 * matched, nobody was to be woken · `shadow` somebody would have been woken · `delivered` PagerDuty took every page ·
 * `waiting` it has not taken one so far · `elsewhere` this case ordered none, and a
 * case of the same incident did: whatever this one would have decided by itself, somebody was to be woken.
 */
export type PagingOutcome =
  | 'undecided'
  | 'lost'
  | 'dropped'
  | 'reported'
  | 'shadow'
  | 'delivered'
  | 'waiting'
  | 'elsewhere';

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
  /** When the first was ordered, which opened the incident. */
  readonly firstAt: EpochMs;
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
  const earlier = earlierPage(file);
  const outcome = outcomeOf(file, pages, earlier);
  const before = outcome === 'elsewhere' ? earlier : undefined;
  return { outcome, pages, updates, undelivered, ...(before && { before }) };
}

function outcomeOf(file: CaseFile, pages: readonly CasePageOrder[], earlier: EarlierPage | undefined): PagingOutcome {
  const { state } = file;
  if (pages.length > 0 && state?.shadow !== true) {
    return pages.every(({ sentAt }) => sentAt !== undefined) ? 'delivered' : 'waiting';
  }
  if (looksJoined(file) === 0) return 'undecided';
  if (state === undefined) return 'lost';
  if (state.decision.page) return state.shadow ? 'shadow' : 'elsewhere';
  if (earlier !== undefined) return 'elsewhere';
  return state.decision.report ? 'reported' : 'dropped';
}

/** The page about the worst credential at page level that an incident remembers. */
function earlierPage(file: CaseFile): EarlierPage | undefined {
  const paging = levelsOf(file).paging.map(({ credential }) => credential.id);
  const knows = (id: string) => file.incidents.find(({ pagedCredentials }) => pagedCredentials.includes(id));
  const incident = paging.map(knows).find((one) => one !== undefined);
  if (incident === undefined) return undefined;
  const { id, openedAt, pages, pagedCredentials, undeliveredCredentials = [] } = incident;
  const paged = paging.filter((one) => pagedCredentials.includes(one));
  const [by] = ordersOf(incident).filter(({ caseId }) => caseId !== file.caseId);
  return {
    incidentId: id,
    firstAt: openedAt,
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
