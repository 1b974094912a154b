import { plural } from '../../core/amount-text.ts';
import type { Trigger } from '../../core/case.ts';
import type { CaseListing, CaseOutcome } from '../../core/case-list.ts';
import { isNothing } from '../../core/case-view/case-answer.ts';
import type { Tone } from '../../core/case-view/verdict-sentence.ts';
import { verdictWord } from '../../core/case-view/verdict-word.ts';
import { windowWords } from '../../core/case-view/window-words.ts';
import { zoneName } from '../../core/case-view/zones.ts';
import { idText } from '../../core/hostile-text.ts';
import { HOUR, MINUTE } from '../../core/time.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { noValue } from '../../runtime/page/no-value.ts';
import { timeOf } from '../../runtime/page/time.ts';
import { toneIcon } from '../../runtime/page/tone-icon.ts';
import type { ListPageFacts } from './list-page-facts.ts';

/** Milliseconds that the reading and joining of a case's looks may take, besides the waits between them. */
const LOOKS_TAKE = HOUR;

const TRIGGERS: Readonly<Record<Trigger, string>> = { spike: 'Spike', hunt: 'Hunt', monitor: 'Monitor' };

/** Cases, one a row, the newest first. */
export function caseTable(facts: ListPageFacts): Html {
  const { listings } = facts;
  return html`<section class="scroll-sideways" tabindex="0" aria-label="Table of cases">
<table class="case-table">
<caption>${plural(listings.length, 'case', 'cases')}, the newest first. Each leads to its page.</caption>
<thead><tr><th scope="col">Case</th><th scope="col">Decision</th><th scope="col">Verdict</th><th scope="col" class="number">Score</th><th scope="col" class="number">Findings</th><th scope="col" class="number">Looks</th><th scope="col">Opened</th><th scope="col">Time asked about</th></tr></thead>
<tbody>
${listings.map((listing) => caseRow(listing, facts))}
</tbody>
</table>
</section>`;
}

function caseRow(listing: CaseListing, facts: ListPageFacts): Html {
  const { caseId, openedAt, outcome } = listing;
  const asListed = facts.asListed.has(caseId);
  return html`<tr><th scope="row">${beganBy(listing)}<br><a class="case-link" href="${facts.caseHref(caseId)}"><code>${idText(caseId, 200)}</code></a></th>
${outcome === undefined ? html`<td colspan="5" class="quiet">${noOutcome(listing, facts)}</td>` : outcomeCells(outcome, asListed)}
<td>${timeOf(openedAt)}</td><td>${outcome === undefined ? noValue('not known yet') : windowWords(outcome.window)}</td></tr>
`;
}

/** Why a row has no outcome: its time has not come, nobody knows, or it is lost. Each is something else. */
function noOutcome({ caseId, openedAt }: CaseListing, { asListed, lookMinutes, now }: ListPageFacts): string {
  if (asListed.has(caseId)) return 'What it has come to could not be read.';
  const ended = openedAt + Math.max(0, ...lookMinutes) * MINUTE + LOOKS_TAKE;
  return now < ended ? 'No look has ended yet.' : 'No outcome is stored, and its looks should have ended.';
}

function beganBy({ trigger, zone, monitor }: CaseListing): Content {
  if (monitor === undefined) return zone === undefined ? TRIGGERS[trigger] : `${TRIGGERS[trigger]}, ${zoneName(zone)}`;
  return `${TRIGGERS[trigger]} ‘${idText(monitor.name, 60)}’, ${zoneName(monitor.zone)}`;
}

function outcomeCells(outcome: CaseOutcome, asListed: boolean): Html {
  const { verdict, topScore, findings, look } = outcome;
  const tone = toneOf(outcome);
  const isQuiet = isNothing(verdict) && findings === 0;
  return html`<td class="case-decision">${decisionText(outcome)}${asListed && html`<div class="quiet">as last listed</div>`}</td><td><span class="case-verdict${tone && ` case-${tone}`}">${tone && toneIcon(tone)}${verdictWord(verdict)}</span></td>
<td class="number">${isQuiet ? noValue('no score, as nothing was found') : Math.round(topScore)}</td>
<td class="number">${findings}</td><td class="number">${look}</td>`;
}

/** None for what was not observed: how much that is worth takes the coverage, which the case's page has. */
function toneOf({ verdict, decision }: CaseOutcome): Tone | undefined {
  if (decision.page) return 'alarm';
  if (verdict === 'undetermined') return 'unknown';
  return verdict === 'not-observed' ? undefined : 'caution';
}

function decisionText({ decision, shadow }: CaseOutcome): Content {
  const told = decision.alert ? ', alert' : '';
  if (decision.page)
    return shadow ? html`would page${told}<div class="quiet">in live mode</div>` : html`<strong>page</strong>${told}`;
  if (decision.report) return `report only${told}`;
  return decision.alert ? 'alert' : 'dropped';
}
