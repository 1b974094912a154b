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

const found = (report: { sightings: readonly { address: string }[] }) =>
  report.sightings.map((one) => one.address).sort();

describe('lists', () => {
  it('reads 10,000 addresses, and says that a full page is not whole', async () => {
    zone.requests = addresses(10_001).map((address, index) => request(address, { count: 20_000 - index }));
    const report = await connect(server).find();
    expect(report.sightings).toHaveLength(10_000);
    expect(report.sightings[0]?.requests).toBe(20_000);
    expect(report).toMatchObject({ whole: false, coverage: { status: 'complete' } });
    expect(server.dataQueries.length).toBeLessThan(4);
  });

  it('is whole below the limit', async () => {
    zone.requests = addresses(9_999).map((address) => request(address));
    expect(await connect(server).find()).toMatchObject({ whole: true, sightings: { length: 9_999 } });
  });

  it('splits the window where a page is smaller than what is wanted', async () => {
    zone.node('httpRequestsAdaptiveGroups').maxPageSize = 40;
    zone.requests = addresses(100).map((address, index) => request(address, { at: WINDOW.start + index * 36_000 }));
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: true, sightings: { length: 100 }, totalRequests: 10_000 });
    expect(new Set(report.sightings.map(({ requests }) => requests))).toEqual(new Set([100]));
  });

  it('stops splitting where it does not help, and says the list is not whole', async () => {
    zone.node('httpRequestsAdaptiveGroups').maxPageSize = 40;
    zone.requests = addresses(100).flatMap((address) =>
      Array.from({ length: 60 }, (_, minute) => request(address, { at: WINDOW.start + minute * MINUTE, count: 1 })),
    );
    const report = await connect(server).find();
    expect(report.whole).toBe(false);
    expect(server.dataQueries.length).toBeLessThan(25);
  });

  it('keeps to the configured number of addresses', async () => {
    zone.requests = addresses(50).map((address, index) => request(address, { count: index + 1 }));
    const report = await connect(server, { maxAddressesPerZone: 10 }).find();
    expect(report.sightings.map(({ requests }) => requests)).toEqual([50, 49, 48, 47, 46, 45, 44, 43, 42, 41]);
    expect(report.whole).toBe(false);
  });

  it('of one address are cut like any other', async () => {
    zone.requests = addresses(2).map((address) => request(address));
    expect(await connect(server, { maxAddressesPerZone: 1 }).find()).toMatchObject({
      whole: false,
      sightings: { length: 1 },
    });
  });

  it('asks shorter windows where the data is sampled', async () => {
    zone.sampling = (length) => (length > 20 * MINUTE ? 10 : 1);
    zone.requests = [request('45.20.0.1')];
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: true, totalRequests: 100 });
    expect(report.sightings[0]).toMatchObject({ sampleInterval: 1, requests: 100 });
  });

  it('says that a list from sampled data is not whole', async () => {
    zone.sampling = () => 10;
    zone.requests = [request('45.20.0.1')];
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: false, coverage: { status: 'complete' } });
    expect(report.sightings[0]?.sampleInterval).toBe(10);
  });

  it('cuts a window to pieces the zone takes, and says what is older than it keeps', async () => {
    Object.assign(zone.node('httpRequestsAdaptiveGroups'), { maxDuration: 3600, notOlderThan: 4 * 3600 });
    zone.requests = [
      request('45.20.0.1', { at: NOW - 3.5 * HOUR }),
      request('45.20.0.1'),
      request('45.20.0.2', { at: NOW - 9 * HOUR }),
    ];
    const report = await connect(server).find({ start: NOW - 10 * HOUR, end: NOW });
    expect(report.sightings).toEqual([expect.objectContaining({ address: '45.20.0.1', requests: 200 })]);
    expect(report.whole).toBe(false);
    expect(report.coverage.status).toBe('partial');
    expect(report.coverage.why.join()).toContain('keeps 4 h');
  });

  it('asks for no more fields than a node takes', async () => {
    zone.node('httpRequestsAdaptiveGroups').maxNumberOfFields = 3;
    zone.requests = [request('45.20.0.1')];
    expect(found(await connect(server).find())).toEqual(['45.20.0.1']);
  });
});
