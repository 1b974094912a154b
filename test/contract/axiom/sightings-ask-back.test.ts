import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../../functions/core/activity.ts';
import { networkOf, parseAddress } from '../../../functions/core/address.ts';
import { indexSightings, joinUses } from '../../../functions/core/join.ts';
import type { Sighting } from '../../../functions/core/sighting.ts';
import { instant, MINUTE } from '../../../functions/core/time.ts';
import type { TokenUse } from '../../../functions/core/token-use.ts';
import type { AxiomEvent } from '../../../infra/local/stand-ins/axiom.ts';
import { sighting, tokenUse } from '../../support/evidence.ts';
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
const minutes = (count: number) => seconds(count * 60);

async function askBack(requests: readonly AxiomEvent[], addresses: readonly string[], setup?: Setup) {
  await using open = await openRequests([EARLIER, ...requests], setup);
  const report = await open.askBack(addresses);
  return { ...report, asked: open.asked };
}

const addressesOf = (sightings: readonly Sighting[]) => sightings.map(({ address }) => address).sort();

describe('asking back about addresses', () => {
  it('finds the one request of an IPv4 address, and of no other', async () => {
    const report = await askBack(
      [request(seconds(90), BOT), request(seconds(91), '203.0.113.8'), human(seconds(92), '203.0.113.9')],
      [BOT, '203.0.113.9'],
    );
    expect(report.sightings).toEqual([
      expect.objectContaining({
        address: BOT,
        seen: instant(seconds(90)),
        seenExactly: true,
        requests: 1,
        lowestBotScore: 1,
        hosts: ['shop.example.com'],
        askedBack: true,
      }),
    ]);
    expect(report).toMatchObject({
      onGitlabHosts: [],
      whole: true,
      coverage: { status: 'complete', why: [], counts: { askedBack: 2, unasked: 0 }, pages: 1 },
    });
  });

  it('finds an IPv4 address that was logged as an IPv6 text', async () => {
    const texts = [`::ffff:${BOT}`, `::FFFF:${BOT}`];
    const { sightings } = await askBack(
      texts.map((text) => request(seconds(1), text)),
      [BOT],
    );
    expect(sightings).toMatchObject([{ address: BOT, requests: 2 }]);
  });

  it('finds every address of an IPv6 network, however it is written, beside texts that are no such address', async () => {
    const texts = ['2001:db8:1:2::9', '2001:DB8:1:2:0:0:0:A', '2001:db8:1:3::9', BOT, '-', ''];
    const { sightings, coverage } = await askBack(
      texts.map((text) => request(seconds(1), text)),
      ['2001:db8:1:2::1'],
    );
    expect(addressesOf(sightings)).toEqual(['2001:db8:1:2::9', '2001:db8:1:2::a']);
    expect(coverage.status).toBe('complete');
  });

  it('finds the very address alone where that is what a network is', async () => {
    const texts = ['2001:db8:1:2::9', '2001:db8:1:2::a'];
    const { sightings } = await askBack(
      texts.map((text) => request(seconds(1), text)),
      ['2001:db8:1:2::a'],
      { options: { ipv6PrefixLength: 128 } },
    );
    expect(sightings).toMatchObject([{ address: '2001:db8:1:2::a', network: '2001:db8:1:2::a/128' }]);
  });

  it('tells phases of activity apart that lie further apart than the slack', async () => {
    const times = [1, 14, 16, 46, 59].map(minutes);
    const all = times.map((at) => request(at, BOT));
    const seen = async (slack: number) => {
      const { sightings } = await askBack(all, [BOT], { options: { slackMs: slack * MINUTE } });
      return sightings.map(({ seen: { notBefore, notAfter }, requests }) => [
        (notBefore - WINDOW.start) / MINUTE,
        (notAfter - WINDOW.start) / MINUTE,
        requests,
      ]);
    };
    expect(await seen(30)).toEqual([[1, 59, 5]]);
    expect(await seen(29)).toEqual([
      [1, 16, 3],
      [46, 59, 2],
    ]);
    expect(await seen(2)).toEqual([
      [1, 1, 1],
      [14, 16, 2],
      [46, 46, 1],
      [59, 59, 1],
    ]);
  });

  it("keeps what was asked of GitLab's own hosts apart", async () => {
    const report = await askBack(
      [request(minutes(5), BOT), request(minutes(10), BOT, { ClientRequestHost: `${GITLAB}:443`, BotScore: 8 })],
      [BOT],
    );
    expect(report.sightings).toMatchObject([{ seen: instant(minutes(5)), lowestBotScore: 1 }]);
    expect(report.onGitlabHosts).toMatchObject([{ seen: instant(minutes(10)), lowestBotScore: 8 }]);
  });

  it('asks nothing about addresses that no client has', async () => {
    const { asked, ...report } = await askBack([], ['104.16.0.1', '2606:4700::1', '::1', 'fd00::1', 'fe80::1']);
    expect(asked).toEqual([]);
    expect(report).toEqual({
      sightings: [],
      onGitlabHosts: [],
      whole: true,
      coverage: { status: 'complete', why: [], counts: { askedBack: 0, unasked: 0 }, pages: 0 },
    });
  });

  it('reaches for what arrived late, and not past the window', async () => {
    const { asked, sightings } = await askBack([request(WINDOW.end - 1, BOT), request(WINDOW.end, BOT)], [BOT]);
    expect(sightings).toMatchObject([{ seen: instant(WINDOW.end - 1) }]);
    expect(asked[0]?.range).toEqual({ start: WINDOW.start, end: WINDOW.end + 15 * MINUTE });
  });
});

describe('answers that do not fit', () => {
  const crowd = Array.from({ length: 40 }, (_, index) => request(minutes(index), `2001:db8:1:2::${index + 1}`));

  it('are asked for in parts, and lose nothing', async () => {
    const report = await askBack([...crowd, request(seconds(1), BOT)], [BOT, '2001:db8:1:2::'], {
      standIn: { rowCeiling: 7 },
      options: { cache: COLUMNS_KNOWN },
    });
    expect(report.sightings).toHaveLength(41);
    expect(report.coverage.status).toBe('complete');
    expect(report.asked.length).toBeGreaterThan(6);
  });

  it('however little is asked are unavailable, and what was read still counts', async () => {
    const flood = crowd.map((one) => ({ ...one, EdgeStartTimestamp: new Date(minutes(30)).toISOString() }));
    const report = await askBack([...flood, request(seconds(1), BOT)], [BOT, '2001:db8:1:2::', '2001:db8:1:2::5'], {
      standIn: { rowCeiling: 7 },
      options: { cache: COLUMNS_KNOWN },
    });
    expect(report.whole).toBe(false);
    expect(report.coverage).toMatchObject({
      status: 'unavailable',
      why: [
        'Axiom could not be asked about 2 of 3 addresses that GitLab saw.',
        expect.stringContaining('cut its answer'),
      ],
      counts: { askedBack: 1, unasked: 2 },
    });
    expect(addressesOf(report.sightings)).toContain(BOT);
  });
});

describe('an outage', () => {
  it('of Axiom leaves every address unasked, and says so', async () => {
    await using open = await openRequests([EARLIER, request(seconds(1), BOT)]);
    open.axiom.queryFaults.partial = 1000;
    expect(await open.askBack([BOT])).toMatchObject({
      sightings: [],
      onGitlabHosts: [],
      whole: false,
      coverage: { status: 'unavailable' },
    });
  });

  it('after the columns were read says how many addresses were not asked about', async () => {
    await using open = await openRequests([EARLIER, request(seconds(1), BOT)], {
      options: { cache: COLUMNS_KNOWN },
    });
    open.axiom.faults.down = true;
    expect((await open.askBack([BOT, '203.0.113.8'])).coverage).toMatchObject({
      status: 'unavailable',
      why: ['Axiom could not be asked about 2 of 2 addresses that GitLab saw.', expect.any(String)],
      counts: { askedBack: 0, unasked: 2 },
    });
  });
});

/** A request as the properties draw it. */
interface Drawn {
  readonly at: number;
  readonly text: string;
  readonly onGitlab: boolean;
  readonly score: number;
}

const TEXTS = [
  '192.0.2.1',
  '::ffff:192.0.2.1',
  '192.0.2.2',
  '192.0.2.3',
  '2001:db8:1:2::1',
  '2001:db8:1:2:0:0:0:1',
  '2001:db8:1:2::2',
  '2001:db8:1:3::1',
  'unknown',
];
const ASKED = ['192.0.2.1', '192.0.2.2', '2001:db8:1:2::2', '2001:db8:1:2::7', '198.51.100.1'];

const drawn = fc.array(
  fc.record({
    at: fc
      .tuple(fc.integer({ min: -2, max: 61 }), fc.constantFrom(0, 500, 59_500))
      .map(([minute, ms]) => WINDOW.start + minute * MINUTE + ms),
    text: fc.constantFrom(...TEXTS),
    onGitlab: fc.boolean(),
    score: fc.integer({ min: 0, max: 35 }),
  }),
  { maxLength: 30 },
);

const uses = fc.array(
  fc.record({
    address: fc.constantFrom(...ASKED),
    at: fc.integer({ min: -60, max: 120 }).map((minute) => instant(WINDOW.start + minute * MINUTE)),
  }),
  { maxLength: 20 },
);

/** What a full join would be made of: every single request that counts, by address. */
function sightedOne(all: readonly Drawn[], onGitlab: boolean, slackMs: number): Sighting[] {
  const single = all.flatMap(({ text, at, score, ...one }) => {
    const address = parseAddress(text);
    const counts = score >= 1 && score < 30 && at >= WINDOW.start && at < WINDOW.end;
    if (address === undefined || !counts || one.onGitlab !== onGitlab) return [];
    const network = networkOf(address, 64);
    return [sighting({ address: address.canonical, network, seen: instant(at), requests: 1, lowestBotScore: score })];
  });
  return [...Map.groupBy(single, ({ address }) => address).values()].flatMap((some) => phasesOf(some, slackMs));
}

/** What findings are made of. */
const told = ({ address, network, seen, requests, lowestBotScore }: Sighting) => ({
  address,
  network,
  seen,
  requests,
  lowestBotScore,
});

function matched(some: readonly TokenUse[], sightings: readonly Sighting[], slack: number) {
  const rules = { window: { start: WINDOW.start - 120 * MINUTE, end: WINDOW.end + 120 * MINUTE }, slack };
  return joinUses(some, indexSightings(sightings), rules).map((match) => ({
    ...match,
    sighting: told(match.sighting),
  }));
}

function useOf({ address, at }: Pick<TokenUse, 'address' | 'at'>): TokenUse {
  const parsed = parseAddress(address);
  return tokenUse({ address, at, network: parsed === undefined ? '' : networkOf(parsed, 64) });
}

describe('matches of what is asked back', () => {
  it('are those of a full join over every request, at any slack and any limit of rows', async () => {
    const slack = fc.constantFrom(1, 2, 3, 5, 7, 10, 14, 15, 30, 40).map((count) => count * MINUTE);
    const ceiling = fc.integer({ min: 8, max: 40 });
    const property = fc.asyncProperty(drawn, uses, slack, ceiling, async (all, used, slackMs, rowCeiling) => {
      const events = all.map(({ at, text, onGitlab, score }) =>
        request(at, text, { BotScore: score, ClientRequestHost: onGitlab ? GITLAB : 'shop.example.com' }),
      );
      const setup = { options: { slackMs, cache: COLUMNS_KNOWN }, standIn: { rowCeiling } };
      const report = await askBack(events, ASKED, setup);
      expect(report.coverage).toMatchObject({ status: 'complete', why: [] });
      const networks = new Set(ASKED.map((address) => useOf({ address, at: instant(0) }).network));
      for (const onGitlab of [false, true]) {
        const answer = onGitlab ? report.onGitlabHosts : report.sightings;
        const full = sightedOne(all, onGitlab, slackMs);
        expect(new Set(answer.map(told))).toEqual(new Set(full.filter((one) => networks.has(one.network)).map(told)));
        const tokenUses = used.map(useOf);
        expect(matched(tokenUses, answer, slackMs)).toEqual(matched(tokenUses, full, slackMs));
      }
    });
    await fc.assert(property, { numRuns: 150 });
  }, 60_000);
});
