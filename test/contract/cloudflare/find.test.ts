import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE } from '../../../functions/core/time.ts';
import { CloudflareServer, FakeZone, NOW } from '../support/cloudflare-server.ts';
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

describe('a zone with Bot Management', () => {
  it('sights what was scored as a bot, with what a list can tell', async () => {
    zone.requests = [
      request('45.20.0.1'),
      request('45.20.0.2', { botScore: 80, botManagementDecision: 'likely_human' }),
    ];
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: true, totalRequests: 100, coverage: { status: 'complete', why: [] } });
    expect(report.sightings).toEqual([
      expect.objectContaining({
        address: '45.20.0.1',
        network: '45.20.0.1',
        original: '45.20.0.1',
        requests: 100,
        asn: 64500,
        country: 'NL',
        method: 'bot-score',
        seen: { notBefore: WINDOW.start, notAfter: WINDOW.end - 1 },
        seenExactly: false,
        zone: { id: zone.id, name: 'example.com' },
        askedBack: false,
      }),
    ]);
  });

  it.each([
    ['a verified bot', { botManagementDecision: 'verified_bot' }],
    ['a score that was not computed', { botScore: 0, botManagementDecision: 'other' }],
    ['a Workers subrequest', { requestSource: 'edgeWorkerFetch' }],
    ['a Workers address', { clientIP: '2a06:98c0:3600::103' }],
    ["one of Cloudflare's own addresses", { clientIP: '104.16.0.9' }],
    ['a private address', { clientIP: '10.1.2.3' }],
    ['something that is no address', { clientIP: 'unknown' }],
    ["GitLab's own host, by score alone", { clientRequestHTTPHost: 'gitlab.example.com' }],
    ["GitLab's own host with its port", { clientRequestHTTPHost: 'gitlab.example.com:443' }],
    ["GitLab's own host with its root dot", { clientRequestHTTPHost: 'gitlab.example.com.' }],
    ['before the window', { at: WINDOW.start - 1000 }],
  ])('does not sight %s', async (_, more) => {
    zone.requests = [request('45.20.0.1'), request('45.20.0.9', more)];
    expect(found(await connect(server).find())).toEqual(['45.20.0.1']);
  });

  it("counts what it left out: requests to GitLab's hosts, and addresses by reason", async () => {
    zone.requests = [
      request('45.20.0.1', { clientRequestHTTPHost: 'gitlab.example.com', count: 70 }),
      request('45.20.0.2', { clientRequestHTTPHost: 'registry.example.com', count: 5 }),
      request('10.1.2.3'),
      request('104.16.0.9'),
      request('nonsense'),
    ];
    const report = await connect(server, { gitlabHosts: ['Registry.Example.com'] }).find();
    expect(report.sightings).toEqual([]);
    expect(report.coverage.counts).toMatchObject({
      onGitlabHosts: 75,
      privateAddresses: 1,
      cloudflareAddresses: 1,
      skippedMalformed: 1,
    });
  });

  it("adds what rate limits and DDoS rules did, also on GitLab's hosts, but not what bot products did", async () => {
    zone.requests = [request('45.20.0.1')];
    zone.events = [
      event('45.20.0.2', 'rateLimit', 'block', { clientRequestHTTPHost: 'gitlab.example.com' }),
      event('45.20.0.3', 'l7ddos', 'block'),
      event('45.20.0.4', 'botFight', 'managed_challenge'),
      event('45.20.0.1', 'rateLimit', 'block'),
    ];
    const report = await connect(server).find();
    expect(Object.fromEntries(report.sightings.map(({ address, method }) => [address, method]))).toEqual({
      '45.20.0.1': 'bot-score',
      '45.20.0.2': 'rate-limit',
      '45.20.0.3': 'l7ddos',
    });
  });

  it('takes the decision where only that is offered', async () => {
    const node = zone.node('httpRequestsAdaptiveGroups');
    node.availableFields = node.availableFields.filter((field) => field !== 'dimensions_botScore');
    zone.requests = [
      request('45.20.0.1', { botManagementDecision: 'automated' }),
      request('45.20.0.2', { botManagementDecision: 'verified_bot' }),
    ];
    expect(found(await connect(server).find())).toEqual(['45.20.0.1']);
  });
});

describe('a zone without Bot Management', () => {
  beforeEach(() => zone.withoutBotManagement());

  it('takes what bot products, rate limits and DDoS rules did, whatever the spelling', async () => {
    zone.events = [
      event('45.20.0.1', 'botFight', 'managed_challenge'),
      event('45.20.0.2', 'botManagement', 'block'),
      event('45.20.0.3', 'ratelimit', 'BLOCK'),
      event('45.20.0.4', 'l7ddos', 'jschallenge'),
      event('45.20.0.5', 'firewallCustom', 'block'),
      event('45.20.0.6', 'botFight', 'Allow'),
      event('45.20.0.7', 'botFight', 'log'),
      event('45.20.0.8', 'botFight', 'managed_challenge', { verifiedBotCategory: 'Search Engine Crawler' }),
      event('45.20.0.9', 'botFight', 'block', { clientRequestHTTPHost: 'gitlab.example.com' }),
    ];
    const report = await connect(server).find();
    expect(Object.fromEntries(report.sightings.map(({ address, method }) => [address, method]))).toEqual({
      '45.20.0.1': 'bot-product',
      '45.20.0.2': 'bot-product',
      '45.20.0.3': 'rate-limit',
      '45.20.0.4': 'l7ddos',
    });
    expect(report.coverage.counts).toMatchObject({ onGitlabHosts: 1, verifiedBots: 1 });
  });

  it.each([
    'managed_challenge_interactive_solved',
    'jschallenge_solved',
    'managed_challenge_bypassed',
    'ManagedChallengeSolved',
  ])('does not sight an address with %s by that product, but by another', async (solved) => {
    zone.events = [
      event('45.20.0.1', 'botFight', 'managed_challenge'),
      event('45.20.0.1', 'botFight', solved),
      event('45.20.0.2', 'botFight', 'managed_challenge'),
      event('45.20.0.2', 'botFight', solved),
      event('45.20.0.2', 'l7ddos', 'block'),
    ];
    const report = await connect(server).find();
    expect(report.sightings.map(({ address, method }) => `${address} ${method}`)).toEqual(['45.20.0.2 l7ddos']);
    expect(report.coverage.counts.solvedChallenges).toBe(2);
  });

  it('reads the events themselves where groups are disabled, over pages, weighted by their sampling', async () => {
    zone.node('firewallEventsAdaptiveGroups').enabled = false;
    zone.node('firewallEventsAdaptive').maxPageSize = 7;
    zone.events = [
      ...addresses(20).flatMap((address) => [event(address, 'botFight', 'block'), event(address, 'botFight', 'block')]),
      event('45.20.0.0', 'botFight', 'managed_challenge_solved'),
      event('45.99.0.1', 'l7ddos', 'block', { sampleInterval: 10, at: NOW - 20 * MINUTE }),
      event('45.99.0.2', 'firewallCustom', 'block'),
    ];
    const report = await connect(server).find();
    expect(report.sightings).toHaveLength(20);
    expect(report.sightings.find(({ address }) => address === '45.20.0.1')).toMatchObject({
      requests: 2,
      seenExactly: true,
      hosts: ['www.example.com'],
      paths: ['/login'],
    });
    expect(report.sightings.find(({ address }) => address === '45.99.0.1')).toMatchObject({
      requests: 10,
      sampleInterval: 10,
      seen: { notBefore: NOW - 20 * MINUTE, notAfter: NOW - 20 * MINUTE + 999 },
    });
    expect(report.whole).toBe(false);
  });

  it('does not lose events of one request that a page ends between', async () => {
    zone.node('firewallEventsAdaptiveGroups').enabled = false;
    zone.node('firewallEventsAdaptive').maxPageSize = 3;
    zone.events = addresses(4).flatMap((address, index) => {
      const rayName = String(index).padStart(16, '0');
      return [0, 1].map((matchIndex) => event(address, 'botFight', 'block', { rayName, matchIndex }));
    });
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: true, totalRequests: 8 });
  });

  it('remembers a node that refuses although it said it was enabled', async () => {
    zone.events = [event('45.20.0.1', 'botFight', 'block')];
    server.faults = [
      undefined,
      { body: { data: null, errors: [{ message: `zone '${zone.id}' does not have access to the path`, path: null }] } },
    ];
    const adapter = connect(server);
    expect(found(await adapter.find())).toEqual(['45.20.0.1']);
    const before = server.dataQueries.length;
    await adapter.find();
    expect(server.dataQueries.slice(before).every(({ query }) => !query.includes('firewallEventsAdaptiveGroups'))).toBe(
      true,
    );
  });

  it('falls back to a share of traffic far above the baseline, with low confidence', async () => {
    zone.requests = [
      request('45.20.0.1', { count: 5000 }),
      request('45.20.0.2', { count: 5000 }),
      request('45.20.0.2', { count: 4000, at: WINDOW.start - 10 * MINUTE }),
      request('45.20.0.3', { count: 50 }),
      request('45.20.0.4', { count: 5000, clientRequestHTTPHost: 'gitlab.example.com' }),
    ];
    const report = await connect(server).find();
    expect(report.sightings.map(({ address, method, confidence }) => [address, method, confidence])).toEqual([
      ['45.20.0.1', 'share', 'low'],
    ]);
  });

  it('leaves shares alone once a product acted', async () => {
    zone.requests = [request('45.20.0.1', { count: 5000 })];
    zone.events = [event('45.20.0.2', 'rateLimit', 'block')];
    expect(found(await connect(server).find())).toEqual(['45.20.0.2']);
  });

  it('says so where a zone offers nothing at all', async () => {
    for (const node of Object.values(zone.nodes)) node.enabled = false;
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: false, sightings: [], coverage: { status: 'unavailable' } });
    expect(report.coverage.why.join()).toContain('example.com');
  });
});

describe('several zones', () => {
  it('reads them all; one that fails is named and makes coverage partial', async () => {
    zone.requests = [request('45.20.0.1')];
    const other = new FakeZone('b', 'example.org');
    other.requests = [request('45.20.0.2')];
    const hidden = new FakeZone('c', 'example.net');
    hidden.visible = false;
    server.zones = [zone, hidden, other];
    const report = await connect(server).find();
    expect(found(report)).toEqual(['45.20.0.1', '45.20.0.2']);
    expect(report).toMatchObject({ whole: false, coverage: { status: 'partial' } });
    expect(report.coverage.why.join()).toContain('example.net');
    expect(report.coverage.why.join()).not.toContain('example.org');
  });

  it('takes an empty list of zones for an error, not for silence', async () => {
    zone.visible = false;
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: false, coverage: { status: 'unavailable' } });
    expect(report.coverage.why.join()).toContain('does not cover the zone');
  });

  it('without zones there is nothing to look at', async () => {
    server.zones = [];
    expect(await connect(server).find()).toMatchObject({ whole: false, coverage: { status: 'unavailable' } });
  });
});

describe('addresses in the alert itself', () => {
  it('are sightings of low confidence, unless analytics said more', async () => {
    zone.requests = [request('45.20.0.1')];
    const report = await connect(server).find(WINDOW, ['45.20.0.1', '45.20.0.7', '10.0.0.1', '2a06:98c0::1', 'no']);
    expect(report.sightings.map(({ address, method, confidence }) => [address, method, confidence])).toEqual([
      ['45.20.0.1', 'bot-score', 'medium'],
      ['45.20.0.7', 'payload', 'low'],
    ]);
  });
});
