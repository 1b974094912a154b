import { type CaseFile, currentFindings } from '../case-file.ts';
import { credentialIdTitle } from '../credential-title.ts';
import type { Finding } from '../finding.ts';

/** The newest finding of each credential of a case, the worst first, by whether somebody is to act on it now. */
export interface Levels {
  /** At page level at any look, or paged by an incident that this case belongs to: what was paged stays paged. */
  readonly paging: readonly Finding[];
  readonly reported: readonly Finding[];
}

/** What the findings of a case ask for, whatever its newest look alone would say. */
export function levelsOf(file: CaseFile): Levels {
  const atPageLevel = file.looks
    .flatMap(({ findings = [] }) => findings)
    .flatMap(({ credential, decision }) => (decision === 'page' ? [credential.id] : []));
  const woken = new Set([...atPageLevel, ...pagedIds(file)]);
  const { paging = [], reported = [] } = Object.groupBy(currentFindings(file), ({ credential }) =>
    woken.has(credential.id) ? 'paging' : 'reported',
  );
  return { paging, reported };
}

/** Whom pages were about, by what this case ordered and what its incidents remember of every case. */
function pagedIds({ pages, incidents }: CaseFile): string[] {
  const ordered = pages.flatMap(({ order }) => (order.kind === 'page' ? (order.paging ?? []) : []));
  return [...ordered, ...incidents.flatMap(({ pagedCredentials }) => pagedCredentials)];
}

const NAMED = 5;

/** Where findings are lost: `Token 42, by the page that was ordered`; empty where no page names any. */
export function namedByPages(file: CaseFile): string {
  const ids = [...new Set(pagedIds(file))];
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : '';
  return ids.length === 0
    ? ''
    : `${ids.slice(0, NAMED).map(credentialIdTitle).join(', ')}${more}, by the page that was ordered`;
}
