/**
 * What each part of a score is worth at full effect, in points. The parts sum to a score that is clamped to 0..100.
 * Negative weights lower. Settings `score.<name>` override them.
 */
export const SCORE_WEIGHTS = {
  /** What the credential may do (`reference/gitlab.md` §5). */
  scope: 30,
  /** The owner is an instance admin, or the token's role is Maintainer or Owner. */
  role: 5,
  /** What the evidence proves, and how closely its time is known. */
  strength: 30,
  /** The very address, or only its IPv6 network. */
  address: 10,
  /** How certain Cloudflare is that this is a bot, and how it was found. */
  bot: 15,
  /** How often the credential was seen from there. */
  frequency: 5,
  /** What takes secrets or makes sure to stay, done from there and not the credential's habit. */
  actions: 45,
  /** Neither the credential nor its owner was seen from this network before. */
  novelty: 10,
  /** It was used hours away from any hour of the day at which it or its owner worked before. */
  'unusual-hour': 20,
  /** The credential was not used for 30 days before. */
  dormancy: 5,
  /** Credentials were turned away from the same network. */
  refused: 10,
  /** Many owners that are new to one network within one window. */
  'new-owners': 20,
  /** Sighting and use did not overlap: lowers with the gap between them, up to the slack. */
  'time-gap': -10,
  /** Cloudflare saw the network ask GitLab only, where every API client looks automated. */
  'gitlab-only': -42,
  /** The credential or its owner worked from the network on earlier days. */
  'usual-network': -28,
  /** The network is new, and they worked from others of its operator on earlier days. */
  'usual-operator': -30,
  /** The network is listed in `knownEgress`. */
  'known-egress': -60,
  /** The network was learned to be shared by many owners. */
  'shared-egress': -34,
} as const;

export type ScorePartName = keyof typeof SCORE_WEIGHTS;
export type ScoreWeights = Readonly<Record<ScorePartName, number>>;
