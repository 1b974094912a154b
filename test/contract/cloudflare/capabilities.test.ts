import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudflareServer, FakeZone } from '../support/cloudflare-server.ts';
import { connect, event, memoryCache, request } from '../support/cloudflare-setup.ts';

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

describe('capabilities', () => {
  it('asks for them once a day, also over processes', async () => {
    const cache = memoryCache();
    await connect(server, { cache }).find();
    await connect(server, { cache }).find();
    expect(server.queries.filter(({ query }) => query.includes('settings'))).toHaveLength(1);
  });

  it('drops a field that is refused although listed, and remembers that', async () => {
    zone.gated = new Set(['clientAsn']);
    zone.requests = [request('45.20.0.1')];
    const cache = memoryCache();
    const report = await connect(server, { cache }).find();
    expect(found(report)).toEqual(['45.20.0.1']);
    expect(report.sightings[0]?.asn).toBeUndefined();
    const before = server.dataQueries.length;
    await connect(server, { cache }).find();
    expect(server.dataQueries.slice(before).some(({ query }) => query.includes('clientAsn'))).toBe(false);
  });

  it('climbs down the ladder where the bot score itself is refused', async () => {
    zone.gated = new Set(['botScore', 'botManagementDecision']);
    zone.events = [event('45.20.0.1', 'botFight', 'block')];
    const report = await connect(server).find();
    expect(report.sightings).toEqual([expect.objectContaining({ address: '45.20.0.1', method: 'bot-product' })]);
  });

  it('gives up on a refusal that cannot be worked around', async () => {
    zone.gated = new Set(['clientIP']);
    const report = await connect(server).find();
    expect(report.coverage.status).toBe('unavailable');
    expect(server.queries.length).toBeLessThan(10);
  });

  it('still asks where the settings node is refused', async () => {
    zone.requests = [request('45.20.0.1')];
    server.faults = [{ body: { data: null, errors: [{ message: 'unknown field "settings"' }] } }];
    expect(found(await connect(server).find())).toEqual(['45.20.0.1']);
  });
});
