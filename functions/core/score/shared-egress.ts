import { isAmongItsLike, isMachines, part, type ScoreRule } from './network-evidence.ts';

/** Machines come and go among machines; a person among people may be anybody; and neither belongs among the other. */
const PERSON_AMONG_PEOPLE = 0.68;
const AMONG_OTHERS = 0.5;

/** The network was seen with many owners on days before the window: an office, a VPN exit, a carrier, a CI cluster. */
export const sharedEgress: ScoreRule = (evidence, weight) => {
  const { sharedEgress: shared, knownEgress } = evidence;
  if (shared === undefined || knownEgress) return undefined;
  const { owners, days, people } = shared;
  const machines = isMachines(shared);
  const sentence = `${owners} owners (${people} people) used this network on ${days} days before.`;
  if (!isAmongItsLike(evidence)) {
    const other = machines ? 'It is a person on a network of machines.' : 'It is a machine on a network of people.';
    return part('shared-egress', `${owners} owners`, weight, AMONG_OTHERS, `${sentence} ${other}`);
  }
  return part('shared-egress', `${owners} owners`, weight, machines ? 1 : PERSON_AMONG_PEOPLE, sentence);
};
