import type { ScorePart } from '../finding.ts';
import { actions } from './actions.ts';
import { address } from './address.ts';
import { bot } from './bot.ts';
import { dormancy } from './dormancy.ts';
import { frequency } from './frequency.ts';
import { gitlabOnly } from './gitlab-only.ts';
import { knownEgress } from './known-egress.ts';
import type { NetworkEvidence, ScoreRule } from './network-evidence.ts';
import { newOwners } from './new-owners.ts';
import { novelty } from './novelty.ts';
import { refused } from './refused.ts';
import { role } from './role.ts';
import { scope } from './scope.ts';
import { sharedEgress } from './shared-egress.ts';
import { strength } from './strength.ts';
import { timeGap } from './time-gap.ts';
import { unusualHour } from './unusual-hour.ts';
import { usualNetwork } from './usual-network.ts';
import { usualOperator } from './usual-operator.ts';
import type { ScorePartName, ScoreWeights } from './weights.ts';

/** Every rule, in the order a reader meets the parts: what it is, what it did, where, and what speaks against it. */
const RULES: Readonly<Record<ScorePartName, ScoreRule>> = {
  scope,
  role,
  strength,
  address,
  bot,
  frequency,
  actions,
  novelty,
  'unusual-hour': unusualHour,
  dormancy,
  refused,
  'new-owners': newOwners,
  'time-gap': timeGap,
  'gitlab-only': gitlabOnly,
  'usual-network': usualNetwork,
  'usual-operator': usualOperator,
  'known-egress': knownEgress,
  'shared-egress': sharedEgress,
};

export interface Score {
  /** 0..100, whole. */
  readonly score: number;
  /** The parts that had something to say; they sum to the score before it is rounded and clamped. */
  readonly parts: readonly ScorePart[];
}

/** Scores one credential on one network: the sum of all parts, clamped to 0..100. */
export function scoreNetwork(evidence: NetworkEvidence, weights: ScoreWeights): Score {
  const parts: ScorePart[] = [];
  for (const [name, rule] of Object.entries(RULES)) {
    const scored = rule(evidence, weightOf(weights, name));
    if (scored !== undefined) parts.push(scored);
  }
  const sum = parts.reduce((total, { points }) => total + points, 0);
  return { score: Math.min(100, Math.max(0, Math.round(sum))), parts };
}

function weightOf(weights: Readonly<Record<string, number>>, name: string): number {
  return weights[name] ?? 0;
}
