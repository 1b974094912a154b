import { plural } from '../../core/amount-text.ts';
import { incidentsTable } from '../../runtime/page/incidents-table.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { caseTable } from './case-table.ts';
import { hasFilters, listFilters } from './list-filters.ts';
import type { ListedIncidents, ListPageFacts } from './list-page-facts.ts';
import { LIST_SHELL } from './list-shell.ts';
import { runningSection } from './running-section.ts';

/** The list of cases, a whole document: what runs now, what was found lately, and what on-call was woken for. */
export function listPage(facts: ListPageFacts): string {
  return LIST_SHELL.documentOf({
    title: 'Cases',
    environment: facts.environment,
    renderedAt: facts.now,
    kept: `Cases are kept for ${plural(facts.retentionDays, 'day', 'days')}.`,
    body: html`<section aria-labelledby="list-title">
<h1 id="list-title">Cases${facts.isContinued && ', further back'}</h1>
${listFilters(facts)}
${facts.listings.length === 0 ? emptyText(facts) : caseTable(facts)}
${unreadText(facts)}
${stateText(facts)}
${olderLink(facts)}
</section>
${runningSection(facts)}
${incidentsSection(facts)}`,
  });
}

/** Why there is no row: filters, age, or that reading ended before one was found. Each is something else. */
function emptyText({ filters, stoppedEarly, isContinued, retentionDays }: ListPageFacts): Html {
  const days = plural(retentionDays, 'day', 'days');
  if (stoppedEarly)
    return html`<p>None of the cases read so far matches. There are older ones that were not read yet.</p>`;
  if (isContinued) return html`<p>No older case ${hasFilters(filters) && 'that matches '}is kept.</p>`;
  if (hasFilters(filters)) return html`<p>No case of the last ${days} matches these filters.</p>`;
  return html`<p>No case was opened in the last ${days}. Either nothing attacked, or no alert arrives here:
<code>npm run doctor</code> checks every source.</p>`;
}

function unreadText({ unread }: ListPageFacts): Content {
  if (unread === 0) return undefined;
  return html`<p class="list-unread">${plural(unread, 'case', 'cases')} of this list could not be read and ${unread === 1 ? 'is' : 'are'} missing from it.</p>`;
}

/** Where rows are not what was listed, or could not be checked. */
function stateText({ outrun, asListed }: ListPageFacts): Content {
  return html`${outrun > 0 && html`<p class="list-unread">${plural(outrun, 'case is', 'cases are')} further than ${outrun === 1 ? 'it was' : 'they were'} listed. The rows show what is stored now; filters go by what was listed, and may miss a case.</p>`}
${asListed.size > 0 && html`<p class="list-unread">What ${plural(asListed.size, 'case has', 'cases have')} come to could not be read: ${asListed.size === 1 ? 'that row is' : 'those rows are'} as last listed.</p>`}`;
}

function olderLink({ older, stoppedEarly, listings }: ListPageFacts): Content {
  if (older === undefined) return undefined;
  const text = stoppedEarly && listings.length === 0 ? 'Look at older cases' : 'Older cases';
  const note = stoppedEarly && listings.length > 0 && ' Reading ended early: there may be more that match.';
  return html`<p class="list-older"><a href="${older}" rel="next">${text}</a>${note}</p>`;
}

function incidentsSection(facts: ListPageFacts): Html {
  return html`<section aria-labelledby="incidents-title">
<h2 id="incidents-title">Incidents</h2>
${incidentsContent(facts)}
</section>`;
}

function incidentsContent({ incidents, listings, asListed, caseHref }: ListPageFacts): Html {
  const { shown, total } = incidents;
  return html`${shown.length > 0 && incidentsTable(shown, undefined, { caseHref, total })}
${total === 0 && html`<p>${listings.length === 0 ? 'None, as no case is listed.' : `No case on this list ${asListed.size === 0 ? 'belongs' : 'is known to belong'} to an incident.`}</p>`}
${incidentNotes(incidents)}`;
}

/** What the table lacks, each by why it does. */
function incidentNotes({ shown, total, gone, unread, more }: ListedIncidents): Content {
  const unasked = total - shown.length - gone - unread;
  return html`${unread > 0 && html`<p class="list-unread">${plural(unread, 'incident', 'incidents')} of these cases could not be read. That is not the same as none.</p>`}
${gone > 0 && html`<p class="list-unread">${plural(gone, 'incident', 'incidents')} of these cases ${gone === 1 ? 'is' : 'are'} not stored any more, or parts are lost.</p>`}
${unasked > 0 && html`<p>${plural(unasked, 'more incident is', 'more incidents are')} on the pages of these cases.</p>`}
${more && html`<p>Some case has more incidents than a list names: its page has them.</p>`}`;
}
