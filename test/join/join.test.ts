import { describe, expect, it } from 'vitest';
import { openCase } from '../../functions/core/case.ts';
import { complete, unavailable } from '../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Sighting, SightingReport } from '../../functions/core/sighting.ts';
import { HOUR, toIso } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { type JoinInput, type JoinServices, join } from '../../functions/join/join.ts';
import { credential, NOON, sighting, tokenUse, WINDOW } from '../support/evidence.ts';
import { JOIN_SETTINGS } from '../support/join-settings.ts';
import { MemoryAlerts, MemoryCases, MemoryHunts, MemoryIncidents } from '../support/memory-books.ts';

const STATE = {
  ...openCase({
    caseId: 'spike-1',
    trigger: 'spike',
    window: { start: toIso(WINDOW.start), end: toIso(WINDOW.end) },
    shadow: false,
  }),
  look: 1,
};

function evidenceOf(uses: TokenUse[], overrides: Partial<TokenEvidence> = {}): TokenEvidence {
  const ids = [...new Set(uses.map((use) => use.credential))];
  return {
    window: WINDOW,
    readAt: NOON,
    credentials: ids.map((id) => credential({ id })),
    uses,
    coverage: { inventory: complete(), audit: complete() },
    realIpMissing: false,
    ...overrides,
  };
}

function reportOf(sightings: Sighting[], whole = true): SightingReport {
  return { sightings, whole, coverage: complete({ addresses: sightings.length }) };
}

/** A case whose first look stored these; both books are open to the test. */
function setUp(sightings = [sighting()], uses = [tokenUse()], overrides: Partial<JoinServices> = {}) {
  const cases = new MemoryCases();
  const incidents = new MemoryIncidents();
  store(cases, 'spike-1', 1, reportOf(sightings), evidenceOf(uses));
  const asked: string[][] = [];
  const services: JoinServices = {
    cases,
    readEvidence: cases.readEvidence,
    alerts: new MemoryAlerts(),
    incidents,
    hunts: new MemoryHunts(),
    health: { raised: async () => [] },
    askBack: async (_state, addresses) => {
      asked.push([...addresses]);
      return { sightings: [], onGitlabHosts: [], whole: true, coverage: complete() };
    },
    isKnownEgress: () => false,
    isOwnEgress: () => false,
    settings: JOIN_SETTINGS,
    clock: { now: () => NOON, sleep: async () => {} },
    ...overrides,
  };
  return { cases, incidents, asked, services };
}

function store(cases: MemoryCases, caseId: string, look: number, report: SightingReport, evidence: TokenEvidence) {
  cases.sightings.set(`${caseId} ${look}`, report);
  cases.evidence.set(`${caseId} ${look}`, evidence);
}

describe('a match', () => {
  it('is decided, stored and ordered as one page', async () => {
    const { cases, services } = setUp();
    const state = await join(STATE, services);
    expect(state).toMatchObject({
      counts: { sightings: 1, tokenUses: 1, findings: 1 },
      coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'complete' },
      verdict: 'confirmed',
      decision: { page: true, report: true },
      due: { explain: true, page: true, health: false },
    });
    expect(state.incidentIds).toEqual(['incident-spike-1-token-42']);
    expect(cases.orders).toMatchObject([{ order: { kind: 'page', dedupKey: 'incident-spike-1-token-42/1' } }]);
    expect(cases.findings.get('spike-1 1')).toHaveLength(1);
    expect(cases.states).toEqual([state]);
  });

  it('is made with the very address the alert names before a neighbour that ran into a rate limit', async () => {
    const network = '2001:db8:1:2::/64';
    const named = sighting({ address: '2001:db8:1:2::7', network, method: 'payload' });
    const neighbour = sighting({ address: '2001:db8:1:2::8', network, method: 'rate-limit' });
    const { cases, services } = setUp([named, neighbour], [tokenUse({ address: named.address, network })]);
    await join(STATE, services);
    expect(cases.findings.get('spike-1 1')).toMatchObject([{ matches: [{ rule: 'same-address' }] }]);
  });

  it('is ordered once, however often the step is repeated', async () => {
    const { cases, services } = setUp();
    const first = await join(STATE, services);
    expect(await join(STATE, services)).toEqual(first);
    expect(cases.orders).toHaveLength(1);
  });

  it('is not lost when the step dies between the order and the incident', async () => {
    const { cases, incidents, services } = setUp();
    incidents.save = async () => Promise.reject(new Error('killed'));
    await expect(join(STATE, services)).rejects.toThrow('killed');
    Reflect.deleteProperty(incidents, 'save');
    await join(STATE, services);
    expect(cases.orders).toMatchObject([{ order: { kind: 'page' } }]);
    expect(incidents.incidents.size).toBe(1);
  });

  it('survives another case writing the incident first', async () => {
    const { incidents, cases, services } = setUp();
    incidents.lostRaces = 3;
    await join(STATE, services);
    expect(cases.orders).toHaveLength(1);
  });

  it('is not ordered by a case that lost the race to one with the same news', async () => {
    const { cases, incidents, services } = setUp();
    const other = setUp();
    store(other.cases, 'spike-2', 1, reportOf([sighting()]), evidenceOf([tokenUse()]));
    incidents.save = async () => {
      // The other case, with a book of orders of its own, writes the incident in between.
      Reflect.deleteProperty(incidents, 'save');
      await join({ ...STATE, caseId: 'spike-2' }, { ...other.services, incidents });
      return false;
    };
    const state = await join(STATE, services);
    expect([cases.orders.length, other.cases.orders.length]).toEqual([0, 1]);
    expect(state.incidentIds).toEqual(['incident-spike-1-token-42']);
  });

  it('in shadow mode decides the same and claims and orders nothing', async () => {
    const { cases, incidents, services } = setUp();
    const state = await join({ ...STATE, shadow: true }, services);
    expect(state).toMatchObject({ shadow: true, decision: { page: true }, due: { page: false, explain: true } });
    expect(state.incidentIds).toHaveLength(1);
    expect([cases.orders.length, incidents.claims.size, incidents.incidents.size]).toEqual([0, 0, 0]);
  });
});

describe('no match', () => {
  it('is dropped: nothing to explain, page or report', async () => {
    const { services } = setUp([sighting()], [tokenUse({ address: '198.51.100.4' })]);
    expect(await join(STATE, services)).toMatchObject({
      verdict: 'not-observed',
      decision: { page: false, report: false },
      due: { explain: false, page: false },
      incidentIds: [],
    });
  });
});

describe('later looks', () => {
  it('say nothing when nothing is new', async () => {
    const { cases, services } = setUp();
    const first = await join(STATE, services);
    for (const order of cases.orders) order.sent = true;
    store(cases, 'spike-1', 2, reportOf([sighting({ requests: 5_000 })]), evidenceOf([tokenUse()]));
    const second = await join({ ...first, look: 2 }, services);
    expect(second.due).toMatchObject({ explain: false, page: false });
    expect(second.decision.page).toBe(true);
  });

  it('page for a credential that shows up late', async () => {
    const { cases, services } = setUp([sighting()], []);
    const first = await join(STATE, services);
    expect(first).toMatchObject({ verdict: 'not-observed', decision: { page: false } });
    store(cases, 'spike-1', 2, reportOf([sighting()]), evidenceOf([tokenUse()]));
    const second = await join({ ...first, look: 2 }, services);
    expect(second).toMatchObject({
      verdict: 'confirmed',
      decision: { page: true },
      due: { explain: true, page: true },
    });
  });

  it('replace an undetermined verdict, and keep a good one when GitLab goes silent', async () => {
    const { cases, services } = setUp();
    const failed: JoinInput = { ...STATE, gitlabFailure: { Error: 'States.Timeout', Cause: 'secret detail' } };
    const first = await join(failed, services);
    expect(first).toMatchObject({ verdict: 'undetermined', coverage: { inventory: 'unavailable' } });
    expect(JSON.stringify(first)).not.toContain('secret detail');
    store(cases, 'spike-1', 2, reportOf([sighting()]), evidenceOf([tokenUse()]));
    const second = await join({ ...first, look: 2 }, services);
    expect(second.verdict).toBe('confirmed');
    const silent = { inventory: unavailable('down'), audit: unavailable('down') };
    store(cases, 'spike-1', 3, reportOf([sighting()]), evidenceOf([], { coverage: silent }));
    const third = await join({ ...second, look: 3 }, services);
    expect(third).toMatchObject({ verdict: 'confirmed', coverage: { inventory: 'partial', audit: 'partial' } });
  });

  it('are counted even when both steps before failed, so that the next one comes', async () => {
    const { services } = setUp();
    const failure = { Error: 'States.Timeout', Cause: '' };
    const both = { ...STATE, look: 0, extractFailure: failure, gitlabFailure: failure };
    expect(await join(both, services)).toMatchObject({ look: 1, verdict: 'undetermined' });
  });

  it('tell the pipeline owner when GitLab answered at no look', async () => {
    const { services } = setUp();
    const failure = { gitlabFailure: { Error: 'States.Timeout', Cause: '' } };
    const first = await join({ ...STATE, ...failure }, services);
    expect(first.due.health).toBe(false);
    const last = await join({ ...first, look: 4, ...failure }, services);
    expect(last).toMatchObject({ verdict: 'undetermined', due: { health: true } });
  });

  it('tell the pipeline owner, too, where streamed events alone found something', async () => {
    const { cases, services } = setUp();
    const coverage = { stream: complete(), inventory: unavailable('down'), audit: unavailable('down') };
    store(cases, 'spike-1', 1, reportOf([sighting()]), evidenceOf([tokenUse({ sources: ['stream'] })], { coverage }));
    store(cases, 'spike-1', 4, reportOf([sighting()]), evidenceOf([tokenUse({ sources: ['stream'] })], { coverage }));
    const first = await join(STATE, services);
    expect(first).toMatchObject({ verdict: 'confirmed', due: { health: false } });
    expect(await join({ ...first, look: 4 }, services)).toMatchObject({ verdict: 'confirmed', due: { health: true } });
  });
});

describe('asking back', () => {
  it('asks about every GitLab address of the window when the list is not whole, sighted ones first', async () => {
    const { cases, asked, services } = setUp();
    const hidden = tokenUse({ credential: 'token/9', address: '198.51.100.9' });
    const outside = tokenUse({ address: '198.51.100.10', at: { notBefore: 0, notAfter: 1 } });
    store(cases, 'spike-1', 1, reportOf([sighting()], false), evidenceOf([hidden, tokenUse(), outside]));
    await join(STATE, services);
    expect(asked).toEqual([['203.0.113.7', '198.51.100.9']]);
  });

  it('finds an address below the cut', async () => {
    const { cases, services } = setUp([], [], {
      askBack: async () => ({ ...reportOf([sighting({ askedBack: true, requests: 2 })]), onGitlabHosts: [] }),
    });
    store(cases, 'spike-1', 1, reportOf([], false), evidenceOf([tokenUse()]));
    expect(await join(STATE, services)).toMatchObject({
      counts: { sightings: 1, findings: 1 },
      decision: { page: true },
    });
  });

  it('asks only about sighted addresses when the list is whole', async () => {
    const { asked, services } = setUp([sighting()], [tokenUse({ address: '198.51.100.9' })]);
    await join(STATE, services);
    expect(asked).toEqual([]);
  });

  it('says what stayed unasked', async () => {
    const uses = Array.from({ length: 10_001 }, (_, i) =>
      tokenUse({ address: `198.18.${Math.floor(i / 256)}.${i % 256}` }),
    );
    const { cases, services } = setUp();
    store(cases, 'spike-1', 1, reportOf([], false), evidenceOf(uses));
    expect((await join(STATE, services)).coverage.cloudflare).toBe('partial');
    expect(cases.coverage.get('spike-1 1')?.cloudflare?.why[0]).toMatch(/^1 GitLab addresses were not asked about/);
  });

  it('still asks about GitLab addresses when the step that extracts sightings failed', async () => {
    const { cases, asked, services } = setUp();
    const state = await join({ ...STATE, extractFailure: { Error: 'TransientError', Cause: '' } }, services);
    expect(asked).toEqual([['203.0.113.7']]);
    expect(state).toMatchObject({ coverage: { cloudflare: 'partial' }, verdict: 'not-observed' });
    expect(cases.coverage.get('spike-1 1')?.cloudflare?.why[0]).toContain('TransientError');
  });

  it('says that Cloudflare could not be asked when it answers neither step', async () => {
    const { services } = setUp([], [tokenUse()], {
      askBack: async () => ({ sightings: [], onGitlabHosts: [], whole: false, coverage: unavailable('down') }),
    });
    const state = await join({ ...STATE, extractFailure: { Error: 'TransientError', Cause: '' } }, services);
    expect(state.coverage.cloudflare).toBe('unavailable');
  });
});

describe('automated requests to GitLab itself', () => {
  const askBack = async () => ({ ...reportOf([]), onGitlabHosts: [sighting({ hosts: ['gitlab.example.com'] })] });

  it.each([
    ['count for a credential to which the network is new', { knownNetworks: ['198.51.100.1'] }, 1],
    ['do not count on its usual network', { knownNetworks: ['203.0.113.7'] }, 0],
    ['do not count while there is no history', {}, 0],
  ])('%s', async (_what, history, findings) => {
    const { cases, services } = setUp([], [], { askBack });
    const credentials = [credential(history)];
    store(cases, 'spike-1', 1, reportOf([], false), evidenceOf([tokenUse()], { credentials }));
    expect((await join(STATE, services)).counts.findings).toBe(findings);
  });

  it('count where credentials were turned away from the same network', async () => {
    const { cases, asked, services } = setUp([], []);
    const uses = [tokenUse({ strength: 'refused', credential: 'token/9' }), tokenUse()];
    store(cases, 'spike-1', 1, reportOf([]), evidenceOf(uses));
    await join(STATE, services);
    expect(asked).toEqual([['203.0.113.7']]);
    expect((await join(STATE, { ...services, askBack })).counts.findings).toBe(2);
  });
});

describe("Latchkey's own token", () => {
  it('is left out from ownEgress only', async () => {
    const settings = { ...JOIN_SETTINGS, ownEgress: ['203.0.113.7'] };
    const { cases, services } = setUp([sighting(), sighting({ address: '203.0.113.8' })], [], {
      settings,
      isOwnEgress: (address) => address === '203.0.113.7',
    });
    const own = { ownCredential: 'token/42' };
    store(cases, 'spike-1', 1, reportOf([sighting()]), evidenceOf([tokenUse()], own));
    expect(await join(STATE, services)).toMatchObject({ counts: { findings: 0 } });
    const elsewhere = tokenUse({ address: '203.0.113.8' });
    store(cases, 'spike-1', 1, reportOf([sighting({ address: '203.0.113.8' })]), evidenceOf([elsewhere], own));
    expect(await join(STATE, services)).toMatchObject({ topScore: 100, decision: { page: true } });
  });
});

describe('incidents', () => {
  it('are one for two cases that see the same credential', async () => {
    const { cases, services } = setUp();
    const first = await join(STATE, services);
    store(cases, 'spike-2', 1, reportOf([sighting()]), evidenceOf([tokenUse()]));
    const second = await join({ ...STATE, caseId: 'spike-2' }, services);
    expect(second.incidentIds).toEqual(first.incidentIds);
    expect(cases.orders).toHaveLength(1);
  });

  it('are two for two credentials on two networks', async () => {
    const bots = [sighting(), sighting({ address: '203.0.113.8' })];
    const { cases, services } = setUp(bots, [tokenUse(), tokenUse({ credential: 'token/43', address: '203.0.113.8' })]);
    expect((await join(STATE, services)).incidentIds).toHaveLength(2);
    expect(cases.orders).toHaveLength(2);
  });

  it('that a finding bridges become the older one, without another page for what was paged', async () => {
    const bots = [sighting(), sighting({ address: '203.0.113.8' })];
    const { cases, incidents, services } = setUp(bots, [tokenUse()]);
    const { incidentIds } = await join(STATE, services);
    const later = { ...services, clock: { ...services.clock, now: () => NOON + HOUR } };
    const other = tokenUse({ credential: 'token/43', address: '203.0.113.8' });
    store(cases, 'spike-2', 1, reportOf(bots), evidenceOf([other]));
    const second = await join({ ...STATE, caseId: 'spike-2' }, later);
    for (const order of cases.orders) order.sent = true;
    store(cases, 'spike-3', 1, reportOf(bots), evidenceOf([tokenUse(), other, { ...other, credential: 'token/42' }]));
    const third = await join({ ...STATE, caseId: 'spike-3' }, later);
    expect(third.incidentIds).toEqual(incidentIds);
    expect(cases.orders.filter(({ order, sent }) => !sent && order.kind === 'page')).toEqual([]);
    expect(incidents.incidents.get(second.incidentIds[0] ?? '')?.linkedTo).toBe(incidentIds[0]);
  });
});
