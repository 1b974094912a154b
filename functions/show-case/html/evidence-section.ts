import { count } from '../../core/amount-text.ts';
import { type CaseFile, currentFindings } from '../../core/case-file.ts';
import { jsonExcerpt } from '../../core/case-view/json-excerpt.ts';
import { withoutSecrets } from '../../core/hostile-text.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import type { CasePageFacts } from './case-page-facts.ts';

/** Characters of JSON on the page, whose quotes take six bytes each there; the download has all. */
const EXCERPT_LENGTH = 45_000;
const NOTICE_LENGTH = 12_000;
const UNREAD_TOLD = 10;

/** The stored evidence itself, folded, and where to have all of it. */
export function evidenceSection({ file, evidenceHref }: CasePageFacts): Html {
  return html`<section id="evidence" aria-labelledby="evidence-title">
<h2 id="evidence-title">The evidence itself</h2>
<p><a href="${evidenceHref}" download>The evidence as JSON</a>: all that fits one answer, which is everything but for the largest cases; a note in it says what does not. It holds addresses and names; hand it on with care.</p>
${unreadList(file)}
${beginning(file)}
${folded('The case as it is stored, cut to what a page can hold', excerptOf(file), EXCERPT_LENGTH)}
</section>`;
}

function unreadList({ unread }: CaseFile): Content {
  if (unread.length === 0) return undefined;
  const more = unread.length - UNREAD_TOLD;
  return html`<p>Stored, and could not be read, which is not the same as nothing:</p>
<ul>${unread.slice(0, UNREAD_TOLD).map((text) => html`<li>${withoutSecrets(text, 300)}</li>`)}${more > 0 && html`<li>and ${count(more)} more</li>`}</ul>`;
}

/** What the case began with. */
function beginning({ trigger, alert, state, filter }: CaseFile): Content {
  if (trigger === 'monitor') {
    const began = { monitor: state?.monitor, filter };
    return folded('What the monitor counted when it began this case, and what it watches', began, NOTICE_LENGTH);
  }
  if (alert !== undefined) return folded("What Cloudflare's notification said", alert, NOTICE_LENGTH);
  if (trigger === 'hunt') return undefined;
  return html`<p>What Cloudflare's notification said is not stored.</p>`;
}

/** The newest look in the middle of the case: what a reader looks for first, before older looks. */
function excerptOf(file: CaseFile): object {
  const { looks, uses, alert, filter, ...rest } = file;
  return { ...rest, findings: currentFindings(file), uses, looks: looks.toReversed() };
}

function folded(title: string, value: unknown, maxLength: number): Html {
  const { text, leftOut } = jsonExcerpt(value, maxLength);
  return html`<details class="evidence-fold"><summary>${title}</summary>
${
  leftOut > 0 &&
  html`<p>Left out here: ${count(leftOut)} ${leftOut === 1 ? 'entry or end of a text' : 'entries and ends of texts'}, each marked with “…”. The JSON above has them.</p>
`
}<pre class="evidence-json" tabindex="0">${text}</pre>
</details>`;
}

export const EVIDENCE_STYLE = `
.evidence-json {
  max-height: 32rem; margin: 0; padding: 0.75rem; overflow: auto; border: 1px solid var(--line); border-radius: 0.3rem;
  background: var(--panel); font-size: 0.8125rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere;
}
@media print { .evidence-json { max-height: none; } }
`;
