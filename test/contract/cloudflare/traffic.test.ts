import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { Traffic } from '../../../functions/core/traffic.ts';
import { TransientError } from '../../../functions/runtime/errors.ts';
import { CloudflareServer, FakeZone, graphqlError, NOW } from '../support/cloudflare-server.ts';
import { connectSpikes, event, request, WINDOW } from '../support/cloudflare-setup.ts';

let server: CloudflareServer;
let zone: FakeZone;

beforeEach(async () => {
  server = await new CloudflareServer().start();
  zone = new FakeZone('a', 'example.com');
  server.zones = [zone];
});
afterEach(() => server.close());

const at = (minutes: number) => NOW - minutes * MINUTE;
const sumOf = ({ points }: Traffic) => points.reduce((sum, { requests }) => sum + requests, 0);
const GITLAB = { clientRequestHTTPHost: 'gitlab.example.com' };

describe('the requests of bots over time', () => {
  it('are counted minute by minute, in order, in one request beside those for the sightings', async () => {
    zone.requests = [
      request('45.20.0.1', { at: at(10) + 59_000, count: 7 }),
      request('45.20.0.2', { at: at(10), count: 5 }),
      request('45.20.0.1', { at: at(30), count: 100 }),
    ];
    const { read, find } = connectSpikes(server);
    await find();
    const before = server.queries.length;
    expect(await read()).toEqual({
      step: MINUTE,
      points: [
        { at: at(30), requests: 100 },
        { at: at(10), requests: 12 },
      ],
    });
    expect(server.queries).toHaveLength(before + 1);
  });

  it.each([
    ['a verified bot', { botManagementDecision: 'verified_bot' }],
    ['a score that was not computed', { botScore: 0, botManagementDecision: 'other' }],
    ['a likely human', { botScore: 80, botManagementDecision: 'likely_human' }],
    ['a Workers subrequest', { requestSource: 'edgeWorkerFetch' }],
    ["GitLab's own host, by score alone", GITLAB],
    ['before the window', { at: WINDOW.start - 1000 }],
    ['the end of the window', { at: WINDOW.end }],
  ])('leave out, as the sightings do: %s', async (_, more) => {
    zone.requests = [request('45.20.0.1'), request('45.20.0.9', more)];
    const { read, find } = connectSpikes(server);
    const [traffic, report] = await Promise.all([read(), find()]);
    expect(sumOf(traffic)).toBe(100);
    expect(report.totalRequests).toBe(100);
  });

  it('take of a minute the larger of scores and of limits, as one request may be both', async () => {
    zone.requests = [request('45.20.0.1', { at: at(5), count: 3 }), request('45.20.0.1', { at: at(4), count: 1 })];
    zone.events = [
      event('45.20.0.1', 'l7ddos', 'block', { at: at(4), count: 9 }),
      event('45.20.0.2', 'ratelimit', 'block', { at: at(3), count: 2, ...GITLAB }),
      event('45.20.0.3', 'botFight', 'block', { at: at(2), count: 50 }),
    ];
    expect((await connectSpikes(server).read()).points).toEqual([
      { at: at(5), requests: 3 },
      { at: at(4), requests: 9 },
      { at: at(3), requests: 2 },
    ]);
  });

  it.each(['firewallEventsAdaptiveGroups', 'firewallEventsAdaptive'])(
    'are what products acted on where there are no scores (%s)',
    async (node) => {
      zone.withoutBotManagement();
      if (node === 'firewallEventsAdaptive') zone.node('firewallEventsAdaptiveGroups').enabled = false;
      zone.events = [
        event('45.20.0.1', 'botFight', 'managed_challenge', { at: at(9) }),
        event('45.20.0.2', 'rateLimit', 'block', { at: at(9), ...GITLAB }),
        event('45.20.0.3', 'botFight', 'block', { at: at(9), ...GITLAB }),
        event('45.20.0.4', 'firewallManaged', 'block', { at: at(9) }),
        event('45.20.0.5', 'l7ddos', 'skip', { at: at(9) }),
        event('45.20.0.6', 'l7ddos', 'block', { at: at(7) }),
      ];
      const { read, find } = connectSpikes(server);
      const [traffic, { sightings }] = await Promise.all([read(), find()]);
      expect(traffic.points).toEqual([
        { at: at(9), requests: 2 },
        { at: at(7), requests: 1 },
      ]);
      expect(sightings.map(({ address }) => address).sort()).toEqual(['45.20.0.1', '45.20.0.2', '45.20.0.6']);
    },
  );

  it('weigh each event by its sampling where there are only events', async () => {
    zone.withoutBotManagement().node('firewallEventsAdaptiveGroups').enabled = false;
    zone.events = [event('45.20.0.1', 'l7ddos', 'block', { at: at(9), sampleInterval: 10 })];
    expect((await connectSpikes(server).read()).points).toEqual([{ at: at(9), requests: 10 }]);
  });

  it('add up over zones, which are asked together as far as they are alike', async () => {
    const zones = Array.from({ length: 12 }, (_, index) => new FakeZone(`a${index}a`, `zone${index}.example`));
    for (const one of zones) one.requests = [request('45.20.0.1', { at: at(3), count: 2 })];
    zones[0]?.withoutBotManagement();
    server.zones = zones;
    expect(await connectSpikes(server).read()).toEqual({ step: MINUTE, points: [{ at: at(3), requests: 22 }] });
    expect(server.dataQueries).toHaveLength(3);
  });

  it.each([
    [DAY, MINUTE, ['datetimeMinute']],
    [DAY + 2 * HOUR, 5 * MINUTE, ['datetimeMinute', 'datetimeFiveMinutes']],
    [6 * DAY, 15 * MINUTE, ['datetimeMinute', 'datetimeFiveMinutes', 'datetimeFifteenMinutes']],
    [2 * HOUR, HOUR, ['datetimeHour']],
  ])('of a window of %i ms are counted in steps of %i where a zone tells %j', async (length, step, dimensions) => {
    for (const node of Object.values(zone.nodes)) {
      node.maxDuration = 8 * 86_400;
      node.availableFields = [
        ...node.availableFields.filter((field) => !field.includes('datetimeMinute')),
        ...dimensions.map((name) => `dimensions_${name}`),
      ];
    }
    zone.requests = [request('45.20.0.1', { at: at(30) + 17_000 })];
    const traffic = await connectSpikes(server).read({ start: NOW - length, end: NOW });
    expect(traffic).toEqual({ step, points: [{ at: Math.floor(at(30) / step) * step, requests: 100 }] });
  });
});

describe('where not all of it can be told', () => {
  beforeEach(() => {
    zone.requests = [request('45.20.0.1')];
  });

  const limited = (limits: object) => (one: FakeZone) => {
    Object.assign(one.node('httpRequestsAdaptiveGroups'), limits);
  };
  it.each<[string, (closed: FakeZone) => void]>([
    ['a zone is not covered', (one) => Object.assign(one, { visible: false })],
    ['a zone refuses a field', (one) => one.gated.add('datetimeMinute')],
    ['a zone refuses a node', limited({ enabled: false })],
    ['a zone answers about less at once', limited({ maxDuration: 600 })],
    ['a zone keeps it for less', limited({ notOlderThan: 600 })],
    ['a page is too short', limited({ maxPageSize: 1 })],
    [
      'there are more events than a page',
      (one) => {
        one.withoutBotManagement().node('firewallEventsAdaptiveGroups').enabled = false;
        one.node('firewallEventsAdaptive').maxPageSize = 2;
        one.events = ['45.20.0.1', '45.20.0.2'].map((address) => event(address, 'l7ddos', 'block'));
      },
    ],
  ])('nothing is told where %s, and no zone is asked twice', async (what, close) => {
    server.zones = [zone, new FakeZone('b', 'example.org')];
    const { read, find } = connectSpikes(server);
    // What a zone offers is known from before, as Cloudflare may refuse it all the same.
    if (what.includes('refuses')) await find();
    close(zone);
    const before = server.dataQueries.length;
    await expect(read()).rejects.toThrow();
    expect(server.dataQueries.length - before).toBeLessThanOrEqual(2);
  });

  it.each<[string, unknown]>([
    ['a zone is missing', { data: { viewer: { zones: [] } }, errors: null }],
    ['a list is missing', { data: { viewer: { zones: [{ zoneTag: 'a'.padEnd(32, '0'), limits: [] }] } } }],
    ['it is no answer', { data: { viewer: {} } }],
  ])('an answer in which %s is none', async (_, body) => {
    const { read, find } = connectSpikes(server);
    await find();
    server.down = { body };
    await expect(read()).rejects.toThrow();
  });

  it.each([
    [{ dimensions: { datetimeMinute: 'soon' }, count: 3 }],
    [{ dimensions: {}, count: 3 }],
    [{ dimensions: { datetimeMinute: '2026-03-01T11:30:00Z' } }],
    ['nonsense'],
  ])('a row that cannot be read is no count of none: %j', async (row) => {
    const { read, find } = connectSpikes(server);
    await find();
    server.down = { body: { data: { viewer: { zones: [{ zoneTag: zone.id, scores: [row], limits: [] }] } } } };
    await expect(read()).rejects.toThrow(TransientError);
  });

  it('an outage is not asked about again', async () => {
    const { read, find, clock } = connectSpikes(server);
    await find();
    const before = server.paths.length;
    server.down = { status: 503 };
    await expect(read()).rejects.toThrow(TransientError);
    expect(server.paths).toHaveLength(before + 1);
    expect(clock.slept).toEqual([]);
  });
});

describe('beside the sightings', () => {
  it('asks each zone once what it offers, for both', async () => {
    server.zones = [zone, new FakeZone('b', 'example.org')];
    const { read, find } = connectSpikes(server);
    await Promise.all([read(), find()]);
    expect(server.queries.filter(({ query }) => query.includes('settings'))).toHaveLength(2);
  });

  it('leaves no refusal behind, and nobody waiting for a pause', async () => {
    zone.requests = [request('45.20.0.1')];
    const { read, find, clock, cache } = connectSpikes(server);
    const whole = await find();
    const known = JSON.stringify([...cache.values]);
    zone.gated.add('datetimeMinute');
    await expect(read()).rejects.toThrow();
    server.down = { status: 429, headers: { 'retry-after': '30' }, body: graphqlError('rate limiter budget depleted') };
    await expect(read()).rejects.toThrow();
    server.down = undefined;
    expect(await find()).toEqual(whole);
    expect(JSON.stringify([...cache.values])).toBe(known);
    expect(clock.slept).toEqual([]);
  });
});
