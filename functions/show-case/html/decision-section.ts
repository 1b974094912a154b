import { plural } from '../../core/amount-text.ts';
import type { Trigger } from '../../core/case.ts';
import type { CaseFile, CasePageOrder } from '../../core/case-file.ts';
import { caseAnswer } from '../../core/case-view/case-answer.ts';
import { type PagingStory, pagingStory } from '../../core/case-view/paging-outcome.ts';
import { credentialIdTitle, credentialTitle } from '../../core/credential-title.ts';
import { idText, withoutSecrets } from '../../core/hostile-text.ts';
import { incidentsTable } from '../../runtime/page/incidents-table.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';
import { toneIcon } from '../../runtime/page/tone-icon.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { decisionOutcome } from './decision-outcome.ts';

const REASONS_SHOWN = 5;
const CREDENTIALS_NAMED = 6;
const ORDERS_SHOWN = 40;

/** What was decided, why, and whether it reached anybody. */
export function decisionSection(facts: CasePageFacts): Html {
  const { file } = facts;
  const story = pagingStory(file);
  return html`<section id="decision" aria-labelledby="decision-title">
<h2 id="decision-title">Decision</h2>
${outcomeLine(story, facts)}
${undeliveredWarning(story)}
${reasonsOf(facts)}
${ordersTable(file)}
${alertsOf(file)}
${incidentsOf(file)}
</section>`;
}

function outcomeLine(story: PagingStory, facts: CasePageFacts): Html {
  const { tone, text } = decisionOutcome(story, facts);
  const failed = story.outcome === 'waiting' ? ' decision-failed' : '';
  return html`<p class="decision-outcome decision-${tone}${failed}">${toneIcon(tone)}<strong>${text}</strong></p>`;
}

function undeliveredWarning({ undelivered }: PagingStory): Content {
  if (undelivered.length === 0) return undefined;
  return html`<p class="decision-failed">${toneIcon('alarm')}<span><strong>PagerDuty never took the page about
${credentialList(undelivered)}.</strong> The next case that sees ${undelivered.length === 1 ? 'it' : 'one of them'} pages it again.</span></p>`;
}

/** Why, of the finding that speaks for the case; the others have theirs beside them. */
function reasonsOf({ file, threshold }: CasePageFacts): Content {
  const { finding, isPaging } = caseAnswer(file);
  if (finding === undefined) return undefined;
  const reasons = finding.reasons.slice(0, REASONS_SHOWN);
  const untold = finding.reasons.length - reasons.length;
  return html`<h3>Why</h3>
<p>${credentialTitle(finding.credential)} ${levelText(finding.decision === 'page', isPaging)}:</p>
<ul>${reasons.map((reason) => html`<li>${withoutSecrets(reason, 300)}</li>`)}${untold > 0 && html`<li>and ${plural(untold, 'more reason', 'more reasons')}, in the JSON</li>`}</ul>
<p class="quiet">The page threshold is ${threshold} (setting <code>page.threshold</code>)${OWN_RULES[file.trigger]}.</p>`;
}

/** What was paged stays paged, and why it was stands where that was decided. */
function levelText(isHere: boolean, isPaging: boolean): string {
  if (isHere) return 'is at page level';
  return isPaging ? 'is at page level by an earlier look or another case; here and now' : 'is reported only';
}

/** What the threshold alone does not say. */
const OWN_RULES: Readonly<Record<Trigger, Content>> = {
  spike: html`; exact uses from an address called a bot page below it, too (setting <code>page.floor</code>)`,
  hunt: html`; what hunts page for is set by <code>hunt.page</code>`,
  monitor: '; a monitor pages only for what a bot product spoke of',
};

/** What was sent to on-call, and when it was taken. */
function ordersTable(file: CaseFile): Content {
  if (file.pages.length === 0) return undefined;
  const shown = file.pages.slice(0, ORDERS_SHOWN);
  const cut = file.pages.length - shown.length;
  return html`<h3>Sent to PagerDuty</h3>
<section class="scroll-sideways" tabindex="0" aria-label="Pages and updates sent to PagerDuty">
<table>
<caption>A page wakes somebody; an update is added to the open alert in silence.${cut > 0 && ` The first ${shown.length} of ${file.pages.length}; the JSON has the rest.`}</caption>
<thead><tr><th scope="col">What</th><th scope="col">Taken by PagerDuty</th><th scope="col">About</th><th scope="col">Why</th><th scope="col">Dedup key</th></tr></thead>
<tbody>
${shown.map(orderRow)}
</tbody>
</table>
</section>`;
}

function orderRow({ order, look, sentAt }: CasePageOrder): Html {
  const taken = sentAt === undefined ? html`<strong class="decision-alarm">not taken so far</strong>` : timeOf(sentAt);
  return html`<tr><th scope="row">${order.kind === 'page' ? 'Page' : 'Update'}, look ${look}</th><td>${taken}</td>
<td>${credentialList(order.paging ?? order.credentials)}</td><td>${withoutSecrets(order.why, 400)}</td>
<td><code>${idText(order.dedupKey, 260)}</code></td></tr>
`;
}

/** What the chat was told; monitors only. */
function alertsOf({ alerts, trigger }: CaseFile): Content {
  if (trigger !== 'monitor') return undefined;
  if (alerts.length === 0) return html`<h3>Alert webhook</h3><p>No alert is stored for this case.</p>`;
  return html`<h3>Alert webhook</h3>
<ul>
${alerts.map(({ kind, look, sentAt }) => {
  const what = kind === 'attack' ? 'The attack' : 'An update';
  return html`<li>${what}, look ${look}: ${sentAt === undefined ? html`<strong class="decision-alarm">not taken so far</strong>, and sent again by later polls` : html`taken ${timeOf(sentAt)}`}</li>\n`;
})}
</ul>`;
}

function incidentsOf(file: CaseFile): Content {
  const known = file.state?.counts.incidents ?? file.state?.incidentIds.length ?? 0;
  if (file.incidents.length === 0 && known === 0) return undefined;
  const lost = Math.max(0, known - file.incidents.length);
  return html`<h3>Incidents</h3>
${file.incidents.length > 0 && incidentsTable(file.incidents, file.caseId)}
${lost > 0 && html`<p class="quiet">${lostText(lost, file)}</p>`}`;
}

function lostText(lost: number, { state }: CaseFile): string {
  if (state?.shadow === true) return 'In shadow mode no incident is opened.';
  return `${plural(lost, 'incident', 'incidents')} of this case could not be read, or ${lost === 1 ? 'is' : 'are'} no longer kept.`;
}

function credentialList(ids: readonly string[]): string {
  const named = ids.slice(0, CREDENTIALS_NAMED).map(credentialIdTitle);
  const more = ids.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export const DECISION_STYLE = `
.decision-outcome, .decision-failed { display: flex; gap: 0.5rem; align-items: flex-start; max-width: none; }
.decision-outcome { font-size: 1.05rem; }
.decision-outcome .tone-icon, .decision-failed .tone-icon { width: 1.25rem; height: 1.25rem; margin-top: 0.15rem; }
.decision-failed {
  padding: 0.5rem 0.75rem; border-left: 0.3rem solid var(--alarm); background: var(--alarm-paper); color: var(--ink);
}
.decision-alarm .tone-icon, .decision-failed .tone-icon, strong.decision-alarm { color: var(--alarm); }
.decision-caution { color: var(--caution); }
.decision-calm { color: var(--calm); }
.decision-unknown { color: var(--unknown); }
`;
