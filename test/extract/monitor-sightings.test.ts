import { describe, expect, it } from 'vitest';
import type { EventSightings, EventsAsked, EventsFound } from '../../functions/adapters/cloudflare/event-sightings.ts';
import { type CaseState, openCase } from '../../functions/core/case.ts';
import { complete, unavailable } from '../../functions/core/coverage.ts';
import type { MonitorFilter } from '../../functions/core/monitor.ts';
import { type EventsPicture, facetsOf } from '../../functions/core/security-events.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Traffic } from '../../functions/core/traffic.ts';
import { extract } from '../../functions/extract/extract.ts';
import { type MonitorServices, monitorSightings } from '../../functions/extract/monitor-sightings.ts';
import { BadInputError, TransientError } from '../../functions/runtime/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const ZONE = { id: 'a'.repeat(32), name: 'example.com' };
const FILTER: MonitorFilter = {
  name: 'ddos',
  rulesetIds: [],
  ruleIds: [],
  sources: ['l7ddos'],
  actions: [],
  hosts: [],
  description: '',
  excludeAsns: [],
};
const PICTURE: EventsPicture = {
  window: { start: NOW - HOUR, end: NOW },
  readAt: NOW,
  total: 3,
  totalIsLowerBound: false,
  sampleInterval: 1,
  groups: [],
  cut: false,
  facets: facetsOf([]),
  facetsAreLowerBounds: false,
  ruleNames: {},
  notes: [],
};
const TRAFFIC: Traffic = { step: MINUTE, points: [{ at: NOW - MINUTE, requests: 3 }] };
const FOUND: EventsFound = {
  report: { sightings: [], whole: true, coverage: complete() },
  picture: PICTURE,
  traffic: TRAFFIC,
};
const CASE = openCase({
  caseId: 'monitor-1',
  trigger: 'monitor',
  window: { start: '2026-03-01T11:00:00.000Z', end: '2026-03-01T11:55:00.000Z' },
  shadow: false,
  monitor: {
    ...{ name: 'ddos', key: 'k', zone: ZONE, total: 3, reference: 0, alertOn: 'growth', resend: false },
    ...{ isEstimate: false, isLowerBound: false },
    window: { start: '2026-02-28T11:55:00.000Z', end: '2026-03-01T11:55:00.000Z' },
  },
});

function look({
  found = FOUND,
  filter = FILTER,
  state = CASE,
  more = {},
}: {
  found?: EventsFound;
  filter?: MonitorFilter | 'missing' | 'no case';
  state?: CaseState;
  more?: Partial<MonitorServices['cases']>;
} = {}) {
  const asked: EventsAsked[] = [];
  const pictures: { caseId: string; look: number; picture: EventsPicture }[] = [];
  const events: Pick<EventSightings, 'find'> = {
    find: async (request) => {
      asked.push(request);
      return found;
    },
  };
  const cases: MonitorServices['cases'] = {
    load: async () => (filter === 'no case' ? undefined : filter === 'missing' ? {} : { filter }),
    savePicture: async (caseId, at, picture) => void pictures.push({ caseId, look: at, picture }),
    ...more,
  };
  const reports: unknown[] = [];
  const traffics: Traffic[] = [];
  const run = extract(state, {
    cases: {
      saveSightings: async (_, __, report) => void reports.push(report),
      saveCoverage: async () => {},
      saveTraffic: async (_, __, traffic) => void traffics.push(traffic),
    },
    finders: { monitor: { source: 'cloudflare', find: monitorSightings({ cases, events, windowMs: 24 * HOUR }) } },
    clock: new FakeClock(NOW),
    deadline: NOW + MINUTE,
    logger: recordingLogger().logger,
  });
  return { run, asked, pictures, reports, traffics };
}

describe("a monitor case's look", () => {
  it('reads the events of the hours a poll reads, by the filter of the monitor, and stores what they look like', async () => {
    const { run, asked, pictures, reports } = look();
    const state = await run;
    expect(asked).toEqual([
      { zone: ZONE, filter: FILTER, window: { start: NOW - 24 * HOUR, end: NOW }, deadline: expect.any(Number) },
    ]);
    expect(asked[0]?.deadline).toBeLessThan(NOW + MINUTE);
    expect(pictures).toEqual([{ caseId: 'monitor-1', look: 1, picture: PICTURE }]);
    expect(reports).toEqual([FOUND.report]);
    expect(state).toMatchObject({
      look: 1,
      window: { start: '2026-03-01T11:00:00.000Z', end: '2026-03-01T12:00:00.000Z' },
      coverage: { cloudflare: 'complete' },
    });
  });

  it('stores when the events were, where the reading told all minutes', async () => {
    const told = look();
    await told.run;
    expect(told.traffics).toEqual([TRAFFIC]);
    const untold = look({ found: { ...FOUND, traffic: undefined } });
    expect(await untold.run).toEqual(await told.run);
    expect(untold.traffics).toEqual([]);
  });

  it('stores the picture of a later look under that look', async () => {
    const { run, pictures } = look({ state: { ...CASE, look: 2 } });
    await run;
    expect(pictures.map((stored) => stored.look)).toEqual([3]);
  });

  it('stores no picture where it could not look, and goes on', async () => {
    const report = { sightings: [], whole: false, coverage: unavailable('no answer.') };
    const { run, pictures } = look({ found: { report, picture: undefined, traffic: undefined } });
    expect(await run).toMatchObject({ coverage: { cloudflare: 'unavailable' } });
    expect(pictures).toEqual([]);
  });

  it.each(['missing', 'no case'] as const)(
    'reads all events where the filter is not stored (%s), and says so',
    async (filter) => {
      const { run, asked, pictures, reports } = look({ filter });
      expect(await run).toMatchObject({ coverage: { cloudflare: 'partial' } });
      expect(asked[0]?.filter).toMatchObject({ name: 'ddos', sources: [], hosts: [], description: '' });
      expect(reports).toMatchObject([{ coverage: { why: [expect.stringContaining('filter')] } }]);
      expect(pictures[0]?.picture.notes).toEqual([expect.stringContaining('filter')]);
    },
  );

  it('refuses a case that does not say what its rule saw', async () => {
    const { monitor: _, ...state } = CASE;
    await expect(look({ state }).run).rejects.toThrow(BadInputError);
  });

  it('does not hide a failure of our own store', async () => {
    const savePicture = () => Promise.reject(new TransientError('DynamoDB'));
    await expect(look({ more: { savePicture } }).run).rejects.toThrow(TransientError);
  });
});
