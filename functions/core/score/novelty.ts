import { daysOnNetwork, isMachine } from '../token-use.ts';
import { ENOUGH_DAYS, isAmongItsLike, part, type ScoreRule } from './network-evidence.ts';

/** Whether the network is new for the credential and its owner, as far as there is history to say so. */
export const novelty: ScoreRule = (evidence, weight) => {
  const { credential, network } = evidence;
  const { habits, knownNetworks: listed } = credential;
  if (habits === undefined && listed === undefined) {
    const sentence = 'No history yet: nobody can say whether this network is new for it.';
    return part('novelty', 'no-history', weight, 0, sentence);
  }
  if (daysOnNetwork(credential, network) > 0) return undefined;
  if (isMachine(credential) && isAmongItsLike(evidence)) {
    return part('novelty', 'shared', weight, 0, 'It is new there, as machines often are among machines.');
  }
  if (listed?.includes(network)) {
    return part('novelty', 'recent', weight, 0, 'It was used from this network before, on no earlier day.');
  }
  if (listed !== undefined || habits === undefined) {
    return part('novelty', 'new', weight, 1, 'It was never seen from this network before.');
  }
  const days = habits.days === 1 ? '1 day' : `${habits.days} days`;
  const sentence = `Neither it nor its owner was seen from this network before, in ${days} of history.`;
  return part('novelty', 'new', weight, habits.days / ENOUGH_DAYS, sentence);
};
