import { describe, expect, it } from 'vitest';
import { type CaseState, openCase } from '../../functions/core/case.ts';
import { complete } from '../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { instant, MINUTE, toIso } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { type JoinServices, join } from '../../functions/join/join.ts';
import { credential, NOON, sighting, tokenUse, WINDOW } from '../support/evidence.ts';
import { JOIN_SETTINGS } from '../support/join-settings.ts';
import { MemoryAlerts, MemoryCases, MemoryHunts, MemoryIncidents } from '../support/memory-books.ts';

const STATE: CaseState = {
  ...openCase({
    caseId: 'monitor-1',
    trigger: 'monitor',
    window: { start: toIso(WINDOW.start), end: toIso(WINDOW.end) },
    shadow: false,
    monitor: {
      name: 'all',
      key: 'zone#filter',
      zone: { id: 'zone' },
      total: 40,
      reference: 10,
      isEstimate: false,
      isLowerBound: false,
      window: { start: toIso(WINDOW.start), end: toIso(WINDOW.end) },
      alertOn: 'growth',
      resend: false,
    },
  }),
  look: 1,
};

interface Scene {
  readonly sightings?: readonly Sighting[];
  readonly uses?: readonly TokenUse[];
  /** What Cloudflare answers when it is asked about GitLab's addresses. */
  readonly answer?: readonly Sighting[];
  readonly format?: string;
  readonly look?: number;
}

async function joinMonitor({ sightings = [], uses = [], answer = [], format = 'auto', look = 1 }: Scene) {
  const cases = new MemoryCases();
  const alerts = new MemoryAlerts();
  const evidence: TokenEvidence = {
    window: WINDOW,
    readAt: NOON,
    credentials: [...new Set(uses.map((use) => use.credential))].map((id) => credential({ id })),
    uses: [...uses],
    coverage: { inventory: complete(), audit: complete() },
    realIpMissing: false,
  };
  cases.sightings.set(`monitor-1 ${look}`, { sightings: [...sightings], whole: true, coverage: complete() });
  cases.evidence.set(`monitor-1 ${look}`, evidence);
  const services: JoinServices = {
    cases,
    alerts,
    readEvidence: cases.readEvidence,
    incidents: new MemoryIncidents(),
    hunts: new MemoryHunts(),
    health: { raised: async () => [] },
    askBack: async () => ({ sightings: [...answer], onGitlabHosts: [], whole: true, coverage: complete() }),
    isKnownEgress: () => false,
    isOwnEgress: () => false,
    settings: { ...JOIN_SETTINGS, alert: { format } },
    clock: { now: () => NOON, sleep: async () => {} },
  };
  const state = await join({ ...STATE, look }, services);
  return { state, alerts: alerts.orders, cases };
}

describe("a monitor's case", () => {
  it('alerts and explains the attack at its first look, whatever GitLab knows of it', async () => {
    const { state, alerts } = await joinMonitor({});
    expect(state).toMatchObject({
      verdict: 'not-observed',
      decision: { page: false, alert: true },
      due: { alert: true, explain: true, page: false },
    });
    expect(alerts).toEqual([{ look: 1, kind: 'attack' }]);
  });

  it('says nothing more at a later look that found nothing new', async () => {
    const { state, alerts } = await joinMonitor({ look: 2 });
    expect(state).toMatchObject({ decision: { alert: true }, due: { alert: false, explain: false } });
    expect(alerts).toEqual([]);
  });

  it('sends an update when a later look finds a credential', async () => {
    const { state, alerts } = await joinMonitor({ look: 2, sightings: [sighting()], uses: [tokenUse()] });
    expect(state).toMatchObject({ due: { alert: true, explain: true, page: true } });
    expect(alerts).toEqual([{ look: 2, kind: 'update' }]);
  });

  it('orders no alert where alerts are off, and still decided on one', async () => {
    const { state, alerts } = await joinMonitor({ format: 'off' });
    expect(state).toMatchObject({ decision: { alert: true }, due: { alert: false, explain: true } });
    expect(alerts).toEqual([]);
  });

  it('pages for a bot, and never for an employee whom a managed rule stopped', async () => {
    const bot = await joinMonitor({ sightings: [sighting()], uses: [tokenUse()] });
    expect(bot.state).toMatchObject({ decision: { page: true }, due: { page: true } });
    const employee = await joinMonitor({ sightings: [sighting({ method: 'security-event' })], uses: [tokenUse()] });
    expect(employee.state).toMatchObject({ decision: { page: false, report: true, alert: true } });
  });

  it('lets what Cloudflare called a bot explain a use before a rule that acted nearer to it', async () => {
    const use = tokenUse();
    const rule = sighting({ method: 'security-event', seen: use.at });
    const early = use.at.notBefore - 10 * MINUTE;
    const bot = sighting({ method: 'bot-score', seen: instant(early), askedBack: true });
    const { state } = await joinMonitor({ sightings: [rule], answer: [bot], uses: [use] });
    expect(state.decision.page).toBe(true);
  });

  it('keeps what was seen of an address before the window beside what asking back tells of the window', async () => {
    const before = sighting({ seen: instant(WINDOW.start - 20 * MINUTE) });
    const inside = sighting({ seen: { notBefore: WINDOW.start, notAfter: WINDOW.end - 1 } });
    const exact = sighting({ seen: instant(WINDOW.end - MINUTE), askedBack: true });
    const use = tokenUse({ at: instant(WINDOW.start - 20 * MINUTE) });
    const { cases } = await joinMonitor({ sightings: [before, inside], answer: [exact], uses: [use] });
    const seen = cases.sightings.get('monitor-1 1')?.sightings.map((one) => one.seen);
    expect(seen).toEqual([before.seen, exact.seen]);
  });
});
