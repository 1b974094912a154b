import {
  type CaseFilters,
  LISTED_DECISIONS,
  LISTED_TRIGGERS,
  LISTED_VERDICTS,
  type ListedDecision,
} from '../../core/case-list.ts';
import { verdictWord } from '../../core/case-view/verdict-word.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import type { ListPageFacts } from './list-page-facts.ts';

const DECISIONS: Readonly<Record<ListedDecision, string>> = {
  page: 'page',
  report: 'report only',
  alert: 'alert',
  drop: 'dropped',
};

/** Whether any filter is set. */
export function hasFilters({ trigger, verdict, decision }: CaseFilters): boolean {
  return trigger !== undefined || verdict !== undefined || decision !== undefined;
}

/** The same list in other cuts, as plain links; the one that is shown is marked. */
export function listFilters({ filters, hrefOf }: ListPageFacts): Html {
  const { trigger, verdict, decision } = filters;
  const rest = {
    trigger: { ...(verdict && { verdict }), ...(decision && { decision }) },
    verdict: { ...(trigger && { trigger }), ...(decision && { decision }) },
    decision: { ...(trigger && { trigger }), ...(verdict && { verdict }) },
  };
  return html`<nav class="list-filters" aria-label="Filters of the list">
${row('Trigger', [
  link('any', hrefOf(rest.trigger), trigger === undefined),
  ...LISTED_TRIGGERS.map((one) => link(one, hrefOf({ ...rest.trigger, trigger: one }), one === trigger)),
])}
${row('Verdict', [
  link('any', hrefOf(rest.verdict), verdict === undefined),
  ...LISTED_VERDICTS.map((one) => link(verdictWord(one), hrefOf({ ...rest.verdict, verdict: one }), one === verdict)),
])}
${row('Decision', [
  link('any', hrefOf(rest.decision), decision === undefined),
  ...LISTED_DECISIONS.map((one) => link(DECISIONS[one], hrefOf({ ...rest.decision, decision: one }), one === decision)),
])}
</nav>`;
}

function row(name: string, links: readonly Html[]): Html {
  return html`<p class="list-filter"><span class="list-filter-name">${name}</span><span class="list-filter-links">${links}</span></p>`;
}

function link(text: string, href: string, isCurrent: boolean): Html {
  const current: Content = isCurrent && html` aria-current="true"`;
  return html` <a class="list-filter-link" href="${href}"${current}>${text}</a>`;
}
