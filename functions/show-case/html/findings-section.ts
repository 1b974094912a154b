import { count, plural } from '../../core/amount-text.ts';
import { capital } from '../../core/capital.ts';
import { type CaseFile, currentFindings } from '../../core/case-file.ts';
import { ownerName } from '../../core/case-view/credential-words.ts';
import { type Deed, deedsOf, timesWords } from '../../core/case-view/deeds.ts';
import { ordersPageOf } from '../../core/case-view/network-graph.ts';
import { nothingFound } from '../../core/case-view/nothing-found.ts';
import { levelsOf } from '../../core/case-view/page-level.ts';
import { sightingsOn } from '../../core/case-view/sightings-on.ts';
import { sourceGaps } from '../../core/case-view/source-gaps.ts';
import { credentialTitle } from '../../core/credential-title.ts';
import type { Finding } from '../../core/finding.ts';
import { idText, withoutQuery, withoutSecrets } from '../../core/hostile-text.ts';
import type { Sighting } from '../../core/sighting.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { noValue } from '../../runtime/page/no-value.ts';
import { timeOf } from '../../runtime/page/time.ts';
import { addressTable } from './address-table.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { blastRadiusNote, CREDENTIAL_STYLE, credentialCard } from './credential-card.ts';
import { SCORE_STYLE, scoreBar, scoreTable } from './score-bar.ts';

/** Findings told in full, and those after them that get a row each. */
const IN_FULL = 10;
const ROWS = 100;
/** Rows of addresses: the worst finding is read closely, the tenth is looked up. */
const ADDRESSES = { worst: 25, others: 10 } as const;
const DEEDS = 8;
const REASONS = 4;

const PLACE = 'a sighted address or its network';
const VERDICTS: Readonly<Record<Finding['verdict'], string>> = {
  confirmed: `it authenticated from ${PLACE}, at a known time`,
  probable: `very probably used from ${PLACE} in the time asked about`,
  corroborated: 'something points to it, by weaker evidence or at an unknown time',
};

/**
 * Every credential that was seen at a sighted address or its network, the worst first: what it opens, from where, and
 * why that scored as it did. Those at page level are told in full, the others are folded.
 */
export function findingsSection(facts: CasePageFacts): Html {
  const findings = currentFindings(facts.file);
  const paging = new Set(levelsOf(facts.file).paging);
  const full = findings.slice(0, IN_FULL);
  const sightings = sightingsOn(facts.file, new Set(full.flatMap(({ networks }) => networks)));
  return html`<section id="findings" class="findings" aria-labelledby="findings-title"><h2 id="findings-title">Credentials found</h2>
${findings.length === 0 ? none(facts) : lead(findings, paging.size)}
${full.map((finding, index) => findingArticle({ finding, number: index + 1, sightings, facts, level: paging.has(finding) ? 'page' : 'report', isOpen: index === 0 }))}
${rowsTable(findings.slice(IN_FULL), paging)}
${findings.length > IN_FULL + ROWS && html`<p class="quiet">${count(IN_FULL + ROWS)} of ${count(findings.length)} credentials are shown, the worst first; <a href="${facts.evidenceHref}">the JSON</a> has more.</p>`}
</section>`;
}

/** How well each source could see is told by the section of that. */
function none({ file }: CasePageFacts): Html {
  const gaps = sourceGaps(file).sentence;
  const why = nothingFound(file).filter((text) => text !== gaps);
  return html`<p>${why.join(' ')} See <a href="#coverage">what could be seen</a>.</p>`;
}

function lead(findings: readonly Finding[], paging: number): Html {
  return html`<p>${plural(findings.length, 'credential was', 'credentials were')} seen at sighted addresses or their networks; ${paging === 0 ? 'none' : count(paging)} reached page level.</p>`;
}

interface Told {
  readonly finding: Finding;
  readonly number: number;
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>;
  readonly facts: CasePageFacts;
  /** Of the whole case, whatever its newest look alone decided. */
  readonly level: Finding['decision'];
  /** Where it is folded: whether it is so from the start. */
  readonly isOpen: boolean;
}

/** In full at page level; folded below it, but for the worst of a case that pages nobody. */
function findingArticle(told: Told): Html {
  const id = `finding-${told.number}`;
  const { credential, score } = told.finding;
  const title = html`<h3 id="${id}-title">${credentialTitle(credential)}</h3>`;
  if (told.level === 'page') {
    return html`<article class="finding finding-page" id="${id}" aria-labelledby="${id}-title">
<header class="finding-head"><p class="finding-score"><span>${score}</span> of 100</p>
<div>${title}
${verdictLine(told)}
</div></header>
${findingBody(told)}
</article>
`;
  }
  // The article lies inside the fold: a link to what a fold hides opens it.
  return html`<details class="finding finding-fold"${told.isOpen && html` open`}><summary class="finding-summary">${title}<span class="finding-brief"><strong>${score}</strong> of 100, ${told.finding.verdict}, reported</span></summary>
<article class="finding-inside" id="${id}" aria-labelledby="${id}-title">
${verdictLine(told)}
${findingBody(told)}
</article></details>
`;
}

function verdictLine({ finding, facts, level }: Told): Html {
  const { verdict, reasons } = finding;
  return html`<p><strong class="finding-word finding-word-${level}">${levelWords(finding, facts.file, level)}</strong> <strong>${capital(verdict)}</strong>: ${VERDICTS[verdict]}.</p>
${reasons.slice(0, REASONS).map((reason) => html`<p>${withoutSecrets(reason, 300)}</p>`)}`;
}

function findingBody({ finding, number, sightings, facts }: Told): Html {
  const { score } = finding;
  return html`${blastRadiusNote(finding, facts.now)}
<h4>Why it scored ${score}</h4>
${scoreBar(finding, facts.threshold, `finding-${number}`)}
<div class="finding-columns"><div>${scoreTable(finding)}</div>
<div><h4>The credential</h4>
${credentialCard(finding, facts.now, facts.gitlabUrl)}</div></div>
<h4>Where it was seen</h4>
${addressTable(finding, sightings, number === 1 ? ADDRESSES.worst : ADDRESSES.others, `Addresses of finding ${number}`)}
<h4>What was done there</h4>
${deedList(finding)}`;
}

/** A case of the same incident may have paged for it: only one that ordered a page is said to page. */
function levelWords({ credential, decision }: Finding, file: CaseFile, level: Finding['decision']): string {
  if (level === 'report') return 'Reported, pages nobody.';
  if (decision === 'report') return 'At page level, by an earlier look or another case.';
  if (file.state?.shadow === true) return 'Would page (shadow mode).';
  return ordersPageOf(file, credential.id) ? 'Pages on-call.' : 'At page level.';
}

function deedList(finding: Finding): Html {
  const { told, leftOut } = deedsOf(finding, DEEDS);
  const kept = finding.matches.length;
  const of =
    finding.matchCount > kept ? ` Of ${count(finding.matchCount)} matched events ${count(kept)} are kept.` : '';
  if (told.length === 0) return html`<p>GitLab's evidence does not name what was called.${of}</p>`;
  const isPerson = finding.credential.kind === 'user';
  return html`<ul class="finding-deeds">${told.map((deed) => deedItem(deed, isPerson))}</ul>
${(leftOut > 0 || of !== '') && html`<p class="quiet">${leftOut > 0 && `${plural(leftOut, 'more kind', 'more kinds')} of events; the JSON has more.`}${of}</p>`}`;
}

function deedItem({ what, target, address, strength, refusal, uses, at, sensitive }: Deed, isPerson: boolean): Html {
  const on = target === undefined ? '' : ` on ${withoutSecrets(withoutQuery(target), 120)}`;
  const why = refusal === undefined ? '' : ` (${withoutSecrets(refusal, 60)})`;
  return html`<li>${sensitive && html`<strong class="finding-sensitive">Takes secrets or makes sure to stay:</strong> `}${strength === 'acted' && !isPerson && 'its owner: '}<code>${idText(withoutQuery(what), 120)}</code>${on}${strength === 'refused' && `, turned away${why}`}, ${timesWords(uses)} from ${address}, ${uses > 1 && 'last '}${timeOf(at.notAfter)}</li>`;
}

/** Where none is at page level, all are folded. */
function rowsTable(all: readonly Finding[], woken: ReadonlySet<Finding>): Html | undefined {
  if (all.length === 0) return undefined;
  const paging = all.filter((one) => woken.has(one)).length;
  const level = paging > 0 ? `${count(paging)} at` : all.length === 1 ? 'below' : 'all below';
  return html`<details${paging > 0 && html` open`}><summary>${plural(all.length, 'further credential', 'further credentials')}, ${level} page level</summary>
<section class="scroll-sideways" tabindex="0" aria-label="Further credentials">
<table class="finding-table"><caption>Further credentials, the worst first</caption>
<thead><tr><th scope="col">Credential</th><th scope="col" class="number">Score</th><th scope="col">Verdict</th><th scope="col">Owner</th><th scope="col">Busiest address</th></tr></thead>
<tbody>${all.slice(0, ROWS).map((finding, index) => {
    const { credential, score, verdict, addresses } = finding;
    const more = addresses.length - 1;
    return html`<tr id="finding-${IN_FULL + index + 1}"><th scope="row">${credentialTitle(credential)}</th><td class="number">${score}</td><td>${verdict}${woken.has(finding) && ', page level'}</td><td>${ownerName(credential) ?? noValue('not known')}</td><td>${addresses[0]?.address ?? noValue('not stored')}${more > 0 && ` and ${count(more)} more`}</td></tr>
`;
  })}</tbody></table></section></details>`;
}

/** Of the whole section. */
export const FINDINGS_STYLE = `
.finding { margin: 1.25rem 0; padding: 1rem 1.1rem; border: 1px solid var(--line); border-left: 6px solid var(--ink-soft);
  border-radius: 0.4rem; }
.finding-page { border-left-color: var(--alarm); }
.finding-fold { padding: 0; border-left-color: var(--caution); }
.finding-summary { width: auto; padding: 0.6rem 1.1rem; color: var(--ink); }
.finding-fold[open] > .finding-summary { margin: 0; border-bottom: 1px solid var(--line); }
.finding-summary h3 { display: inline; margin: 0; }
.finding-brief { margin-left: 0.75rem; color: var(--ink-soft); }
.finding-inside { padding: 0.4rem 1.1rem 1rem; scroll-margin-top: 4.5rem; }
.finding h4 { margin: 1.1rem 0 0.4rem; font-size: 0.9375rem; }
.finding-head { display: flex; gap: 1rem; align-items: flex-start; }
.finding-head div { min-width: 0; }
.finding-head h3 { margin: 0 0 0.25rem; overflow-wrap: anywhere; }
.finding-head p { margin: 0.15rem 0; }
.finding-score { flex: none; text-align: center; color: var(--ink-soft); font-size: 0.85rem; }
.finding-score span { display: block; color: var(--ink); font-size: 2.4rem; font-weight: 700; line-height: 1;
  font-variant-numeric: tabular-nums; }
.finding-page .finding-score span { color: var(--alarm); }
.finding-word { padding: 0.05rem 0.4rem; border: 1.5px solid var(--ink-soft); border-radius: 0.25rem; }
.finding-word-page { border-color: var(--alarm); background: var(--alarm-paper); color: var(--alarm); }
.finding-columns h4 { margin-top: 0.25rem; }
.finding-columns { margin-top: 0.75rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1.75rem; }
@media (min-width: 62rem) {
  .finding-columns { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
}
.finding-table thead th { white-space: normal; overflow-wrap: normal; }
.finding-table tfoot th, .finding-table tfoot td { font-weight: 700; }
.finding-table small { display: block; color: var(--ink-soft); font-size: 0.85em; font-weight: 400; }
.address-table { min-width: 58rem; }
.address-table tbody th { min-width: 10rem; }
.address-table td:nth-child(5) { min-width: 12rem; }
.finding-deeds { margin: 0; padding-left: 1.1rem; }
.finding-deeds li { margin: 0.2rem 0; overflow-wrap: anywhere; }
.finding-sensitive { color: var(--alarm); }
${SCORE_STYLE}${CREDENTIAL_STYLE}
@media print {
  .finding { break-inside: auto; }
  .score-bar, .address-table, .address-table tbody th, .address-table td:nth-child(5) { min-width: 0; }
  .address-table { table-layout: fixed; font-size: 8pt; }
  .address-table time { white-space: normal; }
}
`;
