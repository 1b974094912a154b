import { count, plural } from '../../core/amount-text.ts';
import type { CaseFile, CasePageOrder } from '../../core/case-file.ts';
import type { EarlierPage, PagingStory } from '../../core/case-view/paging-outcome.ts';
import type { Tone } from '../../core/case-view/verdict-sentence.ts';
import { idText } from '../../core/hostile-text.ts';
import { type Content, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';

/** Who was woken, or why nobody was, in one sentence. */
export function decisionOutcome(
  { outcome, pages, before }: PagingStory,
  file: CaseFile,
): { tone: Tone; text: Content } {
  switch (outcome) {
    case 'undecided':
      return { tone: 'unknown', text: 'Nothing is decided yet: no look has ended.' };
    case 'dropped':
      return file.state?.verdict === 'undetermined'
        ? { tone: 'unknown', text: 'Nobody was woken, as nothing matched so far; this is no all-clear.' }
        : { tone: 'calm', text: 'Dropped: nothing matched, and nobody was woken. The case is kept and counted.' };
    case 'reported':
      return { tone: 'caution', text: 'Reported only: something matched, and nobody was woken.' };
    case 'shadow':
      return { tone: 'caution', text: 'Live mode would have paged on-call. This is shadow mode: nobody was woken.' };
    case 'elsewhere':
      if (before !== undefined) return { tone: 'alarm', text: beforeText(before) };
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

/** Whether it was taken is known of no other case's page, but where it was given up. */
function beforeText({ incidentId, by, pages, isLost }: EarlierPage): Content {
  const orderer = by && html`, by case <code>${idText(by.caseId, 200)}</code>, look ${by.look}`;
  const first = pages > 1 && html`, as the first of ${count(pages)}`;
  const incident = html` (incident <code>${idText(incidentId, 220)}</code>)`;
  return html`A page about this had been ordered before${orderer}${first}${incident}${isLost && ', and PagerDuty never took it'}. This case ordered no page of its own.`;
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
