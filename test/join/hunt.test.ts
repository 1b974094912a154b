import { describe, expect, it } from 'vitest';
import { openCase } from '../../functions/core/case.ts';
import { complete, off, unavailable } from '../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { HOUR, instant, MINUTE, toIso, type Window } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { type JoinServices, join } from '../../functions/join/join.ts';
import { credential, NOON, sighting, tokenUse } from '../support/evidence.ts';
import { JOIN_SETTINGS } from '../support/join-settings.ts';
import { MemoryAlerts, MemoryCases, MemoryHunts, MemoryIncidents } from '../support/memory-books.ts';

/** The hour from `NOON`. */
const WINDOW: Window = { start: NOON, end: NOON + HOUR };

function huntOf(start: number) {
  const window = { start: toIso(start), end: toIso(start + HOUR) };
  const hunt = { attempt: 1, resend: false, written: false };
  return { ...openCase({ caseId: `hunt-${start}`, trigger: 'hunt', window, shadow: false, hunt }), look: 1 };
}

/** Exactly when a log line said so. */
function logUse(minutes: number, overrides: Partial<TokenUse> = {}): TokenUse {
  return tokenUse({ at: instant(NOON + minutes * MINUTE), sources: ['logs'], ...overrides });
}

function seenAt(minutes: number, overrides: Partial<Sighting> = {}): Sighting {
  return sighting({ seen: instant(NOON + minutes * MINUTE), askedBack: true, ...overrides });
}

/** Hunts one window after the other, with the same books; `onGitlab` is what was seen at GitLab itself only. */
function hunter(
  seen: readonly Sighting[],
  uses: readonly TokenUse[],
  { onGitlab = [], ...more }: Partial<JoinServices> & { onGitlab?: readonly Sighting[] } = {},
) {
  const cases = new MemoryCases();
  const hunts = new MemoryHunts();
  const asked: { addresses: readonly string[]; window: Window }[] = [];
  const services: JoinServices = {
    cases,
    hunts,
    readEvidence: cases.readEvidence,
    alerts: new MemoryAlerts(),
    incidents: new MemoryIncidents(),
    health: { raised: async () => [] },
    askBack: async (_state, addresses, window) => {
      asked.push({ addresses, window });
      const isAsked = ({ address, seen: { notBefore } }: Sighting) =>
        addresses.includes(address) && notBefore >= window.start && notBefore < window.end;
      const [sightings, onGitlabHosts] = [seen.filter(isAsked), onGitlab.filter(isAsked)];
      return { sightings, onGitlabHosts, whole: true, coverage: complete({ asked: addresses.length }) };
    },
    isKnownEgress: () => false,
    isOwnEgress: () => false,
    settings: JOIN_SETTINGS,
    clock: { now: () => NOON + 2 * HOUR, sleep: async () => {} },
    ...more,
  };
  const hunt = async (start = NOON, evidence: Partial<TokenEvidence> = {}, axiom = complete({ rows: 9 })) => {
    const state = huntOf(start);
    cases.sightings.set(`${state.caseId} 1`, {
      sightings: [],
      whole: false,
      coverage: axiom,
      totalAddresses: 1_000_000,
      totalRequests: 9_000_000,
    });
    cases.evidence.set(`${state.caseId} 1`, {
      window: { start: start - 45 * MINUTE, end: start + HOUR },
      readAt: start + HOUR,
      credentials: [credential()],
      uses,
      coverage: { logs: complete(), inventory: complete(), audit: off('not offered') },
      realIpMissing: false,
      ...evidence,
    });
    return await join(state, services);
  };
  return { hunt, cases, hunts, asked };
}

describe('a hunt', () => {
  it('finds what its cut list does not hold, by asking back about the addresses GitLab saw', async () => {
    const { hunt, cases, asked } = hunter([seenAt(20)], [logUse(25)]);
    const state = await hunt();
    expect(state).toMatchObject({
      counts: { sightings: 1_000_000, tokenUses: 1, findings: 1 },
      coverage: { axiom: 'complete', logs: 'complete' },
      verdict: 'confirmed',
      due: { report: true, explain: true, page: true },
    });
    expect(asked).toEqual([{ addresses: ['203.0.113.7'], window: { start: NOON - 75 * MINUTE, end: WINDOW.end } }]);
    expect(cases.reports.get(state.caseId)).toMatchObject({
      window: WINDOW,
      rows: [
        { kind: 'row', rank: 1, address: '203.0.113.7', credential_id: 'token/42', incident_id: expect.any(String) },
      ],
      summary: { sightings: 1_000_000, requests: 9_000_000, findings: 1, coverage_axiom: 'complete' },
    });
  });

  it('has a report on an hour with nothing, too', async () => {
    const { hunt, cases } = hunter([], []);
    const state = await hunt();
    expect(state).toMatchObject({ verdict: 'not-observed', due: { report: true, explain: false } });
    expect(cases.reports.get(state.caseId)?.rows).toEqual([]);
  });

  it.each([
    ['the use before, the sighting after', -10, 10, 1],
    ['the sighting before, the use after', 10, -10, 1],
    ['both before', -10, -12, 0],
  ])('finds a pair that straddles two windows once: %s', async (_, used, seen, window) => {
    const { hunt } = hunter([seenAt(seen)], [logUse(used)]);
    const counts = [await hunt(NOON - HOUR), await hunt(NOON)].map(({ counts: { findings } }) => findings);
    expect(counts).toEqual(window === 0 ? [1, 0] : [0, 1]);
  });

  it('finds a pair of the window before that arrived late, and not one that window reported', async () => {
    const seen = [seenAt(-3), seenAt(-4, { address: '203.0.113.8', network: '203.0.113.8' })];
    const early = logUse(-4, { address: '203.0.113.8', network: '203.0.113.8', credential: 'token/1' });
    const late = logUse(-2);
    const { hunt } = hunter(seen, [early, late]);
    expect((await hunt(NOON - HOUR, { uses: [early] })).counts.findings).toBe(1);
    expect((await hunt(NOON)).counts.findings).toBe(1);
  });

  it('leaves late pairs to a window before that is still to be hunted', async () => {
    const { hunt } = hunter([seenAt(-3)], [logUse(-2)]);
    expect((await hunt(NOON)).counts.findings).toBe(0);
    expect((await hunt(NOON - HOUR)).counts.findings).toBe(1);
  });

  it('keeps its window open and says so when Axiom did not answer', async () => {
    const { hunt, cases, hunts } = hunter([seenAt(20)], [logUse(25)]);
    const state = await hunt(NOON, {}, unavailable('Axiom answered 503.'));
    expect(state).toMatchObject({ coverage: { axiom: 'unavailable' }, due: { report: false, health: true } });
    expect(cases.reports.size).toBe(0);
    expect(hunts.pairs.size).toBe(0);
  });

  it('keeps its window open when asking back failed, and still pages for what it saw', async () => {
    const askBack: JoinServices['askBack'] = async () => ({
      sightings: [seenAt(20)],
      onGitlabHosts: [],
      whole: false,
      coverage: unavailable('40 addresses were not asked about.'),
    });
    const { hunt } = hunter([], [logUse(25)], { askBack });
    expect(await hunt()).toMatchObject({
      coverage: { axiom: 'unavailable' },
      due: { report: false, page: true, health: true },
    });
  });

  it.each([
    ['GitLab did', { inventory: unavailable('down'), audit: unavailable('down') }],
    ['the logs did', { logs: unavailable('429'), inventory: complete() }],
  ])('keeps its window open when %s not answer', async (_, coverage) => {
    const { hunt } = hunter([], []);
    expect(await hunt(NOON, { coverage })).toMatchObject({ due: { report: false } });
  });
});

describe('operators of networks', () => {
  const HOME = { address: '198.51.100.9', network: '198.51.100.9' };
  const MIA = credential({ id: 'token/1', owner: { id: 1 } });

  it('are learned of everybody at work, but not of owners who paged', async () => {
    const uses = [logUse(25), logUse(26, HOME), logUse(27, { ...HOME, credential: 'token/1' })];
    const { hunt, cases } = hunter([seenAt(20)], uses, { onGitlab: [seenAt(26, { ...HOME, asn: 64501 })] });
    const { caseId } = await hunt(NOON, { credentials: [credential(), MIA] });
    expect(cases.findings.get(`${caseId} 1`)).toMatchObject([{ credential: { id: 'token/42' }, decision: 'page' }]);
    expect(cases.reports.get(caseId)?.operators).toEqual([
      { owner: 'user/1', machine: false, asn: 64501, at: instant(NOON + 27 * MINUTE) },
    ]);
  });

  it('are learned of owners whose finding is only reported', async () => {
    const hunts = { ...JOIN_SETTINGS.hunt, page: 'threshold' } as const;
    const report = { ...JOIN_SETTINGS, hunt: hunts, page: { threshold: 100, floor: true } };
    const { hunt, cases } = hunter([seenAt(20)], [logUse(25)], { settings: report });
    const { caseId } = await hunt();
    expect(cases.findings.get(`${caseId} 1`)).toMatchObject([{ decision: 'report' }]);
    expect(cases.reports.get(caseId)?.operators).toMatchObject([{ owner: 'user/7', asn: 64500 }]);
  });

  it.each([
    ['a person where only machines worked', {}, { people: [1], machines: [64500] }, 'new operator'],
    ['a person where people worked', {}, { people: [64500], machines: [1] }, 'known operator'],
    ['a machine where only people worked', { bot: true }, { people: [64500], machines: [1] }, 'new operator'],
    ['a machine where machines worked', { bot: true }, { people: [1], machines: [64500] }, 'known operator'],
    ['a person before any is known of people', {}, { people: [], machines: [1] }, 'known operator'],
    ['anybody before any is known', {}, undefined, 'known operator'],
  ])('are new for %s, or not', async (_who, owner, knownOperators, input) => {
    const { hunt, cases } = hunter([], [logUse(25)], { onGitlab: [seenAt(25)] });
    const stranger = credential({ owner: { id: 7, ...owner }, knownNetworks: [] });
    const known = knownOperators === undefined ? {} : { knownOperators };
    const { caseId } = await hunt(NOON, { credentials: [stranger], ...known });
    const [finding] = cases.findings.get(`${caseId} 1`) ?? [];
    expect(finding?.parts.find(({ name }) => name === 'gitlab-only')?.input).toBe(input);
  });
});
