import { caseAnswer } from '../../core/case-view/case-answer.ts';
import { verdictWord } from '../../core/case-view/verdict-word.ts';
import { zonesOf } from '../../core/case-view/zones.ts';
import { credentialTitle } from '../../core/credential-title.ts';
import { shorten } from '../../core/hostile-text.ts';
import { toIso } from '../../core/time.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { analysisSection } from './analysis-section.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { CASE_SHELL } from './case-shell.ts';
import { coverageSection } from './coverage-section.ts';
import { decisionSection } from './decision-section.ts';
import { eventsSection } from './events-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { findingsSection } from './findings-section.ts';
import { networkSection } from './network-section.ts';
import { nextSection } from './next-section.ts';
import { timelineSection } from './timeline-section.ts';
import { verdictSection } from './verdict-section.ts';

/** One section behind the answer: where the jump list leads to it, and what draws it. */
interface Part {
  readonly id: string;
  readonly name: string;
  readonly draw: (facts: CasePageFacts) => Html;
}

/** In the order of the page. */
const PARTS: readonly Part[] = [
  { id: 'decision', name: 'Decision', draw: decisionSection },
  { id: 'timeline', name: 'Timeline', draw: timelineSection },
  { id: 'findings', name: 'Credentials found', draw: findingsSection },
  { id: 'network', name: 'Which address touched which', draw: networkSection },
  { id: 'coverage', name: 'What could be seen', draw: coverageSection },
  { id: 'analysis', name: 'Analysis', draw: analysisSection },
  { id: 'events', name: 'The attack', draw: eventsSection },
  { id: 'evidence', name: 'Evidence', draw: evidenceSection },
  { id: 'next', name: 'What to do now', draw: nextSection },
];

const TITLE_LENGTH = 160;

/** The page of one case, a whole document: the answer, and then what it rests on. */
export function casePage(facts: CasePageFacts): string {
  const { file, environment, now, keptUntil } = facts;
  const parts = PARTS.filter(({ id }) => id !== 'events' || file.trigger === 'monitor');
  return CASE_SHELL.documentOf({
    title: titleOf(facts),
    environment,
    renderedAt: now,
    ...(keptUntil === undefined ? {} : { kept: `This case is kept until ${toIso(keptUntil).slice(0, 10)}.` }),
    ...(file.state === undefined ? {} : { shadow: file.state.shadow }),
    body: html`${verdictSection(facts)}
${jumpList(parts)}
${parts.map(({ draw }) => html`${draw(facts)}\n`)}`,
  });
}

/** What to do now comes first: it is what most people open the page for. */
function jumpList(parts: readonly Part[]): Html {
  const first = parts.filter(({ id }) => id === 'next');
  const others = parts.filter(({ id }) => id !== 'next');
  return html`<nav class="jump-list" aria-label="Sections of this page">
<ul>
${[...first, ...others].map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>\n`)}
</ul>
</nav>`;
}

/** For a row of tabs and a history: how bad, how sure, and which one. */
function titleOf({ file }: CasePageFacts): string {
  const { verdict, finding, score } = caseAnswer(file);
  const shadow = file.state?.shadow === true ? '[shadow] ' : '';
  const figure = score === undefined ? '' : `${Math.round(score)} · `;
  const which = finding === undefined ? aboutText(file) : credentialTitle(finding.credential);
  return shorten(`${shadow}${figure}${verdictWord(verdict)} · ${which}`, TITLE_LENGTH);
}

function aboutText(file: CasePageFacts['file']): string {
  // What a hunt's sightings call their zone is a dataset of logs.
  const [zone] = file.trigger === 'hunt' ? [] : zonesOf(file);
  return `${file.trigger}${zone === undefined ? '' : ` on ${zone}`} ${toIso(file.openedAt).slice(0, 16).replace('T', ' ')} UTC`;
}
