import { describe, expect, it } from 'vitest';
import { MINUTE, toIso } from '../../../functions/core/time.ts';
import { malformedRows, timeForms } from '../../../infra/local/scenario/axiom-builders.ts';
import type { AxiomEvent } from '../../../infra/local/stand-ins/axiom.ts';
import {
  DATASET,
  EARLIER,
  GITLAB,
  human,
  openRequests,
  request,
  type Setup,
  seconds,
  WINDOW,
} from '../support/axiom-requests.ts';

async function find(requests: readonly AxiomEvent[], setup?: Setup) {
  await using open = await openRequests([EARLIER, ...requests], setup);
  return await open.find();
}

/** Columns taken out of every request. */
function without(requests: readonly AxiomEvent[], ...names: readonly string[]): AxiomEvent[] {
  return requests.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => !names.includes(name))));
}

const BOT = '203.0.113.7';

describe('the list of an hour', () => {
  it('tells of each flagged address what Axiom has, the busiest first, and counts all of it', async () => {
    const { sightings, ...report } = await find([
      request(seconds(60), '2001:DB8:0:1::9', { BotScore: 29, ClientASN: '64501', ClientCountry: 'DE' }),
      request(seconds(600), BOT, { BotScore: 12, ClientRequestHost: 'www.example.com', JA4: 'second' }),
      request(seconds(61), BOT, { ClientRequestPath: '/search?token=secret' }),
      human(seconds(100), '198.51.100.1'),
    ]);
    expect(sightings).toEqual([
      {
        address: BOT,
        network: BOT,
        original: BOT,
        seen: { notBefore: seconds(61), notAfter: seconds(600) },
        seenExactly: true,
        requests: 2,
        sampleInterval: 1,
        lowestBotScore: 1,
        asn: 64500,
        country: 'NL',
        ja4: expect.arrayContaining(['second', 't13d1516h2_8daaf6152771_02713d6af862']),
        hosts: expect.arrayContaining(['www.example.com', 'shop.example.com']),
        paths: expect.arrayContaining(['/login', '/search']),
        zone: { id: `axiom/${DATASET}`, name: DATASET },
        method: 'bot-score',
        confidence: 'high',
        askedBack: false,
      },
      expect.objectContaining({
        address: '2001:db8:0:1::9',
        network: '2001:db8:0:1::/64',
        original: '2001:DB8:0:1::9',
        lowestBotScore: 29,
        asn: 64501,
        country: 'DE',
        requests: 1,
      }),
    ]);
    expect(report).toEqual({
      whole: false,
      totalAddresses: 2,
      totalRequests: 3,
      coverage: {
        status: 'complete',
        why: [],
        counts: {
          rows: 4,
          requests: 3,
          addresses: 2,
          listed: 2,
          onGitlabHosts: 0,
          ofCloudflare: 0,
          skippedMalformed: 0,
        },
        pages: 2,
        oldest: seconds(60),
        newest: seconds(600),
      },
    });
  });

  it.each([
    ['no score was computed', { BotScore: 0 }],
    ['it is likely human', { BotScore: 30 }],
    ['the score is empty', { BotScore: null }],
    ['Cloudflare verified the bot', { BotScoreSrc: 'Verified Bot' }],
    ['Cloudflare knows its kind', { VerifiedBotCategory: 'Search Engine Crawler' }],
    ['one of our own Workers made it', { ClientRequestSource: 'edgeWorkerFetch' }],
    ['it is no HTTP request', { '@cloudflare.Dataset': 'firewall_events' }],
  ])('leaves a request out where %s', async (_why, columns: AxiomEvent) => {
    const report = await find([request(seconds(1), BOT), request(seconds(2), '203.0.113.8', columns)]);
    expect(report.sightings.map(({ address }) => address)).toEqual([BOT]);
    expect(report).toMatchObject({ totalAddresses: 1, totalRequests: 1 });
  });

  it.each([
    ['the score is a text', { BotScore: '29' }],
    ['who verified it is empty', { VerifiedBotCategory: null, BotScoreSrc: null }],
    ['nothing says who made it or what it is', { ClientRequestSource: null, '@cloudflare.Dataset': '' }],
  ])('takes a request where %s', async (_what, columns: AxiomEvent) => {
    expect((await find([request(seconds(1), BOT, columns)])).sightings).toHaveLength(1);
  });

  it.each(Object.keys(timeForms(0)))(
    'reads an instant in the form %s, to the end of the hour and no further',
    async (form) => {
      const at = (time: number) => ({
        EdgeStartTimestamp: Object.entries(timeForms(time)).find(([name]) => name === form)?.[1],
      });
      const times = [WINDOW.start - 1000, WINDOW.start, WINDOW.end - 1000, WINDOW.end];
      const report = await find(times.map((time) => request(time, BOT, at(time))));
      expect(report.sightings.map(({ seen, requests }) => [requests, seen.notBefore, seen.notAfter])).toEqual([
        [2, WINDOW.start, WINDOW.end - 1000],
      ]);
    },
  );

  it('holds what arrived late, as long as the lateness, and goes by the arrival where there is no other time', async () => {
    const late = (minutes: number) => ({ _time: toIso(WINDOW.end - MINUTE + minutes * MINUTE) });
    const requests = [
      request(WINDOW.end - MINUTE, '203.0.113.1', late(15)),
      request(WINDOW.end - MINUTE, '203.0.113.2', late(16)),
    ];
    expect((await find(requests)).sightings.map(({ address }) => address)).toEqual(['203.0.113.1']);
    const arrived = await find([...requests, request(seconds(1), BOT)], { options: { overrides: { time: '' } } });
    expect(arrived.sightings.map(({ seen }) => seen.notBefore)).toEqual([seconds(31)]);
  });

  it("counts requests to GitLab's own hosts apart, however the host is written", async () => {
    const hosts = [GITLAB, GITLAB.toUpperCase(), `${GITLAB}:443`, `${GITLAB}.`, `${GITLAB}.:8443`];
    const report = await find([
      ...hosts.map((host) => request(seconds(1), BOT, { ClientRequestHost: host })),
      request(seconds(2), '203.0.113.8', { ClientRequestHost: `x${GITLAB}` }),
      request(seconds(2), '203.0.113.8', { ClientRequestHost: null }),
    ]);
    expect(report.sightings.map(({ address, requests }) => [address, requests])).toEqual([['203.0.113.8', 2]]);
    expect(report).toMatchObject({ totalAddresses: 1, totalRequests: 2, coverage: { counts: { onGitlabHosts: 5 } } });
  });

  it("counts Cloudflare's own addresses apart", async () => {
    const report = await find([
      request(seconds(1), BOT),
      ...['104.16.0.1', '104.16.0.1', '2a06:98c0:3600::103'].map((own) => request(seconds(2), own)),
    ]);
    expect(report.sightings).toHaveLength(1);
    expect(report).toMatchObject({ totalAddresses: 1, totalRequests: 1, coverage: { counts: { ofCloudflare: 3 } } });
  });

  it('takes texts of one address for one address', async () => {
    const texts = [BOT, `::ffff:${BOT}`, '2001:db8::1', '2001:DB8:0::1'];
    const report = await find(texts.map((address, index) => request(seconds(index), address)));
    expect(report.sightings.map(({ address, requests }) => [address, requests]).sort()).toEqual([
      ['2001:db8::1', 2],
      [BOT, 2],
    ]);
    expect(report).toMatchObject({ totalAddresses: 2, totalRequests: 4 });
  });

  it('counts exactly what it does not list', async () => {
    const crowd = Array.from({ length: 12_000 }, (_, index) =>
      request(seconds(index % 3600), `198.18.${index >> 8}.${index & 255}`),
    );
    const report = await find([...crowd, request(seconds(3), BOT), request(seconds(4), BOT)]);
    expect(report.sightings).toHaveLength(10_000);
    expect(report.sightings[0]).toMatchObject({ address: BOT, requests: 2 });
    expect(report).toMatchObject({
      totalAddresses: 12_001,
      totalRequests: 12_002,
      coverage: { status: 'complete', counts: { rows: 12_002, addresses: 12_001, listed: 10_000 } },
    });
  });
});

describe('what cannot be read', () => {
  it('is counted and left out', async () => {
    const broken = Object.values(malformedRows(seconds(1), '198.18.9.9'));
    const fine = Array.from({ length: 99 }, (_, index) => request(seconds(index), BOT));
    const report = await find([...fine, ...broken]);
    // Those without a time of their own go by their arrival.
    expect(report.sightings.map(({ address, requests }) => [address, requests])).toEqual([
      [BOT, 99],
      ['198.18.9.9', 2],
    ]);
    expect(report).toMatchObject({
      totalAddresses: 2,
      totalRequests: 101,
      coverage: {
        status: 'partial',
        why: ['5 requests without an address or a score that can be read were left out.'],
        counts: { rows: 106, skippedMalformed: 5 },
      },
    });
  });

  it('is worth no word where it is little', async () => {
    const fine = Array.from({ length: 100 }, (_, index) => request(seconds(index), BOT));
    const report = await find([...fine, request(seconds(1), '')]);
    expect(report.coverage).toMatchObject({ status: 'complete', counts: { skippedMalformed: 1 } });
  });
});

describe('a dataset', () => {
  it('without any request in the hour may not be receiving logs', async () => {
    const { sightings, coverage } = await find([]);
    expect(sightings).toEqual([]);
    expect(coverage).toMatchObject({
      status: 'partial',
      why: [`Axiom dataset ${DATASET} has no request in this window: Cloudflare's logs may not be arriving.`],
      counts: { rows: 0, addresses: 0 },
    });
  });

  it('without bot scores flags by the products that acted, whether they stand in a list or in a text', async () => {
    const products: AxiomEvent[] = [
      { SecuritySources: ['waf', 'botFight'] },
      { SecuritySources: '["botManagement"]' },
      { SecuritySources: ['firewallManaged'] },
      {},
    ];
    const requests = products.map((columns, index) => request(seconds(index), `203.0.113.${index}`, columns));
    const report = await find(without(requests, 'BotScore', 'BotScoreSrc'), { options: { overrides: { score: '' } } });
    expect(report.sightings.map(({ address, method, lowestBotScore }) => [address, method, lowestBotScore])).toEqual([
      ['203.0.113.0', 'bot-product', undefined],
      ['203.0.113.1', 'bot-product', undefined],
    ]);
    expect(report.coverage.status).toBe('complete');
  });

  it('with a score of 0 everywhere says that nothing can be flagged', async () => {
    const report = await find([human(seconds(1), BOT, { BotScore: 0, SecuritySources: ['botFight'] })]);
    expect(report.coverage).toMatchObject({
      status: 'partial',
      why: [expect.stringContaining('cloudflareFields.score')],
    });
  });

  it('without hosts says that requests to GitLab cannot be told apart', async () => {
    const requests = without([EARLIER, request(seconds(1), BOT)], 'ClientRequestHost');
    await using open = await openRequests(requests);
    const report = await open.find();
    expect(report.sightings).toHaveLength(1);
    expect(report.coverage).toMatchObject({ status: 'partial', why: [expect.stringContaining('told apart')] });
  });

  it.each([
    ['ClientIP', 'axiom.cloudflareFields.address'],
    ['BotScore', 'axiom.cloudflareFields.score'],
  ])('without %s cannot be read, and the setting is named', async (name, setting) => {
    await using open = await openRequests(without([request(seconds(1), BOT)], name, 'SecuritySources'));
    const { sightings, whole, coverage } = await open.find();
    expect([sightings, whole]).toEqual([[], false]);
    expect(coverage).toMatchObject({ status: 'unavailable', why: [expect.stringContaining(setting)] });
  });

  it("may be filled by Axiom's Worker", async () => {
    const event = (score: number, verifiedBot: boolean): AxiomEvent => ({
      _time: toIso(seconds(5)),
      request: {
        headers: { 'cf-connecting-ip': BOT, host: 'shop.example.com' },
        botManagement: { score, verifiedBot, ja4: 'abc' },
        asn: 64500,
        country: 'NL',
      },
    });
    await using open = await openRequests([], { options: { preset: 'worker' } });
    await open.ingest([event(2, false), event(2, true), event(80, false)]);
    const report = await open.find();
    expect(report.sightings).toMatchObject([
      { address: BOT, requests: 1, lowestBotScore: 2, ja4: ['abc'], asn: 64500 },
    ]);
    expect(report.coverage).toMatchObject({ status: 'complete', counts: { rows: 3 } });
  });
});

describe('an Axiom that does not answer', () => {
  it.each([
    ['is down', (axiom: Live) => Object.assign(axiom.faults, { down: true })],
    ['refuses the token', (axiom: Live) => Object.assign(axiom, { token: 'another' })],
    ['answers in part only', (axiom: Live) => Object.assign(axiom.queryFaults, { partial: 100 })],
  ])('because it %s is unavailable, never clean', async (_what, breakIt) => {
    await using open = await openRequests([EARLIER, request(seconds(1), BOT)]);
    breakIt(open.axiom);
    const report = await open.find();
    expect(report).toMatchObject({ sightings: [], whole: false, coverage: { status: 'unavailable' } });
    expect(report.totalAddresses).toBeUndefined();
    expect(report.coverage.why).toHaveLength(1);
  });
});

type Live = Awaited<ReturnType<typeof openRequests>>['axiom'];
