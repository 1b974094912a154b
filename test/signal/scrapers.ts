import { DAY, type EpochMs, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import { ipv4In, ipv6In } from './addresses.ts';
import type { Cast } from './organisation.ts';
import { homeNetwork } from './places.ts';
import { randomFor } from './random-for.ts';
import { STORY_SPAN } from './span.ts';
import type { WebActivity } from './truth.ts';
import { cloudSeats, householdSeats, JA4, type Seat, someTarget } from './web-clients.ts';

type Kind = 'host' | 'cloud' | 'residential' | 'ipv6';

/** Somebody who wants prices or tickets, with machines that come again on other days. */
interface Scraper {
  readonly name: string;
  readonly kind: Kind;
  /** Where a raid comes from. */
  seats(random: Random, at: EpochMs): Seat[];
}

/** Raids on the sites, 25 to 45 in thirty days: short, loud, and nothing to do with GitLab. */
export function scrapers(cast: Cast, seed: number): WebActivity[] {
  const random = randomFor(seed, 'scrapers');
  const all = someScrapers(cast, random);
  const days = (STORY_SPAN.to - STORY_SPAN.begin) / DAY;
  const raids = Math.round((random.int(27, 43) * days) / 30);
  return Array.from({ length: raids }, () => {
    const at = STORY_SPAN.begin + (random.unit() * (days - 0.2) + 0.05) * DAY;
    const scraper = random.pick(all[random.pick(KINDS)]);
    return raid(cast, random, scraper, Math.round(at));
  }).flat();
}

const KINDS = [
  'host',
  'host',
  'host',
  'cloud',
  'cloud',
  'cloud',
  'residential',
  'residential',
  'ipv6',
  'ipv6',
] as const;

function someScrapers(cast: Cast, random: Random): Record<Kind, readonly [Scraper, ...Scraper[]]> {
  const several = (kind: Kind, most: number, make: () => Scraper['seats']): [Scraper, ...Scraper[]] => {
    const one = (number: number): Scraper => ({ kind, name: `scraper/${kind}-${number}`, seats: make() });
    return [one(0), ...Array.from({ length: most - 1 }, (_, number) => one(number + 1))];
  };
  return {
    host: several('host', 9, () => {
      const seats = cloudSeats(random, 1);
      return () => seats;
    }),
    cloud: several('cloud', 5, () => {
      const seats = cloudSeats(random, random.int(12, 60));
      return () => seats;
    }),
    residential: several('residential', 3, () => (luck, at) => residentialSeats(cast, luck, at)),
    ipv6: several('ipv6', 4, () => {
      const network = `2001:db8:a${random.hex(3)}`;
      const origin = { asn: 63949, country: random.pick(['US', 'NL', 'SG']) };
      return (luck) => {
        const networks = Array.from(
          { length: luck.int(1, 3) },
          (_, number) => `${network}:${(0x10 + number).toString(16)}`,
        );
        return networks.flatMap((one) =>
          Array.from({ length: luck.int(50, 110) }, () => ({ ...origin, address: ipv6In(luck, one) })),
        );
      };
    }),
  };
}

/**
 * Proxies in households: mostly of nobody we know, sometimes on a phone behind the carrier's NAT that staff use too, on
 * an exit of a VPN product, next door to somebody of the staff, or on the address that one of them had last week.
 */
function residentialSeats({ places, people }: Cast, random: Random, at: EpochMs): Seat[] {
  const seats = householdSeats(random, random.int(110, 320));
  const pools = [...places.carriers, ...places.publicVpns].filter(() => random.chance(0.35));
  seats.push(...pools.map(({ addresses, asn, country }) => ({ asn, country, address: random.pick(addresses) })));
  const neighbours = people.filter(({ home }) => home.country !== 'US' && random.chance(0.03));
  for (const { id, home } of neighbours) {
    const { asn, country, leases } = home;
    const [{ address }] = leases;
    const isIpv6 = address.includes(':');
    const street = address.slice(0, address.lastIndexOf('.'));
    seats.push({
      asn,
      country,
      address: isIpv6 ? ipv6In(random, homeNetwork(id, random.int(1, 9))) : ipv4In(random, street),
    });
    const past = leases.findLast((_, number) => !isIpv6 && (leases[number + 1]?.from ?? Infinity) < at - 2 * DAY);
    if (past !== undefined) seats.push({ asn, country, address: past.address });
  }
  return seats;
}

function raid({ zones }: Cast, random: Random, scraper: Scraper, from: EpochMs): WebActivity[] {
  const seats = scraper.seats(random, from);
  const lasts = random.int(10, 60) * MINUTE;
  const perMinute = random.int(3000, 15_000) / seats.length;
  const target = someTarget(random, zones);
  const path = random.pick(['/products', '/search', '/prices', '/api/v1/offers', '/tickets']);
  const ja4 = random.pick([JA4.python, JA4.go, JA4.chrome, JA4.curl]);
  const countermeasure = whatWasDone(random, scraper.kind);
  return seats.map((seat) => {
    const begins = from + Math.round(random.unit() * 0.4 * lasts);
    const until = Math.round(begins + (from + lasts - begins) * (0.4 + 0.6 * random.unit()));
    const requests = Math.max(1, Math.round(((until - begins) / MINUTE) * perMinute * (0.4 + 1.2 * random.unit())));
    return {
      ...seat,
      ...{ actor: scraper.name, ja4, verifiedBot: false, botScore: scoreOf(random, scraper.kind) },
      ...{ ...target, path, from: begins, until, requests },
      ...countermeasure,
    };
  });
}

/** The better the disguise, the less sure is Cloudflare; a few households pass for people. */
function scoreOf(random: Random, kind: Kind): number {
  if (kind === 'residential') return random.chance(0.08) ? random.int(30, 60) : random.int(2, 29);
  return random.chance(0.5) ? 1 : random.int(2, 16);
}

/** What Cloudflare's products did about a raid: nothing about a good third of them. */
function whatWasDone(random: Random, kind: Kind): Pick<WebActivity, 'security'> {
  if (random.chance(0.35)) return {};
  const share = random.int(5, 80) / 100;
  if (kind === 'host' || kind === 'ipv6') return { security: { source: 'rateLimit', action: 'block', share } };
  if (kind === 'cloud' && random.chance(0.25)) return { security: { source: 'l7ddos', action: 'block', share } };
  return { security: { source: 'botManagement', action: 'managed_challenge', share } };
}
