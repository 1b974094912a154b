import type { Match, ScorePart } from '../finding.ts';
import type { SharedNetwork } from '../learned.ts';
import type { EpochMs } from '../time.ts';
import { type Credential, isMachine } from '../token-use.ts';
import type { FindingVerdict } from '../verdict.ts';
import type { ScorePartName } from './weights.ts';

/** Everything a score part may look at: one credential on one network, and what the case knows of that network. */
export interface NetworkEvidence {
  readonly credential: Credential;
  readonly network: string;
  /** At least one. */
  readonly matches: readonly Match[];
  readonly verdict: FindingVerdict;
  readonly windowStart: EpochMs;
  /** Milliseconds; the largest gap a match can have. */
  readonly slack: number;
  /** The matched addresses are listed in `knownEgress`. */
  readonly knownEgress: boolean;
  /** Nobody worked from addresses of this network's operator on earlier days. */
  readonly newOperator: boolean;
  /** Owners seen on this network before the window, and on how many days, where it was learned to be shared. */
  readonly sharedEgress?: SharedNetwork;
  /** Owners of this case's credentials that this network is new for, as far as their history tells. */
  readonly newOwners: number;
  /** Owners of this case's credentials on this network of whom there is no history. */
  readonly unknownOwners: number;
  /** Credentials that were turned away from this network in this case. */
  readonly refusedCredentials: number;
}

/** One part of the score; undefined where it has nothing to say. */
export type ScoreRule = (evidence: NetworkEvidence, weight: number) => ScorePart | undefined;

/** A part worth `share` (0..1) of its weight, rounded to a tenth of a point. */
export function part(name: ScorePartName, input: string, weight: number, share: number, sentence: string): ScorePart {
  const bounded = Math.min(1, Math.max(-1, share));
  return { name, input, weight, points: Math.round(weight * bounded * 10) / 10, sentence };
}

/** Whether the network is shared by machines above all: CI, a cluster. People's are offices, VPN exits, carriers. */
export function isMachines({ owners, people }: SharedNetwork): boolean {
  return people * 2 < owners;
}

/**
 * Whether the network is shared by the like of whoever acted, in all they did: a machine's token that is made is made by
 * a person. One act more never puts anybody among their like, so that it never lowers the score.
 */
export function isAmongItsLike({ credential, matches, sharedEgress }: NetworkEvidence): boolean {
  if (sharedEgress === undefined) return false;
  const machine = isMachine(credential);
  return matches.every(({ use }) => (machine && use.strength !== 'minted') === isMachines(sharedEgress));
}

/** Days of history that tell for certain what is new for a credential and its owner. */
export const ENOUGH_DAYS = 5;

/** A number of days before the window's, in words: `one earlier day`, `3 earlier days`. */
export function earlierDays(days: number): string {
  return days === 1 ? 'one earlier day' : `${days} earlier days`;
}
