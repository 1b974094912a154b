import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudflareServer, FakeZone, type Fault, graphqlError, TOKEN } from '../support/cloudflare-server.ts';
import { connect, request } from '../support/cloudflare-setup.ts';

let server: CloudflareServer;
let zone: FakeZone;

beforeEach(async () => {
  server = await new CloudflareServer().start();
  zone = new FakeZone('a', 'example.com');
  zone.requests = [request('45.20.0.1')];
  server.zones = [zone];
});
afterEach(() => server.close());

const times = (count: number, fault: Fault) => Array.from({ length: count }, () => fault);

describe('a failure that passes', () => {
  it.each<[string, Fault]>([
    ['500', { status: 500, text: 'oops' }],
    ['503 in GraphQL', { status: 503, body: graphqlError('unable to execute query, please try again later') }],
    ['200 with errors', { body: graphqlError('too many queries in progress') }],
    ['200 with an error nobody documented', { body: graphqlError('gremlins') }],
    [
      '200 with errors beside data',
      { body: { data: { viewer: { zones: [] } }, errors: [{ message: 'unable to execute query' }] } },
    ],
    ['200 without data', { body: { data: null, errors: null } }],
    ['truncated JSON', { text: '{"data":{"viewer":{"zones":[{"top":[{"cou' }],
    [
      'a body cut short',
      { text: '{"data":{"viewer":{"zones":[]}}}', headers: { 'content-length': '999' }, cutAfter: 10 },
    ],
    ['a proxy page', { status: 502, text: '<html>' }],
  ])('is tried again: %s', async (_, fault) => {
    server.faults = [undefined, fault];
    const adapter = connect(server);
    expect(await adapter.find()).toMatchObject({
      sightings: [{ address: '45.20.0.1' }],
      coverage: { status: 'complete' },
    });
    expect(adapter.clock.slept).toHaveLength(1);
  });

  it('is tried again: a body that never ends', async () => {
    server.faults = [undefined, { hang: true }];
    const report = await connect(server, { requestTimeoutMs: 150 }).find();
    expect(report).toMatchObject({ sightings: [{ address: '45.20.0.1' }], coverage: { status: 'complete' } });
  });

  it('that stays ends as coverage with the zone and the reason, not as a throw', async () => {
    server.down = { status: 500 };
    const report = await connect(server).find();
    expect(report).toMatchObject({ sightings: [], whole: false, coverage: { status: 'unavailable' } });
    expect(report.coverage.why.join()).toMatch(/example\.com: .*500/);
    expect(server.paths.length).toBeLessThan(15);
  });
});

describe('429', () => {
  it.each([graphqlError('too many requests'), { success: false, errors: [{ code: 10429, message: 'slow down' }] }])(
    'waits as long as asked, whatever the body says',
    async (body) => {
      server.faults = [undefined, { status: 429, headers: { 'retry-after': '7' }, body }];
      const adapter = connect(server);
      expect(await adapter.find()).toMatchObject({ coverage: { status: 'complete' } });
      expect(adapter.clock.slept).toHaveLength(1);
      expect(adapter.clock.slept[0]).toBeGreaterThanOrEqual(7_000);
    },
  );

  it('waits as long as Retry-After says', async () => {
    server.faults = [undefined, { status: 429, headers: { 'retry-after': '7' } }];
    const adapter = connect(server);
    expect((await adapter.find()).coverage.status).toBe('complete');
    expect(adapter.clock.slept[0]).toBeGreaterThanOrEqual(7_000);
    expect(adapter.clock.slept[0]).toBeLessThan(8_000);
  });

  it('waits a little without Retry-After', async () => {
    server.faults = [undefined, { status: 429 }];
    const adapter = connect(server);
    expect((await adapter.find()).coverage.status).toBe('complete');
    expect(adapter.clock.slept[0]).toBeLessThan(1_000);
  });

  it('does not wait five minutes for the budget: what is known is answered in time', async () => {
    server.down = { status: 429, body: graphqlError('rate limiter budget depleted, try again after 5 minutes') };
    const adapter = connect(server);
    const report = await adapter.find();
    expect(report.coverage).toMatchObject({ status: 'unavailable' });
    expect(report.coverage.why.join()).toContain('budget');
    expect(adapter.clock.slept).toEqual([]);
    // The first zone's first query; whatever came after would only have been refused too.
    expect(server.paths).toEqual(['/graphql', '/graphql']);
  });

  it('knows the account-based budget by its code, on HTTP 200', async () => {
    server.down = { body: graphqlError('slow down', { code: 'budget' }) };
    const report = await connect(server).find();
    expect(report.coverage.why.join()).toContain('budget');
  });
});

describe('a token', () => {
  it('is read afresh once when it is refused', async () => {
    const report = await connect(server, { tokens: ['old', TOKEN] }).find();
    expect(report).toMatchObject({ sightings: [{ address: '45.20.0.1' }], coverage: { status: 'complete' } });
  });

  it('that stays refused (401) is not tried again, and never shows', async () => {
    const adapter = connect(server, { tokens: ['secret-1', 'secret-2'] });
    const report = await adapter.find();
    expect(report.coverage.status).toBe('unavailable');
    expect(report.coverage.why.join()).toContain('latchkey/cloudflare');
    expect(JSON.stringify(report)).not.toContain('secret-');
    expect(adapter.clock.slept).toEqual([]);
  });

  it.each([
    ['in words nobody documented', { errors: [{ code: 9109, message: 'Invalid access token' }] }],
    ['in a form nobody documented', { success: false, errors: [{ code: 9109 }] }],
    ['without a reason', {}],
  ])('that is refused with 403 %s is not tried again, and said', async (_, body) => {
    server.down = { status: 403, body };
    const adapter = connect(server);
    const report = await adapter.find();
    expect(report.coverage.status).toBe('unavailable');
    expect(report.coverage.why.join()).toContain('latchkey/cloudflare');
    expect(adapter.clock.slept).toEqual([]);
  });

  it('that may not read analytics (403) is said', async () => {
    server.faults = times(20, { status: 403, body: graphqlError('not authorized for that account') });
    const adapter = connect(server);
    const report = await adapter.find();
    expect(report.coverage.status).toBe('unavailable');
    expect(report.coverage.why.join()).toContain('Analytics Read');
    expect(adapter.clock.slept).toEqual([]);
  });
});

describe('a query that is too heavy', () => {
  it('is asked again over halves of the window', async () => {
    server.faults = [undefined, { body: graphqlError('query consumed excessive resources') }];
    const report = await connect(server).find();
    expect(report).toMatchObject({ whole: true, sightings: [{ address: '45.20.0.1', requests: 100 }] });
  });

  it('that stays so is said', async () => {
    server.down = { body: graphqlError('query time range is too large') };
    const report = await connect(server).find();
    expect(report.coverage.status).toBe('unavailable');
    expect(server.paths.length).toBeLessThan(60);
  });
});

it('keeps what was read of one piece of the window when another fails', async () => {
  Object.assign(zone.node('httpRequestsAdaptiveGroups'), { maxDuration: 1860 });
  // Settings, the first piece; the second fails for good.
  server.faults = [undefined, undefined, ...times(4, { status: 500 })];
  const report = await connect(server).find();
  expect(report).toMatchObject({ whole: false, coverage: { status: 'partial' } });
  expect(report.coverage.why).toEqual(['example.com: Cloudflare answered 500.']);
});

it('skips rows it cannot read and counts them', async () => {
  server.faults = [
    undefined,
    {
      body: {
        data: {
          viewer: {
            zones: [
              {
                top: [{ count: 'many' }, null, { count: 3, dimensions: { clientIP: '45.20.0.7' } }],
                total: [{ count: 3 }],
              },
            ],
          },
        },
      },
    },
  ];
  const report = await connect(server).find();
  expect(report.sightings).toMatchObject([{ address: '45.20.0.7', requests: 3 }]);
  expect(report.coverage.counts.skippedMalformed).toBe(2);
});
