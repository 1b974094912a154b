import { describe, expect, it } from 'vitest';
import type { CaseListing, CaseOutcome } from '../../../functions/core/case-list.ts';
import { HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { listPage } from '../../../functions/list-cases/html/list-page.ts';
import type { ListedIncidents, ListPageFacts } from '../../../functions/list-cases/html/list-page-facts.ts';
import { sampleCaseFile } from '../../support/case-files.ts';
import { NOON, WINDOW } from '../../support/evidence.ts';

function outcome(more: Partial<CaseOutcome> = {}): CaseOutcome {
  return {
    look: 2,
    window: { start: toIso(WINDOW.start), end: toIso(WINDOW.end) },
    verdict: 'confirmed',
    topScore: 95,
    decision: { page: true, alert: false, report: true },
    shadow: false,
    findings: 2,
    incidentIds: ['inc-1'],
    ...more,
  };
}

function listing(more: Partial<CaseListing> = {}): CaseListing {
  return { caseId: 'spike-1', trigger: 'spike', openedAt: NOON, outcome: outcome(), ...more };
}

function incidentsOf(more: Partial<ListedIncidents> = {}): ListedIncidents {
  return { shown: [], total: 0, gone: 0, unread: 0, more: false, ...more };
}

function factsOf(more: Partial<ListPageFacts> = {}): ListPageFacts {
  return {
    listings: [listing()],
    filters: {},
    asListed: new Set(),
    outrun: 0,
    running: { executions: [], more: false },
    incidents: incidentsOf(),
    older: undefined,
    stoppedEarly: false,
    unread: 0,
    isContinued: false,
    hrefOf: (filters) =>
      `/cases?signature=s${Object.entries(filters)
        .map(([name, value]) => `&${name}=${value}`)
        .join('')}`,
    caseHref: (caseId) => `/cases/${caseId}?signature=s`,
    retentionDays: 30,
    lookMinutes: [5, 15, 60],
    now: NOON + MINUTE,
    environment: 'production',
    ...more,
  };
}

function wordsOf(page: string): string {
  const main = page.split('<main')[1] ?? '';
  return main
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('&#39;', "'");
}

describe('the list of cases', () => {
  it('shows each with what it came to, and leads to its page', () => {
    const page = listPage(factsOf());
    expect(page).toContain('<a class="case-link" href="/cases/spike-1?signature=s">');
    expect(wordsOf(page)).toMatch(
      /Spike spike-1 page confirmed 95 2 2 2031-05-06 12:00:00 UTC 2031-05-06 11:15 to 12:00 UTC/,
    );
  });

  it.each([
    [{ decision: { page: false, alert: false, report: true } }, /report only/],
    [{ decision: { page: false, alert: true, report: true } }, /report only, alert/],
    [{ decision: { page: false, alert: true, report: false } }, / alert /],
    [{ decision: { page: false, alert: false, report: false } }, /dropped/],
    [{ shadow: true }, /would page in live mode/],
  ] as const)('says what was done about it: %#', (more, words) => {
    expect(wordsOf(listPage(factsOf({ listings: [listing({ outcome: outcome(more) })] })))).toMatch(words);
  });

  it('knows nothing of a case that no look was joined of', () => {
    const { outcome: _, ...opened } = listing();
    expect(wordsOf(listPage(factsOf({ listings: [opened] })))).toContain('No look has ended yet.');
  });

  it('tells what has no outcome yet from what lost it, and from what could not be read', () => {
    const { outcome: _, ...opened } = listing();
    const at = (now: number, more: Partial<ListPageFacts> = {}) =>
      wordsOf(listPage(factsOf({ listings: [opened], now, ...more })));
    expect(at(NOON + HOUR)).toContain('No look has ended yet.');
    expect(at(NOON + 3 * HOUR)).toContain('No outcome is stored');
    const blind = at(NOON + 3 * HOUR, { asListed: new Set(['spike-1']) });
    expect(blind).toContain('What it has come to could not be read.');
    expect(blind).not.toMatch(/No outcome is stored|No look has ended/);
  });

  it('marks what is shown as it was last listed', () => {
    const words = wordsOf(listPage(factsOf({ asListed: new Set(['spike-1']) })));
    expect(words).toMatch(/page as last listed confirmed/);
    expect(words).toContain('What 1 case has come to could not be read: that row is as last listed.');
    expect(words).toContain('No case on this list is known to belong to an incident.');
    expect(wordsOf(listPage(factsOf()))).not.toContain('as last listed');
  });

  it('says that filters go by what was listed where cases are further', () => {
    expect(wordsOf(listPage(factsOf({ outrun: 2 })))).toContain('2 cases are further than they were listed.');
    expect(wordsOf(listPage(factsOf()))).not.toContain('further');
  });

  it('names the zone of a spike', () => {
    expect(wordsOf(listPage(factsOf({ listings: [listing({ zone: 'shop.example.com' })] })))).toContain(
      'Spike, shop.example.com spike-1',
    );
    const hostile = listPage(factsOf({ listings: [listing({ zone: '<b>zone</b>' })] }));
    expect(hostile).not.toContain('<b>zone');
  });

  it('counts the incidents that are not in its table, each by why', () => {
    const { incidents } = sampleCaseFile();
    const facts = factsOf({
      incidents: incidentsOf({ shown: incidents, total: 100, gone: 2, unread: 27, more: true }),
    });
    const words = wordsOf(listPage(facts));
    expect(words).toContain('1 of 100 are here.');
    expect(words).toContain('27 incidents of these cases could not be read.');
    expect(words).toContain('2 incidents of these cases are not stored any more, or parts are lost.');
    expect(words).toContain('70 more incidents are on the pages of these cases.');
    expect(words).toContain('more incidents than a list names');
    const gone = wordsOf(listPage(factsOf({ incidents: incidentsOf({ total: 1, gone: 1 }) })));
    expect(gone).toContain('1 incident of these cases is not stored any more');
    expect(gone).not.toContain('belongs to an incident');
  });

  it('says that more runs than it shows', () => {
    const executions = Array.from({ length: 50 }, (_, n) => ({ name: `spike-${n}`, startedAt: NOON }));
    expect(wordsOf(listPage(factsOf({ running: { executions, more: true } })))).toContain(
      'The newest 50 executions of the workflow that have not ended; there are more.',
    );
    expect(wordsOf(listPage(factsOf({ running: { executions, more: false } })))).not.toContain('there are more');
  });

  it('names a monitor and its zone, and lets neither write markup', () => {
    const monitor = { name: '<b>login</b>', zone: 'shop.example.com' };
    const page = listPage(factsOf({ listings: [listing({ trigger: 'monitor', monitor })] }));
    expect(page).not.toContain('<b>login');
    expect(wordsOf(page)).toContain('login');
    expect(wordsOf(page)).toContain('shop.example.com');
  });

  it('marks the filters that are set, and changes one of them at a time', () => {
    const page = listPage(factsOf({ filters: { trigger: 'hunt', decision: 'page' } }));
    const current = [...page.matchAll(/<a [^>]*href="([^"]*)" aria-current="true">([^<]*)</g)].map(
      ([, , text]) => text,
    );
    expect(current).toEqual(['hunt', 'any', 'page']);
    expect(page).toContain('href="/cases?signature=s&amp;decision=page&amp;trigger=spike"');
    expect(page).toContain('href="/cases?signature=s&amp;trigger=hunt&amp;decision=page&amp;verdict=probable"');
    expect(page).toContain('href="/cases?signature=s&amp;decision=page"');
  });

  it.each([
    [{}, 'No case was opened in the last 30 days.'],
    [{ filters: { trigger: 'hunt' } }, 'No case of the last 30 days matches these filters.'],
    [
      { filters: { trigger: 'hunt' }, stoppedEarly: true, older: '/older' },
      'There are older ones that were not read yet.',
    ],
    [{ isContinued: true }, 'No older case is kept.'],
    [{ unread: 3 }, '3 cases of this list could not be read and are missing from it.'],
  ] as const)('says why it is empty: %#', (more, words) => {
    expect(wordsOf(listPage(factsOf({ listings: [], ...more })))).toContain(words);
  });

  it('goes on with older cases where there are any', () => {
    expect(listPage(factsOf({ older: '/cases?before=1&signature=s' }))).toContain(
      'href="/cases?before=1&amp;signature=s"',
    );
    expect(listPage(factsOf())).not.toContain('Older cases');
  });

  it('tells what runs, where it is and since when', () => {
    const executions = [
      { name: 'spike-1', startedAt: NOON, state: 'Query GitLab', since: NOON + 9_000 },
      { name: 'hunt-2031-05-06T10Z-2', startedAt: NOON },
    ];
    const listings = [listing(), listing({ caseId: 'hunt-2031-05-06T10Z', trigger: 'hunt' })];
    const page = listPage(factsOf({ running: { executions, more: false }, listings }));
    expect(wordsOf(page)).toMatch(/spike-1 2031-05-06 12:00:00 UTC Query GitLab 2031-05-06 12:00:09 UTC/);
    expect(wordsOf(page)).toContain('not asked, or between two states');
    expect(page.match(/href="\/cases\/hunt-2031-05-06T10Z\?signature=s"/g)).toHaveLength(2);
  });

  it('tells "could not be asked" from "nothing", of what runs and of incidents', () => {
    expect(wordsOf(listPage(factsOf()))).toMatch(
      /No case is being worked on right now\..*No case on this list belongs/,
    );
    const blind = wordsOf(listPage(factsOf({ running: undefined, incidents: incidentsOf({ total: 2, unread: 2 }) })));
    expect(blind).toContain('What runs right now could not be asked.');
    expect(blind).toContain('2 incidents of these cases could not be read. That is not the same as none.');
    expect(blind).not.toContain('No case on this list');
  });

  it('shows incidents, and leads to the case that opened each', () => {
    const { incidents, caseId } = sampleCaseFile();
    const page = listPage(factsOf({ incidents: incidentsOf({ shown: incidents, total: 1 }) }));
    expect(wordsOf(page)).toContain('inc-1');
    expect(page).toContain(`href="/cases/${caseId}?signature=s"`);
  });

  it('has one heading of the first level, landmarks, and no style inside', () => {
    const page = listPage(factsOf());
    expect(page.match(/<h1[\s>]/g)).toHaveLength(1);
    for (const landmark of ['<header', '<main', '<footer', '<nav']) expect(page).toContain(landmark);
    expect(page).not.toMatch(/<[^>]*\sstyle=/);
  });
});
