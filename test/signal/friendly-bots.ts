import { type EpochMs, HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import type { Cast } from './organisation.ts';
import { addressAt, type Pool } from './places.ts';
import { randomFor } from './random-for.ts';
import { dayStart, isWeekend, STORY_DAYS } from './span.ts';
import type { WebActivity, WebClient } from './truth.ts';
import { JA4, type Seat, someTarget } from './web-clients.ts';

/** Machines that may: verified crawlers, monitors, and what the organisation itself lets loose on its own sites. */
export function friendlyBots(cast: Cast, seed: number): WebActivity[] {
  const random = randomFor(seed, 'friendly-bots');
  return Array.from({ length: STORY_DAYS }, (_, day) => [
    ...crawlers(cast, random, day),
    ...monitors(cast, random, day),
    ...seoTool(cast, random, day),
    ...smokeTests(cast, random, day),
    ...vulnerabilityScan(cast, random, day),
  ]).flat();
}

const CRAWLERS = [
  { actor: 'crawler/search', address: '66.249.66.17', asn: 15169, country: 'US', requests: 4000 },
  { actor: 'crawler/search-2', address: '157.55.39.44', asn: 8075, country: 'US', requests: 1800 },
  { actor: 'crawler/previews', address: '69.171.249.8', asn: 32934, country: 'US', requests: 300 },
  { actor: 'crawler/assistant', address: '20.171.207.30', asn: 8075, country: 'US', requests: 2500 },
] as const;

function crawlers({ zones }: Cast, random: Random, day: number): WebActivity[] {
  return CRAWLERS.flatMap(({ requests, ...crawler }) =>
    [0, 6, 12, 18].map((hour) => ({
      ...{ ...crawler, ja4: JA4.crawler, botScore: 1, verifiedBot: true },
      ...{ ...someTarget(random, zones), path: '/' },
      ...lasting(dayStart(day) + hour * HOUR + random.int(0, 20) * MINUTE, 330),
      requests: random.int(requests >> 1, requests),
    })),
  );
}

/** One that Cloudflare verified; one that it does not know, on a server that a cluster fetches from, too. */
function monitors({ zones, places }: Cast, random: Random, day: number): WebActivity[] {
  const bought = { address: '216.144.250.150', asn: 396982, country: 'US' };
  const own = seatIn(places.servers, 1);
  const times = Array.from({ length: 12 }, (_, number) => dayStart(day) + 2 * number * HOUR);
  return times.flatMap((from) => [
    checks({ ...bought, verifiedBot: true }, 'monitor/bought', from),
    checks({ ...own, verifiedBot: false }, 'monitor/own', from + 30_000),
  ]);

  function checks(seat: Seat & Pick<WebClient, 'verifiedBot'>, actor: string, from: EpochMs): WebActivity {
    const target = someTarget(random, zones.slice(0, 1));
    return {
      ...seat,
      actor,
      ja4: JA4.go,
      botScore: 1,
      ...target,
      path: '/health',
      ...lasting(from, 119),
      requests: 119,
    };
  }
}

/** Reads the whole site every day from the office that nobody listed, while people work there. */
function seoTool({ zones, places: { unlistedOffice: office } }: Cast, random: Random, day: number): WebActivity[] {
  const from = dayStart(day) + random.int(8 * 60, 14 * 60) * MINUTE;
  const seat = { address: addressAt(office, from), asn: office.asn, country: office.country };
  return zones.map((zone, number) => ({
    ...{ ...seat, actor: 'seo-tool', ja4: JA4.python, botScore: random.int(2, 12), verifiedBot: false },
    ...{ zone: zone.id, host: zone.hosts[0], path: '/sitemap.xml' },
    ...lasting(from + number * 50 * MINUTE, random.int(40, 70)),
    requests: random.int(1200, 3500),
  }));
}

/** Every hour a pipeline asks the site with curl whether it is still well. */
function smokeTests({ zones, places }: Cast, random: Random, day: number): WebActivity[] {
  return Array.from({ length: 24 }, (_, hour) => {
    const runners = hour % 4 === 3 ? places.autoscaledRunners : places.fixedRunners;
    return {
      ...seatIn(runners, random.int(0, runners.addresses.length - 1)),
      ...{ actor: 'smoke-test', ja4: JA4.curl, botScore: random.int(1, 5), verifiedBot: false },
      ...{ ...someTarget(random, zones), path: '/health' },
      ...lasting(dayStart(day) + hour * HOUR + random.int(5, 9) * MINUTE, random.int(1, 6)),
      requests: random.int(20, 60),
    };
  });
}

/** The vendor whose token clones by night looks for holes in the public site by day, from the same address. */
function vulnerabilityScan({ zones, machines }: Cast, random: Random, day: number): WebActivity[] {
  const scanner = machines.find(({ work }) => work === 'scanner');
  if (scanner === undefined || isWeekend(day)) return [];
  const { asn, country } = scanner;
  return [
    {
      ...{ address: scanner.addresses[0], asn, country, actor: 'security-scanner' },
      ...{ ja4: JA4.go, botScore: random.int(1, 5), verifiedBot: false },
      ...{ ...someTarget(random, zones), path: '/login' },
      ...lasting(dayStart(day) + random.int(9 * 60, 15 * 60) * MINUTE, random.int(20, 60)),
      requests: random.int(400, 1500),
      security: { source: 'firewallManaged', action: 'log', share: 0.05 },
    },
  ];
}

function lasting(from: EpochMs, minutes: number): Pick<WebActivity, 'from' | 'until'> {
  return { from, until: from + minutes * MINUTE };
}

function seatIn({ addresses, asn, country }: Pool, number: number): Seat {
  return { asn, country, address: addresses[number] ?? addresses[0] };
}
