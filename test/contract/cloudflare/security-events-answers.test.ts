import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../functions/core/monitor.ts';
import { EVENT_DIMENSIONS, EVENT_TEXT_KEPT } from '../../../functions/core/security-events.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { attack, connectMonitor, filter, monitoredZone } from '../support/cloudflare-monitor.ts';
import { CloudflareServer, type FakeZone, type Fault, graphqlError, NOW } from '../support/cloudflare-server.ts';
import { addresses } from '../support/cloudflare-setup.ts';

const GROUPS = 'firewallEventsAdaptiveGroups';
const RAW = 'firewallEventsAdaptive';
const ZONE = monitoredZone(1, 'enterprise').id;

let server: CloudflareServer;
let zone: FakeZone;

beforeEach(async () => {
  server = await new CloudflareServer().start();
  zone = monitoredZone(1, 'enterprise');
  zone.events = [attack('45.20.0.1')];
  server.zones = [zone];
});
afterEach(() => server.close());

/** An answer about the one zone. */
const answer = (rows: object, errors: unknown = null): Fault => ({
  body: { data: { viewer: { zones: [{ zoneTag: ZONE, ...rows }] } }, errors },
});
const quiet = { total0: [], top0: [] };

describe('a defect of the Worker this replaces', () => {
  it.each<[string, Fault]>([
    ['errors on HTTP 200', { body: graphqlError('unable to execute query, please try again later') }],
    ['errors beside partial data', answer(quiet, [{ message: 'too many queries in progress' }])],
    ['errors in a form nobody documented', answer(quiet, { message: 'no' })],
    ['a refused token', { status: 403, body: { success: false, errors: [{ code: 9109 }] } }],
    ['no data', { body: { data: null, errors: null } }],
    ['no zones', { body: { data: { viewer: { zones: null } }, errors: null } }],
    ['empty zones', { body: { data: { viewer: { zones: [] } }, errors: null } }],
    ['no total', answer({ top0: [] })],
    ['no groups', answer({ total0: [{ count: 3 }], top0: null })],
    ['a total that is no number', answer({ total0: [{ count: 'many' }], top0: [] })],
    ['no JSON', { text: '<html>' }],
  ])('GraphQL errors unchecked, a failure looks like no events: %s', async (_, fault) => {
    const monitor = connectMonitor(server);
    await monitor.poll();
    server.down = fault;
    const { readings, failures } = await monitor.poll();
    expect(readings).toEqual([]);
    expect(failures.map((failure) => failure.zone.id)).toEqual([zone.id]);

    server.down = undefined;
    expect((await monitor.poll()).readings).toHaveLength(1);
  });

  it('25 groups but no total: the total counts what is below the cut', async () => {
    zone.events = addresses(100).map((address, index) => attack(address, { count: index + 1 }));
    const { readings } = await connectMonitor(server).poll();
    const picture = readings[0]?.picture;
    expect(picture).toMatchObject({ total: 5_050, cut: true, groups: { length: 25 }, facetsAreLowerBounds: true });
    expect(picture?.groups[0]).toMatchObject({ count: 100, dimensions: { clientIP: addresses(100).at(-1) } });
  });

  it('fields promised but not queried: everything that is promised is asked for', async () => {
    const { readings } = await connectMonitor(server).poll();
    const asked = server.dataQueries[0]?.query ?? '';
    for (const dimension of EVENT_DIMENSIONS)
      expect(asked).toMatch(new RegExp(`dimensions \\{[^}]*\\b${dimension}\\b`));
    expect(readings[0]?.picture.groups[0]?.dimensions).toMatchObject({
      botScore: 2,
      source: 'firewallCustom',
      clientRequestHTTPHost: 'www.example.com',
    });
  });

  it('a network left out that nobody asked to leave out: no filter but what is configured', async () => {
    zone.events = [attack('45.20.0.1', { clientAsn: '13335' })];
    const [all] = (await connectMonitor(server).poll()).readings;
    expect(all?.picture.total).toBe(1);
    const filters = [filter('others', { excludeAsns: [13335] })];
    const [others] = (await connectMonitor(server, { filters }).poll()).readings;
    expect(others?.picture.total).toBe(0);
  });

  it('a changed address or an added group goes unseen: keys are of all groups, not of the first', async () => {
    const monitor = connectMonitor(server, { wantsKeys: true });
    const digest = async () => digestOf((await monitor.poll()).readings[0]?.keys ?? []);
    zone.events = addresses(100).map((address) => attack(address, { count: 50 }));
    const before = await digest();
    zone.events.push(attack('45.99.0.1'));
    const added = await digest();
    zone.events[7] = attack('45.99.0.2', { count: 50 });
    expect(new Set([before, added, await digest()]).size).toBe(3);
  });

  it('a sliding window changes the hash: counts and minutes do not change the keys', async () => {
    const monitor = connectMonitor(server, { wantsKeys: true });
    zone.events = addresses(30).map((address, index) => attack(address, { count: index + 1 }));
    const before = digestOf((await monitor.poll()).readings[0]?.keys ?? []);
    zone.events = addresses(30).map((address, index) => attack(address, { count: 60 - index, at: NOW - MINUTE }));
    expect(digestOf((await monitor.poll()).readings[0]?.keys ?? [])).toBe(before);
  });

  it('text that is not Latin is fatal: any script is read, and hashed', async () => {
    zone.events = [attack('45.20.0.1', { description: '攻撃 щит 🚨', clientRequestPath: '/поиск?ключ=секрет' })];
    const { readings } = await connectMonitor(server, { filters: [filter('攻撃', { description: '%щит%' })] }).poll();
    expect(readings[0]?.picture.groups[0]?.dimensions).toMatchObject({
      description: '攻撃 щит 🚨',
      clientRequestPath: '/поиск',
    });
    expect(digestOf(readings[0]?.keys ?? [])).toMatch(/^[0-9a-f]{64}$/);
  });

  it('unbounded text: what a client makes long is kept short', async () => {
    const clientRequestPath = `/${'..%2f'.repeat(10_000)}`;
    zone.events = addresses(25).map((address) =>
      attack(address, { clientRequestPath, description: 'd'.repeat(9_999) }),
    );
    const { readings } = await connectMonitor(server).poll();
    const { groups = [] } = readings[0]?.picture ?? {};
    expect(groups).toHaveLength(25);
    for (const { dimensions } of groups) {
      expect(String(dimensions.clientRequestPath)).toHaveLength(EVENT_TEXT_KEPT);
      expect(String(dimensions.description)).toHaveLength(EVENT_TEXT_KEPT);
    }
  });
});

describe('a quiet zone', () => {
  it('is a reading without events', async () => {
    zone.events = [];
    const { readings, failures } = await connectMonitor(server).poll();
    expect(failures).toEqual([]);
    expect(readings[0]).toMatchObject({ picture: { total: 0, groups: [], cut: false, notes: [] }, keys: [] });
  });
});

describe('groups', () => {
  it('that are exactly as many as wanted are not cut', async () => {
    zone.events = addresses(25).map((address) => attack(address));
    const { readings } = await connectMonitor(server).poll();
    expect(readings[0]?.picture).toMatchObject({ cut: false, facetsAreLowerBounds: false, groups: { length: 25 } });
  });

  it('are no more than the page, however many are wanted', async () => {
    zone.node(GROUPS).maxPageSize = 10;
    zone.events = addresses(30).map((address) => attack(address));
    const { readings } = await connectMonitor(server, { limit: 1_000 }).poll();
    expect(readings[0]?.picture).toMatchObject({ cut: true, total: 30, groups: { length: 10 } });
  });

  it('from sampled data say so', async () => {
    zone.sampling = () => 10;
    const { readings } = await connectMonitor(server).poll();
    expect(readings[0]?.picture).toMatchObject({ sampleInterval: 10, facetsAreLowerBounds: true });
  });

  it('that cannot be read are counted, and the others shown', async () => {
    const monitor = connectMonitor(server);
    await monitor.poll();
    const good = { count: 3, dimensions: { clientIP: '45.20.0.7' } };
    server.faults = [answer({ total0: [{ count: 9 }], top0: [{ count: 'x', dimensions: {} }, null, good] })];
    const { readings } = await monitor.poll();
    expect(readings[0]?.picture).toMatchObject({ total: 9, groups: [good], facetsAreLowerBounds: true });
    expect(readings[0]?.picture.notes).toEqual(['2 rows that Cloudflare sent could not be read and are not shown.']);
  });

  it.each([
    ['', { top0: [{ count: 'x' }, null], keys0: [{ count: 9, dimensions: {} }] }],
    [' of keys', { top0: [{ count: 9, dimensions: {} }], keys0: [{ count: 9 }] }],
  ])(
    'none of which can be read are no answer%s: the total alone would be an alert without an attacker',
    async (_, rows) => {
      const monitor = connectMonitor(server, { wantsKeys: true });
      await monitor.poll();
      server.faults = [answer({ total0: [{ count: 9 }], ...rows })];
      const { readings, failures } = await monitor.poll();
      expect(readings).toEqual([]);
      expect(failures.map(({ error }) => [error.name, error.message])).toEqual([
        ['TransientError', expect.stringContaining('groups in a form')],
      ]);
    },
  );

  it('with few fields allowed show the most telling', async () => {
    zone.node(GROUPS).maxNumberOfFields = 5;
    const { readings } = await connectMonitor(server).poll();
    expect(readings[0]?.picture.groups[0]?.dimensions).toEqual({
      clientIP: '45.20.0.1',
      source: 'firewallCustom',
      action: 'block',
    });
  });
});

describe('keys', () => {
  it('are those of the groups shown, unless more are wanted', async () => {
    zone.events = addresses(40).map((address) => attack(address));
    const monitor = connectMonitor(server);
    expect((await monitor.poll()).readings[0]?.keys).toHaveLength(25);
    expect((await monitor.poll({ wantsKeys: true })).readings[0]?.keys).toHaveLength(40);
  });

  it('say that there are more than can be listed', async () => {
    zone.node(GROUPS).maxPageSize = 30;
    zone.events = addresses(40).map((address) => attack(address));
    const [reading] = (await connectMonitor(server, { wantsKeys: true }).poll()).readings;
    expect([reading?.keys.length, reading?.keysAreWhole]).toEqual([30, false]);
    expect(reading?.picture.notes).toEqual([
      'More combinations of rule, source, action and address than the 30 that could be read: growth is judged instead of change.',
    ]);
  });

  it.each([true, false])('are whole where all could be read (wanted: %s)', async (wantsKeys) => {
    zone.events = addresses(40).map((address) => attack(address));
    const [reading] = (await connectMonitor(server, { wantsKeys }).poll()).readings;
    expect(reading?.keysAreWhole).toBe(true);
  });

  it('are not whole where a line of them cannot be read', async () => {
    const monitor = connectMonitor(server, { wantsKeys: true });
    await monitor.poll();
    const good = { count: 3, dimensions: { clientIP: '45.20.0.7' } };
    server.faults = [answer({ total0: [{ count: 9 }], top0: [good], keys0: [good, { count: 'x' }] })];
    const [reading] = (await monitor.poll()).readings;
    expect([reading?.keys.length, reading?.keysAreWhole]).toEqual([1, false]);
  });

  it('of a zone that tells none of their properties are whole only while all its groups are shown', async () => {
    zone.node(GROUPS).availableFields = ['count', 'dimensions_clientCountryName', 'dimensions_clientRequestPath'];
    const paths = (count: number) =>
      addresses(count).map((address) => attack(address, { clientRequestPath: `/${address}` }));
    const monitor = connectMonitor(server, { wantsKeys: true });
    zone.events = paths(25);
    expect((await monitor.poll()).readings[0]?.keysAreWhole).toBe(true);
    zone.events = paths(26);
    expect((await monitor.poll()).readings[0]?.keysAreWhole).toBe(false);
  });

  it('of raw events are not whole where there are more events than were read, or some could not be', async () => {
    zone.node(GROUPS).enabled = false;
    zone.node(RAW).maxPageSize = 4;
    zone.events = addresses(100).map((address, index) => attack(address, { at: NOW - HOUR - index * 1000 }));
    const monitor = connectMonitor(server, { wantsKeys: true });
    expect((await monitor.poll()).readings[0]?.keysAreWhole).toBe(false);
    expect((await monitor.poll({ wantsKeys: false })).readings[0]?.keysAreWhole).toBe(true);
    const event = { datetime: '2026-03-01T11:00:00Z', rayName: 'a', clientIP: '45.20.0.1' };
    server.faults = [answer({ events0: [event, { rayName: 7 }] })];
    expect((await monitor.poll()).readings[0]?.keysAreWhole).toBe(false);
    server.faults = [answer({ events0: [event] })];
    expect((await monitor.poll()).readings[0]?.keysAreWhole).toBe(true);
  });

  it('of raw events are all of theirs', async () => {
    zone.node(GROUPS).enabled = false;
    zone.events = addresses(40).map((address) => attack(address));
    const [reading] = (await connectMonitor(server, { wantsKeys: true }).poll()).readings;
    expect([reading?.keys.length, reading?.picture.groups.length]).toEqual([40, 25]);
  });
});

describe('filters', () => {
  it('let through what they say', async () => {
    zone.events = [
      attack('45.20.0.1', { ruleId: 'a', rulesetId: 'x' }),
      attack('45.20.0.2', { ruleId: 'b', action: 'log' }),
      attack('45.20.0.3', { source: 'l7ddos', clientRequestHTTPHost: 'api.example.com' }),
      attack('45.20.0.4', { description: 'HTTP flood of robots', clientAsn: '13335' }),
    ];
    const filters = [
      filter('rule', { ruleIds: ['a', 'b'] }),
      filter('ruleset', { rulesetIds: ['x'] }),
      filter('source', { sources: ['l7ddos'] }),
      filter('action', { actions: ['log', 'skip'] }),
      filter('host', { hosts: ['api.example.com'] }),
      filter('description', { description: '%flood%' }),
      filter('asn', { excludeAsns: [13335] }),
      filter('both', { ruleIds: ['a', 'b'], actions: ['log'] }),
    ];
    const { readings } = await connectMonitor(server, { filters }).poll();
    expect(readings.map(({ filter: { name }, picture }) => [name, picture.total])).toEqual([
      ['rule', 2],
      ['ruleset', 1],
      ['source', 1],
      ['action', 1],
      ['host', 1],
      ['description', 1],
      ['asn', 3],
      ['both', 1],
    ]);
  });

  it('are variables: nothing in them becomes part of the query', async () => {
    const evil = '"}){count}} evil: viewer { zones(filter: {';
    const filters = [filter(evil, { ruleIds: [evil], hosts: [evil], description: evil, sources: [evil] })];
    const { readings, failures } = await connectMonitor(server, { filters }).poll();
    expect([readings[0]?.picture.total, failures]).toEqual([0, []]);
    const [asked] = server.dataQueries;
    expect(asked?.query).not.toContain('evil');
    expect(asked?.variables).toMatchObject({ f0Rules: [evil], f0Description: evil });
  });
});

describe('a budget that is used up', () => {
  it('fails every zone without asking on, and is over when Cloudflare said', async () => {
    server.zones = Array.from({ length: 25 }, (_, index) => monitoredZone(index, index % 2 === 0 ? 'free' : 'pro'));
    const monitor = connectMonitor(server);
    await monitor.poll();
    server.down = { status: 429, body: graphqlError('rate limiter budget depleted, try again after 5 minutes') };
    const { readings, failures, requests } = await monitor.poll();
    expect([readings.length, failures.length]).toEqual([0, 25]);
    expect(new Set(failures.map(({ error }) => error.name))).toEqual(new Set(['RateLimitedError']));
    // Those that were on their way already.
    expect(requests).toBeLessThanOrEqual(4);
    expect((await monitor.poll()).requests).toBe(0);
    expect(monitor.clock.pauses).toEqual([]);

    server.down = undefined;
    monitor.clock.advance(5 * MINUTE);
    expect((await monitor.poll()).readings).toHaveLength(25);
  });
});

describe('a failure', () => {
  it('that passes is tried again', async () => {
    const monitor = connectMonitor(server);
    await monitor.poll();
    server.faults = [{ status: 503 }, { body: graphqlError('too many queries in progress') }];
    expect(await monitor.poll()).toMatchObject({ readings: { length: 1 }, failures: [], requests: 3 });
  });

  it('that stays fails the zones of its batch, in time, and no others', async () => {
    server.zones = [...Array.from({ length: 3 }, (_, index) => monitoredZone(index + 5, 'pro')), zone];
    const monitor = connectMonitor(server);
    await monitor.poll();
    // The second batch; its tries are the only ones left.
    server.faults = [undefined, ...Array.from({ length: 4 }, () => ({ status: 500 }))];
    const { readings, failures } = await monitor.poll();
    expect(readings.length + failures.length).toBe(4);
    expect([1, 3]).toContain(failures.length);
    expect(failures[0]?.error.message).toContain('500');
  });

  it('to find out what zones offer fails those zones', async () => {
    server.faults = Array.from({ length: 4 }, () => ({ status: 500 }));
    const { readings, failures, requests } = await connectMonitor(server).poll();
    expect([readings.length, failures.length, requests]).toEqual([0, 1, 4]);
  });
});

describe('a query that is too heavy', () => {
  const heavy = { body: graphqlError('in combination, your request queries too many nodes, zones and accounts') };

  it('is asked again about fewer zones', async () => {
    server.zones = Array.from({ length: 8 }, (_, index) => monitoredZone(index, 'pro'));
    const monitor = connectMonitor(server);
    await monitor.poll();
    server.faults = [heavy];
    const { readings, failures, requests } = await monitor.poll();
    expect([readings.length, failures, requests]).toEqual([8, [], 1 + 4]);
  });

  it('about one zone is asked again about fewer filters', async () => {
    const filters = [filter('all'), filter('block', { actions: ['block'] }), filter('log', { actions: ['log'] })];
    const monitor = connectMonitor(server, { filters });
    await monitor.poll();
    server.faults = [heavy];
    const { readings, failures, requests } = await monitor.poll();
    expect(readings.map(({ picture }) => picture.total)).toEqual([1, 1, 0]);
    expect([failures, requests]).toEqual([[], 3]);
  });

  it('however small fails the zones, within bounds', async () => {
    server.zones = Array.from({ length: 25 }, (_, index) => monitoredZone(index, 'pro'));
    const filters = Array.from({ length: 20 }, (_, index) => filter(`f${index}`, { ruleIds: [`r${index}`] }));
    const monitor = connectMonitor(server, { filters });
    await monitor.poll();
    server.down = heavy;
    const { readings, failures, requests } = await monitor.poll();
    expect([readings.length, failures.length]).toEqual([0, 25]);
    // Three batches, and as many that look for what is to blame as a poll may spare.
    expect(requests).toBe(3 + 25);
  });
});

it('counts from the poll even where it runs late', async () => {
  zone.events = [attack('45.20.0.1', { at: NOW - HOUR }), attack('45.20.0.2', { at: NOW + MINUTE })];
  const monitor = connectMonitor(server);
  const { readings } = await monitor.poll();
  expect(readings[0]?.picture).toMatchObject({ total: 1, readAt: NOW, window: { end: NOW } });
});
