import { type Address, networkOf, parseAddress } from '../../core/address.ts';
import type { Variable } from './zone-query.ts';

/** A filter that lets some addresses through, for a query, and again for its answer. */
export interface AddressFilter {
  /** Fields of the filter object, as GraphQL text. */
  readonly clauses: readonly string[];
  readonly variables: Readonly<Record<string, Variable>>;
  /** Whether an address Cloudflare answered with was really asked about: prefixes in text match too much. */
  wants(address: Address): boolean;
  /** To ask instead where what this one lets through is more than fits an answer; missing where it is not to be halved. */
  readonly halves?: readonly AddressFilter[];
  /** To ask instead where Cloudflare does not take this filter. */
  readonly fallback?: AddressFilter;
}

/** The longest `_in` list is not documented; keep it short (`reference/cloudflare.md` §5 Q3). */
const ADDRESSES_PER_QUERY = 100;
/** Up to three patterns a network. */
const NETWORKS_PER_QUERY = 25;

/** Filters for all the addresses, IPv4 first: IPv4 by address, IPv6 by network (design §7). */
export function addressFilters(addresses: readonly Address[], ipv6PrefixLength: number): AddressFilter[] {
  const v4 = new Set<string>();
  const v6 = new Map<string, string[]>();
  for (const address of addresses) {
    if (address.family === 4) v4.add(address.canonical);
    else {
      const network = networkOf(address, ipv6PrefixLength);
      v6.set(network, [...(v6.get(network) ?? []), address.canonical]);
    }
  }
  return [
    ...batches([...v4], ADDRESSES_PER_QUERY).map((batch) => inHalves(batch, exactly)),
    ...batches([...v6], NETWORKS_PER_QUERY).map((batch) =>
      inHalves(batch, (some) => networks(new Map(some), ipv6PrefixLength)),
    ),
  ];
}

/** The filter of a batch, and on demand those of its halves, down to one. */
function inHalves<T>(batch: readonly T[], filterOf: (some: readonly T[]) => AddressFilter): AddressFilter {
  const filter = filterOf(batch);
  if (batch.length < 2) return filter;
  const middle = Math.ceil(batch.length / 2);
  return {
    ...filter,
    get halves() {
      return [batch.slice(0, middle), batch.slice(middle)].map((half) => inHalves(half, filterOf));
    },
  };
}

/** Lets exactly these addresses through, by their canonical text. */
export function exactly(addresses: readonly string[]): AddressFilter {
  const wanted = new Set(addresses);
  return {
    clauses: ['clientIP_in: $ips'],
    variables: { ips: { type: '[string!]', value: [...wanted] } },
    wants: (address) => wanted.has(address.canonical),
  };
}

function networks(batch: ReadonlyMap<string, readonly string[]>, ipv6PrefixLength: number): AddressFilter {
  const patterns = [...new Set([...batch.keys()].flatMap((network) => textPatterns(network)))];
  const addresses = [...new Set([...batch.values()].flat())].slice(0, ADDRESSES_PER_QUERY);
  const variables: Record<string, Variable> = { ips: { type: '[string!]', value: addresses } };
  const choices = ['{ clientIP_in: $ips }'];
  for (const [index, pattern] of patterns.entries()) {
    variables[`network${index}`] = { type: 'string', value: pattern };
    choices.push(`{ clientIP_like: $network${index} }`);
  }
  return {
    clauses: [`OR: [${choices.join(', ')}]`],
    variables,
    wants: (address) => address.family === 6 && batch.has(networkOf(address, ipv6PrefixLength)),
    fallback: exactly(addresses),
  };
}

/**
 * `LIKE` patterns that together match every way an address of the IPv6 network is written in canonical text: zeros of
 * the prefix spelled out, or any run of them shortened to `::`, where it may run on into the host part. They match
 * some others too.
 */
export function textPatterns(network: string): string[] {
  const [prefix = '', length = '128'] = network.split('/');
  const whole = Math.floor(Number(length) / 16);
  const groups = groupsOf(prefix).slice(0, whole);
  if (groups.length === 0) return ['%:%'];
  if (whole === 8) return [parseAddress(prefix)?.canonical ?? prefix];
  const patterns = [`${groups.join(':')}:%`];
  for (let first = 0; first < groups.length; first++) {
    if (groups[first] !== '0' || groups[first - 1] === '0') continue;
    let end = first;
    while (groups[end] === '0') end++;
    const before = groups.slice(0, first).join(':');
    const after = groups.slice(end).map((group) => `${group}:`);
    // A run that ends inside the prefix is shortened only when longer than one group (RFC 5952 §4.2.2).
    if (end === groups.length || end - first > 1) patterns.push(`${before}::${after.join('')}%`);
  }
  return patterns;
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}

function batches<T>(items: readonly T[], size: number): T[][] {
  const cut: T[][] = [];
  for (let first = 0; first < items.length; first += size) cut.push(items.slice(first, first + size));
  return cut;
}
