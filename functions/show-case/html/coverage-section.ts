import { count } from '../../core/amount-text.ts';
import { coverageView, type SourceRow, type SourceStatus } from '../../core/case-view/coverage-view.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { noValue } from '../../runtime/page/no-value.ts';
import { timeOf } from '../../runtime/page/time.ts';
import type { CasePageFacts } from './case-page-facts.ts';

/** What every source could and could not see, and above it what that means for the verdict. */
export function coverageSection({ file }: CasePageFacts): Html {
  const { look, rows, meaning } = coverageView(file);
  return html`<section id="coverage" aria-labelledby="coverage-title">
<h2 id="coverage-title">What could be seen</h2>
<p class="coverage-meaning">${meaning}</p>
<section class="scroll-sideways" tabindex="0" aria-label="Coverage by source">
<table class="coverage-table">
<caption>${look === undefined ? 'The sources of evidence' : `The sources of evidence, as of look ${look}`}</caption>
<thead><tr><th scope="col">Source</th><th scope="col">Status</th><th scope="col">What it shows, and never shows</th>
<th scope="col">What was read</th></tr></thead>
<tbody>
${rows.map(rowOf)}
</tbody>
</table>
</section>
</section>`;
}

function rowOf(row: SourceRow): Html {
  return html`<tr><th scope="row">${row.name}</th>
<td><span class="coverage-status coverage-${row.status}">${icon(row.status)}${row.statusText}</span></td>
<td>${row.shows} <span class="quiet">It cannot show ${row.cannotShow}</span>${
    row.why.length > 0 &&
    html`
<ul class="coverage-why">${row.why.map((why) => html`<li>${why}</li>`)}</ul>`
  }</td>
<td>${readOf(row)}</td></tr>
`;
}

function readOf({ status, counts, pages, oldest, newest }: SourceRow): Content {
  if (pages === undefined && status === 'no-part') return noValue('nothing, as it was not asked');
  if (pages === undefined) return html`<span class="quiet">Not known</span>`;
  const read =
    pages === 0 && counts.length === 0
      ? ['Nothing was read']
      : [...counts, `in ${count(pages)} ${pages === 1 ? 'page' : 'pages'}`];
  return html`${read.join(', ')}${spanOf(oldest, newest)}`;
}

function spanOf(oldest: number | undefined, newest: number | undefined): Content {
  if (oldest === undefined && newest === undefined) return undefined;
  return html`<dl class="coverage-span">${oldest !== undefined && html`<dt>Oldest</dt><dd>${timeOf(oldest)}</dd>`}${newest !== undefined && html`<dt>Newest</dt><dd>${timeOf(newest)}</dd>`}</dl>`;
}

/** A shape for each status; the words stand beside it. */
function icon(status: SourceStatus): Html {
  return html`<svg class="coverage-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${SHAPES[status]}</svg>`;
}

const RING = html`<circle class="coverage-line" cx="8" cy="8" r="6"/>`;
const LINE = html`<path class="coverage-line coverage-thick" d="M2.5 8h11"/>`;
const SHAPES: Readonly<Record<SourceStatus, Html>> = {
  complete: html`<circle class="coverage-fill" cx="8" cy="8" r="7"/>`,
  partial: html`${RING}<path class="coverage-fill" d="M8 2a6 6 0 0 1 0 12z"/>`,
  unavailable: html`<path class="coverage-line coverage-thick" d="m3 3 10 10M13 3 3 13"/>`,
  off: LINE,
  'no-part': LINE,
  'not-stored': html`<path class="coverage-line" d="M5.2 6c0-1.7 1.2-2.7 2.8-2.7s2.8 1 2.8 2.5c0 2-2.8 2-2.8 4.2M8 12.6v.3"/>`,
};

export const COVERAGE_STYLE = `
.coverage-meaning { font-weight: 600; }
.coverage-table { min-width: 58rem; }
.coverage-table td:last-child { width: 15.5rem; }
.coverage-table tbody th { width: 10rem; }
.coverage-status { display: inline-flex; gap: 0.4rem; align-items: center; white-space: nowrap; font-weight: 600; }
.coverage-icon { flex: none; }
.coverage-fill { fill: currentColor; }
.coverage-line { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; }
.coverage-thick { stroke-width: 2.6; }
.coverage-complete { color: var(--calm); }
.coverage-partial { color: var(--caution); }
.coverage-unavailable { color: var(--alarm); }
.coverage-off, .coverage-no-part { color: var(--ink-soft); }
.coverage-not-stored { color: var(--unknown); }
.coverage-why { margin: 0.35rem 0 0; padding-left: 1.1rem; }
.coverage-span { display: grid; grid-template-columns: auto 1fr; gap: 0 0.5rem; margin: 0.35rem 0 0; }
.coverage-span dt { color: var(--ink-soft); }
.coverage-span dd { margin: 0; }
@media print { .coverage-table { min-width: 0; } }
`;
