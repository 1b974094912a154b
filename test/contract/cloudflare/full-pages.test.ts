import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { CloudflareServer, FakeZone, NOW } from '../support/cloudflare-server.ts';
import { addresses, connect, request, WINDOW } from '../support/cloudflare-setup.ts';

let server: CloudflareServer;
let zone: FakeZone;

beforeEach(async () => {
  server = await new CloudflareServer().start();
  zone = new FakeZone('a', 'example.com');
  server.zones = [zone];
});
afterEach(() => server.close());

const page = (size: number) => {
  for (const node of Object.values(zone.nodes)) node.maxPageSize = size;
};

describe('more minutes of the addresses asked about than fit a page', () => {
  const busy = addresses(20);
  beforeEach(() => {
    zone.requests = busy.flatMap((address) =>
      Array.from({ length: 60 }, (_, minute) => request(address, { at: WINDOW.start + minute * MINUTE, count: 1 })),
    );
  });

  it('are asked for in shorter windows', async () => {
    const window = { start: NOW - 2 * HOUR, end: NOW };
    const all = addresses(100);
    zone.requests = all.flatMap((address) =>
      Array.from({ length: 120 }, (_, minute) => request(address, { at: window.start + minute * MINUTE, count: 1 })),
    );
    const report = await connect(server).askBack(all, window);
    expect(report).toMatchObject({ whole: true, coverage: { status: 'complete' }, sightings: { length: 100 } });
    for (const { seen, seenExactly } of report.sightings) {
      expect({ seen, seenExactly }).toEqual({
        seen: { notBefore: window.start, notAfter: window.end - 1 },
        seenExactly: true,
      });
    }
  });

  it('leave the span asked about where even those are cut, and say so', async () => {
    page(100);
    const report = await connect(server).askBack(busy);
    expect(report.sightings).toHaveLength(20);
    for (const { seen, seenExactly } of report.sightings) {
      expect({ seen, seenExactly }).toEqual({
        seen: { notBefore: WINDOW.start, notAfter: WINDOW.end - 1 },
        seenExactly: false,
      });
    }
    expect(report.coverage.status).toBe('partial');
    expect(report.coverage.why.join()).toContain('exact times could not be read');
  });
});

describe('more addresses of the networks asked about than fit a page', () => {
  const crowd = Array.from({ length: 300 }, (_, index) => `2a01:db8:1:2:${(index + 1).toString(16)}::1`);
  const asked = [crowd[0] ?? '', '2a01:db8:9:9::9', '2a01:db8:9:a::9', '2a01:db8:9:b::9'];
  const at = NOW - 10 * MINUTE;
  beforeEach(() => {
    page(200);
    zone.requests = [
      ...crowd.map((address) => request(address, { at, count: 50 })),
      ...asked.slice(1).map((address) => request(address, { at, count: 1 })),
    ];
  });

  it('hide no other network: each is asked about alone, and only the crowded one is said to be cut', async () => {
    const report = await connect(server).askBack(asked);
    const networks = report.sightings.map(({ network }) => network).filter((network) => !network.includes(':1:2::'));
    expect(networks.toSorted()).toEqual(['2a01:db8:9:9::/64', '2a01:db8:9:a::/64', '2a01:db8:9:b::/64']);
    expect(report.sightings.length).toBeGreaterThan(200);
    expect(new Set(report.sightings.map(({ address }) => address)).size).toBe(report.sightings.length);
    expect(report).toMatchObject({ whole: false, coverage: { status: 'partial' } });
    expect(report.coverage.why).toContainEqual(expect.stringContaining('may be missing'));
  });

  it('are no gap once every half fits', async () => {
    page(60);
    const all = addresses(100);
    zone.requests = all.map((address) => request(address));
    const report = await connect(server).askBack(all);
    expect(report).toMatchObject({
      whole: true,
      coverage: { status: 'complete', why: [] },
      sightings: { length: 100 },
    });
  });

  it('leave what was read of all where Cloudflare stops answering before the halves are read', async () => {
    const adapter = connect(server);
    await adapter.find();
    // The two questions about all of them, and no further one.
    server.faults = [undefined, undefined, ...Array.from({ length: 500 }, () => ({ status: 403 }))];
    const report = await adapter.askBack(asked);
    expect(report.sightings).toHaveLength(200);
    expect(report.coverage.status).toBe('partial');
    expect(report.coverage.why.join()).toContain('403');
    expect(report.coverage.why.join()).toContain('may be missing');
  });
});
