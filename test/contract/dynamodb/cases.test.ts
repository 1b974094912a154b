import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaseStore } from '../../../functions/adapters/dynamodb/cases.ts';
import type { Alert } from '../../../functions/core/alert.ts';
import { openCase } from '../../../functions/core/case.ts';
import { complete } from '../../../functions/core/coverage.ts';
import type { PageOrder } from '../../../functions/core/incident.ts';
import type { Sighting, SightingReport } from '../../../functions/core/sighting.ts';
import { DAY, MINUTE, toIso } from '../../../functions/core/time.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

const twenty = Array.from({ length: 20 }, (_, n) => n);

describe('cases', () => {
  const cases = () => new CaseStore(local.table, 30);
  const alert: Alert = { startedAt: 1, receivedAt: 2, text: 'spike', addresses: ['192.0.2.1'], notes: [] };

  it('opens a case once, however many try at one moment', async () => {
    const opened = await Promise.all(
      twenty.map((n) => cases().open({ caseId: 'once', trigger: 'spike', openedAt: n, delivery: { n }, alert })),
    );
    expect(opened.filter(Boolean)).toHaveLength(1);
    const winner = opened.indexOf(true);
    const record = await cases().load('once');
    expect(record).toEqual({
      caseId: 'once',
      trigger: 'spike',
      openedAt: winner,
      delivery: { n: winner },
      alert,
      ends: [],
    });
  });

  it('knows no case that was never opened', async () => {
    await cases().saveSightings('unopened', 1, reportOf(1));
    expect(await cases().load('unopened')).toBeUndefined();
  });

  it('holds a delivery far above the size of an item', async () => {
    const body = Array.from({ length: 30_000 }, (_, n) => `${(n * 2_654_435_761) % 4_294_967_296}`).join('"');
    await cases().open({ caseId: 'heavy', trigger: 'spike', openedAt: 1, delivery: { body } });
    expect((await cases().load('heavy'))?.delivery).toEqual({ body });
  });

  it('records ends in order, the same one once', async () => {
    await cases().open({ caseId: 'ended', trigger: 'spike', openedAt: 1 });
    await cases().recordEnd('ended', 2_000, { second: true });
    await cases().recordEnd('ended', 1_000, { first: true });
    await cases().recordEnd('ended', 2_000, { second: true });
    expect((await cases().load('ended'))?.ends).toEqual([
      { at: 1_000, delivery: { first: true } },
      { at: 2_000, delivery: { second: true } },
    ]);
  });

  it('keeps the latest state', async () => {
    const now = toIso(local.clock.now());
    const state = openCase({ caseId: 'state', trigger: 'spike', window: { start: now, end: now }, shadow: true });
    await cases().open({ caseId: 'state', trigger: 'spike', openedAt: 1 });
    await cases().saveState('state', state);
    await cases().saveState('state', { ...state, look: 3, verdict: 'confirmed' });
    expect((await cases().load('state'))?.state).toEqual({ ...state, look: 3, verdict: 'confirmed' });
  });

  it('gives 5 MB of sightings back as they were, look by look', async () => {
    const first = reportOf(10_000);
    expect(JSON.stringify(first).length).toBeGreaterThan(5_000_000);
    await cases().saveSightings('bulk', 1, first);
    await cases().saveSightings('bulk', 2, reportOf(2));
    expect(await cases().loadSightings('bulk', 1)).toEqual(first);
    expect(await cases().loadSightings('bulk', 2)).toEqual(reportOf(2));
    expect(await cases().loadSightings('bulk', 3)).toBeUndefined();
  });

  it('keeps what else a look stored', async () => {
    await cases().linkReading('look', 1, 'reading-7');
    await cases().saveCoverage('look', 1, { audit: complete({ events: 3 }, 1) });
    await cases().saveFindings('look', 1, []);
    const analysis = {
      status: 'summary',
      summary: [{ text: 'A token was used.', evidence: ['e1'] }],
      severity: 'high',
      indicators: { geography: [], asns: [], targets: [], patterns: [] },
      actions: [],
    } as const;
    await cases().saveAnalysis('look', 1, analysis);
    expect(await cases().loadReadingId('look', 1)).toBe('reading-7');
    expect(await cases().loadReadingId('look', 2)).toBeUndefined();
    expect(await cases().loadCoverage('look', 1)).toEqual({ audit: complete({ events: 3 }, 1) });
    expect(await cases().loadFindings('look', 1)).toEqual([]);
    expect(await cases().loadAnalysis('look', 1)).toEqual(analysis);
    expect(await cases().loadAnalysis('look', 2)).toBeUndefined();
  });

  it('forgets everything when the retention time has passed', async () => {
    await cases().open({ caseId: 'old', trigger: 'spike', openedAt: 1, alert });
    await cases().saveSightings('old', 1, reportOf(2));
    local.clock.advance(30 * DAY - MINUTE);
    expect(await cases().load('old')).toBeDefined();
    local.clock.advance(MINUTE);
    expect(await cases().load('old')).toBeUndefined();
    expect(await cases().loadSightings('old', 1)).toBeUndefined();
    expect(await cases().open({ caseId: 'old', trigger: 'spike', openedAt: 2 })).toBe(true);
  });
});

describe('ordered pages', () => {
  const cases = () => new CaseStore(local.table, 30);
  const order = (n: number, kind: PageOrder['kind'] = 'page'): PageOrder => ({
    incidentId: 'incident-1',
    dedupKey: `incident-1/${n}`,
    kind,
    credentials: ['token/1'],
    why: 'first use from a sighted address',
  });

  it('are ordered once and sent once', async () => {
    const ordered = await Promise.all(twenty.map(() => cases().orderPage('pages', order(1), 1)));
    expect(ordered.filter(Boolean)).toHaveLength(1);
    await cases().orderPage('pages', order(1, 'update'), 2);
    expect(await cases().unsentPages('pages')).toEqual([
      { order: order(1), look: 1 },
      { order: order(1, 'update'), look: 2 },
    ]);
    await cases().markSent('pages', order(1), 1, 5_000);
    expect(await cases().unsentPages('pages')).toEqual([{ order: order(1, 'update'), look: 2 }]);
    expect(await cases().sentPages('pages')).toEqual([{ order: order(1), look: 1, sentAt: 5_000 }]);
  });

  it('are one for each group of a look that updates one alert', async () => {
    const update = (...credentials: string[]) => ({ ...order(1, 'update'), credentials });
    const both = [update('token/1', 'token/2'), update('token/3')];
    for (const one of both) expect(await cases().orderPage('groups', one, 1)).toBe(true);
    expect(await cases().orderPage('groups', update('token/2', 'token/1'), 1)).toBe(false);
    await cases().markSent('groups', update('token/3'), 1, 5_000);
    expect(await cases().unsentPages('groups')).toEqual([{ order: both[0], look: 1 }]);
  });

  it('can be taken back until they are sent', async () => {
    await cases().orderPage('withdrawn', order(1), 1);
    await cases().withdrawPage('withdrawn', order(1), 1);
    expect(await cases().unsentPages('withdrawn')).toEqual([]);
    await cases().markSent('withdrawn', order(1), 1, 5_000);
    await cases().withdrawPage('withdrawn', order(1), 1);
    expect(await cases().sentPages('withdrawn')).toHaveLength(1);
  });

  it('stay sent when they are ordered again by a retried step', async () => {
    await cases().markSent('retried', order(1), 1, 5_000);
    expect(await cases().orderPage('retried', order(1), 1)).toBe(false);
    expect(await cases().unsentPages('retried')).toEqual([]);
  });
});

/** A report of `count` sightings, each as long as a real one with hosts, paths and fingerprints. */
function reportOf(count: number): SightingReport {
  const sightings = Array.from({ length: count }, (_, n): Sighting => {
    const address = `198.51.${(n >> 8) & 255}.${n & 255}`;
    return {
      address,
      network: address,
      original: address,
      seen: { notBefore: 1_795_000_000_000 + n * 977, notAfter: 1_795_000_600_000 + n * 977 },
      seenExactly: true,
      requests: n * 7,
      sampleInterval: 1,
      lowestBotScore: 1 + (n % 29),
      asn: 64_512 + (n % 900),
      asnName: `EXAMPLE-${n % 900}`,
      country: 'NL',
      ja4: [`t13d1516h2_8daaf6152771_${(n * 7919).toString(16).padStart(12, '0')}`],
      hosts: ['www.example.com', 'api.example.com'],
      paths: [`/login/${n}`, '/wp-login.php'],
      zone: { id: '0123456789abcdef0123456789abcdef', name: 'example.com' },
      method: 'bot-score',
      confidence: 'high',
      askedBack: false,
    };
  });
  return { sightings, whole: false, coverage: complete({ rows: count }, 1), totalRequests: 123_456 };
}
