import { describe, expect, it } from 'vitest';
import type { CaseState } from '../../../functions/core/case.ts';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { decisionSection } from '../../../functions/show-case/html/decision-section.ts';
import {
  casePageFactsOf,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  reportedOnly,
  sampleCaseFile,
} from '../../support/case-files.ts';
import { NOON } from '../../support/evidence.ts';

/** What the section says, with its tables' cells apart. */
function wordsOf(file: CaseFile): string {
  const markup = decisionSection(casePageFactsOf(file)).toString();
  return markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(' .', '.');
}

function withState(more: Partial<CaseState>, file = sampleCaseFile()): CaseFile {
  return { ...file, ...(file.state && { state: { ...file.state, ...more } }) };
}

const REPORTED: CaseFile = { ...reportedOnly(sampleCaseFile()), incidents: [] };
const { state: _, ...LOST } = quietCaseFile();
const ALL_LOOKS = withState({ look: 4 }, quietCaseFile());

describe('the decision, and whether it reached anybody', () => {
  it('says when on-call was paged, of what, and why', () => {
    const words = wordsOf(sampleCaseFile());
    expect(words).toContain('On-call was paged 2031-05-06 12:00:24 UTC.');
    expect(words).toContain(
      "Token 42 'deploy' (api) is at page level: Its score of 95 reaches the page threshold of 70.",
    );
    expect(words).toMatch(/Page, look 1 2031-05-06 12:00:24 UTC Token 42 token\/42 reached page level\. inc-1\/1/);
    expect(words).toMatch(/Update, look 2 2031-05-06 12:05:36 UTC/);
  });

  it('alarms where PagerDuty has not taken the page', () => {
    const file = sampleCaseFile();
    const pages = file.pages.map(({ order, look }) => ({ order, look }));
    const markup = decisionSection(casePageFactsOf({ ...file, pages })).toString();
    expect(markup).toMatch(/decision-alarm decision-failed[\s\S]*has not taken the page so far/);
    expect(wordsOf({ ...file, pages })).toContain('not taken so far');
  });

  it('tells a page that was taken from a further one that was not', () => {
    const file = sampleCaseFile();
    const [first] = file.pages;
    if (first === undefined) throw new Error('the sample was paged');
    const waiting = { order: { ...first.order, dedupKey: 'inc-1/2' }, look: 2 };
    const words = wordsOf({ ...file, pages: [first, waiting] });
    expect(words).toContain('On-call was paged, but PagerDuty has not taken 1 further page so far.');
  });

  it('alarms where a page was given up', () => {
    const file = sampleCaseFile();
    const incidents = file.incidents.map((one) => ({ ...one, undeliveredCredentials: ['token/42'] }));
    expect(wordsOf({ ...file, incidents })).toContain(
      'PagerDuty never took the page about Token 42. The next case that sees it pages it again.',
    );
  });

  it('names the page that another case ordered, and claims no delivery of it', () => {
    const pagedBy = (more: object) => {
      const file = sampleCaseFile({ pages: [] });
      return { ...file, incidents: file.incidents.map((one) => ({ ...one, pagedBy: { 1: 'spike-1#2' }, ...more })) };
    };
    expect(wordsOf(pagedBy({}))).toContain(
      'A page about this was ordered 2031-05-06 12:00:22 UTC , by case spike-1 , look 2 (incident inc-1 ). This case ordered no page of its own.',
    );
    expect(wordsOf(pagedBy({ pages: 3 }))).toContain('12:00:22 UTC , as the first of 3, by case spike-1');
    expect(wordsOf(pagedBy({ undeliveredCredentials: ['token/42'] }))).toContain(', and PagerDuty never took it. This');
    expect(wordsOf(pagedBy({ pagedBy: {} }))).toContain('12:00:22 UTC (incident inc-1 ). This case');
    const unknown = { ...sampleCaseFile(), pages: [], incidents: [] };
    expect(wordsOf(unknown)).toContain('by another case of the same incident');
    expect(wordsOf({ ...unknown, unread: ['x'] })).toContain('could not be read');
  });

  it.each([
    [REPORTED, 'Reported only: something matched, and nobody was woken.'],
    [withState({ shadow: true }), 'Live mode would have paged on-call. This is shadow mode: nobody was woken.'],
    [ALL_LOOKS, 'Dropped: nothing matched, and nobody was woken.'],
    [withState({ verdict: 'undetermined' }, quietCaseFile()), 'nothing matched of what could be read'],
    [LOST, 'What this case came to is not stored'],
    [openedCaseFile(), 'Nothing is decided yet: no look has ended.'],
  ])('says who was not woken, and why: %#', (file, words) => {
    expect(wordsOf(file)).toContain(words);
    expect(wordsOf(file)).not.toContain('On-call was paged');
  });

  it('looks no calmer than what is known: a missing look makes silence no all-clear', () => {
    const file = quietCaseFile();
    const classOf = (now: number) => {
      const markup = decisionSection(casePageFactsOf(file, { now })).toString();
      return /class="decision-outcome ([a-z-]+)"/.exec(markup)?.[1];
    };
    expect(classOf(NOON + 6 * MINUTE)).toBe('decision-calm');
    expect(classOf(NOON + 60 * MINUTE)).toBe('decision-unknown');
  });

  it('speaks of the alert before it says that nobody was woken', () => {
    const quiet = withState({ look: 4, decision: { page: false, alert: true, report: false } }, quietCaseFile());
    const file = { ...monitorCaseFile(), ...(quiet.state && { state: quiet.state }), looks: quiet.looks, pages: [] };
    const markup = decisionSection(casePageFactsOf(file)).toString();
    expect(markup).toContain('decision-caution');
    expect(wordsOf(file)).toMatch(
      /The alert about this attack was taken 2031-05-06 12:00:26 UTC\s*\. Nothing matched at GitLab/,
    );
    const [attack] = file.alerts;
    if (attack === undefined) throw new Error('the monitor alerted');
    const { sentAt, ...waiting } = attack;
    expect(wordsOf({ ...file, alerts: [waiting] })).toContain('was not taken so far. Nothing matched at GitLab');
    expect(wordsOf({ ...file, alerts: [] })).toContain('is not stored. Nothing matched at GitLab');
  });

  it('says that what it only reports is at page level by another case', () => {
    const words = wordsOf({ ...REPORTED, incidents: sampleCaseFile().incidents });
    expect(words).toContain('A page about this was ordered');
    expect(words).toContain('is at page level by an earlier look or another case; here and now:');
  });

  it('tells which incident it is, who opened it, and what it was linked to', () => {
    const file = sampleCaseFile();
    const incidents = file.incidents.map((one) => ({ ...one, caseId: 'hunt-2031-05-06T10Z', linkedTo: 'inc-0' }));
    const words = wordsOf({ ...file, incidents });
    expect(words).toContain('linked to the older inc-0');
    expect(words).toContain('by hunt-2031-05-06T10Z');
    expect(wordsOf(file)).toContain('by this case');
  });

  it('says that an incident could not be read, rather than that there is none', () => {
    expect(wordsOf({ ...sampleCaseFile(), incidents: [] })).toContain('1 incident of this case could not be read');
  });

  it('tells of alerts to the webhook whether they were taken; of monitors only', () => {
    const words = wordsOf(monitorCaseFile());
    expect(words).toMatch(/The attack, look 1: taken 2031-05-06 12:00:26 UTC/);
    expect(words).toMatch(/An update, look 2: not taken so far/);
    expect(wordsOf(sampleCaseFile())).not.toContain('webhook');
  });
});
