import { describe, expect, it } from 'vitest';
import type { CloudflareSightings } from '../../functions/adapters/cloudflare/sightings.ts';
import type { TrafficRequest } from '../../functions/adapters/cloudflare/traffic.ts';
import type { Alert } from '../../functions/core/alert.ts';
import { openCase } from '../../functions/core/case.ts';
import type { Coverage } from '../../functions/core/coverage.ts';
import { complete, unavailable } from '../../functions/core/coverage.ts';
import type { SightingReport } from '../../functions/core/sighting.ts';
import type { Traffic } from '../../functions/core/traffic.ts';
import { type ExtractServices, extract, type SightingRequest } from '../../functions/extract/extract.ts';
import { spikeSightings } from '../../functions/extract/spike-sightings.ts';
import { readingOf, type TrafficReading } from '../../functions/extract/traffic-reading.ts';
import { BadInputError, EvidenceGapError, TransientError } from '../../functions/runtime/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { sighting } from '../support/evidence.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const EMPTY: SightingReport = { sightings: [], whole: true, coverage: complete() };
const CASE = openCase({
  caseId: 'case-1',
  trigger: 'spike',
  window: { start: '2026-03-01T11:00:00.000Z', end: '2026-03-01T11:30:00.000Z' },
  shadow: false,
});

const TRAFFIC: Traffic = { step: 60_000, points: [{ at: NOW - 60_000, requests: 7 }] };

function servicesWith(report: SightingReport, traffic: Promise<TrafficReading> = Promise.resolve(TRAFFIC)) {
  const traffics: { look: number; traffic: Traffic }[] = [];
  const { logger, lines } = recordingLogger();
  const saved: { look: number; report: SightingReport }[] = [];
  const coverages: Coverage[] = [];
  const asked: SightingRequest[] = [];
  const services: ExtractServices = {
    cases: {
      saveSightings: async (_, look, saving) => void saved.push({ look, report: saving }),
      saveCoverage: async (_, __, coverage) => void coverages.push(coverage),
      saveTraffic: async (_, look, saving) => void traffics.push({ look, traffic: saving }),
    },
    finders: {
      spike: {
        source: 'cloudflare',
        find: async (request) => {
          asked.push(request);
          return { report, traffic };
        },
      },
    },
    clock: new FakeClock(NOW),
    deadline: NOW + 60_000,
    logger,
  };
  return { services, saved, coverages, traffics, asked, lines };
}

describe('a look', () => {
  it('counts itself, moves the end of the window to now, and stores what was found', async () => {
    const { services, saved, coverages, asked } = servicesWith(EMPTY);
    const state = await extract(CASE, services);
    expect(state).toMatchObject({
      look: 1,
      window: { start: '2026-03-01T11:00:00.000Z', end: '2026-03-01T12:00:00.000Z' },
      counts: { sightings: 0 },
      coverage: { cloudflare: 'complete' },
    });
    expect(saved).toEqual([{ look: 1, report: EMPTY }]);
    expect(coverages).toEqual([{ cloudflare: EMPTY.coverage }]);
    expect(asked[0]).toMatchObject({
      caseId: 'case-1',
      look: 1,
      state: CASE,
      window: { start: NOW - 3_600_000, end: NOW },
    });
    expect(asked[0]?.deadline).toBeLessThan(NOW + 60_000);
  });

  it('goes on when Cloudflare cannot be reached: coverage says so', async () => {
    const { services } = servicesWith({ sightings: [], whole: false, coverage: unavailable('no answer') });
    expect(await extract({ ...CASE, look: 2 }, services)).toMatchObject({
      look: 3,
      coverage: { cloudflare: 'unavailable' },
    });
  });

  it('keeps the highest count of sightings of all looks', async () => {
    const { services } = servicesWith(EMPTY);
    const state = await extract({ ...CASE, look: 1, counts: { ...CASE.counts, sightings: 7 } }, services);
    expect(state.counts.sightings).toBe(7);
  });

  it('refuses a trigger it has no way for, and a window that is none', async () => {
    const { services } = servicesWith(EMPTY);
    await expect(extract({ ...CASE, trigger: 'hunt' }, services)).rejects.toThrow(BadInputError);
    const future = { start: '2026-03-01T12:00:00.000Z', end: '2026-03-01T13:00:00.000Z' };
    await expect(extract({ ...CASE, window: future }, services)).rejects.toThrow(BadInputError);
  });

  it('does not hide a failure of our own store', async () => {
    const { services } = servicesWith(EMPTY);
    const broken = { ...services.cases, saveSightings: () => Promise.reject(new TransientError('DynamoDB')) };
    await expect(extract(CASE, { ...services, cases: broken })).rejects.toThrow(TransientError);
  });
});

describe("a look's traffic", () => {
  it('is stored beside the sightings', async () => {
    const { services, traffics, lines } = servicesWith(EMPTY);
    await extract({ ...CASE, look: 1 }, services);
    expect(traffics).toEqual([{ look: 2, traffic: TRAFFIC }]);
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it.each<[string, () => Promise<TrafficReading>]>([
    ['could not be read', async () => new TransientError('Cloudflare answered 503')],
    ['could not be read for a bug of ours', () => readingOf(() => Promise.reject(new TypeError('no such thing')))],
  ])('changes nothing where it %s, and one line of the log says why', async (_, traffic) => {
    const whole = servicesWith(EMPTY);
    const { services, saved, coverages, traffics, lines } = servicesWith(EMPTY, traffic());
    expect(await extract(CASE, services)).toEqual(await extract(CASE, whole.services));
    expect([saved, coverages]).toEqual([whole.saved, whole.coverages]);
    expect(traffics).toEqual([]);
    const [line, ...others] = lines.filter(({ level }) => level !== 'info');
    expect(line).toMatchObject({ level: 'warn', message: 'no traffic stored', fields: { error: expect.any(String) } });
    expect(others).toEqual([]);
  });

  it.each<[string, Promise<TrafficReading>]>([
    ['read', new Promise(() => {})],
    ['stored', Promise.resolve(TRAFFIC)],
  ])(
    'is waited for a second at most, and not into the time that Lambda ends the function, while it is %s',
    async (_, reading) => {
      const pauses: number[] = [];
      const clock = { now: () => NOW, sleep: async (ms: number) => void pauses.push(ms) };
      const { services, lines } = servicesWith(EMPTY, reading);
      const cases = { ...services.cases, saveTraffic: () => new Promise<never>(() => {}) };
      for (const left of [60_000, 5_400, 1_000]) {
        await extract(CASE, { ...services, cases, clock, deadline: NOW + left });
      }
      expect(pauses).toEqual([1_000, 400, 0]);
      expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
    },
  );

  it('is not stored once it is too late', async () => {
    let answer: (traffic: Traffic) => void = () => {};
    const reading = new Promise<Traffic>((resolve) => {
      answer = resolve;
    });
    const { services, traffics } = servicesWith(EMPTY, reading);
    await extract(CASE, { ...services, clock: { now: () => NOW, sleep: async () => {} } });
    answer(TRAFFIC);
    await new Promise((resolve) => setImmediate(resolve));
    expect(traffics).toEqual([]);
  });

  it('changes nothing where it cannot be stored', async () => {
    const { services, lines } = servicesWith(EMPTY);
    const broken = { ...services.cases, saveTraffic: () => Promise.reject(new TransientError('DynamoDB')) };
    expect(await extract(CASE, { ...services, cases: broken })).toMatchObject({ look: 1 });
    expect(lines.at(-1)).toMatchObject({ level: 'warn', fields: { reason: 'DynamoDB' } });
  });
});

describe("a spike's sightings", () => {
  const zones = [
    { id: 'a'.repeat(32), name: 'example.com' },
    { id: 'b'.repeat(32), name: 'example.org' },
  ];
  const directory = {
    byId: async (id: string) => zones.find((zone) => zone.id === id),
    byName: async (name: string) => zones.find((zone) => zone.name === name),
    ofHostname: async () => undefined,
    all: async () => zones,
  };
  const alertOf = (more: Partial<Alert>): Alert => ({
    startedAt: NOW,
    text: '',
    addresses: [],
    receivedAt: NOW,
    notes: [],
    ...more,
  });

  async function find(
    alert: Alert | undefined,
    { configuredZones = [], found = EMPTY }: { configuredZones?: readonly string[]; found?: SightingReport } = {},
  ) {
    const asked: Parameters<CloudflareSightings['find']>[0][] = [];
    const askedForTraffic: TrafficRequest[] = [];
    const finder = spikeSightings({
      cases: { load: async () => (alert === undefined ? undefined : { alert }) },
      directory,
      sightings: {
        find: async (request) => {
          asked.push(request);
          return found;
        },
      },
      traffic: {
        read: async (request) => {
          askedForTraffic.push(request);
          return TRAFFIC;
        },
      },
      configuredZones,
    });
    const window = { start: NOW - 1, end: NOW };
    const { report, traffic } = await finder({ caseId: 'case-1', look: 1, state: CASE, window, deadline: NOW + 1 });
    return { report, traffic: await traffic, asked: asked[0], askedForTraffic };
  }

  it('are looked for in the zone the alert names, with the addresses it names', async () => {
    const { report, asked } = await find(alertOf({ zoneId: 'a'.repeat(32), addresses: ['192.0.2.1'] }));
    expect(asked).toMatchObject({ zones: [{ name: 'example.com' }], payloadAddresses: ['192.0.2.1'] });
    expect(report.coverage).toEqual(EMPTY.coverage);
  });

  it('are looked for in all zones when the alert names one that is not there, and coverage says so', async () => {
    const { report, asked } = await find(alertOf({ zoneName: 'gone.test' }));
    expect(asked?.zones).toHaveLength(2);
    expect(report.coverage).toMatchObject({ status: 'partial' });
    expect(report.coverage.why.join()).toContain('could not be resolved');
  });

  it('are looked for in the configured zones when the alert names none, which is no gap', async () => {
    const { report, asked } = await find(alertOf({}), { configuredZones: ['example.org'] });
    expect(asked?.zones).toEqual([zones[1]]);
    expect(report.coverage.status).toBe('complete');
  });

  it('are looked for everywhere when the alert itself is gone, and coverage says so', async () => {
    const { report, asked } = await find(undefined);
    expect(asked?.zones).toHaveLength(2);
    expect(report.coverage).toMatchObject({ status: 'partial' });
  });

  it('come with the traffic of the zones and the window they are of', async () => {
    const { asked, askedForTraffic, traffic } = await find(alertOf({ zoneName: 'example.org' }));
    expect(askedForTraffic).toEqual([{ zones: asked?.zones, window: asked?.window, deadline: asked?.deadline }]);
    expect(traffic).toEqual(TRAFFIC);
  });

  it('come without it where their share of the traffic is what gave them away: no filter is about that', async () => {
    const found = { ...EMPTY, sightings: [sighting({ method: 'share' })] };
    const { traffic, report } = await find(alertOf({}), { found });
    expect(traffic).toBeInstanceOf(EvidenceGapError);
    expect(report.coverage).toEqual(EMPTY.coverage);
  });
});
