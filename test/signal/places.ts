import { DAY, type EpochMs } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import { ipv4In, ipv6In } from './addresses.ts';
import { randomFor } from './random-for.ts';
import { dayStart, STORY_DAYS, STORY_SPAN } from './span.ts';

/** One address, held from this instant until the next lease begins. */
export interface Lease {
  readonly from: EpochMs;
  /** Canonical text. */
  readonly address: string;
}

/** Somewhere with one way out to the internet at a time: an office, a home, a hotel. */
export interface Place {
  readonly name: string;
  readonly asn: number;
  readonly country: string;
  /** By `from`; the first begins with the story. */
  readonly leases: readonly [Lease, ...Lease[]];
}

/** Several ways out, any of which a client may get: a carrier's NAT, a VPN provider's exits, runners of the cloud. */
export interface Pool {
  readonly name: string;
  readonly asn: number;
  readonly country: string;
  /** Canonical text. */
  readonly addresses: readonly [string, ...string[]];
}

/** Everywhere that the organisation's people and machines share. Homes are with their people. */
export interface Places {
  /** In setting `knownEgress`. */
  readonly listedOffice: Place;
  /** An office like the other, which nobody listed. */
  readonly unlistedOffice: Place;
  /** The organisation's own VPN exit, used by many, listed by nobody. */
  readonly vpnExit: Place;
  /** NATs of mobile carriers: staff tether through them, and so do thousands of strangers. */
  readonly carriers: readonly [Pool, Pool];
  /** Exits of VPN products that anybody can buy (the second: Cloudflare's WARP); a few of the staff did. */
  readonly publicVpns: readonly [Pool, Pool];
  /** Cafés, hotels and airports. */
  readonly cafes: readonly [Place, ...Place[]];
  readonly fixedRunners: Pool;
  /** Runners that come and go on the same few addresses of a cloud. */
  readonly autoscaledRunners: Pool;
  /** The organisation's own servers: clusters, backup, and what nobody remembers. */
  readonly servers: Pool;
  /** Where Latchkey itself works from. */
  readonly latchkey: Place;
}

/** The address a place has at an instant; before its first lease, the first one's. */
export function addressAt({ leases }: Place, at: EpochMs): string {
  let { address } = leases[0];
  for (const lease of leases) {
    if (lease.from > at) break;
    address = lease.address;
  }
  return address;
}

export function makePlaces(seed: number): Places {
  const random = randomFor(seed, 'places');
  return {
    listedOffice: fixed('office/berlin', 3320, 'DE', ipv4In(random, '198.51.100')),
    unlistedOffice: fixed('office/lisbon', 3243, 'PT', ipv4In(random, '203.0.113')),
    vpnExit: fixed('vpn', 24940, 'DE', ipv4In(random, '192.0.2')),
    carriers: [
      pool(random, 'carrier/north', 3209, 'DE', '176.4', 3),
      pool(random, 'carrier/west', 2860, 'PT', '176.79', 3),
    ],
    publicVpns: [
      pool(random, 'public-vpn', 39351, 'SE', '185.213.154', 4),
      pool(random, 'warp', 13335, 'DE', '104.28.130', 4),
    ],
    cafes: [cafe(random, 0), ...Array.from({ length: 11 }, (_, number) => cafe(random, number + 1))],
    fixedRunners: pool(random, 'runners/fixed', 24940, 'DE', '65.108.7', 4),
    autoscaledRunners: pool(random, 'runners/autoscaled', 16509, 'IE', '34.245', 14),
    servers: pool(random, 'servers', 16509, 'DE', '18.196', 8),
    latchkey: fixed('latchkey', 16509, 'DE', ipv4In(random, '3.120')),
  };
}

const HOME_PROVIDERS = {
  DE: { asn: 3320, blocks: ['84.130', '87.150', '91.22'] },
  PT: { asn: 3243, blocks: ['85.240', '94.132', '82.154'] },
  US: { asn: 7922, blocks: ['73.15', '71.198', '67.161'] },
} as const;

/**
 * Where a person lives: a fixed IPv4 address, an IPv4 address that the provider changes every few days, or an IPv6
 * network with a new address every day.
 */
export function makeHome(random: Random, person: number, country: keyof typeof HOME_PROVIDERS): Place {
  const { asn, blocks } = HOME_PROVIDERS[country];
  const block = random.pick(blocks);
  const place = { name: `home/${person}`, asn, country };
  const luck = random.unit();
  if (luck < 0.4) return { ...place, leases: [{ from: STORY_SPAN.begin, address: ipv4In(random, block) }] };
  if (luck < 0.7) return { ...place, leases: leased(random, () => ipv4In(random, block), 2, 9) };
  const network = homeNetwork(person);
  return { ...place, leases: leased(random, () => ipv6In(random, network), 1, 1) };
}

/** The first four groups of a home's IPv6 network. The last digit counts the networks of one house. */
export function homeNetwork(person: number, network = 0): string {
  return `2001:db8:${(0x1000 + person).toString(16)}:${(0xa0 + network).toString(16)}`;
}

/** A new address every `least` to `most` days, at a time of night of its own. */
function leased(random: Random, next: () => string, least: number, most: number): [Lease, ...Lease[]] {
  const leases: [Lease, ...Lease[]] = [{ from: STORY_SPAN.begin, address: next() }];
  const timeOfDay = random.int(0, 5 * 3_600_000);
  for (let day = random.int(least, most); day < STORY_DAYS; day += random.int(least, most)) {
    leases.push({ from: dayStart(day) + timeOfDay, address: next() });
  }
  return leases;
}

function fixed(name: string, asn: number, country: string, address: string): Place {
  return { name, asn, country, leases: [{ from: STORY_SPAN.begin - DAY, address }] };
}

function pool(random: Random, name: string, asn: number, country: string, block: string, size: number): Pool {
  const addresses = new Set([ipv4In(random, block)]);
  while (addresses.size < size) addresses.add(ipv4In(random, block));
  const [first = ipv4In(random, block), ...rest] = addresses;
  return { name, asn, country, addresses: [first, ...rest] };
}

function cafe(random: Random, number: number): Place {
  const country = random.pick(['DE', 'PT', 'ES', 'NL', 'US']);
  return fixed(`cafe/${number}`, 6830, country, ipv4In(random, random.pick(['89.247', '188.62', '213.55'])));
}
