import { part, type ScoreRule } from './network-evidence.ts';

/** The network was seen with many owners on days before the window: an office, a VPN exit, a carrier. */
export const sharedEgress: ScoreRule = ({ sharedEgress: shared, knownEgress }, weight) => {
  if (shared === undefined || knownEgress) return undefined;
  const sentence = `${shared.owners} owners used this network on ${shared.days} days before.`;
  return part('shared-egress', `${shared.owners} owners`, weight, 1, sentence);
};
