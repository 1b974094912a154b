import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { attack, connectMonitor, filter, monitoredZone } from '../support/cloudflare-monitor.ts';
import { CloudflareServer, type FakeZone, NOW } from '../support/cloudflare-server.ts';
import { addresses, memoryCache } from '../support/cloudflare-setup.ts';

const RAW = 'firewallEventsAdaptive';
const GROUPS = 'firewallEventsAdaptiveGroups';

let server: CloudflareServer;

beforeEach(async () => {
  server = await new CloudflareServer().start();
});
afterEach(() => server.close());

function zonesOf(count: number, plan: 'free' | 'pro' | 'enterprise', from = 0): FakeZone[] {
  return Array.from({ length: count }, (_, index) => monitoredZone(from + index, plan));
}

/** One zone, and what it shows the first filter. */
function only(zone: FakeZone): FakeZone {
  server.zones = [zone];
  return zone;
}

describe('many zones of mixed plans', () => {
  const filters = [filter('all'), filter('ddos', { sources: ['l7ddos'] }), filter('blocked', { actions: ['block'] })];
  beforeEach(() => {
    server.zones = [...zonesOf(8, 'free'), ...zonesOf(8, 'pro', 8), ...zonesOf(9, 'enterprise', 16)];
    for (const [index, zone] of server.zones.entries()) {
      zone.events = addresses(index + 1).map((address) => attack(address));
      zone.events.push(attack('45.9.9.9', { source: 'l7ddos', action: 'managed_challenge' }));
    }
  });

  it('are three requests a poll for three filters, after three that ask what they offer', async () => {
    const monitor = connectMonitor(server, { filters });
    const first = await monitor.poll();
    expect([first.requests, server.paths.length]).toEqual([6, 6]);
    const second = await monitor.poll();
    expect([second.requests, server.paths.length]).toEqual([3, 9]);
    expect(second.readings).toHaveLength(75);
    expect(second.failures).toEqual([]);
  });

  it('each show what happened there, by every filter', async () => {
    const { readings } = await connectMonitor(server, { filters }).poll();
    const totals = readings.map(({ zone, filter: { name }, picture }) => [zone.name, name, picture.total]);
    expect(totals).toEqual(
      server.zones.flatMap(({ name }, index) => [
        [name, 'all', index + 2],
        [name, 'ddos', 1],
        [name, 'blocked', index + 1],
      ]),
    );
  });

  it('stay three requests in the next process', async () => {
    const cache = memoryCache();
    await connectMonitor(server, { filters, cache }).poll();
    const { requests, readings } = await connectMonitor(server, { filters, cache }).poll();
    expect([requests, readings.length]).toEqual([3, 75]);
  });

  it('ask for what they have: bot fields of some, raw events of others', async () => {
    await connectMonitor(server).poll();
    const asked = server.dataQueries.map(({ query }) => [
      query.includes(GROUPS),
      query.includes('botScore'),
      query.includes('rayName'),
    ]);
    expect(asked.sort()).toEqual([
      [false, false, true],
      [true, false, false],
      [true, true, false],
    ]);
  });

  it('are none where there is nothing to watch', async () => {
    expect(await connectMonitor(server, { filters: [] }).poll()).toEqual({ readings: [], failures: [], requests: 0 });
    server.zones = [];
    expect(await connectMonitor(server, { filters }).poll()).toEqual({ readings: [], failures: [], requests: 0 });
    expect(server.paths).toEqual([]);
  });
});

describe('a refused field', () => {
  beforeEach(() => {
    server.zones = zonesOf(10, 'enterprise');
    for (const zone of server.zones) zone.events = [attack('45.20.0.1')];
  });

  it('is left out for the zone that the message names, and for no other', async () => {
    server.zones[3]?.gated.add('botScore');
    server.zones[7]?.gated.add('ja4');
    const cache = memoryCache();
    const monitor = connectMonitor(server, { cache });
    const { readings, failures } = await monitor.poll();
    expect(failures).toEqual([]);
    const lacking = (field: 'botScore' | 'ja4') =>
      readings.flatMap(({ zone, picture }) => (picture.groups[0]?.dimensions[field] === undefined ? [zone.name] : []));
    expect([lacking('botScore'), lacking('ja4')]).toEqual([['zone3.example.com'], ['zone7.example.com']]);

    expect((await monitor.poll()).requests).toBe(3);
    expect((await connectMonitor(server, { cache }).poll()).requests).toBe(3);
  });

  it('that names no zone is left out for the whole batch', async () => {
    const zone = server.zones[3];
    Object.assign(zone ?? {}, { namesItself: false });
    zone?.gated.add('botScore');
    const monitor = connectMonitor(server);
    const { readings, failures } = await monitor.poll();
    expect([readings.length, failures]).toEqual([10, []]);
    expect(readings.every(({ picture }) => picture.groups[0]?.dimensions.botScore === undefined)).toBe(true);
    expect((await monitor.poll()).requests).toBe(1);
  });

  it('that a filter needs fails that zone alone: a filter is never left out', async () => {
    const filters = [filter('all'), filter('robots', { description: '%robots%' })];
    server.zones[3]?.gated.add('description');
    const { readings, failures } = await connectMonitor(server, { filters }).poll();
    expect(readings).toHaveLength(18);
    expect(failures.map(({ zone }) => zone.name)).toEqual(['zone3.example.com']);
    expect(failures[0]?.error.message).toContain('monitor.filters: "robots" filters by description');
  });

  it('that a filter needs and that names no zone fails only the zone it is about', async () => {
    const zone = server.zones[3];
    Object.assign(zone ?? {}, { namesItself: false });
    zone?.gated.add('description');
    const { failures } = await connectMonitor(server, { filters: [filter('robots', { description: 'x' })] }).poll();
    expect(failures.map(({ zone: { name } }) => name)).toEqual(['zone3.example.com']);
  });

  it('that stays refused although it was left out fails the zone, and soon', async () => {
    server.down = {
      body: { data: null, errors: [{ message: "zone 'x' does not have access to the field 'nonsense'" }] },
    };
    const { readings, failures } = await connectMonitor(server).poll();
    expect([readings.length, failures.length]).toEqual([0, 10]);
    expect(server.paths.length).toBeLessThan(10);
  });
});

describe('a node that is refused although it is listed', () => {
  it('makes that zone show its raw events instead', async () => {
    server.zones = zonesOf(5, 'pro');
    for (const zone of server.zones) zone.events = [attack('45.20.0.1'), attack('45.20.0.2')];
    const closed = server.zones[2];
    const monitor = connectMonitor(server);
    await monitor.poll();
    if (closed !== undefined) closed.node(GROUPS).enabled = false;
    const { readings, failures } = await monitor.poll();
    expect(failures).toEqual([]);
    expect(readings.map(({ picture }) => picture.total)).toEqual([2, 2, 2, 2, 2]);
    expect((await monitor.poll()).requests).toBe(2);
  });

  it('fails a zone that offers neither', async () => {
    const zone = only(monitoredZone(1, 'free'));
    zone.node(RAW).enabled = false;
    const { failures } = await connectMonitor(server).poll();
    expect(failures[0]?.error.message).toContain('no security events');
  });
});

describe('a zone that the token does not cover', () => {
  beforeEach(() => {
    server.zones = zonesOf(10, 'pro');
  });

  it('left out of the answer without a word is a failure, not a quiet zone', async () => {
    const monitor = connectMonitor(server);
    await monitor.poll();
    Object.assign(server.zones[4] ?? {}, { visible: false });
    const { readings, failures } = await monitor.poll();
    expect(readings).toHaveLength(9);
    expect(failures.map(({ zone, error }) => [zone.name, error.name])).toEqual([['zone4.example.com', 'ConfigError']]);
  });

  it('and never did is one too', async () => {
    Object.assign(server.zones[4] ?? {}, { visible: false });
    const { readings, failures } = await connectMonitor(server).poll();
    expect([readings.length, failures.length]).toEqual([9, 1]);
  });

  it('costs nothing at the polls after, until it is asked about again some minutes later', async () => {
    server.zones = zonesOf(30, 'pro');
    for (const zone of server.zones.slice(2)) zone.visible = false;
    const monitor = connectMonitor(server);
    expect(await monitor.poll()).toMatchObject({ readings: { length: 2 }, failures: { length: 28 }, requests: 4 });
    const again = await monitor.poll();
    expect(again).toMatchObject({ readings: { length: 2 }, failures: { length: 28 }, requests: 1 });
    expect(new Set(again.failures.map(({ error }) => error.name))).toEqual(new Set(['ConfigError']));

    for (const zone of server.zones) zone.visible = true;
    monitor.clock.advance(6 * MINUTE);
    expect(await monitor.poll()).toMatchObject({ readings: { length: 30 }, failures: [] });
  });

  it('that hides only what it offers is no such zone', async () => {
    const monitor = connectMonitor(server);
    server.faults = [
      {
        body: {
          data: {
            viewer: { zones: server.zones.map(({ id, nodes }, at) => ({ zoneTag: id, settings: at ? nodes : null })) },
          },
        },
      },
    ];
    expect(await monitor.poll()).toMatchObject({ readings: { length: 10 }, failures: [], requests: 3 });
  });

  it.each([true, false])(
    'with an error when asked what it offers costs little (the error names it: %s)',
    async (named) => {
      for (const zone of server.zones.slice(0, 4)) Object.assign(zone, { refused: true, namesItself: named });
      const monitor = connectMonitor(server);
      expect(await monitor.poll()).toMatchObject({ readings: { length: 6 }, requests: named ? 3 : 12 });
      expect(await monitor.poll()).toMatchObject({ readings: { length: 6 }, failures: { length: 4 }, requests: 1 });
    },
  );

  it.each([true, false])('with an error fails alone among ten (the error names it: %s)', async (namesItself) => {
    const monitor = connectMonitor(server);
    await monitor.poll();
    Object.assign(server.zones[4] ?? {}, { refused: true, namesItself });
    const { readings, failures, requests } = await monitor.poll();
    expect(readings).toHaveLength(9);
    expect(failures.map(({ zone }) => zone.name)).toEqual(['zone4.example.com']);
    expect(failures[0]?.error.message).toContain('Analytics Read');
    expect(requests).toBeLessThanOrEqual(namesItself ? 2 : 9);
    // From then on it is asked by itself, or the error says that it is the one.
    expect((await monitor.poll()).requests).toBe(2);

    Object.assign(server.zones[4] ?? {}, { refused: false });
    expect((await monitor.poll()).failures).toEqual([]);
    expect((await monitor.poll()).requests).toBe(1);
  });

  it('with an error when it is asked what it offers fails alone, too', async () => {
    Object.assign(server.zones[4] ?? {}, { refused: true });
    const { readings, failures } = await connectMonitor(server).poll();
    expect([readings.length, failures.map(({ zone }) => zone.name)]).toEqual([9, ['zone4.example.com']]);
  });
});

describe('a window', () => {
  const windowsAsked = () => server.dataQueries.map(({ variables: { since, until } }) => [since, until]);

  it('has both ends from one clock reading, a minute inside what the node answers about at once', async () => {
    only(monitoredZone(1, 'pro'));
    const { readings } = await connectMonitor(server).poll();
    expect(windowsAsked()).toEqual([['2026-02-28T12:01:00Z', '2026-03-01T12:00:00Z']]);
    expect(readings[0]?.picture.window).toEqual({ start: NOW - DAY + MINUTE, end: NOW });
    expect(readings[0]?.picture.notes).toEqual([]);
  });

  it('is as long as the zone tells at once, and says so', async () => {
    const zone = only(monitoredZone(1, 'pro'));
    zone.node(GROUPS).maxDuration = 3 * 3600;
    const { readings } = await connectMonitor(server).poll();
    expect(readings[0]?.picture.window).toEqual({ start: NOW - 3 * HOUR + MINUTE, end: NOW });
    expect(readings[0]?.picture.notes.join()).toContain('answers about 3 h at once; nothing before 2026-03-01T09:01');
  });

  it('starts no earlier than the zone keeps, and says so', async () => {
    const zone = only(monitoredZone(1, 'pro'));
    zone.node(GROUPS).notOlderThan = 2 * 3600;
    const { readings, failures } = await connectMonitor(server).poll();
    expect(failures).toEqual([]);
    expect(readings[0]?.picture.window.start).toBe(NOW - 2 * HOUR + MINUTE);
    expect(readings[0]?.picture.notes.join()).toContain('keeps 2 h');
  });

  it('refused as older than allowed all the same fails the zone, not the others', async () => {
    server.zones = zonesOf(3, 'pro');
    const monitor = connectMonitor(server);
    await monitor.poll();
    const stricter = server.zones[1];
    if (stricter !== undefined) stricter.node(GROUPS).notOlderThan = 3600;
    const { readings, failures } = await monitor.poll();
    expect(readings).toHaveLength(2);
    expect(failures.map(({ zone, error }) => [zone.name, error.message])).toEqual([
      ['zone1.example.com', expect.stringContaining('older than the zone keeps')],
    ]);
  });
});

describe('raw events', () => {
  it('are grouped, and weighted by their sampling', async () => {
    const zone = only(monitoredZone(1, 'free'));
    zone.events = [
      attack('45.20.0.1', { sampleInterval: 10 }),
      attack('45.20.0.1', { sampleInterval: 10 }),
      attack('45.20.0.2'),
    ];
    const { readings } = await connectMonitor(server).poll();
    expect(readings[0]?.picture).toMatchObject({
      total: 21,
      totalIsLowerBound: false,
      sampleInterval: 10,
      facetsAreLowerBounds: true,
      groups: [
        { count: 20, dimensions: { clientIP: '45.20.0.1', ruleId: 'rule-1' } },
        { count: 1, dimensions: { clientIP: '45.20.0.2' } },
      ],
    });
  });

  it('of several pages count once each, also where a page ends between the events of one request', async () => {
    const zone = only(monitoredZone(1, 'free'));
    zone.node(RAW).maxPageSize = 4;
    zone.events = addresses(10).map((address, index) => attack(address, { at: NOW - HOUR - (index >> 1) * 1000 }));
    const [first] = zone.events;
    if (first !== undefined) zone.events.push({ ...first, matchIndex: 1, ruleId: 'rule-2' });
    const { readings } = await connectMonitor(server).poll();
    expect(readings[0]?.picture).toMatchObject({ total: 11, totalIsLowerBound: false });
    expect(readings[0]?.picture.facets.addresses.distinct).toBe(10);
  });

  it('end at five further pages, and say that there may be more', async () => {
    const zone = only(monitoredZone(1, 'free'));
    zone.node(RAW).maxPageSize = 4;
    zone.events = addresses(100).map((address, index) => attack(address, { at: NOW - HOUR - index * 1000 }));
    const monitor = connectMonitor(server);
    const { readings, requests } = await monitor.poll();
    expect(requests).toBe(1 + 1 + 5);
    // Each further page repeats the last event of the one before.
    expect(readings[0]?.picture).toMatchObject({
      total: 4 + 5 * 3,
      totalIsLowerBound: true,
      facetsAreLowerBounds: true,
    });
    expect((await monitor.poll()).readings[0]?.picture.total).toBe(19);
  });

  it('of several filters go on together', async () => {
    const zone = only(monitoredZone(1, 'free'));
    zone.node(RAW).maxPageSize = 4;
    zone.events = addresses(9).map((address, index) =>
      attack(address, { at: NOW - HOUR - index * 1000, action: index < 6 ? 'block' : 'log' }),
    );
    const filters = [filter('all'), filter('blocked', { actions: ['block'] }), filter('log', { actions: ['log'] })];
    const { readings, requests } = await connectMonitor(server, { filters }).poll();
    expect(readings.map(({ picture }) => picture.total)).toEqual([9, 6, 3]);
    expect(requests).toBe(1 + 1 + 2);
  });

  it('that end in a failure fail the zone: a total that lacks a page would look like a fall', async () => {
    const zone = only(monitoredZone(1, 'free'));
    zone.node(RAW).maxPageSize = 4;
    zone.events = addresses(9).map((address) => attack(address));
    server.faults = [undefined, undefined, ...Array.from({ length: 4 }, () => ({ status: 500 }))];
    const { readings, failures } = await connectMonitor(server).poll();
    expect([readings, failures.length]).toEqual([[], 1]);
  });

  it('too large for one answer are asked for in smaller pages', async () => {
    const zone = only(monitoredZone(1, 'free'));
    const clientRequestPath = `/${'a'.repeat(1_000)}`;
    zone.events = addresses(3_000).map((address, index) =>
      attack(address, { at: NOW - HOUR - index * 1000, clientRequestPath }),
    );
    const { readings, failures } = await connectMonitor(server, { maxBytes: 2_200_000 }).poll();
    expect(failures).toEqual([]);
    expect(readings[0]?.picture.total).toBe(3_000);
  });
});
