import { plural } from '../../core/amount-text.ts';
import type { RunningExecution } from '../../core/case-list.ts';
import { idText } from '../../core/hostile-text.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';
import type { ListPageFacts } from './list-page-facts.ts';

/** What the workflow is doing right now. */
export function runningSection(facts: ListPageFacts): Html {
  return html`<section aria-labelledby="running-title">
<h2 id="running-title">In flight</h2>
${runningContent(facts)}
</section>`;
}

function runningContent({ running: now, listings, caseHref }: ListPageFacts): Html {
  if (now === undefined) return html`<p>What runs right now could not be asked. That is not the same as nothing.</p>`;
  const { executions, more } = now;
  if (executions.length === 0) return html`<p>No case is being worked on right now.</p>`;
  const listed = new Set(listings.map(({ caseId }) => caseId));
  return html`<section class="scroll-sideways" tabindex="0" aria-label="Table of executions in flight">
<table>
<caption>${more && 'The newest '}${plural(executions.length, 'execution', 'executions')} of the workflow that ${executions.length === 1 ? 'has' : 'have'} not ended${more && '; there are more'}. Cases wait between looks.</caption>
<thead><tr><th scope="col">Execution</th><th scope="col">Started</th><th scope="col">State</th><th scope="col">Since</th></tr></thead>
<tbody>
${executions.map((execution) => runningRow(execution, listed, caseHref))}
</tbody>
</table>
</section>`;
}

function runningRow(
  { name, startedAt, state, since }: RunningExecution,
  listed: ReadonlySet<string>,
  caseHref: (caseId: string) => string,
): Html {
  const caseId = [name, name.replace(/-\d+$/, '')].find((id) => listed.has(id));
  const title = html`<code>${idText(name, 200)}</code>`;
  const sinceText: Content = since === undefined ? 'not known' : timeOf(since);
  return html`<tr><th scope="row">${caseId === undefined ? title : html`<a href="${caseHref(caseId)}">${title}</a>`}</th>
<td>${timeOf(startedAt)}</td><td>${state === undefined ? 'not asked, or between two states' : idText(state, 100)}</td><td>${sinceText}</td></tr>
`;
}
