import type { Random } from '../../infra/local/scenario/random.ts';
import { ipv4In } from './addresses.ts';
import type { SimZone, WebActivity, WebClient } from './truth.ts';

/** Where a client sits. */
export type Seat = Pick<WebClient, 'address' | 'asn' | 'country'>;

/** JA4 fingerprints of what people and machines ask with; made up, in the right form. */
export const JA4 = {
  chrome: 't13d1516h2_8daaf6152771_02713d6af862',
  firefox: 't13d1715h2_5b57614c22b0_7121afd63204',
  curl: 't13d3112h2_e8f1e7e78f70_6bebaf5329ac',
  python: 't13d1812h1_85036bcba153_d41ae481755e',
  go: 't13d1312h2_f57a46bbacb6_a33745022dd6',
  crawler: 't13d1411h2_9dc949149365_97f8aa674fd9',
} as const;

const CLOUDS = [
  { asn: 16509, country: 'US', blocks: ['3.88', '54.164', '18.232'] },
  { asn: 24940, country: 'DE', blocks: ['135.181', '95.217'] },
  { asn: 16276, country: 'FR', blocks: ['147.135', '145.239'] },
  { asn: 14061, country: 'SG', blocks: ['128.199', '159.89'] },
  { asn: 132203, country: 'HK', blocks: ['43.134', '119.28'] },
] as const;
const HOUSEHOLDS = [
  { asn: 3320, country: 'DE', blocks: ['79.204', '93.197'] },
  { asn: 7922, country: 'US', blocks: ['50.140', '76.98'] },
  { asn: 4134, country: 'CN', blocks: ['117.80', '180.97'] },
  { asn: 8151, country: 'MX', blocks: ['187.190', '201.141'] },
  { asn: 9829, country: 'IN', blocks: ['117.196', '59.92'] },
] as const;

/** Hosts of one cloud. */
export function cloudSeats(random: Random, count: number): Seat[] {
  const { asn, country, blocks } = random.pick<(typeof CLOUDS)[number]>(CLOUDS);
  return Array.from({ length: count }, () => ({ asn, country, address: ipv4In(random, random.pick<string>(blocks)) }));
}

/** Households all over the world. */
export function householdSeats(random: Random, count: number): Seat[] {
  return Array.from({ length: count }, () => {
    const { asn, country, blocks } = random.pick<(typeof HOUSEHOLDS)[number]>(HOUSEHOLDS);
    return { asn, country, address: ipv4In(random, random.pick<string>(blocks)) };
  });
}

/** One of the hosts of the sites, the first zone's more often. */
export function someTarget(random: Random, zones: readonly SimZone[]): Pick<WebActivity, 'zone' | 'host'> {
  const zone = zones[random.chance(0.62) ? 0 : 1] ?? zones[0];
  return zone === undefined ? { zone: '', host: '' } : { zone: zone.id, host: random.pick(zone.hosts) };
}
