import { plural } from '../../core/amount-text.ts';
import { credentialIdTitle } from '../../core/credential-title.ts';
import { idText } from '../../core/hostile-text.ts';
import type { Incident } from '../../core/incident.ts';
import { type Content, type Html, html } from './markup.ts';
import { timeOf } from './time.ts';

const INCIDENTS_SHOWN = 50;
const CREDENTIALS_NAMED = 4;

/** For a table that is on no case's page. */
interface OnList {
  /** The page of a case, where rows lead. */
  readonly caseHref: (caseId: string) => string;
  /** How many incidents there are, those that are not here among them. */
  readonly total: number;
}

/** Incidents, one a row. @param caseId of the case whose page this is; undefined where it is nobody's */
export function incidentsTable(incidents: readonly Incident[], caseId: string | undefined, list?: OnList): Html {
  const shown = incidents.slice(0, INCIDENTS_SHOWN);
  const { caseHref, total = incidents.length } = list ?? {};
  const cut = total - shown.length;
  return html`<section class="scroll-sideways" tabindex="0" aria-label="Table of incidents">
<table>
<caption>What on-call sees as one thing.${cut > 0 && ` ${shown.length} of ${total} are here.`}</caption>
<thead><tr><th scope="col">Incident</th><th scope="col">Opened</th><th scope="col">Last evidence</th><th scope="col">Paged about</th><th scope="col" class="number">Pages</th></tr></thead>
<tbody>
${shown.map((incident) => incidentRow(incident, caseId, caseHref))}
</tbody>
</table>
</section>`;
}

function incidentRow(incident: Incident, caseId: string | undefined, caseHref?: (caseId: string) => string): Html {
  const { id, openedAt, lastEvidenceAt, pages, linkedTo } = incident;
  return html`<tr><th scope="row"><code>${idText(id, 220)}</code>${linkedTo !== undefined && html`<div class="quiet">linked to the older <code>${idText(linkedTo, 220)}</code>, which takes its evidence</div>`}</th>
<td>${timeOf(openedAt)}${openerText(incident, caseId, caseHref)}</td><td>${timeOf(lastEvidenceAt)}</td><td>${pagedText(incident)}</td>
<td class="number">${pages}</td></tr>
`;
}

function openerText(
  { caseId: opener }: Incident,
  caseId: string | undefined,
  caseHref?: (id: string) => string,
): Content {
  if (opener === caseId) return html`<div class="quiet">by this case</div>`;
  const name = html`<code>${idText(opener, 200)}</code>`;
  return html`<div class="quiet">by ${caseHref === undefined ? name : html`<a href="${caseHref(opener)}">${name}</a>`}</div>`;
}

function pagedText({ pagedCredentials, credentials, undeliveredCredentials = [] }: Incident): Content {
  const paged = pagedCredentials.slice(0, CREDENTIALS_NAMED).map(credentialIdTitle).join(', ');
  const more = pagedCredentials.length - CREDENTIALS_NAMED;
  const quiet = credentials.filter((id) => !pagedCredentials.includes(id)).length;
  return html`${paged === '' ? 'nobody so far' : paged}${more > 0 && ` and ${more} more`}${quiet > 0 && html`<div class="quiet">and ${plural(quiet, 'credential', 'credentials')} below page level</div>`}${undeliveredCredentials.length > 0 && html`<div><strong class="incident-unpaged">${plural(undeliveredCredentials.length, 'page was', 'pages were')} never taken</strong></div>`}`;
}

export const INCIDENTS_STYLE = `
.incident-unpaged { color: var(--alarm); }
`;
