import type { Finding } from '../../functions/core/finding.ts';
import type { EpochMs } from '../../functions/core/time.ts';
import type { IntrusionKind } from './truth.ts';

/** What a rule, ours or a baseline, said of one credential in one incident: when it was worst, and before. */
export interface Claim {
  /** When it was worst. */
  readonly at: EpochMs;
  /** 0..100; baselines that do not score say 100. */
  readonly score: number;
  /** What was said before it was worst: each time that it scored higher than ever before, in order of time. */
  readonly before: readonly Scored[];
  /** Whether somebody was woken by it. */
  readonly paged: boolean;
  /** What on-call sees as one thing: an incident, or a baseline's own way to group. */
  readonly incident: string;
  readonly credential: string;
  /** `Intrusion.id` that it is about; undefined: it is about nobody's intrusion. */
  readonly intrusion: string | undefined;
  /** For whoever wants to know why an intrusion woke nobody. */
  readonly why?: Why;
}

export type Scored = Pick<Claim, 'at' | 'score'>;

/** The part of a finding that explains it. */
export type Why = Pick<Finding, 'credential' | 'score' | 'parts' | 'verdict' | 'reasons'>;

/** One page somebody was woken by. */
export interface SimPage {
  readonly at: EpochMs;
  readonly incident: string;
  /** `Intrusion.id`s that the credentials which paged are evidence of; empty: a false page. */
  readonly intrusions: readonly string[];
  /** For whoever wants to know why: the worst finding of it. */
  readonly why?: Why;
  /** For the same: who sent the web requests that it rests on (`WebActivity.actor`). */
  readonly actors?: readonly string[];
}

/** What one rule made of one story under one mix. */
export interface Run {
  /** Every finding at its best, one per incident and credential; what the ranking is measured on. */
  readonly claims: readonly Claim[];
  readonly pages: readonly SimPage[];
}

/** An intrusion as it is counted. */
export interface CountedIntrusion {
  readonly id: string;
  readonly kind: IntrusionKind;
  /** The first instant at which both a use and a sighting of its network could be read; time to page counts from it. */
  readonly evidentAt: EpochMs;
  /** Whether the mix's sources show any use by the intruder that a sighting touches. */
  readonly observable: boolean;
}
