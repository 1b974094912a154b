import type { SourceCoverage } from './coverage.ts';
import type { Interval } from './time.ts';

/**
 * How Cloudflare told us that an address acted as a bot, best evidence first (`reference/cloudflare.md` §13.3):
 * a bot score or decision · a bot product that acted · an HTTP DDoS rule, or a rate limit, that acted · an unusual share of
 * the traffic against the same address's baseline · any other security rule that acted or logged, which is no word about bots ·
 * an address literal in the alert's own text.
 */
export const METHODS_BEST_FIRST = [
  'bot-score',
  'bot-product',
  'l7ddos',
  'rate-limit',
  'share',
  'security-event',
  'payload',
] as const;
export type SightingMethod = (typeof METHODS_BEST_FIRST)[number];

/** Methods by which Cloudflare itself called the address a bot; a share of the traffic, a rule or a mention is none. */
const BOT_METHODS: ReadonlySet<SightingMethod> = new Set(['bot-score', 'bot-product', 'rate-limit', 'l7ddos']);

/** Whether the method is Cloudflare's own word that the address acted as a bot. */
export function isBotMethod(method: SightingMethod): boolean {
  return BOT_METHODS.has(method);
}

export type Confidence = 'high' | 'medium' | 'low';

/** Cloudflare saw this address act as a bot. */
export interface Sighting {
  /** Canonical text of the full address (`core/address.ts`), IPv4-mapped and NAT64 forms folded. */
  readonly address: string;
  /** Unit of identity: the IPv4 address, or the IPv6 network of the configured length. */
  readonly network: string;
  /** The address exactly as the source wrote it. */
  readonly original: string;
  /** First and last seen; where the source gives no times per address, the span it was asked about. */
  readonly seen: Interval;
  /** Whether `seen` came from times per address rather than from the span asked about. */
  readonly seenExactly: boolean;
  /** Requests by Cloudflare's estimate; its tables are sampled. */
  readonly requests: number;
  /** One row stands for about this many requests; 1 is unsampled. */
  readonly sampleInterval: number;
  /** 1 (certain) to 99; score 0 is "not computed" and never stored. */
  readonly lowestBotScore?: number;
  readonly asn?: number;
  readonly asnName?: string;
  /** ISO 3166-1 alpha-2, as Cloudflare gives it. */
  readonly country?: string;
  readonly ja4: readonly string[];
  readonly hosts: readonly string[];
  /** Paths without query strings. Written by the client: hostile text. */
  readonly paths: readonly string[];
  /** Zone id, and its name where known. */
  readonly zone: { readonly id: string; readonly name?: string };
  readonly method: SightingMethod;
  readonly confidence: Confidence;
  /** Found only because GitLab's addresses were asked about, below the cut of the list. */
  readonly askedBack: boolean;
}

/** What a sighting source answers: the sightings, whether that is all of them, and what it could not see. */
export interface SightingReport {
  readonly sightings: readonly Sighting[];
  /** False when the list was cut, sampled or too large: then GitLab's addresses must be asked about. */
  readonly whole: boolean;
  readonly coverage: SourceCoverage;
  /** Distinct addresses seen in the window, where the source counts them beyond the list. */
  readonly totalAddresses?: number;
  /** Requests seen in the window over all addresses the method matched, by Cloudflare's estimate. */
  readonly totalRequests?: number;
}
