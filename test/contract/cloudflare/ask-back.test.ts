import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE } from '../../../functions/core/time.ts';
import { CloudflareServer, FakeZone, graphqlError, NOW } from '../support/cloudflare-server.ts';
import { addresses, connect, event, request, WINDOW } from '../support/cloudflare-setup.ts';

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

describe('asking back', () => {
  it('finds an address below the cut of the list, with exact minutes and everything else', async () => {
    const thief = '45.99.0.1';
    zone.requests = [
      ...addresses(50).map((address) => request(address, { count: 1000 })),
      request(thief, { count: 1, botScore: 29, at: NOW - 20 * MINUTE, clientRequestPath: '/a?token=x' }),
      request(thief, {
        count: 2,
        botScore: 3,
        at: NOW - 12 * MINUTE + 7_000,
        ja4: 't13i',
        clientRequestHTTPHost: 'api.example.com',
      }),
      request(thief, { count: 5, botScore: 90, at: NOW - 5 * MINUTE, botManagementDecision: 'likely_human' }),
    ];
    const adapter = connect(server, { maxAddressesPerZone: 50 });
    const listed = await adapter.find();
    expect(found(listed)).not.toContain(thief);
    expect(listed.whole).toBe(false);

    const report = await adapter.askBack([thief, '45.99.0.2']);
    expect(report).toMatchObject({ whole: true, coverage: { status: 'complete', counts: { askedBack: 2 } } });
    expect(report.sightings).toEqual([
      expect.objectContaining({
        address: thief,
        requests: 3,
        askedBack: true,
        method: 'bot-score',
        confidence: 'medium',
        lowestBotScore: 3,
        asnName: 'EXAMPLE-NET',
        seen: { notBefore: NOW - 20 * MINUTE, notAfter: NOW - 11 * MINUTE - 1 },
        seenExactly: true,
        paths: ['/login', '/a'],
        zone: { id: zone.id, name: 'example.com' },
      }),
    ]);
    expect(report.sightings[0]?.hosts.toSorted()).toEqual(['api.example.com', 'www.example.com']);
    expect(report.sightings[0]?.ja4.toSorted()).toEqual(['t13d', 't13i']);
  });

  it('asks about at most 100 addresses at once, each of them', async () => {
    const all = addresses(250);
    zone.requests = all.map((address) => request(address));
    const report = await connect(server).askBack(all);
    expect(found(report)).toEqual(all.toSorted());
    const sizes = server.dataQueries.map(({ variables: { ips } }) => (Array.isArray(ips) ? ips.length : 0));
    expect(Math.max(...sizes)).toBe(100);
  });

  it('asks about IPv6 by network, however Cloudflare shortens the text', async () => {
    zone.requests = [
      '2a01:db8:1:2:3:4:5:6',
      '2a01:db8:1:2::9',
      '2a01:db8:1:3::9',
      '2a01:db8::1',
      '2a01:db8::5:0:0:1',
      '2a01:db8:0:1::1',
      '2a01:0:0:7:1:2:3:4',
      '2a01::7:1:2:3:4',
    ].map((address) => request(address));
    const report = await connect(server).askBack(['2a01:db8:1:2::1', '2a01:db8:0:0:ffff::1', '2a01:0:0:7::1']);
    expect(report.sightings.map(({ network }) => network).toSorted()).toEqual([
      '2a01:0:0:7::/64',
      '2a01:db8:1:2::/64',
      '2a01:db8:1:2::/64',
      '2a01:db8::/64',
      '2a01:db8::/64',
    ]);
    expect(report.sightings.every(({ seenExactly }) => seenExactly)).toBe(true);
  });

  it('asks for the addresses alone where networks are not taken, and says so', async () => {
    zone.refusedFilters = new Set(['clientIP_like']);
    zone.requests = ['2a01:db8:1:2::1', '2a01:db8:1:2::9'].map((address) => request(address));
    const report = await connect(server).askBack(['2a01:db8:1:2::1']);
    expect(found(report)).toEqual(['2a01:db8:1:2::1']);
    expect(report.coverage.status).toBe('partial');
    expect(report.coverage.why.join()).toContain('IPv6');
  });

  it("tells GitLab's own hosts apart, where a score alone is no sighting", async () => {
    zone.requests = [
      request('45.99.0.1', {
        clientRequestHTTPHost: 'gitlab.example.com',
        count: 7,
        at: NOW - 9 * MINUTE,
        botScore: 1,
      }),
      request('45.99.0.2', { clientRequestHTTPHost: 'gitlab.example.com' }),
    ];
    zone.events = [event('45.99.0.2', 'rateLimit', 'block', { clientRequestHTTPHost: 'gitlab.example.com' })];
    const report = await connect(server).askBack(['45.99.0.1', '45.99.0.2']);
    expect(report.sightings).toEqual([
      expect.objectContaining({ address: '45.99.0.2', method: 'rate-limit', seenExactly: true }),
    ]);
    expect(report.onGitlabHosts).toContainEqual(
      expect.objectContaining({
        address: '45.99.0.1',
        lowestBotScore: 1,
        confidence: 'high',
        hosts: ['gitlab.example.com'],
        seen: { notBefore: NOW - 9 * MINUTE, notAfter: NOW - 8 * MINUTE - 1 },
      }),
    );
  });

  it.each([
    'gitlab.example.com:443',
    'gitlab.example.com:80',
    'gitlab.example.com.',
    'GitLab.Example.com',
    'gitlab.example.com:8443',
  ])("knows GitLab's host written as %s", async (host) => {
    zone.requests = [request('45.99.0.1', { clientRequestHTTPHost: host })];
    const report = await connect(server).askBack(['45.99.0.1']);
    expect(found(report)).toEqual([]);
    expect(report.onGitlabHosts).toEqual([expect.objectContaining({ address: '45.99.0.1', hosts: [host] })]);
  });

  it('keeps an address that asked another host, too, however it spells GitLab', async () => {
    zone.requests = [
      request('45.99.0.1', { clientRequestHTTPHost: 'GITLAB.example.com', count: 900 }),
      request('45.99.0.1', { count: 1 }),
    ];
    expect(found(await connect(server).askBack(['45.99.0.1']))).toEqual(['45.99.0.1']);
  });

  it("knows what a bot product did on GitLab's hosts by their other spellings", async () => {
    zone.withoutBotManagement();
    zone.events = [
      event('45.99.0.1', 'botFight', 'managed_challenge', { clientRequestHTTPHost: 'GitLab.example.com:443' }),
    ];
    const report = await connect(server).askBack(['45.99.0.1']);
    expect(found(report)).toEqual([]);
  });

  it('knows solved challenges of the asked addresses', async () => {
    zone.withoutBotManagement();
    zone.events = [
      event('45.99.0.1', 'botFight', 'managed_challenge'),
      event('45.99.0.1', 'botFight', 'managed_challenge_non_interactive_solved'),
      event('45.99.0.2', 'botFight', 'managed_challenge', { at: NOW - 3 * MINUTE }),
    ];
    const report = await connect(server).askBack(['45.99.0.1', '45.99.0.2']);
    expect(report.sightings).toEqual([
      expect.objectContaining({
        address: '45.99.0.2',
        method: 'bot-product',
        seen: { notBefore: NOW - 3 * MINUTE, notAfter: NOW - 2 * MINUTE - 1 },
      }),
    ]);
  });

  it('asks the events themselves where groups are disabled', async () => {
    zone.withoutBotManagement().node('firewallEventsAdaptiveGroups').enabled = false;
    zone.events = [
      event('45.99.0.1', 'l7ddos', 'block'),
      event('2a01:db8::5', 'l7ddos', 'block'),
      event('45.99.0.9', 'l7ddos', 'block'),
    ];
    const report = await connect(server).askBack(['45.99.0.1', '2a01:db8::1']);
    expect(found(report)).toEqual(['2a01:db8::5', '45.99.0.1']);
  });

  it('takes no share for a sighting in a zone where a product acted on others', async () => {
    zone.withoutBotManagement();
    zone.requests = [request('45.99.0.1', { count: 5000 })];
    expect(found(await connect(server).askBack(['45.99.0.1']))).toEqual(['45.99.0.1']);
    zone.events = [event('45.99.0.9', 'l7ddos', 'block')];
    expect(found(await connect(server).askBack(['45.99.0.1']))).toEqual([]);
    zone.node('firewallEventsAdaptiveGroups').enabled = false;
    expect(found(await connect(server).askBack(['45.99.0.1']))).toEqual([]);
  });

  it('asks about security events once where the zone has none', async () => {
    await connect(server).askBack(addresses(300));
    expect(server.dataQueries.filter(({ query }) => query.includes('firewallEventsAdaptiveGroups'))).toHaveLength(1);
    expect(server.dataQueries).toHaveLength(4);
  });

  it('keeps a sighting whose details cannot be read, and says so', async () => {
    zone.requests = [request('45.99.0.1')];
    // Settings, scores, events; then the details, four times.
    server.faults = [undefined, undefined, undefined, ...Array.from({ length: 4 }, () => ({ status: 500 }))];
    const report = await connect(server).askBack(['45.99.0.1']);
    expect(report.sightings).toEqual([
      expect.objectContaining({ seenExactly: false, seen: { notBefore: WINDOW.start, notAfter: WINDOW.end - 1 } }),
    ]);
    expect(report.coverage.status).toBe('partial');
    expect(report.coverage.why.join()).toContain('example.com: exact times');
  });

  it('says what was left unasked when Cloudflare stops answering', async () => {
    zone.requests = addresses(300).map((address) => request(address));
    const budget = { body: graphqlError('rate limiter budget depleted, try again after 5 minutes') };
    // Settings, scores, events and details of the first hundred; then the budget is gone.
    server.faults = [undefined, undefined, undefined, undefined, ...Array.from({ length: 50 }, () => budget)];
    const report = await connect(server).askBack(addresses(300));
    expect(report.sightings).toHaveLength(100);
    expect(report).toMatchObject({ whole: false, coverage: { status: 'partial' } });
    expect(report.coverage.why.join()).toContain('1 of 3 batches');
    expect(server.paths).toHaveLength(5);
  });

  it('says that sampled data may hide the addresses asked about', async () => {
    zone.sampling = () => 10;
    zone.requests = [request('45.99.0.9')];
    const report = await connect(server).askBack(['45.99.0.1']);
    expect(report).toMatchObject({ whole: false, sightings: [], coverage: { status: 'partial' } });
    expect(report.coverage.why.join()).toContain('sampled');
  });

  it('asks nothing for no addresses, nor for those of Cloudflare itself', async () => {
    const report = await connect(server).askBack(['104.16.0.9']);
    expect(report).toMatchObject({ whole: true, sightings: [], coverage: { status: 'complete' } });
    expect(server.paths).toEqual([]);
  });
});
