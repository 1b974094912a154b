import type { Verdict } from './case.ts';
import type { SourceName } from './coverage.ts';
import type { Sighting } from './sighting.ts';
import type { EpochMs } from './time.ts';
import type { Credential, Strength, TokenUse } from './token-use.ts';

/** How a sighting and a token use were joined: equal addresses, or addresses of one IPv6 network. */
export type MatchRule = 'same-address' | 'same-network';

/** A sighting and a token use of the same network whose times touch. */
export interface Match {
  readonly rule: MatchRule;
  readonly sighting: Sighting;
  readonly use: TokenUse;
  /** Milliseconds between the sighting's span and the use's; 0 where they overlap. */
  readonly gap: number;
  /** The sighting is of requests to GitLab itself, which are automated by nature (design §7). */
  readonly onGitlab?: true;
}

/** One named part of a score. The parts sum to the score before it is clamped to 0..100. */
export interface ScorePart {
  /** Stable kebab-case name, for example `scope`. */
  readonly name: string;
  /** What it was computed from, short, for example `api`. */
  readonly input: string;
  /** The setting that scaled it. */
  readonly weight: number;
  readonly points: number;
  /** One sentence a tired human understands. */
  readonly sentence: string;
}

/** What this product does about one finding: wake somebody, or report it. Nothing that matched is ever dropped. */
export type FindingDecision = 'page' | 'report';

/** What one credential did from one address, and what Cloudflare saw of it. */
export interface FindingAddress {
  /** Canonical text of the token uses' address. */
  readonly address: string;
  readonly network: string;
  /** `same-address` where any use and any sighting share it. */
  readonly rule: MatchRule;
  /** The strongest thing any of the uses proves. */
  readonly strength: Strength;
  /** Uses counted, those that a source only counted included. */
  readonly uses: number;
  readonly firstUse: EpochMs;
  readonly lastUse: EpochMs;
  /** Sources of the uses, in the order of `SOURCE_NAMES`. */
  readonly sources: readonly SourceName[];
  /** Requests of the sightings matched, by Cloudflare's count or estimate. */
  readonly requests: number;
  readonly lowestBotScore?: number;
  readonly asn?: number;
  readonly country?: string;
}

/** All matches of one credential. */
export interface Finding {
  readonly credential: Credential;
  /** Strongest first; at most `MATCHES_KEPT` of `matchCount`. */
  readonly matches: readonly Match[];
  readonly matchCount: number;
  readonly verdict: Exclude<Verdict, 'not-observed' | 'undetermined'>;
  /** 0..100. */
  readonly score: number;
  readonly parts: readonly ScorePart[];
  readonly decision: FindingDecision;
  /** Every address that matched, the busiest first; never cut. */
  readonly addresses: readonly FindingAddress[];
  /** Why it was decided so, one sentence each. */
  readonly reasons: readonly string[];
  /** Networks matched, and those of them that are known or learned shared egress. */
  readonly networks: readonly string[];
  readonly sharedNetworks: readonly string[];
  /** Networks matched that it or its owner worked from, or from others of their operators, on earlier days. */
  readonly usualNetworks?: readonly string[];
  /**
   * Identifies the evidence (credential, addresses, strengths, actions), not its counts: a later look or another
   * trigger that sees nothing new has the same fingerprints.
   */
  readonly evidence: readonly string[];
}

/** The most matches a stored finding carries; `matchCount` says how many there were. */
export const MATCHES_KEPT = 50;
