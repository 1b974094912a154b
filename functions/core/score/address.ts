import { part, type ScoreRule } from './network-evidence.ts';

/** A host in the same IPv6 network is weaker evidence than the very address. */
const SAME_NETWORK = 0.4;

/** How closely the two addresses agree. */
export const address: ScoreRule = ({ matches, network }, weight) =>
  matches.some((match) => match.rule === 'same-address')
    ? part('address', 'same-address', weight, 1, 'It is the very address Cloudflare flagged.')
    : part('address', 'same-network', weight, SAME_NETWORK, `Cloudflare flagged another address of ${network}.`);
