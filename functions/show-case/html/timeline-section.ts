import { count } from '../../core/amount-text.ts';
import { ROWS_SHOWN, type TimelineRow } from '../../core/case-view/timeline/rows.ts';
import { type Timeline, timelineOf } from '../../core/case-view/timeline/timeline.ts';
import { lengthOf } from '../../core/time.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { noValue } from '../../runtime/page/no-value.ts';
import { intervalOf, timeOf } from '../../runtime/page/time.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { timelineLegend } from './timeline-legend.ts';
import { timelineSvg } from './timeline-svg.ts';

export { TIMELINE_STYLE } from './timeline-style.ts';

/** When the bots came, when which credential was used, and what Latchkey did: as a sentence, a picture and a table. */
export function timelineSection({ file, slack }: CasePageFacts): Html {
  const timeline = timelineOf({ file, slack });
  return html`<section id="timeline" class="timeline" aria-labelledby="timeline-title">
<h2 id="timeline-title">Timeline</h2>
${timeline === undefined ? html`<p>No time of this case can be read, so that there is nothing to draw.</p>` : drawn(timeline)}
</section>`;
}

function drawn(timeline: Timeline): Html {
  const { summary, notes } = timeline;
  return html`<figure class="timeline-figure">
<figcaption class="timeline-caption">${summary.map((sentence) => html`<p>${sentence}</p>`)}</figcaption>
${timelineSvg(timeline)}
${timelineLegend(timeline)}
</figure>
${notes.length === 0 ? undefined : html`<ul class="timeline-notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${table(timeline)}`;
}

function table({ rows, rowsOf }: Timeline): Html {
  const cut =
    rowsOf > rows.length
      ? `At most ${ROWS_SHOWN} rows are shown, here ${count(rows.length)} of ${count(rowsOf)}: uses that matched first. The evidence as JSON has more.`
      : 'Everything that the picture shows, in order of time.';
  return html`<details class="timeline-details"><summary>The timeline as a table</summary>
<section class="scroll-sideways" tabindex="0" aria-label="Timeline as a table"><table class="timeline-table"><caption>${cut}</caption><thead><tr><th scope="col">Time</th><th scope="col">What</th><th scope="col">Who</th><th scope="col">From where</th></tr></thead><tbody>
${rows.map((row) => html`<tr${row.matched && html` class="timeline-row-${row.matched}"`}><th scope="row">${when(row)}</th><td>${row.what}</td><td>${row.who}</td><td>${row.where === '' ? noValue('no address') : row.where}</td></tr>`)}
</tbody></table></section></details>`;
}

function when({ at, exact }: TimelineRow): Html {
  if (at === undefined) return html`unknown`;
  return exact && lengthOf(at) > 0 ? html`${timeOf(at.notBefore)} to ${timeOf(at.notAfter)}` : intervalOf(at);
}
