import { plural } from '../../core/amount-text.ts';
import type { CaseFile, CasePageOrder } from '../../core/case-file.ts';
import { caseAnswer } from '../../core/case-view/case-answer.ts';
import { type PagingStory, pagingStory } from '../../core/case-view/paging-outcome.ts';
import type { Tone } from '../../core/case-view/verdict-sentence.ts';
import { credentialIdTitle, credentialTitle } from '../../core/credential-title.ts';
import { idText, inertText } from '../../core/hostile-text.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { incidentsTable } from './incidents-table.ts';
import { type Content, type Html, html } from './markup.ts';
import { timeOf } from './time.ts';
import { toneIcon } from './tone-icon.ts';

const REASONS_SHOWN = 5;
const CREDENTIALS_NAMED = 6;
const ORDERS_SHOWN = 40;

/** What was decided, why, and whether it reached anybody. */
export function decisionSection(facts: CasePageFacts): Html {
  const { file } = facts;
  const story = pagingStory(file);
  const { tone, text } = decided(story, file);
  return html`<section id="decision" aria-labelledby="decision-title">
<h2 id="decision-title">Decision</h2>
<p class="decision-outcome decision-${tone}">${toneIcon(tone)}<strong>${text}</strong></p>
${undeliveredWarning(story)}
${reasonsOf(facts)}
${ordersTable(file)}
${alertsOf(file)}
${incidentsOf(file)}
</section>`;
}

function decided({ outcome, pages }: PagingStory, file: CaseFile): { tone: Tone; text: Content } {
  switch (outcome) {
    case 'undecided':
      return { tone: 'unknown', text: 'Nothing is decided yet: no look has ended.' };
    case 'dropped':
      return file.state?.verdict === 'undetermined'
        ? { tone: 'unknown', text: 'Nobody was woken, as nothing matched so far; this is no all-clear.' }
        : { tone: 'calm', text: 'Dropped: nothing matched, and nobody was woken. The case is kept and counted.' };
    case 'reported':
      return { tone: 'caution', text: 'Reported only: something matched, and nobody was woken.' };
    case 'shadow':
      return { tone: 'caution', text: 'Live mode would have paged on-call. This is shadow mode: nobody was woken.' };
    case 'elsewhere':
      return file.unread.length > 0
        ? { tone: 'alarm', text: 'On-call was to be paged; by which page is not stored here, or could not be read.' }
        : {
            tone: 'alarm',
            text: 'On-call was to be paged, by another case of the same incident: this one ordered no page.',
          };
    case 'waiting':
      return { tone: 'alarm', text: waitingText(pages) };
    case 'delivered':
      return { tone: 'alarm', text: html`On-call was paged${firstSent(pages)}.` };
  }
}

function waitingText(pages: readonly CasePageOrder[]): string {
  const waiting = pages.filter(({ sentAt }) => sentAt === undefined).length;
  if (waiting === pages.length) return 'On-call was to be paged, and PagerDuty has not taken the page so far.';
  return `On-call was paged, but PagerDuty has not taken ${plural(waiting, 'further page', 'further pages')} so far.`;
}

function firstSent(pages: readonly CasePageOrder[]): Content {
  const sent = pages.flatMap(({ sentAt }) => sentAt ?? []);
  const first = html` ${timeOf(Math.min(...sent))}`;
  return sent.length < 2 ? first : html`${first}, ${plural(sent.length, 'time', 'times')} in this case`;
}

function undeliveredWarning({ undelivered }: PagingStory): Content {
  if (undelivered.length === 0) return undefined;
  return html`<p class="decision-failed">${toneIcon('alarm')}<span><strong>PagerDuty never took the page about
${credentialList(undelivered)}.</strong> Whoever sees one of them next pages it again.</span></p>`;
}

/** Why, of the finding that speaks for the case; the others have theirs beside them. */
function reasonsOf({ file, threshold }: CasePageFacts): Content {
  const { finding } = caseAnswer(file);
  const at = html`<p class="quiet">A finding pages from a score of ${threshold} on (setting <code>page.threshold</code>).</p>`;
  if (finding === undefined) return file.state?.decision.report === true ? at : undefined;
  const reasons = finding.reasons.slice(0, REASONS_SHOWN);
  const untold = finding.reasons.length - reasons.length;
  return html`<h3>Why</h3>
<p>${credentialTitle(finding.credential)} ${finding.decision === 'page' ? 'is at page level' : 'is reported only'}:</p>
<ul>${reasons.map((reason) => html`<li>${inertText(reason, 300)}</li>`)}${untold > 0 && html`<li>and ${plural(untold, 'more reason', 'more reasons')}, in the JSON</li>`}</ul>
${at}`;
}

/** What was sent to on-call, and when it was taken. */
function ordersTable(file: CaseFile): Content {
  if (file.pages.length === 0) return undefined;
  const shown = file.pages.slice(0, ORDERS_SHOWN);
  const cut = file.pages.length - shown.length;
  return html`<h3>Sent to PagerDuty</h3>
<div class="scroll-sideways" tabindex="0" role="region" aria-label="Pages and updates sent to PagerDuty">
<table>
<caption>A page wakes somebody; an update is added to the open alert in silence.${cut > 0 && ` The first ${shown.length} of ${file.pages.length}; the JSON has the rest.`}</caption>
<thead><tr><th scope="col">What</th><th scope="col">Taken by PagerDuty</th><th scope="col">About</th><th scope="col">Why</th><th scope="col">Dedup key</th></tr></thead>
<tbody>
${shown.map(orderRow)}
</tbody>
</table>
</div>`;
}

function orderRow({ order, look, sentAt }: CasePageOrder): Html {
  const taken = sentAt === undefined ? html`<strong class="decision-alarm">not taken so far</strong>` : timeOf(sentAt);
  return html`<tr><th scope="row">${order.kind === 'page' ? 'Page' : 'Update'}, look ${look}</th><td>${taken}</td>
<td>${credentialList(order.paging ?? order.credentials)}</td><td>${inertText(order.why, 400)}</td>
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
.decision-failed .tone-icon, .decision-alarm { color: var(--alarm); }
.decision-caution { color: var(--caution); }
.decision-calm { color: var(--calm); }
.decision-unknown { color: var(--unknown); }
`;
