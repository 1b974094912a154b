import type { Command } from '../../core/case-view/steps/command.ts';
import type { NextStep, StepBlock } from '../../core/case-view/steps/next-step.ts';
import { nextSteps } from '../../core/case-view/steps/next-steps.ts';
import { idText } from '../../core/hostile-text.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { textWithTimes } from './text-with-times.ts';

/** What to do next, in order, with links and commands that are ready to copy. Nothing on the page runs any of them. */
export function nextSection(facts: CasePageFacts): Html {
  const { lead, steps } = nextSteps(facts);
  return html`<section id="next" aria-labelledby="next-title">
<h2 id="next-title">What to do now</h2>
<p class="next-lead">${lead}</p>
${
  steps.length > 0 &&
  html`<ol class="next-steps">
${steps.map(stepOf)}</ol>`
}
</section>`;
}

function stepOf({ id, title, blocks }: NextStep): Html {
  return html`<li id="next-${id}"><h3>${title}</h3>
${blocks.map(blockOf)}</li>
`;
}

function blockOf({ heading, sentences, links, commands }: StepBlock): Html {
  return html`${
    heading !== undefined &&
    html`<h4 class="next-heading">${heading}</h4>
`
  }${
    sentences.length === 1
      ? html`<p>${sentences.map(textWithTimes)}</p>
`
      : sentences.length > 1 &&
        html`<ul class="next-sentences">${sentences.map((text) => html`<li>${textWithTimes(text)}</li>`)}</ul>
`
  }${
    links.length > 0 &&
    html`<ul class="next-links">${links.map(({ href, text }) => html`<li><a href="${href}" rel="noreferrer">${idText(text, 100)}</a></li>`)}</ul>
`
  }${commands.map(commandOf)}`;
}

function commandOf({ id, title, language, text, needs, breaks }: Command): Html {
  return html`<div class="next-command"${id !== undefined && html` id="${id}"`}>
<p class="next-command-title">${title} <span class="quiet">${LANGUAGES[language]}</span></p>
<pre class="next-code" tabindex="0"><code>${text}</code></pre>
<p class="next-command-cost"><strong>Needs:</strong> ${needs}</p>
<p class="next-command-cost"><strong>Breaks:</strong> ${breaks}</p>
</div>
`;
}

const LANGUAGES: Readonly<Record<Command['language'], string>> = {
  shell: '(shell)',
  apl: '(Axiom query)',
  json: '(setting)',
};

export const NEXT_STYLE = `
.next-lead { font-weight: 600; }
.next-steps { padding-left: 1.6rem; }
.next-steps > li { margin-bottom: 1.4rem; }
.next-steps > li::marker { font-weight: 700; }
.next-steps h3 { margin-top: 0; }
.next-heading { margin: 1rem 0 0.3rem; font-size: 0.9375rem; }
.next-sentences { padding-left: 1.1rem; }
.next-sentences li { max-width: 48rem; margin: 0.2rem 0; }
.next-links { display: flex; flex-wrap: wrap; gap: 0.2rem 1.25rem; padding: 0; list-style: none; }
.next-command { margin: 0.6rem 0 0.9rem; padding: 0.6rem 0.75rem; border: 1px solid var(--line); border-radius: 0.3rem; background: var(--panel); }
.next-command p { margin: 0; }
.next-command-title { font-weight: 600; }
.next-command-title .quiet { font-weight: 400; }
.next-code {
  margin: 0.4rem 0; padding: 0.5rem 0.6rem; overflow-x: auto; border-radius: 0.2rem; background: var(--paper);
  font-size: 0.8125rem; line-height: 1.5; white-space: pre; user-select: all;
}
.next-command-cost { color: var(--ink-soft); font-size: 0.875rem; }
@media print { .next-code { white-space: pre-wrap; } }
`;
