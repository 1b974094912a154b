import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PollAnswer } from '../../../functions/adapters/cloudflare/security-events.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { attack, connectMonitor, filter, monitoredZone } from '../support/cloudflare-monitor.ts';
import { CloudflareServer, type FakeZone, graphqlError, NOW } from '../support/cloudflare-server.ts';
import { addresses, memoryCache } from '../support/cloudflare-setup.ts';

const RAW = 'firewallEventsAdaptive';
const GROUPS = 'firewallEventsAdaptiveGroups';
const BOT_FIELDS = ['botScore', 'ja4', 'botDetectionTags'];

let server: CloudflareServer;

beforeEach(async () => {
  server = await new CloudflareServer().start();
});
afterEach(() => server.close());

function zonesOf(count: number, plan: 'free' | 'pro' | 'enterprise'): FakeZone[] {
  server.zones = Array.from({ length: count }, (_, index) => monitoredZone(index, plan));
  for (const zone of server.zones) zone.events = [attack('45.20.0.1')];
  return server.zones;
}

/** Events of as many addresses, one a second. */
const busy = (count: number, more: Parameters<typeof attack>[1] = {}) =>
  addresses(count).map((address, index) => attack(address, { at: NOW - HOUR - index * 1000, ...more }));

const failed = ({ failures }: PollAnswer) => failures.map(({ zone }) => zone.name);
const pictures = ({ readings }: PollAnswer) => readings.map(({ picture }) => picture);

describe('fields that the plan of many zones refuses although they are listed', () => {
  const isGated = (index: number) => index % 5 !== 4;
  beforeEach(() => {
    for (const [index, zone] of zonesOf(25, 'enterprise').entries())
      if (isGated(index)) zone.gated = new Set(BOT_FIELDS);
  });

  it('fail no zone, and are known in few requests', async () => {
    const monitor = connectMonitor(server);
    const first = await monitor.poll();
    expect([first.readings.length, first.failures]).toEqual([25, []]);
    // Three that ask what zones offer, three batches, and three times three that leave a field out.
    expect(first.requests).toBe(15);
    expect(pictures(first).map(({ total }) => total)).toEqual(Array.from({ length: 25 }, () => 1));
    expect(first.readings[4]?.picture.notes).toEqual([
      'Left out at this poll, as other zones refuse it: botScore, ja4, botDetectionTags.',
    ]);
  });

  it('are left out of those zones alone after some polls', async () => {
    const monitor = connectMonitor(server);
    for (let poll = 0; poll < 9; poll++) expect((await monitor.poll()).requests).toBeLessThanOrEqual(15);
    const settled = await monitor.poll();
    expect(settled.requests).toBe(3);
    for (const [index, { notes, groups }] of pictures(settled).entries()) {
      expect([notes, groups[0]?.dimensions.botScore]).toEqual([[], isGated(index) ? undefined : 2]);
    }
  });

  it('make keys that lack them partial, as other polls have them', async () => {
    for (const zone of server.zones) if (zone.gated.size > 0) zone.gated = new Set(['ruleId']);
    const monitor = connectMonitor(server, { wantsKeys: true });
    const { readings, failures } = await monitor.poll();
    expect([readings.length, failures]).toEqual([25, []]);
    expect(readings[4]).toMatchObject({ keysAreWhole: false, keys: [{ ruleId: '' }] });
  });

  it('and that a filter needs fail those zones alone, each for its own reason', async () => {
    for (const zone of server.zones) if (zone.gated.size > 0) zone.gated = new Set(['description']);
    const monitor = connectMonitor(server, { filters: [filter('robots', { description: '%robots%' })] });
    let answer = await monitor.poll();
    expect(answer.requests).toBeLessThanOrEqual(3 + 3 + 25);
    for (const { zone, error } of answer.failures) {
      const isRefused = isGated(server.zones.findIndex(({ id }) => id === zone.id));
      expect(error.message).toContain(isRefused ? 'filters by description' : 'not reached');
    }
    answer = await monitor.poll();
    expect([answer.readings.length, answer.failures.length, answer.requests]).toEqual([5, 20, 1]);
  });

  it('and that cannot be guessed are found out over some polls, and no zone fails for what another refuses', async () => {
    for (const zone of server.zones) {
      zone.gated = new Set(['sampleInterval']);
      zone.node(GROUPS).enabled = false;
    }
    const monitor = connectMonitor(server);
    let answer = await monitor.poll();
    expect(answer.failures).not.toEqual([]);
    for (const { error } of answer.failures) expect(error.message).toContain('the zone was not reached');
    expect(answer.requests).toBe(3 + 3 + 25);
    answer = await monitor.poll();
    expect([answer.readings.length, answer.failures]).toEqual([25, []]);
    expect((await monitor.poll()).requests).toBe(3);
  });
});

describe('zones that are too much at once', () => {
  it('are asked in smaller batches from the start at the next polls, and together again later', async () => {
    const events = busy(40, { clientRequestPath: `/${'a'.repeat(300)}` });
    for (const zone of zonesOf(10, 'pro')) zone.events = events;
    const monitor = connectMonitor(server, { limit: 100, maxBytes: 80_000 });
    expect(await monitor.poll()).toMatchObject({ readings: { length: 10 }, failures: [], requests: 1 + 1 + 4 });
    expect((await monitor.poll()).requests).toBe(4);
    for (const zone of server.zones) zone.events = [];
    monitor.clock.advance(11 * MINUTE);
    expect((await monitor.poll()).requests).toBe(1);
  });
});

describe('further pages of raw events', () => {
  const bounded = (pages: number) => 4 + pages * 3;

  it('are shared by all zones of a poll: 25 busy ones stay within a minute of budget', async () => {
    for (const zone of zonesOf(25, 'free')) {
      zone.node(RAW).maxPageSize = 4;
      zone.events = busy(100);
    }
    const monitor = connectMonitor(server);
    expect((await monitor.poll()).requests).toBe(3 + 3 + 25);
    const answer = await monitor.poll();
    expect([answer.requests, answer.failures]).toEqual([3 + 25, []]);
    expect(new Set(pictures(answer).map(({ total }) => total))).toEqual(new Set([bounded(1)]));
  });

  it('are as many for a busy zone whether the others are busy or quiet', async () => {
    const zones = zonesOf(8, 'free');
    for (const zone of zones) zone.node(RAW).maxPageSize = 4;
    const [first] = zones;
    if (first !== undefined) first.events = busy(100);
    const monitor = connectMonitor(server);
    const alone = (await monitor.poll()).readings[0]?.picture;
    for (const zone of zones) zone.events = busy(100);
    const together = (await monitor.poll()).readings[0]?.picture;
    expect([alone?.total, together?.total]).toEqual([bounded(3), bounded(3)]);
    expect(together?.notes).toEqual([
      "There are more events than the 13 that were counted: a poll reads so many of a zone's newest.",
    ]);
  });

  it('say that monitors share them', async () => {
    const [zone] = zonesOf(1, 'free');
    Object.assign(zone?.node(RAW) ?? {}, { maxPageSize: 4 });
    Object.assign(zone ?? {}, { events: busy(100) });
    const { readings } = await connectMonitor(server, {
      filters: [filter('a'), filter('b', { actions: ['block'] })],
    }).poll();
    expect(readings[1]?.picture.notes.join()).toContain('which the 2 monitors share');
  });

  it('are not begun where it is not known how many zones share them: the zone fails, its total does not move', async () => {
    const zones = zonesOf(6, 'free');
    for (const zone of zones) zone.node(RAW).maxPageSize = 4;
    const [first] = zones;
    if (first !== undefined) first.events = busy(100);
    const cache = memoryCache();
    const others = zones.slice(0, 5);
    server.zones = others;
    await connectMonitor(server, { cache }).poll();
    server.zones = zones;
    const monitor = connectMonitor(server, { cache });
    server.faults = Array.from({ length: 4 }, () => ({ status: 500 }));
    const answer = await monitor.poll();
    expect(failed(answer)).toEqual(['zone0.example.com', 'zone5.example.com']);
    expect(answer.failures[0]?.error.message).toContain('how many of its events may be read is not known');
    const again = await monitor.poll();
    expect([again.failures, again.readings[0]?.picture.total]).toEqual([[], bounded(4)]);
  });

  it('end with the requests of the poll where each has to be tried again, and fail those zones', async () => {
    for (const zone of zonesOf(25, 'free')) {
      zone.node(RAW).maxPageSize = 4;
      zone.events = busy(10);
    }
    server.faults = [
      ...Array.from({ length: 6 }, () => undefined),
      ...Array.from({ length: 200 }, () => ({ status: 500 })),
    ];
    const { readings, failures, requests } = await connectMonitor(server, { timeLeft: 10 * MINUTE }).poll();
    expect([readings.length, failures.length]).toEqual([0, 25]);
    expect(requests).toBeLessThanOrEqual(60);
    expect(failures.at(-1)?.error.message).toContain('used up');
  });
});

describe('raw events with long paths', () => {
  const long = (count: number) => busy(count, { clientRequestPath: `/${'a'.repeat(3_000)}` });
  let zones: FakeZone[];
  beforeEach(() => {
    zones = zonesOf(10, 'free');
  });
  const setup = { maxBytes: 1_000_000, timeLeft: 10 * MINUTE };

  it('are read without paths and descriptions where they are too large, all of them, and say so', async () => {
    Object.assign(zones[3] ?? {}, { events: long(1_400) });
    const monitor = connectMonitor(server, setup);
    const { readings, failures } = await monitor.poll();
    expect(failures).toEqual([]);
    expect(readings[3]?.picture).toMatchObject({ total: 1_400, totalIsLowerBound: false });
    expect(readings[3]?.picture.notes).toEqual([
      'Paths and descriptions were left out: with them the events are too large to be read.',
    ]);
    expect(readings[3]?.picture.groups[0]?.dimensions).not.toHaveProperty('clientRequestPath');
    expect(readings[2]?.picture).toMatchObject({
      notes: [],
      groups: [{ dimensions: { clientRequestPath: '/login' } }],
    });
    // From then on it is asked so from the start.
    expect((await monitor.poll()).requests).toBeLessThanOrEqual(6);
    monitor.clock.advance(30 * MINUTE);
    expect((await monitor.poll()).requests).toBe(2);
  });

  it('lack them on every page, where only a further one was too large', async () => {
    const events = [...busy(1_500), ...long(1_000).map((event) => ({ ...event, at: event.at - HOUR }))];
    Object.assign(zones[3] ?? {}, { events });
    const { readings, failures } = await connectMonitor(server, setup).poll();
    expect(failures).toEqual([]);
    const { total, groups, notes, facets } = readings[3]?.picture ?? {};
    expect([total, groups?.[0]?.count, notes?.length, facets?.paths.distinct]).toEqual([2_500, 2, 1, 0]);
  });

  it('that are too large even so come in smaller pages, as many of them, at every poll the same', async () => {
    server.zones = zones.slice(0, 1);
    Object.assign(zones[0] ?? {}, { events: busy(20_000) });
    // 1,500 events fit into an answer, 10,000 do not.
    const monitor = connectMonitor(server, setup);
    const first = await monitor.poll();
    const second = await monitor.poll();
    expect([first.requests, second.requests]).toEqual([1 + 1 + 2 + 5, 1 + 5]);
    expect([first, second].map((answer) => pictures(answer)[0]?.total)).toEqual([1_500 + 5 * 2_499, 1_500 + 5 * 2_499]);
  });

  it('that Cloudflare finds too heavy however few fail the zone, within bounds', async () => {
    const monitor = connectMonitor(server, { filters: [filter('a'), filter('b', { actions: ['block'] })] });
    await monitor.poll();
    server.down = { body: graphqlError('query consumed excessive resources') };
    const { failures, requests } = await monitor.poll();
    expect(failures).toHaveLength(10);
    expect(requests).toBeLessThanOrEqual(26);
    expect(failures[0]?.error.message).toContain('reads too much at once');
  });
});
