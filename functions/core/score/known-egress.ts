import { part, type ScoreRule } from './network-evidence.ts';

/** The operator listed the network as one of ours. */
export const knownEgress: ScoreRule = (evidence, weight) =>
  evidence.knownEgress
    ? part('known-egress', evidence.network, weight, 1, 'The network is listed in knownEgress.')
    : undefined;
