import type { CaseFile, CasePageOrder } from '../case-file.ts';

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
}

/** Who was woken, or why nobody was. */
export function pagingStory(file: CaseFile): PagingStory {
  const pages = file.pages.filter(({ order }) => order.kind === 'page');
  const updates = file.pages.filter(({ order }) => order.kind === 'update');
  const undelivered = [...new Set(file.incidents.flatMap((one) => one.undeliveredCredentials ?? []))];
  return { outcome: outcomeOf(file, pages), pages, updates, undelivered };
}

function outcomeOf({ state }: CaseFile, pages: readonly CasePageOrder[]): PagingOutcome {
  if (state === undefined || state.look === 0) return 'undecided';
  if (!state.decision.page) return state.decision.report ? 'reported' : 'dropped';
  if (state.shadow) return 'shadow';
  if (pages.length === 0) return 'elsewhere';
  return pages.every(({ sentAt }) => sentAt !== undefined) ? 'delivered' : 'waiting';
}
