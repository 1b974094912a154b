import { describe, expect, it } from 'vitest';
import type { CaseFile, CaseLook } from '../../../../functions/core/case-file.ts';
import type { TimelineRow } from '../../../../functions/core/case-view/timeline/rows.ts';
import { type Timeline, timelineOf } from '../../../../functions/core/case-view/timeline/timeline.ts';
import { complete, unavailable } from '../../../../functions/core/coverage.ts';
import type { Match } from '../../../../functions/core/finding.ts';
import type { Sighting } from '../../../../functions/core/sighting.ts';
import { DAY, HOUR, instant, MINUTE } from '../../../../functions/core/time.ts';
import { STRENGTHS_BEST_FIRST, type TokenUse } from '../../../../functions/core/token-use.ts';
import {
  largeCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  reportedOnly,
  sampleCaseFile,
} from '../../../support/case-files.ts';
import { credential, finding, match, NOON, sighting, tokenUse, WINDOW } from '../../../support/evidence.ts';

const SLACK = 30 * MINUTE;
const LARGE = largeCaseFile();

function drawn(file: CaseFile, slack = SLACK): Timeline {
  const timeline = timelineOf({ file, slack });
  if (timeline === undefined) throw new Error('no timeline');
  return timeline;
}

/** One look with one finding of these uses, all matched by a bot seen from 11:46 to 12:00. */
function usedAt(uses: readonly TokenUse[], more: Partial<CaseLook> = {}, known: readonly TokenUse[] = []): CaseFile {
  const seen = sighting({ seen: { notBefore: NOON - 14 * MINUTE, notAfter: NOON } });
  const matches = uses.map((use) => match({ use, sighting: seen }));
  return sampleCaseFile({
    looks: [{ look: 1, at: NOON, findings: [finding({ matches, matchCount: matches.length })], ...more }],
    uses: { readAt: NOON, uses: known, leftOut: 0 },
  });
}

/** The case with nothing of it at page level, by itself or by another. */
function reported(file: CaseFile): CaseFile {
  return { ...reportedOnly(file), incidents: [] };
}

const told = (file: CaseFile) => drawn(file).summary.join(' ');

describe('when the credential was used, relative to the bots', () => {
  it('says that it was while the same address acted as a bot', () => {
    const counted = tokenUse({ at: { notBefore: NOON - 8 * MINUTE, notAfter: NOON - 2 * MINUTE }, times: 3 });
    expect(told(usedAt([counted]))).toContain(
      "Token 42 'deploy' (api) was used 3 times between 11:52 and 11:58, while the same address acted as a bot (11:46 to 12:00).",
    );
  });

  it('says how long before or after', () => {
    expect(told(usedAt([tokenUse({ at: instant(NOON - 34 * MINUTE) })]))).toContain(
      'was used once, at 11:26:00, 20 minutes before the same address acted as a bot (11:46 to 12:00).',
    );
    expect(told(usedAt([tokenUse({ at: instant(NOON + 40_000) })]))).toContain(
      'less than a minute after the same address acted as a bot',
    );
  });

  it('compares each use with the sighting it matched, and with no other', () => {
    const office = sighting({ address: '192.0.2.1', seen: { notBefore: NOON - 44 * MINUTE, notAfter: NOON + MINUTE } });
    const early = sighting({ seen: { notBefore: NOON - 44 * MINUTE, notAfter: NOON - 30 * MINUTE } });
    const later = { ...early, address: '203.0.113.8', network: '203.0.113.8' };
    const of = (uses: readonly [number, typeof early][]) => {
      const matches = uses.map(([minute, seen]) =>
        match({
          sighting: seen,
          use: tokenUse({ strength: 'acted', address: seen.address, at: instant(NOON - minute * MINUTE) }),
        }),
      );
      // Matched without a time, at an address that was there all along.
      const listed = tokenUse({ address: '192.0.2.1', at: { notBefore: 0, notAfter: NOON }, sources: ['inventory'] });
      const all = [...matches, match({ sighting: office, use: listed })];
      return told(sampleCaseFile({ looks: [{ look: 1, at: NOON, findings: [finding({ matches: all })] }] }));
    };
    expect(
      of([
        [10, early],
        [20, later],
      ]),
    ).toContain(
      '2 times between 11:40 and 11:50 from 2 addresses, each 10 minutes to 20 minutes after the same address acted as a bot (11:16 to 11:30).',
    );
    expect(
      of([
        [50, early],
        [40, early],
        [10, early],
        [9, early],
      ]),
    ).toContain(
      '4 times between 11:10 and 11:51, once before, once while, 2 times after the same address acted as a bot (11:16 to 11:30).',
    );
  });

  it('says of a counted use that began before its bot that it was there partly while it acted', () => {
    const counted = tokenUse({ at: { notBefore: NOON - 20 * MINUTE, notAfter: NOON - 2 * MINUTE }, times: 3 });
    expect(told(usedAt([counted]))).toContain(', partly while the same address acted as a bot (11:46 to 12:00).');
  });

  it('does not call bots those that Cloudflare did not', () => {
    const by = (method: Sighting['method'], more: Partial<Match> = {}) => {
      const matches = [match({ sighting: sighting({ method }), ...more })];
      return told(sampleCaseFile({ looks: [{ look: 1, at: NOON, findings: [finding({ matches })] }] }));
    };
    expect(by('security-event')).toContain(
      ', while the same address was sighted (11:50 to 11:59: a security rule stopped or logged it, which is no word about bots).',
    );
    expect(by('share')).toContain(
      'was sighted (11:50 to 11:59: an unusual share of the traffic, which is no word about bots).',
    );
    expect(by('rate-limit')).toContain('acted as a bot');
    expect(by('bot-score', { onGitlab: true })).toContain(
      'while the same address was sighted (11:50 to 11:59: it called GitLab itself).',
    );
    expect(by('bot-score', { rule: 'same-network' })).toContain('while another address of its network acted as a bot');
  });

  it('says that an account acted: that much is certain', () => {
    const user = credential({ id: 'user/7', kind: 'user' });
    const matches = [match({ use: tokenUse({ credential: 'user/7', strength: 'acted' }) })];
    const file = sampleCaseFile({ looks: [{ look: 1, at: NOON, findings: [finding({ credential: user, matches })] }] });
    expect(told(file)).toContain("User 7 'sam' (token unknown) acted once, at 11:55:00, while");
    expect(
      drawn(file)
        .rows.map(({ what }) => what)
        .join(),
    ).toContain('acted (api_request_access_with_scope)');
    expect(
      drawn(file)
        .rows.map(({ what }) => what)
        .join(),
    ).not.toContain('its owner');
  });

  it('does not name an instant that nobody knows', () => {
    const unknown = tokenUse({ at: { notBefore: NOON - 2 * DAY, notAfter: NOON - MINUTE }, sources: ['inventory'] });
    const text = told(usedAt([unknown]));
    expect(text).toContain(
      'was used at an unknown time up to 11:59 (GitLab lists its last addresses without their times); the same address',
    );
    const between = tokenUse({ at: { notBefore: NOON - 20 * MINUTE, notAfter: NOON - MINUTE }, sources: ['audit'] });
    expect(told(usedAt([between]))).toContain('was used at some time between 11:40 and 11:59; the same address');
    expect(told(usedAt([tokenUse({ at: { notBefore: 0, notAfter: NOON } })]))).toContain(
      'at an unknown time up to 12:00',
    );
  });

  it('says that a refused credential was refused, and an act only may be a use', () => {
    expect(told(usedAt([tokenUse({ strength: 'refused' })]))).toContain('was tried and refused once');
    expect(told(usedAt([tokenUse({ strength: 'acted' })]))).toContain('may have been used, as its owner acted, once');
  });

  it('does not claim times of bots that were only asked about', () => {
    const vague = match({ sighting: sighting({ seenExactly: false }) });
    const file = sampleCaseFile({ looks: [{ look: 1, at: NOON, findings: [finding({ matches: [vague] })] }] });
    expect(told(file)).toContain('; when the same address was sighted is not known closer.');
  });

  it('tells three credentials at page level and counts the others', () => {
    expect(told(LARGE)).toContain('297 further credentials matched, all of them at page level.');
    expect(drawn(LARGE).summary).toHaveLength(6);
  });

  it('tells of those below page level only that there are some, and the worst where all are', () => {
    const { summary } = drawn(sampleCaseFile());
    expect(summary).toHaveLength(4);
    expect(summary[2]).toBe('1 further credential matched, not at page level.');
    const calm = drawn(reported(LARGE)).summary;
    expect(calm[1]).toContain('Token 1000');
    expect(calm.slice(2)).toEqual(['299 further credentials matched, none at page level.']);
  });

  it('says when on-call was paged', () => {
    expect(told(sampleCaseFile())).toContain('On-call was paged at 12:00.');
    expect(told(sampleCaseFile({ pages: [] }))).not.toContain('paged');
  });
});

describe('what is missing', () => {
  it('is told as not stored where no look was stored', () => {
    const timeline = drawn(openedCaseFile());
    expect(timeline.summary.join(' ')).toContain('No look was stored yet.');
    expect(timeline.lanes).toEqual([]);
    expect(timeline.window).toBeUndefined();
  });

  it('is not told as nothing', () => {
    const look = { look: 1, at: NOON };
    const empty = { sightings: [], whole: true };
    const silent = { ...look, findings: [], sightings: { ...empty, coverage: unavailable('It timed out.') } };
    expect(told(sampleCaseFile({ looks: [look] }))).toContain('No look stored requests of bots.');
    expect(told(sampleCaseFile({ looks: [look] }))).toContain('Which credentials matched is not stored.');
    expect(told(sampleCaseFile({ looks: [silent] }))).toContain('Whether there were requests of bots is not known');
    const { state } = sampleCaseFile();
    if (state === undefined) throw new Error('the sample has a state');
    expect(told(quietCaseFile({ state: { ...state, verdict: 'undetermined' } }))).toContain(
      'whether a credential was used is not known',
    );
  });

  it('is told as not asked where Cloudflare gave no answer', () => {
    const silent = { sightings: [], whole: false, coverage: unavailable('It timed out.') };
    const quiet = quietCaseFile();
    const down = quietCaseFile({
      looks: quiet.looks.map(({ traffic: _, ...look }) => ({ ...look, sightings: silent })),
    });
    expect(drawn(down).traffic.from).toBe('not-asked');
    expect(told(down)).toContain('Whether there were requests of bots is not known, as nobody could be asked.');
    expect(told(down)).toContain('So no credential could be looked for at their addresses.');
    expect(told(down)).not.toContain('No credential was found');
    const [first, second] = sampleCaseFile().looks;
    if (first === undefined || second === undefined) throw new Error('the sample has two looks');
    const { traffic: _, ...later } = { ...second, sightings: silent };
    const older = drawn(sampleCaseFile({ looks: [first, later] }));
    expect(older.traffic).toMatchObject({ from: 'counted', isOlder: true });
    expect(older.notes.join(' ')).toContain('The newest look got no answer from Cloudflare');
  });

  it('is not told as nothing where what was found is lost', () => {
    const file = sampleCaseFile();
    const looks = file.looks.map(({ findings: _, ...look }) => look);
    expect(told({ ...file, looks })).toContain('Which credentials matched is not stored.');
    const [first, second] = file.looks;
    const halfLost = [
      { ...first, look: 1, findings: [] },
      { ...second, look: 2, findings: [] },
    ];
    expect(told({ ...file, looks: halfLost })).toContain('Which credentials matched is not stored.');
  });

  it('is nothing where everything was read', () => {
    expect(told(quietCaseFile())).toContain('No credential was found at an address of these bots.');
  });

  it('says that only matched uses are known where GitLab was not read again', () => {
    const { uses: _, ...file } = sampleCaseFile();
    expect(drawn(file).notes.join(' ')).toContain('Only uses that matched are drawn');
    expect(drawn(sampleCaseFile()).notes).toEqual([]);
  });

  it('does not throw where no time is known at all', () => {
    const { alert: _, ...file } = openedCaseFile();
    expect(timelineOf({ file: { ...file, openedAt: Number.NaN }, slack: Number.NaN })).toBeUndefined();
  });
});

describe('from when to when it is drawn', () => {
  it('is the window, what happened to the case, and a little more', () => {
    const { picture, slack } = drawn(quietCaseFile());
    const length = 5.5 * MINUTE + WINDOW.end - WINDOW.start;
    expect(picture.start).toBeCloseTo(WINDOW.start - length * 0.03);
    expect(picture.end).toBeCloseTo(WINDOW.start + length * 1.03);
    // No more of the slack is shown than that.
    expect(slack).toEqual(picture);
  });

  it('holds other uses as far as the slack goes', () => {
    const other = (at: number) => tokenUse({ at: instant(at), address: '192.0.2.9' });
    const near = drawn(usedAt([tokenUse()], {}, [other(WINDOW.start - 20 * MINUTE)]));
    expect(near.picture.start).toBeLessThan(WINDOW.start - 20 * MINUTE);
    const far = drawn(usedAt([tokenUse()], {}, [other(WINDOW.start - 40 * MINUTE)]));
    expect(far.picture.start).toBeGreaterThan(WINDOW.start - 10 * MINUTE);
    expect(far.notes).toContain('Outside the picture: 1 use before it.');
  });

  it('is not widened by a use of months, but by an exact one', () => {
    const months = tokenUse({ at: { notBefore: NOON - 90 * DAY, notAfter: NOON }, sources: ['inventory'] });
    const wide = drawn(usedAt([months]));
    expect(wide.picture.start).toBeGreaterThan(WINDOW.start - 5 * MINUTE);
    expect(wide.lanes[0]?.marks).toMatchObject([{ timing: 'between', opensBefore: true, opensAfter: false }]);
    const exact = tokenUse({ at: instant(NOON - 5 * HOUR) });
    expect(drawn(usedAt([exact])).picture.start).toBeLessThan(NOON - 5 * HOUR);
  });

  it('holds late looks, and tells those that came a day later instead', () => {
    const late = drawn(quietCaseFile({ looks: [{ look: 1, at: NOON + 2 * HOUR }] }));
    expect(late.picture.end).toBeGreaterThan(NOON + 2 * HOUR);
    const dayLater = drawn(quietCaseFile({ looks: [{ look: 1, at: NOON + DAY }] }));
    expect(dayLater.picture.end).toBeLessThan(WINDOW.end + SLACK);
    expect(dayLater.notes).toContain('Outside the picture: 1 look, page or alert.');
  });

  it('has a before and an after where the window has no length', () => {
    const { state } = sampleCaseFile();
    if (state === undefined) throw new Error('the sample has a state');
    const at = new Date(NOON).toISOString();
    const file = quietCaseFile({ state: { ...state, window: { start: at, end: at } }, looks: [], ends: [] });
    const { picture } = drawn(file, 0);
    expect(picture.end - picture.start).toBeGreaterThanOrEqual(10 * MINUTE);
  });
});

describe('its lanes', () => {
  it('draw a use once that several sightings matched and GitLab lists, too', () => {
    const use = tokenUse();
    const { lanes } = drawn(usedAt([use, use], {}, [use]));
    expect(lanes[0]).toMatchObject({ matchedUses: 1, otherUses: 0, marks: [{ uses: 1, matched: true }] });
  });

  it('join what would touch, and keep apart what is of another kind', () => {
    const near = [0, 20, 40].map((second) => tokenUse({ at: instant(NOON - 5 * MINUTE + second * 1_000) }));
    const refused = tokenUse({ at: instant(NOON - 5 * MINUTE), strength: 'refused' });
    const other = tokenUse({ at: instant(NOON - 5 * MINUTE), address: '192.0.2.9' });
    const [lane] = drawn(usedAt([...near, refused], {}, [other])).lanes;
    expect(lane?.marks.map(({ uses, strength, matched }) => [uses, strength, matched])).toEqual([
      [1, 'used', false],
      [1, 'refused', true],
      [3, 'used', true],
    ]);
  });

  it('have sixty marks at most, however many kinds of uses there are', () => {
    const uses = (address: string) =>
      Array.from({ length: 400 }, (_, index) =>
        tokenUse({
          address,
          at: instant(NOON - 75 * MINUTE + index * 0.26 * MINUTE),
          strength: STRENGTHS_BEST_FIRST[Math.floor(index / 10) % 4] ?? 'used',
        }),
      );
    const [lane] = drawn(usedAt(uses('203.0.113.7'), {}, uses('192.0.2.9'))).lanes;
    expect(lane?.marks.length).toBeLessThanOrEqual(60);
    expect(lane?.marks.reduce((sum, mark) => sum + mark.uses, 0)).toBe(800);
  });

  it('count a use as matched whose match was cut, by its address and time', () => {
    const file = usedAt([tokenUse()], {}, [
      tokenUse({ at: instant(NOON - 20 * MINUTE) }),
      tokenUse({ at: instant(NOON - 20 * MINUTE), address: '192.0.2.9' }),
    ]);
    const looks = file.looks.map((look) => ({
      ...look,
      findings: (look.findings ?? []).map((one) => ({ ...one, matchCount: 51 })),
    }));
    expect(drawn({ ...file, looks }).lanes[0]).toMatchObject({ matchedUses: 2, otherUses: 1 });
    expect(drawn({ ...file, looks }).notes.join(' ')).toContain('Not every match is stored');
  });

  it('are all at page level and three of the others, so that the thief stands out', () => {
    const others = Array.from({ length: 5 }, (_, index) =>
      finding({ credential: credential({ id: `token/${index}` }), decision: 'report' }),
    );
    const paging = ['token/90', 'token/91'].map((id) => finding({ credential: credential({ id }), decision: 'page' }));
    const { lanes, notes } = drawn(
      sampleCaseFile({ looks: [{ look: 1, at: NOON, findings: [...others, ...paging] }] }),
    );
    expect(lanes.map(({ decision }) => decision)).toEqual(['page', 'page', 'report', 'report', 'report']);
    expect(notes).toContain('2 further credentials have no lane here.');
  });

  it('are the eight worst, and the others are counted', () => {
    const { lanes, notes } = drawn(LARGE);
    expect(lanes).toHaveLength(8);
    expect(notes).toContain('292 further credentials have no lane here.');
  });
});

describe('the requests of the bots', () => {
  it('are those counted over time', () => {
    const { traffic } = drawn(sampleCaseFile());
    expect(traffic).toMatchObject({ from: 'counted', step: MINUTE, peak: 30_400, outside: 0 });
    expect(traffic.busiest).toEqual({ start: NOON - 13 * MINUTE, end: NOON - MINUTE });
  });

  it('are spread over the time each address was seen where nothing counted them, and it says so', () => {
    const seen = sighting({ seen: { notBefore: NOON - 10 * MINUTE, notAfter: NOON }, requests: 1_000 });
    const file = sampleCaseFile();
    const looks = file.looks.map(({ traffic: _, ...look }) => ({
      ...look,
      ...(look.sightings === undefined ? {} : { sightings: { ...look.sightings, sightings: [seen] } }),
    }));
    const { traffic, notes } = drawn({ ...file, looks });
    expect(traffic.from).toBe('spread');
    expect(traffic.steps.filter(({ perMinute }) => perMinute > 0).map(({ perMinute }) => perMinute)).toEqual(
      Array.from({ length: 10 }, () => 100),
    );
    expect(notes.join(' ')).toContain('spread evenly');
  });

  it('are an average where the picture is long', () => {
    const { state } = sampleCaseFile();
    if (state === undefined) throw new Error('the sample has a state');
    const window = { start: new Date(NOON - DAY).toISOString(), end: new Date(NOON).toISOString() };
    const { traffic, notes } = drawn(sampleCaseFile({ state: { ...state, window } }));
    expect(traffic.step).toBe(9 * MINUTE);
    expect(notes).toContain('The area shows averages of 9 minutes.');
  });
});

describe('the area of a monitor', () => {
  it('is of security events, in every word', () => {
    const file = monitorCaseFile();
    const { subject, summary, rows } = drawn(file);
    expect(subject).toEqual(['security event', 'security events']);
    expect(summary.join(' ')).toContain(
      'Security events were most frequent between 11:47 and 11:59, with up to 30,400 a minute.',
    );
    expect(rows.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['security events', 'the most of them: 30,400 a minute']),
    );
    const none = { sightings: [], whole: true, coverage: complete() };
    const quiet = quietCaseFile({ trigger: 'monitor', looks: [{ look: 1, at: NOON, findings: [], sightings: none }] });
    expect(told(quiet)).toContain('No address was sighted. So there was no address to compare with GitLab.');
    expect(`${summary} ${told(quiet)}`).not.toMatch(/\bbots (?:were|came|did)|requests/);
  });

  it('is of sighted addresses in a spike that nobody called one of bots', () => {
    const file = sampleCaseFile();
    const looks = file.looks.map((look) => ({
      ...look,
      sightings: { sightings: [sighting({ method: 'share' })], whole: true, coverage: complete() },
    }));
    expect(drawn({ ...file, looks }).subject[1]).toBe('requests of sighted addresses');
  });
});

describe('what happened to the case', () => {
  it('begins with the poll that opened it', () => {
    const { rows, flags } = drawn(monitorCaseFile());
    expect(flags.some(({ kind, from }) => kind === 'poll' && from === NOON)).toBe(true);
    expect(rows.find(({ what }) => what.startsWith('poll'))).toMatchObject({
      what: 'poll that began the case',
      at: instant(NOON),
    });
  });

  it('is flagged in order, looks by their number', () => {
    expect(drawn(sampleCaseFile()).flags.map(({ label }) => label)).toEqual([
      'attack begins',
      'look 1',
      'page',
      'attack ends',
      'look 2',
      'update',
    ]);
  });

  it('joins what is of one kind and near', () => {
    const [page] = sampleCaseFile().pages;
    if (page === undefined) throw new Error('the sample has a page');
    const pages = Array.from({ length: 40 }, (_, index) => ({ ...page, sentAt: NOON + index * 1_000 }));
    const looks = [1, 2, 3].map((look) => ({ look, at: NOON + look * 10_000, findings: [] }));
    const labels = drawn(sampleCaseFile({ pages, looks })).flags.map(({ label }) => label);
    expect(labels).toContain('40 pages');
    expect(labels).toContain('looks 1 to 3');
  });

  it('tells what was ordered and not delivered', () => {
    expect(drawn(monitorCaseFile()).notes).toContain('1 alert was ordered and not delivered.');
    const pages = sampleCaseFile().pages.map(({ sentAt: _, ...page }) => page);
    const { notes, flags, rows } = drawn(sampleCaseFile({ pages }));
    expect(notes).toContain('1 page was ordered and not delivered to PagerDuty.');
    expect(flags.some(({ kind }) => kind === 'page')).toBe(false);
    expect(rows.map(({ what }) => what)).toContain('page of look 1, not delivered');
  });
});

describe('its rows', () => {
  it('are in order of time, with who and from where', () => {
    const { rows } = drawn(sampleCaseFile());
    const ends = rows.map(({ at }: TimelineRow) => at?.notAfter ?? Number.POSITIVE_INFINITY);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(rows).toContainEqual({
      at: { notBefore: NOON - 6 * MINUTE, notAfter: NOON - 4 * MINUTE },
      exact: true,
      what: 'used, 12 times (api_request_access_with_scope), matched at page level',
      who: "Token 42 'deploy' (api)",
      where: '203.0.113.7',
      matched: 'page',
    });
    const below = drawn(reported(sampleCaseFile())).rows.filter(({ matched }) => matched !== undefined);
    expect(new Set(below.map(({ matched }) => matched))).toEqual(new Set(['report']));
    expect(below.every(({ what }) => what.endsWith('matched below page level'))).toBe(true);
  });

  it('are at page level where another case of the incident paged the credential', () => {
    const { rows, lanes, summary } = drawn(reportedOnly(sampleCaseFile()));
    const own = rows.filter(({ who, matched }) => who.startsWith('Token 42') && matched !== undefined);
    expect(new Set(own.map(({ matched }) => matched))).toEqual(new Set(['page']));
    expect(own.every(({ what }) => what.endsWith('matched at page level'))).toBe(true);
    expect(lanes.map(({ decision }) => decision)).toEqual(['page', 'report']);
    expect(summary.join(' ')).toContain('1 further credential matched, not at page level.');
  });

  it('are cut at what did not match', () => {
    const others = Array.from({ length: 150 }, (_, index) =>
      tokenUse({ at: instant(NOON - index * 10_000), address: '192.0.2.9', eventId: String(index) }),
    );
    const { rows, rowsOf } = drawn(usedAt([tokenUse({ at: instant(NOON - 44 * MINUTE) })], {}, others));
    expect(rows).toHaveLength(100);
    expect(rowsOf).toBeGreaterThan(150);
    expect(rows.some(({ matched }) => matched === 'page')).toBe(true);
  });
});
