import type { AnalysisStatus } from './case.ts';

/** What a model may recommend; anything else it writes is dropped. */
export const RECOMMENDED_ACTIONS = [
  'revoke-credential',
  'rotate-credential',
  'review-credential-activity',
  'contact-owner',
  'block-address-at-cloudflare',
  'review-cloudflare-rule',
  'preserve-logs',
  'add-known-egress',
  'no-action',
] as const;
export type RecommendedAction = (typeof RECOMMENDED_ACTIONS)[number];

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One statement and the ids of the evidence it rests on; the ids are ones we gave, and were checked. */
export interface Claim {
  readonly text: string;
  readonly evidence: readonly string[];
}

/** Groups of security events that went to the model, the largest first. */
export interface EventsGiven {
  readonly given: number;
  /** Left out for setting `analysis.eventTokens`. */
  readonly leftOut: number;
  /** There are further groups, which the monitor did not keep; how many is not known. */
  readonly more?: true;
}

/** What a case means, in words. It explains; it never decides a score, a page or a route. */
export interface Analysis {
  readonly status: AnalysisStatus;
  /** The model that wrote it; missing for the deterministic summary. */
  readonly model?: string;
  /** Why the model's own answer is not here, where a model was asked. */
  readonly why?: string;
  readonly summary: readonly Claim[];
  readonly severity: Severity;
  readonly indicators: {
    readonly geography: readonly Claim[];
    readonly asns: readonly Claim[];
    readonly targets: readonly Claim[];
    readonly patterns: readonly Claim[];
  };
  /** Monitor cases whose words a model wrote: which of the monitor's groups of events it was given. */
  readonly events?: EventsGiven;
  /** At most three, the most useful first. */
  readonly actions: readonly { readonly action: RecommendedAction; readonly claim: Claim }[];
}
