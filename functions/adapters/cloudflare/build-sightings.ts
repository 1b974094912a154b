import { type Address, networkOf, parseAddress } from '../../core/address.ts';
import { AddressSet } from '../../core/address-set.ts';
import { isCloudflareAddress } from '../../core/cloudflare-ranges.ts';
import { type Confidence, METHODS_BEST_FIRST, type Sighting, type SightingMethod } from '../../core/sighting.ts';
import type { Evidence } from './evidence.ts';
import type { ZoneRef } from './zones.ts';

export interface BuildOptions {
  readonly zone: ZoneRef;
  readonly ipv6PrefixLength: number;
  readonly askedBack: boolean;
  /** Which addresses were asked about; missing: all. */
  readonly wants?: (address: Address) => boolean;
}

/** Sightings of one zone, and how many addresses were none, by reason: names for `coverage.counts`. */
export interface BuiltSightings {
  readonly sightings: readonly Sighting[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Addresses nobody on the internet comes from. Documentation ranges are left alone: examples are made of them. */
const { set: NOT_PUBLIC } = AddressSet.from([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]);

/**
 * One sighting per address: all methods' evidence together, under the best method. Verified bots, Cloudflare's own and
 * private addresses are none (design §7).
 */
export function buildSightings(evidence: readonly Evidence[], options: BuildOptions): BuiltSightings {
  const byAddress = new Map<string, { address: Address; evidence: Evidence[] }>();
  const counts = new Counts();
  for (const one of evidence) {
    const address = parseAddress(one.address);
    if (address === undefined) counts.add('skippedMalformed', one.address);
    else if (NOT_PUBLIC.has(address)) counts.add('privateAddresses', address.canonical);
    else if (isCloudflareAddress(address)) counts.add('cloudflareAddresses', address.canonical);
    else if (one.verifiedBot) counts.add('verifiedBots', address.canonical);
    else if (options.wants?.(address) ?? true) {
      const known = byAddress.get(address.canonical);
      if (known === undefined) byAddress.set(address.canonical, { address, evidence: [one] });
      else known.evidence.push(one);
    }
  }
  const sightings = [...byAddress.values()].map((found) => sightingOf(found.address, found.evidence, options));
  return { sightings, counts: counts.sizes() };
}

/** Sorts sightings so that cutting the list loses the least: the most requests first. */
export function largestFirst(a: Sighting, b: Sighting): number {
  return b.requests - a.requests || (a.address < b.address ? -1 : a.address > b.address ? 1 : 0);
}

function sightingOf(address: Address, evidence: readonly Evidence[], options: BuildOptions): Sighting {
  const ranked = [...evidence].sort((a, b) => rank(a.method) - rank(b.method));
  const best = ranked[0];
  const method = best?.method ?? 'payload';
  const lowest = Math.min(...evidence.map(({ lowestBotScore }) => lowestBotScore ?? Number.POSITIVE_INFINITY));
  return {
    address: address.canonical,
    network: networkOf(address, options.ipv6PrefixLength),
    original: best?.address ?? address.canonical,
    // Of several methods' spans the union: it was seen as a bot at both ends.
    seen: {
      notBefore: Math.min(...evidence.map(({ seen }) => seen.notBefore)),
      notAfter: Math.max(...evidence.map(({ seen }) => seen.notAfter)),
    },
    seenExactly: evidence.every(({ seenExactly }) => seenExactly),
    // Products count events and the request node requests; one request may be both, so they are not added.
    requests: Math.max(...evidence.map(({ requests }) => requests)),
    sampleInterval: Math.max(...evidence.map(({ sampleInterval }) => sampleInterval)),
    ...(Number.isFinite(lowest) ? { lowestBotScore: lowest } : {}),
    ...firstOf(ranked, 'asn'),
    ...firstOf(ranked, 'asnName'),
    ...firstOf(ranked, 'country'),
    ja4: union(ranked.map(({ ja4 }) => ja4)),
    hosts: union(ranked.map(({ hosts }) => hosts)),
    paths: union(ranked.map(({ paths }) => paths)),
    zone: options.zone,
    method,
    confidence: confidenceOf(method, lowest),
    askedBack: options.askedBack,
  };
}

/** Score 1 is certain, 2 to 29 likely (`reference/cloudflare.md` §10); a share of traffic or a mention is a hint. */
function confidenceOf(method: SightingMethod, lowestBotScore: number): Confidence {
  switch (method) {
    case 'bot-score':
      return lowestBotScore === 1 ? 'high' : 'medium';
    case 'bot-product':
      return 'high';
    case 'l7ddos':
    case 'rate-limit':
      return 'medium';
    case 'share':
    case 'security-event':
    case 'payload':
      return 'low';
  }
}

function rank(method: SightingMethod): number {
  return METHODS_BEST_FIRST.indexOf(method);
}

function firstOf<K extends 'asn' | 'asnName' | 'country'>(
  ranked: readonly Evidence[],
  key: K,
): Pick<Evidence, K> | object {
  const found = ranked.find((evidence) => evidence[key] !== undefined);
  return found === undefined ? {} : { [key]: found[key] };
}

function union(lists: readonly (readonly string[] | undefined)[]): string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}

/** Distinct addresses by reason, as one address may come in many rows. */
class Counts {
  readonly #addresses = new Map<string, Set<string>>();

  add(reason: string, address: string): void {
    const known = this.#addresses.get(reason);
    if (known === undefined) this.#addresses.set(reason, new Set([address]));
    else known.add(address);
  }

  sizes(): Record<string, number> {
    return Object.fromEntries([...this.#addresses].map(([reason, addresses]) => [reason, addresses.size]));
  }
}
