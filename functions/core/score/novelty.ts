import { part, type ScoreRule } from './network-evidence.ts';

/** Whether the credential was known to work from this network before the window. */
export const novelty: ScoreRule = ({ credential, network }, weight) => {
  const known = credential.knownNetworks;
  if (known === undefined) {
    return part(
      'novelty',
      'no-history',
      weight,
      0,
      'No history yet: nobody can say whether this network is new for it.',
    );
  }
  return known.includes(network)
    ? part('novelty', 'usual', weight, -1, 'It was used from this network before the window.')
    : part('novelty', 'new', weight, 1, 'It was never seen from this network before.');
};
