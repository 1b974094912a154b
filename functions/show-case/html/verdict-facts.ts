import { pollSpan } from '../../core/alert-span.ts';
import { amount, count, plural, pollPrecision } from '../../core/amount-text.ts';
import type { MonitorCase } from '../../core/case.ts';
import type { CaseFile } from '../../core/case-file.ts';
import { looksDue } from '../../core/case-view/looks-due.ts';
import { pagingStory } from '../../core/case-view/paging-outcome.ts';
import { isCut, seenAttacking } from '../../core/case-view/source-gaps.ts';
import { zonesOf } from '../../core/case-view/zones.ts';
import { idText } from '../../core/hostile-text.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { decisionOutcome } from './decision-outcome.ts';

const ZONES_NAMED = 5;

/** What the case is about: what began it, when and where, how much was seen, and how far it is. */
export function verdictFacts(facts: CasePageFacts): Html {
  const { file } = facts;
  const rows: readonly (readonly [string, Content])[] = [
    ['Decision', onCallText(facts)],
    ['Looks', looksText(facts)],
    ['Seen attacking', html`${botsText(file)}; ${zonesText(file)}`],
    ['Began with', triggerText(file)],
    ['Time asked about', windowText(file)],
    ['Case', html`<code>${idText(file.caseId, 200)}</code>, opened ${timeOf(file.openedAt)}`],
  ];
  return html`<dl class="verdict-facts">
${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}
</dl>`;
}

function windowText({ state }: CaseFile): Content {
  if (state === undefined) return 'Not stored';
  return html`${timeOf(Date.parse(state.window.start))} to ${timeOf(Date.parse(state.window.end))}`;
}

function onCallText(facts: CasePageFacts): Content {
  const story = pagingStory(facts.file);
  const { text } = decisionOutcome(story, facts, true);
  const isLost = story.outcome === 'waiting' || story.undelivered.length > 0;
  return isLost ? html`<strong class="verdict-lost">${text}</strong>` : text;
}

function triggerText(file: CaseFile): Content {
  if (file.trigger === 'hunt') return 'The hunt over one hour of logs';
  if (file.trigger === 'monitor') return monitorText(file);
  const { alert } = file;
  if (alert === undefined) return 'A spike alert from Cloudflare, which could not be read or is not stored';
  const type = alert.alertType === undefined ? undefined : html` <code>${idText(alert.alertType, 80)}</code>`;
  return html`A spike alert from Cloudflare${type}: since ${timeOf(alert.startedAt)}${endText(file)}`;
}

function endText({ ends }: CaseFile): Content {
  const last = ends.at(-1);
  return last === undefined ? undefined : html`, ended ${timeOf(last)}`;
}

function monitorText({ state, filter }: CaseFile): Content {
  const monitor = state?.monitor;
  const name = monitor?.name ?? filter?.name;
  const called = name === undefined ? 'A monitor' : `Monitor ‘${idText(name, 80)}’`;
  return monitor === undefined ? `${called}; what it counted is not stored` : `${called}: ${growthText(monitor)}`;
}

function growthText(monitor: MonitorCase): string {
  const { total, reference, alertOn } = monitor;
  const span = pollSpan(monitor);
  const events = `${amount(total, pollPrecision(monitor))} security ${total === 1 ? 'event' : 'events'}`;
  const seen = span === '' ? events : `${events} in ${span}`;
  if (alertOn === 'change') return `${seen}, with addresses, rules or actions come or gone`;
  return reference > 0 ? `${seen}, ${count(reference)} before` : `${seen}, none before`;
}

function zonesText(file: CaseFile): Content {
  const zones = zonesOf(file);
  if (zones.length === 0) return file.trigger === 'hunt' ? 'at Axiom' : 'no zone named';
  const more = zones.length > ZONES_NAMED ? ` and ${count(zones.length - ZONES_NAMED)} more` : '';
  const noun = file.trigger === 'hunt' ? 'Axiom dataset' : zones.length === 1 ? 'zone' : 'zones';
  return `${noun} ${zones.slice(0, ZONES_NAMED).join(', ')}${more}`;
}

/** A list that was cut is never told as all there were; requests are all that were counted, else of those listed. */
function botsText(file: CaseFile): string {
  const { report, listed, source, isSilent } = seenAttacking(file);
  const silent = `${source} could not be read`;
  if (report === undefined) return isSilent ? `Not known: ${silent}` : 'Not stored by any look so far';
  const { totalAddresses, totalRequests, sightings, coverage } = report;
  const cut = isCut(report, listed);
  const number = totalRequests ?? sightings.reduce((sum, one) => sum + one.requests, 0);
  const [one, many] = file.trigger === 'monitor' ? ['security event', 'security events'] : ['request', 'requests'];
  return [
    cut && totalAddresses === undefined ? 'at least ' : '',
    plural(totalAddresses ?? listed, 'address', 'addresses'),
    cut
      ? totalAddresses === undefined
        ? ' (the list was cut)'
        : `, of which ${count(listed)} of the largest are listed`
      : '',
    number > 0 ? `${file.trigger === 'monitor' ? '; in all' : ','} about ${plural(number, one, many)}` : '',
    cut && totalRequests === undefined ? ' of those' : '',
    coverage.status === 'partial' ? ' in what could be read' : '',
    isSilent ? `; ${silent} at the newest look` : '',
  ].join('');
}

function looksText({ file, lookMinutes, now }: CasePageFacts): Content {
  const { done, due, nextAt, isLate } = looksDue(file, lookMinutes, now);
  const progress = `${done} of ${due} done`;
  if (done >= due) return due === 1 ? 'The only one is done' : `All ${due} done`;
  if (nextAt === undefined) return `${progress}; when the next comes is not known`;
  if (done === 0 && !isLate) return `${progress}; the first is under way`;
  if (!isLate) return html`${progress}; the next about ${timeOf(nextAt)}`;
  return html`${progress}; <strong>the next was due about ${timeOf(nextAt)} and is not stored</strong>`;
}
