import { describe, expect, it } from 'vitest';
import type { CasePages, PageOutcome } from '../../functions/core/alert-gitlab.ts';
import { type AlertFacts, composeAlert } from '../../functions/core/alert-message.ts';
import type { CaseState } from '../../functions/core/case.ts';
import { type Coverage, complete, off, unavailable } from '../../functions/core/coverage.ts';
import type { EventsPicture } from '../../functions/core/security-events.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import {
  alertFactsOf,
  alertStateOf,
  CASE_ID,
  groupOf,
  monitorOf,
  pictureOf,
  RULE_ID,
  ZONE_ID,
} from '../support/alert-facts.ts';
import { AT, CASE_URL, findingOf, matchOf } from '../support/pager-facts.ts';

const WHOLE: Coverage = { cloudflare: complete(), inventory: complete(), audit: complete() };
const NOTHING = {
  verdict: 'not-observed',
  topScore: 0,
  decision: { page: false, alert: true, report: false },
} as const;

/** The answer about GitLab where no finding is at hand. */
function answerOf(coverage: Coverage, state: Partial<CaseState> = NOTHING): string {
  return composeAlert(alertFactsOf({ findings: [], coverage, state: alertStateOf(state) })).gitlab.answer;
}

describe('what an alert says of GitLab', () => {
  it('names the worst credential, what was done with it and from where', () => {
    const other = findingOf({ credential: { id: 'token/9', kind: 'personal' }, score: 30, decision: 'report' });
    const { gitlab } = composeAlert(alertFactsOf({ findings: [other, findingOf()], coverage: WHOLE }));
    expect(gitlab.answer).toBe(
      "Yes: Token 812 'deploy' (api) was used from 203.0.113.7, an address of these events (score 91, confirmed); " +
        '1 more credential matched. On-call was paged. Every source was read whole.',
    );
    expect(gitlab.findings.map(({ credentialId, score }) => [credentialId, score])).toEqual([
      ['token/812', 91],
      ['token/9', 30],
    ]);
  });

  it.each([
    ['confirmed', 'used', /^Yes: Token 812 'deploy' \(api\) was used from/],
    ['probable', 'used', /^Very probably: .* was very probably used from/],
    ['corroborated', 'acted', /^Perhaps: .* may have been used: its owner acted from/],
    ['corroborated', 'refused', /^Perhaps: .* was tried and refused from/],
  ] as const)('is as sure as a %s finding of strength %s', (verdict, strength, answer) => {
    const at = verdict === 'probable' ? { at: { notBefore: AT - HOUR, notAfter: AT } } : {};
    const findings = [findingOf({ verdict, matches: [matchOf('203.0.113.7', { strength, ...at })] })];
    expect(composeAlert(alertFactsOf({ findings })).gitlab.answer).toMatch(answer);
  });

  it('does not call an address one of the events that only asking back found', () => {
    const match = matchOf('203.0.113.7', {}, { askedBack: true });
    const { answer } = composeAlert(alertFactsOf({ findings: [findingOf({ matches: [match] })] })).gitlab;
    expect(answer).toContain('from 203.0.113.7, an address that Cloudflare called a bot there');
  });

  it('says when only the network is the same', () => {
    const match = { ...matchOf('2001:db8::1', {}, { address: '2001:db8::2' }), rule: 'same-network' as const };
    const { answer } = composeAlert(alertFactsOf({ findings: [findingOf({ matches: [match] })] })).gitlab;
    expect(answer).toContain('was used from 2001:db8::1, next to 2001:db8::2 of these events');
  });

  it('says that nothing was seen, and that all was looked at', () => {
    expect(answerOf(WHOLE)).toBe(
      'None seen: no GitLab credential was seen at the addresses compared, ' +
        'between 2026-11-20T18:15:00.000Z and 2026-11-20T19:00:00.000Z. Every source was read whole.',
    );
  });

  it.each<[string, Coverage, RegExp]>([
    [
      'a source failed',
      { ...WHOLE, audit: unavailable('403') },
      /Not all could be seen: GitLab's audit events could not be read\.$/,
    ],
    ['a source is off', { ...WHOLE, logs: off('no') }, /Not all could be seen: GitLab's request logs not in use\.$/],
    [
      'a source was read in part',
      { ...WHOLE, cloudflare: { status: 'partial', why: ['x'], counts: {}, pages: 1 } },
      /Not all could be seen: the addresses behind these events could be read only in part\.$/,
    ],
  ])('never sounds clean when %s', (_, coverage, answer) => {
    expect(answerOf(coverage)).toMatch(answer);
    expect(answerOf(coverage)).not.toContain('Every source');
  });

  it.each<[string, Partial<EventsPicture> | undefined, Coverage, string]>([
    ['the list of events was cut', { cut: true, facetsAreLowerBounds: true }, WHOLE, 'not all events could be read.'],
    ['not all could be counted', { totalIsLowerBound: true }, WHOLE, 'not all events could be read.'],
    ['they were sampled', { sampleInterval: 10 }, WHOLE, 'events were read as samples.'],
    ['something is noted', { notes: ['x'] }, WHOLE, '1 note tells what else is not known of them.'],
    ['they are not at hand', undefined, WHOLE, 'the events themselves are not at hand here.'],
    [
      'rows were malformed',
      {},
      { ...WHOLE, cloudflare: complete({ skippedMalformed: 2 }), audit: complete({ skippedMalformed: 898 }) },
      '900 rows were malformed and skipped.',
    ],
    [
      'much of that',
      { facetsAreLowerBounds: true, cut: true, sampleInterval: 10, notes: ['x', 'y'] },
      WHOLE,
      'not all events could be read; events were read as samples; 2 notes tell what else is not known of them.',
    ],
  ])('does not call every source read whole when %s', (_, more, coverage, words) => {
    const picture = more === undefined ? undefined : pictureOf(undefined, more);
    const { gitlab } = composeAlert(alertFactsOf({ picture, coverage }));
    expect(gitlab.answer).toMatch(/ Every source answered; .*\.$/);
    expect(gitlab.answer).toContain(words);
  });

  it('knows groups that were read, and only not kept, from those that were not', () => {
    const { gitlab } = composeAlert(alertFactsOf({ picture: pictureOf(undefined, { cut: true }), coverage: WHOLE }));
    expect(gitlab.answer).toMatch(/ Every source was read whole; only the largest groups of events are told\.$/);
  });

  it.each<[string, Coverage, Partial<CaseState>]>([
    [
      'GitLab gave no answer',
      { cloudflare: complete(), inventory: unavailable('x'), audit: unavailable('x') },
      NOTHING,
    ],
    ['the case is undetermined', WHOLE, { ...NOTHING, verdict: 'undetermined' }],
    ['the addresses could not be read', { ...WHOLE, cloudflare: unavailable('x') }, NOTHING],
    ['there were no addresses', WHOLE, { ...NOTHING, counts: { sightings: 0, tokenUses: 0, findings: 0 } }],
    ['nothing at all was read', {}, { ...NOTHING, coverage: {} }],
  ])('does not know when %s', (_, coverage, state) => {
    const answer = answerOf(coverage, state);
    expect(answer).toMatch(/^Not known: /);
    expect(answer).not.toMatch(/None seen/);
  });

  it('takes what the state knows of sources whose coverage is lost', () => {
    const { gitlab } = composeAlert(
      alertFactsOf({
        findings: [],
        coverage: {},
        state: alertStateOf({ ...NOTHING, coverage: { cloudflare: 'complete', audit: 'partial' } }),
      }),
    );
    expect(gitlab.answer).toContain("GitLab's audit events could be read only in part");
    expect(gitlab.gaps).toEqual([
      { source: 'audit', status: 'partial', text: "GitLab's audit events could be read only in part." },
    ]);
  });

  it('does not forget a match whose finding is not at hand', () => {
    expect(answerOf(WHOLE, {})).toMatch(
      /^Yes: a GitLab credential matched in this case \(confirmed, highest score 91\)/,
    );
  });

  const TAKEN = { taken: true, waiting: false };
  it.each<[PageOutcome, Partial<CaseState>, CasePages | undefined, string]>([
    ['delivered', {}, TAKEN, 'On-call was paged. '],
    ['shadow', { shadow: true }, TAKEN, 'On-call was not paged, as this is shadow mode; live mode would have paged.'],
    ['undelivered', {}, { taken: false, waiting: true }, 'PagerDuty has not taken the page so far.'],
    ['undelivered', {}, { taken: true, waiting: true }, 'On-call was paged; a further page PagerDuty has not taken'],
    ['elsewhere', {}, { taken: false, waiting: false }, 'ordered by another case of the same incident.'],
    ['ordered', {}, undefined, 'A page to on-call was due; what became of it is not known here.'],
    ['none', { decision: { page: false, alert: true, report: true } }, TAKEN, ''],
  ])('says whether on-call was paged: %s', (page, state, pages, words) => {
    const { gitlab } = composeAlert(alertFactsOf({ pages, state: alertStateOf(state) }));
    expect(gitlab.page).toBe(page);
    expect(gitlab.answer).toContain(words);
    if (page === 'none') expect(gitlab.answer).not.toMatch(/page|PagerDuty/);
  });

  it('calls no page undelivered where only a silent update is', () => {
    const due = { explain: false, page: true, report: false, alert: true, health: false };
    const { gitlab } = composeAlert(alertFactsOf({ pages: TAKEN, state: alertStateOf({ look: 2, due }) }));
    expect(gitlab.answer).toContain('On-call was paged. ');
    expect(gitlab.answer).not.toContain('PagerDuty');
  });
});

describe('an alert', () => {
  it('is the same however often it is composed, and names its case and look', () => {
    const message = composeAlert(alertFactsOf({ order: { look: 3, kind: 'update' } }));
    expect(message).toEqual(composeAlert(alertFactsOf({ order: { look: 3, kind: 'update' } })));
    expect(message).toMatchObject({ version: 1, id: `${CASE_ID}/3`, kind: 'update', case: { look: 3 } });
  });

  const headlineOf = (more: Partial<AlertFacts>) => composeAlert(alertFactsOf({ findings: [], ...more })).headline;

  it.each<[string, Partial<AlertFacts>]>([
    ['12,345 security events on example.com in 24 h, 2.1 times the 5,800 before', {}],
    ['12,345 security events on example.com in 24 h, none before', { monitor: monitorOf({ reference: 0 }) }],
    [
      '12,345 security events on example.com in 24 h, with addresses, rules or actions come or gone',
      { monitor: monitorOf({ alertOn: 'change' }) },
    ],
    [
      '[shadow] 12,345 security events on example.com in 24 h, 2.1 times the 5,800 before',
      { state: alertStateOf({ shadow: true }) },
    ],
    [
      'Update: 12,345 security events on example.com in 24 h, 2.1 times the 5,800 before',
      { order: { look: 2, kind: 'update' } },
    ],
    ['12,345 security events on example.com in 24 h, 2.1 times the 5,800 before', { picture: undefined }],
    [
      'At least about 12,345 security events on example.com in 40 min, 2.1 times the 5,800 before',
      {
        monitor: monitorOf({
          ...{ isEstimate: true, isLowerBound: true },
          window: { start: '2026-11-20T18:20:00.000Z', end: '2026-11-20T19:00:00.000Z' },
        }),
      },
    ],
    [
      // What a look could read says nothing of what the poll counted.
      '12,345 security events on example.com in 24 h, 2.1 times the 5,800 before',
      {
        picture: pictureOf([], {
          ...{ totalIsLowerBound: true, sampleInterval: 9.5 },
          window: { start: AT - 40 * MINUTE, end: AT },
        }),
      },
    ],
    [
      `12,345 security events on zone ${ZONE_ID} in 24 h, 2.1 times the 5,800 before`,
      { monitor: monitorOf({ zone: { id: ZONE_ID } }) },
    ],
    [
      `12,345 security events on zone ${ZONE_ID} in 24 h, 2.1 times the 5,800 before`,
      { monitor: monitorOf({ zone: { id: ZONE_ID, name: '<!channel>' } }) },
    ],
  ])('is headed %j', (headline, facts) => {
    expect(headlineOf(facts)).toBe(headline);
  });

  it('says first that a key was used', () => {
    expect(composeAlert(alertFactsOf()).headline).toMatch(/^GitLab key used from an attacking address\. 12,345/);
    const findings = [findingOf({ verdict: 'corroborated' })];
    expect(composeAlert(alertFactsOf({ findings })).headline).toMatch(/^GitLab key perhaps used from/);
  });

  it('says which numbers are not exact, and what could not be read', () => {
    const picture = pictureOf(undefined, {
      totalIsLowerBound: true,
      facetsAreLowerBounds: true,
      sampleInterval: 10,
      notes: Array.from({ length: 12 }, (_, index) => `Gap ${index}.`),
    });
    const monitor = monitorOf({ isEstimate: true, isLowerBound: true });
    const { notes, totals, metrics } = composeAlert(alertFactsOf({ picture, monitor }));
    expect(notes.slice(0, 4)).toEqual([
      'Not all events could be counted: the totals are lower bounds.',
      'Counts by property are of the largest groups of events: they are lower bounds.',
      'Counts are estimates: one row stands for about 10 events.',
      'Gap 0.',
    ]);
    expect(notes.at(-1)).toBe('2 more of what could not be read are not listed here.');
    expect(totals.text).toBe('At least about 12,345 security events in 24 h, 2.1 times the 5,800 before.');
    expect(metrics.every(({ isLowerBound }) => isLowerBound)).toBe(true);
  });

  it.each<[string, boolean, boolean, string[]]>([
    ['neither', false, false, []],
    ['the poll', true, false, ['Not all events could be counted by the poll: its total is a lower bound.']],
    ['the look', false, true, ['Not all events could be counted at this look: its total is a lower bound.']],
  ])('says whose total is a lower bound: %s', (_, isLowerBound, totalIsLowerBound, notes) => {
    const monitor = monitorOf({ isLowerBound });
    const message = composeAlert(alertFactsOf({ monitor, picture: pictureOf(undefined, { totalIsLowerBound }) }));
    expect(message.notes).toEqual(notes);
    expect(message.totals).toMatchObject({ isLowerBound, recount: { isLowerBound: totalIsLowerBound } });
    expect(composeAlert(alertFactsOf({ monitor, picture: undefined })).notes.slice(1)).toEqual(
      isLowerBound ? notes : [],
    );
  });

  it('tells the recount of another span with that span', () => {
    const picture = pictureOf([groupOf(2_000)], { window: { start: AT - 3 * HOUR, end: AT }, sampleInterval: 4 });
    const { totals, window } = composeAlert(alertFactsOf({ picture }));
    expect(totals.text).toBe(
      '12,345 security events in 24 h, 2.1 times the 5,800 before; about 2,000 in 3 h at 2026-11-20T19:01:00.000Z.',
    );
    expect(totals.window).toEqual({ start: '2026-11-19T19:00:00.000Z', end: '2026-11-20T19:00:00.000Z' });
    expect(window?.start).toBe('2026-11-20T16:00:00.000Z');
  });

  it('counts again where a look saw more than the poll', () => {
    const { totals } = composeAlert(alertFactsOf({ picture: pictureOf([groupOf(20_000)]) }));
    expect(totals).toMatchObject({ total: 12_345, recount: { total: 20_000, readAt: '2026-11-20T19:01:00.000Z' } });
    expect(totals.text).toBe(
      '12,345 security events in 24 h, 2.1 times the 5,800 before; 20,000 at 2026-11-20T19:01:00.000Z.',
    );
  });

  it('goes out without its events, saying so', () => {
    const message = composeAlert(alertFactsOf({ picture: undefined }));
    expect(message).not.toHaveProperty('window');
    expect(message).toMatchObject({ metrics: [], rawEvents: { groups: [], leftOut: 0, more: true } });
    expect(message.notes).toEqual([
      'The events themselves could not be read: only the numbers that alerted are known.',
    ]);
  });

  it('goes out without an analysis, with the summary instead', () => {
    const { analysis, severity } = composeAlert(alertFactsOf({ analysis: undefined }));
    expect(analysis.writtenBy).toBe("Latchkey's own summary; no model wrote it (the analysis failed).");
    expect(analysis.summary[0]).toMatch(/^Token 812 'deploy' \(api\) was used from 203\.0\.113\.7/);
    expect(analysis.actions.length).toBeGreaterThan(0);
    expect(severity).toBe('critical');
  });

  it('says how many groups the model was not given', () => {
    const given = (events: object) => {
      const base = alertFactsOf().analysis;
      if (base === undefined) throw new Error('there is an analysis');
      return composeAlert(alertFactsOf({ analysis: { ...base, events: { given: 40, leftOut: 0, ...events } } }))
        .analysis;
    };
    expect(given({ leftOut: 160 }).writtenBy).toMatch(
      /It was given 40 groups of events, the largest; 160 groups were left out\.$/,
    );
    expect(given({ more: true }).writtenBy).toMatch(
      /40 groups of events, the largest; there are smaller ones, which it was not given\.$/,
    );
    expect(given({}).writtenBy).toMatch(/decided nothing\.$/);
    expect(given({ leftOut: 160 })).toMatchObject({ groupsGiven: 40, groupsLeftOut: 160 });
  });

  it('recommends at most three actions', () => {
    const base = alertFactsOf().analysis;
    if (base === undefined) throw new Error('there is an analysis');
    const claim = { text: 'x', evidence: ['e1'] };
    const actions = Array.from({ length: 9 }, () => ({ action: 'no-action' as const, claim }));
    expect(composeAlert(alertFactsOf({ analysis: { ...base, actions } })).analysis.actions).toHaveLength(3);
  });

  it('keeps raw events in the familiar shape, the largest first, without query strings and secrets', () => {
    const picture = pictureOf([
      groupOf(1, { clientRequestPath: '/b' }),
      groupOf(5, { clientRequestPath: '/a?private_token=x', description: 'glpat-AAAAAAAAAAAAAAAAAAAA', botScore: 3 }),
    ]);
    const { groups, leftOut } = composeAlert(alertFactsOf({ picture })).rawEvents;
    expect(leftOut).toBe(0);
    expect(groups.map(({ count }) => count)).toEqual([5, 1]);
    expect(groups[0]?.dimensions).toMatchObject({
      clientIP: '203.0.113.7',
      clientRequestPath: '/a',
      description: '[redacted]',
      ruleId: RULE_ID,
      ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
      botScore: 3,
      botDetectionTags: ['api_anomaly'],
    });
  });

  it('names rules and zones by ids that look like secrets, and nothing else that does', () => {
    const base = alertFactsOf().analysis;
    if (base === undefined) throw new Error('there is an analysis');
    const text = `Rule ${RULE_ID} of zone ${ZONE_ID}; key 9f86d081884c7d659a2feaa0c55ad015.`;
    const analysis = { ...base, summary: [{ text, evidence: ['e1'] }] };
    expect(composeAlert(alertFactsOf({ analysis })).analysis.summary).toEqual([
      `Rule ${RULE_ID} of zone ${ZONE_ID}; key [redacted].`,
    ]);
  });

  it('keeps at most a thousand groups and counts the rest', () => {
    const groups = Array.from({ length: 1_200 }, (_, index) => groupOf(index + 1));
    const { rawEvents } = composeAlert(alertFactsOf({ picture: pictureOf(groups, { cut: true }) }));
    expect(rawEvents.groups).toHaveLength(1_000);
    expect(rawEvents).toMatchObject({ leftOut: 200, more: true });
    expect(rawEvents.groups.at(-1)?.count).toBe(201);
  });

  it('takes nonsense numbers and times without failing', () => {
    const picture = pictureOf([groupOf(Number.NaN), groupOf(-4)], {
      window: { start: -1e20, end: 1e20 },
      readAt: Number.POSITIVE_INFINITY,
      total: Number.NaN,
    });
    const message = composeAlert(
      alertFactsOf({ picture, monitor: monitorOf({ total: Number.NaN, reference: Number.NaN }) }),
    );
    expect(message.window).toEqual({ start: 'unknown', end: 'unknown' });
    expect(message.rawEvents.groups.map(({ count }) => count)).toEqual([0, 0]);
  });
});

describe('links of an alert', () => {
  const hrefsOf = (more: Partial<AlertFacts>) => composeAlert(alertFactsOf(more)).links.map(({ href }) => href);

  it('lead to the case, the events, the owner and the investigation', () => {
    expect(hrefsOf({})).toEqual([
      CASE_URL,
      'https://dash.cloudflare.com/?to=/:account/example.com/security/analytics/events',
      'https://gitlab.example.com/jdoe',
      `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:eu-west-1:111122223333:execution:Latchkey:${CASE_ID}`,
    ]);
  });

  it('let the dashboard ask for the zone where its name is not known, or is none', () => {
    for (const zone of [{ id: ZONE_ID }, { id: ZONE_ID, name: '../../x' }]) {
      const nothingElse = { findings: [], caseUrl: undefined, execution: undefined };
      expect(hrefsOf({ monitor: monitorOf({ zone }), ...nothingElse })).toEqual([
        'https://dash.cloudflare.com/?to=/:account/:zone/security/analytics/events',
      ]);
    }
  });

  it('are short enough for any chat', () => {
    const path = Array.from({ length: 20 }, () => 'a'.repeat(200)).join('/');
    const credential = { id: 'token/1', kind: 'group' as const, resource: path };
    expect(hrefsOf({ findings: [findingOf({ credential })] })).toHaveLength(3);
  });
});
