import { daysOnNetwork, daysWithOperator } from '../token-use.ts';
import { earlierDays, part, type ScoreRule } from './network-evidence.ts';

/**
 * The network is new, and the credential or its owner worked from others of its operator: homes and phones get new
 * addresses every few days. By what any of the sightings says, so that one more never lowers the score; where the
 * network is shared its operator says nothing more.
 */
export const usualOperator: ScoreRule = ({ credential, network, matches, knownEgress, sharedEgress }, weight) => {
  if (daysOnNetwork(credential, network) > 0 || knownEgress || sharedEgress !== undefined) return undefined;
  const operators = matches.map(({ sighting: { asn } }) => ({ asn, days: daysWithOperator(credential, asn) }));
  const [least] = operators.sort((a, b) => a.days - b.days || (a.asn ?? 0) - (b.asn ?? 0));
  if (least?.asn === undefined || least.days === 0) return undefined;
  const { asn, days } = least;
  const sentence = `It or its owner worked from other addresses of AS ${asn} on ${earlierDays(days)}.`;
  return part('usual-operator', `AS ${asn}`, weight, 1, sentence);
};
