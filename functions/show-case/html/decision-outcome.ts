import { count, plural } from '../../core/amount-text.ts';
import type { CaseFile, CasePageOrder } from '../../core/case-file.ts';
import { STATE_LOST } from '../../core/case-view/case-answer.ts';
import { looksDue } from '../../core/case-view/looks-due.ts';
import type { EarlierPage, PagingStory } from '../../core/case-view/paging-outcome.ts';
import { type Tone, verdictSentence } from '../../core/case-view/verdict-sentence.ts';
import { idText } from '../../core/hostile-text.ts';
import { type Content, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';
import type { CasePageFacts } from './case-page-facts.ts';

interface Told {
  readonly tone: Tone;
  readonly text: Content;
}

/** Who was woken, or why nobody was, in one sentence; before it what was alerted, where that is all that happened. @param isShort no room for ids */
export function decisionOutcome({ outcome, pages, before }: PagingStory, facts: CasePageFacts, isShort = false): Told {
  const { file } = facts;
  switch (outcome) {
    case 'undecided':
      return { tone: 'unknown', text: 'Nothing is decided yet: no look has ended.' };
    case 'lost':
      return { tone: 'unknown', text: STATE_LOST };
    case 'dropped':
      return alerted(file, dropped(facts));
    case 'reported':
      return alerted(file, { tone: 'caution', text: 'Reported only: something matched, and nobody was woken.' });
    case 'shadow':
      return { tone: 'caution', text: 'Live mode would have paged on-call. This is shadow mode: nobody was woken.' };
    case 'elsewhere':
      if (before !== undefined) return { tone: 'alarm', text: beforeText(before, isShort) };
      return file.unread.length > 0
        ? { tone: 'alarm', text: 'On-call was to be paged; by which page is not stored here, or could not be read.' }
        : {
            tone: 'alarm',
            text: 'On-call was to be paged, by another case of the same incident: this one ordered no page.',
          };
    case 'waiting':
      return { tone: 'alarm', text: waitingText(pages) };
    case 'delivered':
      return { tone: 'alarm', text: html`On-call was paged${firstSent(pages)}.` };
  }
}

/** That nobody was woken looks no calmer than what is known of the case. */
function dropped({ file, lookMinutes, now, threshold }: CasePageFacts): Told {
  const { tone } = verdictSentence(file, looksDue(file, lookMinutes, now), threshold);
  if (tone === 'calm') {
    const what = file.state?.decision.alert === true ? 'Nothing matched at GitLab' : 'Dropped: nothing matched';
    return { tone, text: `${what}, and nobody was woken. The case is kept and counted.` };
  }
  return { tone: 'unknown', text: 'Nobody was woken: nothing matched of what could be read, which is no all-clear.' };
}

/** A monitor's attack is worth an alert whatever GitLab knows of it. */
function alerted({ state, alerts }: CaseFile, { tone, text }: Told): Told {
  if (state?.decision.alert !== true) return { tone, text };
  const attack = alerts.find(({ kind }) => kind === 'attack');
  const taken = attack?.sentAt === undefined ? 'was not taken so far' : html`was taken ${timeOf(attack.sentAt)}`;
  return {
    tone: tone === 'calm' ? 'caution' : tone,
    text: html`The alert about this attack ${attack === undefined ? 'is not stored' : taken}. ${text}`,
  };
}

/** Whether it was taken is known of no other case's page, but where it was given up. */
function beforeText({ incidentId, by, firstAt, pages, isLost }: EarlierPage, isShort: boolean): Content {
  const [, trigger] = /^(spike|hunt|monitor)-/.exec(by?.caseId ?? '') ?? [];
  const orderer = by && html`, by case <code>${idText(by.caseId, 200)}</code>, look ${by.look}`;
  const who = isShort
    ? ` by ${trigger === undefined ? 'another' : `a ${trigger}’s`} case`
    : html`${orderer} (incident <code>${idText(incidentId, 220)}</code>)`;
  const first = pages > 1 && `, as the first of ${count(pages)}`;
  return html`A page about this was ordered ${timeOf(firstAt)}${first}${who}${isLost && ', and PagerDuty never took it'}.${!isShort && ' This case ordered no page of its own.'}`;
}

function waitingText(pages: readonly CasePageOrder[]): string {
  const waiting = pages.filter(({ sentAt }) => sentAt === undefined).length;
  if (waiting === pages.length) return 'On-call was to be paged, and PagerDuty has not taken the page so far.';
  return `On-call was paged, but PagerDuty has not taken ${plural(waiting, 'further page', 'further pages')} so far.`;
}

function firstSent(pages: readonly CasePageOrder[]): Content {
  const sent = pages.flatMap(({ sentAt }) => sentAt ?? []);
  const first = html` ${timeOf(Math.min(...sent))}`;
  return sent.length < 2 ? first : html`${first}, ${plural(sent.length, 'time', 'times')} in this case`;
}
