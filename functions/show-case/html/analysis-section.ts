import { count } from '../../core/amount-text.ts';
import type { Analysis, Claim, RecommendedAction } from '../../core/analysis.ts';
import {
  CITED_OF_CLAIM,
  type CitedEvidence,
  type CitedRow,
  citedEvidence,
} from '../../core/case-view/cited-evidence.ts';
import { readableText } from '../../core/case-view/readable-text.ts';
import { isUnexplained } from '../../core/case-view/unexplained.ts';
import { idText, withoutSecrets } from '../../core/hostile-text.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { noValue } from '../../runtime/page/no-value.ts';
import { intervalOf } from '../../runtime/page/time.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { textWithTimes } from './text-with-times.ts';

const CLAIMS_TOLD = { summary: 12, indicators: 8, actions: 6 } as const;
const CLAIM_LENGTH = 500;
/** Findings that have an article of their own to lead to. */
const ARTICLES = 10;

/** What the case means, in words, who wrote them, and what each of them rests on. */
export function analysisSection(facts: CasePageFacts): Html {
  const cited = citedEvidence(facts.file);
  return html`<section id="analysis" aria-labelledby="analysis-title">
<h2 id="analysis-title">What it means, in words</h2>
${cited === undefined ? missing(facts) : told(cited, facts)}
</section>`;
}

function missing({ file }: CasePageFacts): Html {
  if (isUnexplained(file, 0)) return html`<p>No analysis is stored: to write it ${LOST}</p>`;
  if (file.state?.analysis.status === 'none') {
    return html`<p>Nothing was analysed: no look found anything new to explain.</p>`;
  }
  return html`<p>No analysis is stored: what this case means is told by the sections above alone.</p>`;
}

function told(cited: CitedEvidence, facts: CasePageFacts): Html {
  const { analysis, look, rows } = cited;
  const { geography, asns, targets, patterns } = analysis.indicators;
  return html`<p class="analysis-author">${authorOf(analysis)}${laterWords(facts, cited)}</p>
${eventsGiven(analysis)}
<p>Severity, as an opinion: <strong class="analysis-severity">${analysis.severity}</strong></p>
${claimList(analysis.summary, CLAIMS_TOLD.summary, cited)}
${actionList(cited)}
${indicator('Where from', geography, cited)}
${indicator('Network operators', asns, cited)}
${indicator('What they asked for', targets, cited)}
${indicator('What they have in common', patterns, cited)}
${rows.length > 0 && evidenceTable(rows, look)}`;
}

/** What became of the looks after that of the analysis. */
function laterWords({ file }: CasePageFacts, { analysis, look }: CitedEvidence): string {
  if ((file.looks.at(-1)?.look ?? look) <= look) return '';
  const failed = file.state?.analysis.status === 'failed' && analysis.status !== 'failed';
  const isLost = failed || isUnexplained(file, look);
  return ` Written at look ${look}. ${isLost ? `To write of what was found since ${LOST}` : 'Later looks found nothing new to explain.'}`;
}

const LOST = 'failed, or is not done yet.';

function authorOf({ status, model, why }: Analysis): string {
  const because = why === undefined ? '' : ` (${withoutSecrets(why, 200).replace(/\.$/, '')})`;
  switch (status) {
    case 'model':
      return `Written by a model, ${idText(model ?? 'whose name is not stored', 120)}: an opinion; it decided nothing.`;
    case 'rejected':
      return `Latchkey's own summary: a model was asked, and its answer did not hold against the evidence${because}.`;
    case 'late':
      return `Latchkey's own summary: a model was asked, and its answer came too late${because}.`;
    case 'failed':
      return `Latchkey's own summary: a model was to be asked, and that failed${because}.`;
    case 'summary':
    case 'none':
      return "Latchkey's own summary, made by fixed rules: no model is set up.";
  }
}

function eventsGiven({ events }: Analysis): Content {
  if (events === undefined) return undefined;
  const { given, leftOut, more } = events;
  const rest = leftOut > 0 ? `; ${count(leftOut)} were left out, for setting analysis.eventTokens` : '';
  return html`<p class="quiet">It was given ${count(given)} groups of events, the largest${rest}${more === true && '; there are smaller ones, which nobody kept'}.</p>`;
}

function claimList(claims: readonly Claim[], most: number, cited: CitedEvidence): Html {
  const more = claims.length - most;
  return html`<ul class="analysis-claims">${claims.slice(0, most).map((claim) => html`<li>${claimOf(claim, cited)}</li>`)}</ul>${more > 0 && html`<p class="quiet">${count(more)} more of ${count(claims.length)} are in the JSON.</p>`}`;
}

function claimOf({ text, evidence }: Claim, { analysis, rowOf }: CitedEvidence): Html {
  // The summary's own sentences are clean of what is hostile, and name rules by ids that look like secrets.
  const shown = analysis.status === 'model' ? withoutSecrets(text, CLAIM_LENGTH) : readableText(text, CLAIM_LENGTH);
  const kept = [...new Set(evidence)].slice(0, CITED_OF_CLAIM);
  return html`${textWithTimes(shown)}${kept.map((id) => html` ${citation(rowOf(id))}`)}${evidence.length > CITED_OF_CLAIM && html` <span class="quiet">and more</span>`}`;
}

function citation(row: CitedRow | undefined): Content {
  if (row === undefined) return undefined;
  if (row.anchor === undefined) return html`<span class="analysis-unresolved">[${row.id}: not in the evidence]</span>`;
  return html`<a class="analysis-citation" href="#${row.anchor}" aria-label="Evidence ${row.id}">[${row.id}]</a>`;
}

function indicator(title: string, claims: readonly Claim[], cited: CitedEvidence): Content {
  if (claims.length === 0) return undefined;
  return html`<h3>${title}</h3>
${claimList(claims, CLAIMS_TOLD.indicators, cited)}
`;
}

const ACTIONS: Readonly<Record<RecommendedAction, string>> = {
  'revoke-credential': 'Revoke the credential',
  'rotate-credential': 'Rotate the credential',
  'review-credential-activity': 'See what the credential did',
  'contact-owner': 'Ask the owner',
  'block-address-at-cloudflare': 'Block the address at Cloudflare',
  'review-cloudflare-rule': "See to Cloudflare's rule",
  'preserve-logs': 'Keep the logs',
  'add-known-egress': 'Add to the known egress',
  'no-action': 'Nothing to do',
};

function actionList(cited: CitedEvidence): Content {
  const { actions } = cited.analysis;
  if (actions.length === 0) return undefined;
  const more = actions.length - CLAIMS_TOLD.actions;
  return html`<h3>Recommended</h3>
<ol class="analysis-claims">${actions.slice(0, CLAIMS_TOLD.actions).map(({ action, claim }) => html`<li><strong>${ACTIONS[action]}.</strong> ${claimOf(claim, cited)}</li>`)}</ol>${more > 0 && html`<p class="quiet">${count(more)} more are in the JSON.</p>`}
<p><a href="#next">What to do now</a> has the steps and commands that follow from the evidence itself.</p>
`;
}

function evidenceTable(rows: readonly CitedRow[], look: number): Html {
  return html`<h3>Evidence cited</h3>
<section class="scroll-sideways" tabindex="0" aria-label="Evidence cited">
<table class="analysis-table">
<caption>What the analysis rests on, as it was at look ${look}</caption>
<thead><tr><th scope="col">Id</th><th scope="col">Kind</th><th scope="col">What</th><th scope="col">In numbers</th><th scope="col">When</th></tr></thead>
<tbody>
${rows.map(evidenceRow)}
</tbody>
</table>
</section>`;
}

function evidenceRow({ id, anchor, kind, what, numbers, when, finding }: CitedRow): Html {
  const link =
    finding === undefined || finding > ARTICLES ? undefined : html` <a href="#finding-${finding}">See the finding</a>`;
  const cells = html`<th scope="row">${id}</th><td class="analysis-kind">${kind}</td><td>${what}${link}</td><td>${numbers === '' ? noValue('none') : numbers}</td><td>${when === undefined ? noValue('no time') : intervalOf(when)}</td>`;
  return anchor === undefined
    ? html`<tr class="analysis-missing">${cells}</tr>
`
    : html`<tr id="${anchor}">${cells}</tr>
`;
}

export const ANALYSIS_STYLE = `
.analysis-author { padding: 0.5rem 0.75rem; border-left: 4px solid var(--unknown); background: var(--unknown-paper); }
.analysis-severity { text-transform: capitalize; }
.analysis-claims li { margin: 0.3rem 0; max-width: 48rem; }
.analysis-citation, .analysis-unresolved { font-size: 0.8125rem; white-space: nowrap; }
.analysis-unresolved { color: var(--unknown); white-space: normal; }
.analysis-table { min-width: 56rem; }
.analysis-table tbody th { font-weight: 600; }
.analysis-table tbody th, .analysis-kind { white-space: nowrap; }
.analysis-table tr:target { background: var(--caution-paper); }
.analysis-missing { color: var(--unknown); }
@media print { .analysis-table { min-width: 0; } }
`;
