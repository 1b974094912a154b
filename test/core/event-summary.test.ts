import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../functions/core/analysis.ts';
import type { MonitorCase } from '../../functions/core/case.ts';
import { complete, unavailable } from '../../functions/core/coverage.ts';
import { allIds, identifyEvidence } from '../../functions/core/evidence-ids.ts';
import type { EventGroup, EventsPicture } from '../../functions/core/security-events.ts';
import { summarise } from '../../functions/core/summary.ts';
import { HOUR } from '../../functions/core/time.ts';
import injections from '../events/bedrock/injections.json' with { type: 'json' };
import { groupOf, monitorOf, monitorStateOf, pictureOf } from '../support/event-facts.ts';
import { AT, COVERAGE, findingOf, sightingOf } from '../support/pager-facts.ts';

const READ = { cloudflare: complete(), inventory: complete(), audit: complete() };
const SIGHTING = sightingOf('203.0.113.7', { method: 'security-event' });
const GROUPS = [
  groupOf(900, { ja4: 't13d1516h2_8daaf6152771_02713d6af862' }),
  groupOf(200, { clientIP: '198.51.100.4', clientCountryName: 'DE', action: 'log', clientRequestPath: '/管理?key=1' }),
  groupOf(104, { clientIP: '2001:db8::1', action: 'managed_challenge_non_interactive_solved', description: '' }),
];

function summaryOf(picture: EventsPicture | undefined, monitor: Partial<MonitorCase> = {}, more = {}): Analysis {
  const total = picture?.total ?? 20;
  const state = monitorStateOf({ monitor: monitorOf({ total, reference: total / 2, ...monitor }), ...more });
  return summarise(identifyEvidence([], [SIGHTING], READ, picture), state);
}
const textsOf = ({ summary }: Analysis) => summary.map(({ text }) => text);
const allClaims = ({ summary, indicators, actions }: Analysis) => [
  ...summary,
  ...Object.values(indicators).flat(),
  ...actions.map(({ claim }) => claim),
];

describe('the summary of an attack', () => {
  it('tells what grew, what got through, what stands out, what GitLab says and what was not seen', () => {
    const picture = pictureOf(GROUPS, { sampleInterval: 10, notes: ['Only 20 hours could be read.'] });
    const evidence = identifyEvidence([], [SIGHTING], COVERAGE, picture);
    const summary = summarise(evidence, monitorStateOf({ monitor: monitorOf({ total: 1_204, reference: 301 }) }));
    expect(textsOf(summary)).toEqual([
      "Monitor 'all' counted 1,204 security events of zone example[.]com between 2026-11-19T19:00:00.000Z and 2026-11-20T19:00:00.000Z, 4 times the 301 it measures against.",
      'Cloudflare acted against about 900 (block) of them and let through, or only logged, about 304 (log, managed_challenge_non_interactive_solved).',
      'Busiest address 203.0.113.7 with about 900 events, of 3 addresses; busiest rule WordPress brute force with about 1,100 events.',
      'No GitLab credential was seen at the 1 address between 2026-11-20T18:00:00.000Z and 2026-11-20T19:01:00.000Z.',
      'Not seen: audit gave no answer: GitLab answered 403 to audit events: the token lacks permission',
      'Not seen: Only 20 hours could be read.',
    ]);
    expect(summary).toMatchObject({ status: 'summary', severity: 'medium' });
    const indicators = Object.entries(summary.indicators).map(([name, claims]) => [
      name,
      claims.map(({ text }) => text),
    ]);
    expect(Object.fromEntries(indicators)).toEqual({
      geography: ['Events by country: NL (about 1,004), DE (about 200).'],
      asns: ['Events by network operator: AS64500 (about 1,204).'],
      targets: [
        'Events by host: shop[.]example[.]com (about 1,204).',
        'Events by path: /wp-login[.]php (about 1,004), /管理 (about 200).',
      ],
      patterns: [
        `Events by rule: WordPress brute force (about 1,100), ${'a'.repeat(32)} (about 104).`,
        'Events by action: block (about 900), log (about 200), managed_challenge_non_interactive_solved (about 104).',
        'Events by source: firewallManaged (about 1,204).',
        'Events by status: 403 (about 1,204).',
        'Events by JA4 fingerprint: t13d1516h2_8daaf6152771_02713d6af862 (about 900).',
        'Found as bots: 1 by a security rule, which says nothing about bots.',
      ],
    });
    expect(summary.actions.map(({ action, claim }) => `${action}: ${claim.text}`)).toEqual([
      'review-cloudflare-rule: See whether rule WordPress brute force should act on these events.',
      'block-address-at-cloudflare: Block 203.0.113.7 at Cloudflare, unless it is yours or shared by many.',
      'preserve-logs: Keep the logs of these hours: part of it got through.',
    ]);
  });

  it.each<[string, Partial<MonitorCase>, RegExp]>([
    ['first events', { reference: 0 }, /counted 20 security .*, where it knew of none before\.$/],
    ['growth', { reference: 8 }, /, 2\.5 times the 8 it measures against\.$/],
    ['other keys', { alertOn: 'change', reference: 19 }, /, with other addresses, .* gone \(about 19 before\)\.$/],
    ['first keys', { alertOn: 'change', reference: 0 }, / than before, or some are gone \(none before\)\.$/],
  ])('says of %s why it alerted', (_what, monitor, says) => {
    expect(textsOf(summaryOf(pictureOf([groupOf(20)]), monitor))[0]).toMatch(says);
  });

  it('says numbers as well as they are known', () => {
    const all = { totalIsLowerBound: true, facetsAreLowerBounds: true, sampleInterval: 3 };
    const texts = textsOf(summaryOf(pictureOf([groupOf(20)], all), { total: 19 }));
    expect(texts[0]).toContain('counted 19 security events');
    expect(texts[1]).toMatch(/^At least about 20 were counted at /);
    expect(texts[3]).toContain('with at least about 20 events, of at least 1 address;');
    expect(texts).toContain('Not seen: events beyond those that could be counted.');
    const polled = { total: 19, isEstimate: true, isLowerBound: true };
    const byLook = textsOf(summaryOf(pictureOf([groupOf(20)]), polled));
    expect(byLook[0]).toContain('counted at least about 19 security events');
    expect(byLook[1]).toMatch(/^20 were counted at /);
  });

  it('says what a later look counted', () => {
    expect(textsOf(summaryOf(pictureOf([groupOf(31)]), { total: 20 }))[1]).toMatch(
      /^31 were counted at 2026-11-20T19:01:00.000Z, between /,
    );
    expect(textsOf(summaryOf(pictureOf([groupOf(20)]), { total: 20 })).join()).not.toContain('were counted at');
  });

  it('tells the totals of the poll and of a look each with its own span', () => {
    const window = { start: AT - 3 * HOUR, end: AT };
    const texts = textsOf(summaryOf(pictureOf([groupOf(20)], { window }), { total: 20 }));
    expect(texts[0]).toContain('between 2026-11-19T19:00:00.000Z and 2026-11-20T19:00:00.000Z');
    expect(texts[1]).toBe(
      '20 were counted at 2026-11-20T19:01:00.000Z, between 2026-11-20T16:00:00.000Z and 2026-11-20T19:00:00.000Z.',
    );
  });

  describe('of which most was not read', () => {
    const part = { total: 100_000, cut: true, facetsAreLowerBounds: true };
    const partly = (action: string, more: Partial<EventsPicture> = part) =>
      summaryOf(pictureOf([groupOf(500, { action })], more), { total: 100_000, reference: 50_000 });

    it('says none of it was let through only of what was read', () => {
      expect(textsOf(partly('block')).join()).toContain(
        'acted against at least 500 (block) of them; none of those read were let through or only logged.',
      );
      expect(textsOf(partly('log')).join()).toContain(
        'acted against none of those read and let through, or only logged, at least 500 (log).',
      );
    });

    it('is not stopped for the part that is known to be', () => {
      const { severity, actions } = partly('block');
      expect(severity).toBe('medium');
      expect(actions.map(({ claim }) => claim.text)).toEqual([
        'See at Cloudflare what became of the events not read here.',
        'Keep the logs of these hours: part of it may have got through.',
      ]);
    });

    it.each<[string, Partial<EventsPicture>]>([
      ['actions were not told of it', { total: 100_000 }],
      ['nobody knows how many there are', { totalIsLowerBound: true }],
      ['the look could read less time than the poll', { window: { start: AT - 3 * HOUR, end: AT } }],
    ])('is not stopped where %s', (_, more) => {
      expect(partly('block', more).severity).toBe('medium');
      expect(JSON.stringify(partly('block', more).actions)).not.toContain('acted against most of it');
    });

    it('is stopped where four fifths of all are known to be', () => {
      const picture = (total: number) => pictureOf([groupOf(800)], { total, facetsAreLowerBounds: true });
      const severityAt = (total: number) => summaryOf(picture(total), { total, reference: 900 }).severity;
      expect([severityAt(1_000), severityAt(1_001)]).toEqual(['low', 'medium']);
    });
  });

  it('puts findings first, and their actions', () => {
    const evidence = identifyEvidence([findingOf()], [SIGHTING], READ, pictureOf(GROUPS));
    const summary = summarise(evidence, monitorStateOf({ verdict: 'confirmed' }));
    expect(textsOf(summary)[0]).toMatch(/^Token 812 'deploy' \(api\) was used from 203\.0\.113\.7/);
    expect(textsOf(summary)[1]).toContain('security events');
    expect(textsOf(summary).join()).not.toContain('No GitLab credential');
    expect(summary).toMatchObject({ severity: 'critical', actions: [{ action: 'revoke-credential' }, {}, {}] });
  });

  it('never reads as clean when GitLab gave no answer', () => {
    const coverage = { cloudflare: complete(), inventory: unavailable('time-out') };
    const evidence = identifyEvidence([], [SIGHTING], coverage, pictureOf([groupOf(20)]));
    const summary = summarise(evidence, monitorStateOf({ verdict: 'undetermined' }));
    expect(summary.summary).toContainEqual({
      text: 'GitLab gave no answer so far: whether the 1 address held a key is not known.',
      evidence: ['v2', 't1'],
    });
    expect(summary).toMatchObject({ severity: 'medium', actions: [{ action: 'preserve-logs' }, {}] });
    expect(new Set(summary.actions.map(({ action }) => action)).size).toBe(summary.actions.length);
  });

  it('says when no address could be compared', () => {
    const evidence = identifyEvidence([], [], READ, pictureOf([groupOf(20)]));
    expect(textsOf(summarise(evidence, monitorStateOf()))).toContain(
      'No address of these events could be compared with GitLab.',
    );
  });

  it('works without the events and says so', () => {
    const summary = summaryOf(undefined);
    expect(textsOf(summary)).toEqual([
      "Monitor 'all' counted 20 security events of zone example[.]com between 2026-11-19T19:00:00.000Z and 2026-11-20T19:00:00.000Z, 2 times the 10 it measures against.",
      expect.stringContaining('No GitLab credential was seen'),
      'Not seen: the events themselves; only that the monitor alerted is known here.',
    ]);
    expect(summary.actions).toHaveLength(1);
  });

  it('tells a gap once', () => {
    const note = 'only 20 hours could be read';
    const coverage = { ...READ, cloudflare: { ...complete(), status: 'partial' as const, why: [note] } };
    const picture = pictureOf(GROUPS, { notes: [note, ...Array.from({ length: 9 }, (_, index) => `gap ${index}`)] });
    const texts = textsOf(summarise(identifyEvidence([], [SIGHTING], coverage, picture), monitorStateOf()));
    expect(texts.filter((text) => text.includes(note))).toHaveLength(1);
    expect(texts.at(-1)).toBe('Not seen: 4 further gaps.');
  });
});

describe('how severe an attack is', () => {
  it.each<[string, Partial<MonitorCase>, readonly EventGroup[], Analysis['severity']]>([
    ['mostly blocked', { reference: 500 }, [groupOf(800), groupOf(200, { action: 'log' })], 'low'],
    ['less than four fifths blocked', { reference: 500 }, [groupOf(799), groupOf(201, { action: 'log' })], 'medium'],
    ['let through', { reference: 500 }, [groupOf(1_000, { action: 'skip' })], 'medium'],
    ['of unknown actions', { reference: 500 }, [groupOf(1_000, { action: '' })], 'medium'],
    ['blocked and tenfold', { reference: 100 }, [groupOf(1_000)], 'medium'],
    ['let through and tenfold', { reference: 100 }, [groupOf(1_000, { action: 'log' })], 'high'],
    ['let through and tenfold, but small', { reference: 99 }, [groupOf(999, { action: 'log' })], 'medium'],
    ['let through and the first', { reference: 0 }, [groupOf(5_000, { action: 'log' })], 'medium'],
    ['a solved challenge', { reference: 500 }, [groupOf(1_000, { action: 'managed_challenge_solved' })], 'medium'],
  ])('%s', (_what, monitor, groups, severity) => {
    expect(summaryOf(pictureOf(groups), monitor).severity).toBe(severity);
  });

  it('is at least medium with a finding below the page level', () => {
    const finding = findingOf({ decision: 'report', score: 30 });
    const evidence = identifyEvidence([finding], [SIGHTING], READ, pictureOf([groupOf(20)]));
    expect(summarise(evidence, monitorStateOf()).severity).toBe('medium');
  });
});

describe('what to do about an attack', () => {
  it('that is stopped is to see that the rule stops nobody else', () => {
    expect(summaryOf(pictureOf([groupOf(20)])).actions).toEqual([
      {
        action: 'review-cloudflare-rule',
        claim: {
          text: 'Cloudflare acted against most of it; see that rule WordPress brute force stopped nobody who should get in.',
          evidence: ['er1'],
        },
      },
    ]);
  });

  it('is no block where no address stands out', () => {
    const groups = Array.from({ length: 10 }, (_, index) =>
      groupOf(2, { clientIP: `198.51.100.${index}`, action: 'log' }),
    );
    expect(summaryOf(pictureOf(groups)).actions.map(({ action }) => action)).toEqual([
      'review-cloudflare-rule',
      'preserve-logs',
    ]);
  });
});

describe('claims on an attack', () => {
  it.each(injections)('carry %j as inert text', (words) => {
    const group = groupOf(5, {
      clientRequestPath: `/${words}`,
      description: words,
      clientRequestHTTPHost: words,
      botDetectionTags: [words],
      action: words,
    });
    for (const { text } of allClaims(summaryOf(pictureOf([group], { notes: [words] })))) {
      expect(text).not.toMatch(/:\/\/|[<>@\u202E\u200B\n]|\]\(|glpat-|eyJhbGci/);
      expect(text.length).toBeLessThanOrEqual(700);
    }
  });

  it('cite only ids of the evidence, at most three actions, whatever the events are', () => {
    const word = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constantFrom('block', 'log', 'toString'));
    const group = fc.record({
      count: fc.double({ min: 0, max: 1e12, noNaN: true }),
      dimensions: fc.record(
        { clientIP: word, action: word, ruleId: word, clientRequestPath: word },
        { requiredKeys: [] },
      ),
    });
    const numbers = fc.record({ total: fc.nat(), reference: fc.nat() });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 30 }), numbers, fc.boolean(), (groups, monitor, found) => {
        const evidence = identifyEvidence(found ? [findingOf()] : [], [SIGHTING], COVERAGE, pictureOf(groups));
        const analysis = summarise(evidence, monitorStateOf({ monitor: monitorOf(monitor) }));
        const known = allIds(evidence);
        for (const { text, evidence: ids } of allClaims(analysis)) {
          expect(text).not.toMatch(/NaN|Infinity|undefined/);
          expect(ids.length).toBeGreaterThan(0);
          for (const id of ids) expect(known).toContain(id);
        }
        expect(analysis.actions.length).toBeGreaterThan(0);
        expect(analysis.actions.length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('do not depend on the order the groups were stored in', () => {
    const ids = (groups: readonly EventGroup[]) => identifyEvidence([], [], {}, pictureOf(groups)).events?.groups;
    const equal = [...GROUPS, groupOf(900, { clientIP: '192.0.2.1' })];
    expect(ids([...equal].reverse())).toEqual(ids(equal));
  });
});
