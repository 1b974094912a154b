import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../../functions/core/time.ts';
import { EvidenceGapError, RateLimitedError } from '../../../functions/runtime/errors.ts';
import type { Fetch } from '../../../functions/runtime/http.ts';
import { malformedRows } from '../../../infra/local/scenario/axiom-builders.ts';
import type { AxiomEvent } from '../../../infra/local/stand-ins/axiom.ts';
import {
  COLUMNS_KNOWN,
  EARLIER,
  GITLAB,
  human,
  openRequests,
  request,
  type Setup,
  seconds,
  WINDOW,
} from '../support/axiom-requests.ts';

const BOT = '203.0.113.7';

async function traffic(requests: readonly AxiomEvent[], setup?: Setup) {
  await using open = await openRequests([EARLIER, ...requests], setup);
  return { traffic: await open.traffic(), report: await open.find(), asked: open.asked };
}

/** Minutes past eleven, with their requests. */
const minutes = (counts: Readonly<Record<number, number>>) => ({
  step: MINUTE,
  points: Object.entries(counts).map(([minute, count]) => ({ at: seconds(60 * Number(minute)), requests: count })),
});

describe('the flagged requests over time', () => {
  it('are counted minute by minute, to the ends of the hour, by one query', async () => {
    const told = await traffic([
      request(WINDOW.start - 1_000, BOT),
      request(WINDOW.start, BOT),
      request(seconds(59), '2001:db8::1'),
      request(seconds(1_800), BOT),
      request(seconds(1_859), BOT),
      request(WINDOW.end - 1_000, BOT),
      request(WINDOW.end, BOT),
    ]);
    expect(told.traffic).toEqual(minutes({ 0: 2, 30: 2, 59: 1 }));
    expect(told.asked.filter(({ apl }) => apl.includes('bin(at, 1m)'))).toHaveLength(1);
    expect(told.asked).toHaveLength(3);
  });

  it('are those of the list, whoever else there is', async () => {
    const told = await traffic([
      request(seconds(61), BOT),
      human(seconds(62), '198.51.100.1'),
      request(seconds(63), BOT, { ClientRequestHost: `${GITLAB}:443` }),
      request(seconds(64), BOT, { VerifiedBotCategory: 'Search Engine Crawler' }),
      request(seconds(65), BOT, { ClientRequestSource: 'edgeWorkerFetch' }),
      request(seconds(66), ''),
      ...['104.16.0.1', '2a06:98c0:3600::103'].map((own) => request(seconds(67), own)),
      request(seconds(121), '203.0.113.8', { BotScore: '29' }),
    ]);
    expect(told.traffic).toEqual(minutes({ 1: 1, 2: 1 }));
    expect(told.report.totalRequests).toBe(2);
  });

  it('are by the products that acted where there is no score', async () => {
    const told = await traffic(
      [request(seconds(61), BOT, { SecuritySources: ['botFight'] }), request(seconds(61), BOT)],
      { options: { overrides: { score: '' } } },
    );
    expect(told.traffic).toEqual(minutes({ 1: 1 }));
  });

  it('count what the list cuts off, and go by the arrival of what has no time of its own', async () => {
    const crowd = Array.from({ length: 11_000 }, (_, index) =>
      request(seconds(60), `198.18.${index >> 8}.${index & 255}`),
    );
    const broken = Object.values(malformedRows(seconds(61), '198.18.9.9'));
    const told = await traffic([...crowd, ...broken]);
    const counted = told.traffic.points.reduce((sum, { requests }) => sum + requests, 0);
    expect(told.report.sightings).toHaveLength(10_000);
    expect(counted - (told.report.totalRequests ?? 0)).toBeGreaterThanOrEqual(0);
    expect(counted - (told.report.totalRequests ?? 0)).toBeLessThanOrEqual(broken.length);
  });

  it('are counted in longer steps over more than a day', async () => {
    await using open = await openRequests([EARLIER, request(seconds(61), BOT), request(seconds(299), BOT)]);
    expect(await open.traffic({ start: WINDOW.end - 2 * DAY, end: WINDOW.end })).toEqual({
      step: 5 * MINUTE,
      points: [{ at: WINDOW.start, requests: 2 }],
    });
  });

  it('of nothing are no points', async () => {
    expect((await traffic([])).traffic.points).toEqual([]);
  });

  it.each([
    [{ span: 'soon', requests: 3 }],
    [{ span: null, requests: 3 }],
    [{ span: '2026-03-01T11:00:00Z', requests: 'three' }],
  ])('are not told where the answer cannot be read: %j', async (row) => {
    await using open = await openRequests([EARLIER], {
      options: { client: { query: async () => [row] }, cache: COLUMNS_KNOWN },
    });
    await expect(open.traffic()).rejects.toThrow(EvidenceGapError);
  });
});

/** Refuses what `refuses` says of the query's text. */
function refusing(status: number, refuses: (query: string) => boolean): Fetch {
  return async (url, init) => {
    if (!refuses(String(init?.body ?? ''))) return await fetch(url, init);
    const headers = { ...(status === 429 ? { 'retry-after': '600' } : {}), 'content-type': 'application/json' };
    return new Response('{"message":"slow down"}', { status, headers });
  };
}

describe('beside the list', () => {
  it('a pause that Axiom asks of it, and tries of it, are its own', async () => {
    let failed = false;
    const listFailsOnce = (query: string) => {
      const fails = !failed && query.includes('| top ');
      failed ||= fails;
      return fails;
    };
    const slowDown = refusing(429, (query) => query.includes('by span'));
    const unavailable = refusing(503, listFailsOnce);
    await using open = await openRequests([EARLIER, request(seconds(61), BOT)], {
      fetch: (url, init) => (String(init?.body ?? '').includes('by span') ? slowDown : unavailable)(url, init),
    });
    const { report, traffic: reading } = await open.hunt();
    expect(await reading).toBeInstanceOf(RateLimitedError);
    expect(report).toMatchObject({ totalRequests: 1, coverage: { status: 'complete' } });
    expect(open.asked.filter(({ apl }) => apl.includes('by span'))).toHaveLength(1);
    expect(open.pauses.every((ms) => ms < 1_000)).toBe(true);
  });

  it('the columns are read once for both', async () => {
    let reads = 0;
    await using open = await openRequests([EARLIER, request(seconds(61), BOT)], {
      options: {
        cache: {
          get: async () => void reads++,
          put: async () => {},
        },
      },
    });
    const { report, traffic: reading } = await open.hunt();
    expect(report).toMatchObject({ totalRequests: 1 });
    expect(await reading).toEqual(minutes({ 1: 1 }));
    expect(reads).toBe(1);
    expect(open.asked).toHaveLength(3);
  });
});
