import type { Verdict } from './case.ts';
import type { Sighting } from './sighting.ts';
import type { Credential, TokenUse } from './token-use.ts';

/** How a sighting and a token use were joined: equal addresses, or addresses of one IPv6 network. */
export type MatchRule = 'same-address' | 'same-network';

/** A sighting and a token use of the same network whose times touch. */
export interface Match {
  readonly rule: MatchRule;
  readonly sighting: Sighting;
  readonly use: TokenUse;
  /** Milliseconds between the sighting's span and the use's; 0 where they overlap. */
  readonly gap: number;
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
  /** Why it was decided so, one sentence each. */
  readonly reasons: readonly string[];
  /** Networks matched, and those of them that are known or learned shared egress. */
  readonly networks: readonly string[];
  readonly sharedNetworks: readonly string[];
  /**
   * Identifies the evidence (credential, addresses, strengths, actions), not its counts: a later look or another
   * trigger that sees nothing new has the same fingerprints.
   */
  readonly evidence: readonly string[];
}

/** The most matches a stored finding carries; `matchCount` says how many there were. */
export const MATCHES_KEPT = 50;
