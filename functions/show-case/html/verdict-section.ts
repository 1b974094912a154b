import { capital } from '../../core/capital.ts';
import { type CaseAnswer, caseAnswer } from '../../core/case-view/case-answer.ts';
import { looksDue } from '../../core/case-view/looks-due.ts';
import { nextSteps } from '../../core/case-view/steps/next-steps.ts';
import { type Tone, verdictSentence } from '../../core/case-view/verdict-sentence.ts';
import { verdictWord } from '../../core/case-view/verdict-word.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { toneIcon } from '../../runtime/page/tone-icon.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { verdictFacts } from './verdict-facts.ts';

/** The answer, how sure it is, and what the case is about: to be understood in ten seconds. */
export function verdictSection(facts: CasePageFacts): Html {
  const { file } = facts;
  const answer = caseAnswer(file);
  const { lookMinutes, now, threshold } = facts;
  const { tone, lead, text, more, meaning } = verdictSentence(file, looksDue(file, lookMinutes, now), threshold);
  const { urgent } = nextSteps(facts);
  return html`<section id="verdict" class="verdict verdict-${tone}" aria-labelledby="verdict-title">
${scoreBlock(answer, tone)}
<div class="verdict-words">
${file.state?.shadow === true && html`<p class="verdict-shadow">Shadow mode: nobody is woken, whatever this says.</p>`}
<h1 id="verdict-title"><span class="verdict-lead">${lead}</span> ${text}</h1>
<p class="verdict-meaning"><strong>${capital(verdictWord(answer.verdict))}.</strong> ${meaning}</p>
${urgent !== undefined && html`<p class="verdict-urgent"><a href="#${urgent.id}">${urgent.text}</a> <span aria-hidden="true">↓</span></p>`}
${more.map((sentence) => html`<p>${sentence}</p>`)}
</div>
${verdictFacts(facts)}
</section>`;
}

/** A figure where there is one, a shape always: colour alone tells nobody anything. */
function scoreBlock({ score, verdict }: CaseAnswer, tone: Tone): Html {
  const figure =
    score !== undefined &&
    html`<p class="verdict-score"><span class="visually-hidden">Score </span><span class="verdict-figure">${Math.round(score)}</span> of 100</p>`;
  return html`<div class="verdict-mark">
${toneIcon(tone)}
${figure}
<p class="verdict-word">${verdictWord(verdict)}</p>
</div>`;
}

export const VERDICT_STYLE = `
.verdict {
  display: grid; grid-template-columns: auto minmax(0, 1fr); border: 1px solid var(--line);
  border-left: 0.4rem solid var(--verdict-ink); border-radius: 0.4rem; background: var(--verdict-paper); overflow: hidden;
}
.verdict-alarm { --verdict-ink: var(--alarm); --verdict-paper: var(--alarm-paper); }
.verdict-caution { --verdict-ink: var(--caution); --verdict-paper: var(--caution-paper); }
.verdict-calm { --verdict-ink: var(--calm); --verdict-paper: var(--calm-paper); }
.verdict-unknown { --verdict-ink: var(--unknown); --verdict-paper: var(--unknown-paper); }
.verdict-mark { min-width: 9.5rem; padding: 1.1rem 0 0.9rem 1.25rem; color: var(--verdict-ink); }
.verdict-mark .tone-icon { display: block; width: 1.9rem; height: 1.9rem; margin-bottom: 0.3rem; }
.verdict-mark p { margin: 0; }
.verdict-score { font-size: 0.875rem; white-space: nowrap; }
.verdict-figure { font-size: 3.25rem; font-weight: 700; line-height: 1; letter-spacing: -0.02em; }
.verdict-word { font-weight: 600; }
.verdict-words { padding: 1.1rem 1.25rem 0.7rem; }
.verdict-words h1 { font-size: clamp(1.2rem, 0.95rem + 1.1vw, 1.6rem); max-width: 50rem; text-wrap: pretty; }
.verdict-lead { color: var(--verdict-ink); }
.verdict-words p { margin-bottom: 0.3rem; max-width: 50rem; }
.verdict-urgent { font-weight: 700; }
.verdict-shadow { font-weight: 600; color: var(--caution); }
.verdict-facts {
  grid-column: 1 / -1; display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0.6rem 1.5rem;
  margin: 0; padding: 0.8rem 1.25rem; border-top: 1px solid var(--line); background: var(--paper); font-size: 0.875rem;
}
.verdict-facts dt { color: var(--ink-soft); font-size: 0.8125rem; }
.verdict-facts dd { margin: 0; }
.verdict-lost { color: var(--alarm); }
@media (max-width: 40rem) {
  .verdict { grid-template-columns: minmax(0, 1fr); }
  .verdict-mark { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.6rem; padding: 0.8rem 1rem 0; }
  .verdict-mark .tone-icon { margin: 0; }
  .verdict-figure { font-size: 2.4rem; }
  .verdict-words { padding: 0.4rem 1rem 0.5rem; }
  .verdict-facts { grid-template-columns: minmax(0, 1fr); padding: 0.7rem 1rem; }
}
`;
