import { daysOnNetwork } from '../token-use.ts';
import { type NetworkEvidence, part, type ScoreRule } from './network-evidence.ts';

/** Days of history that tell for certain what is new. */
const ENOUGH = 5;

/** Whether the network is new for the credential and its owner, as far as there is history to say so. */
export const novelty: ScoreRule = (evidence, weight) => {
  const { credential, network } = evidence;
  const { habits, knownNetworks: listed } = credential;
  if (habits === undefined && listed === undefined) {
    const sentence = 'No history yet: nobody can say whether this network is new for it.';
    return part('novelty', 'no-history', weight, 0, sentence);
  }
  if (daysOnNetwork(credential, network) > 0) return undefined;
  if (listed?.includes(network)) {
    return part('novelty', 'recent', weight, 0, 'It was used from this network before, on no earlier day.');
  }
  const [share, sentence] =
    listed !== undefined || habits === undefined
      ? [1, 'It was never seen from this network before.']
      : [
          Math.min(1, habits.days / ENOUGH),
          `Neither it nor its owner was seen from this network before, in ${daysText(habits.days)} of history.`,
        ];
  const operator = knownOperator(evidence);
  if (operator === undefined) return part('novelty', 'new', weight, share, sentence);
  const known = `It worked from others of AS ${operator.asn} on ${daysText(operator.days)} before, so half of this counts.`;
  return part('novelty', 'new, known operator', weight, share / 2, `${sentence} ${known}`);
};

/** The network's operator, where the credential worked from networks of its on earlier days. */
function knownOperator({ credential, matches }: NetworkEvidence): { asn: number; days: number } | undefined {
  const asn = matches.find(({ sighting }) => sighting.asn !== undefined)?.sighting.asn;
  const days = asn === undefined ? undefined : credential.habits?.asnDays?.[asn];
  return asn === undefined || days === undefined ? undefined : { asn, days };
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
