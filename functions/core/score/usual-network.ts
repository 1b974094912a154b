import { daysOnNetwork } from '../token-use.ts';
import { earlierDays, part, type ScoreRule } from './network-evidence.ts';

/** What one earlier day is worth; two make a network as usual as it gets. */
const ONE_DAY = 0.75;

/** The credential or its owner worked from there on earlier days: a bot that sits there, too, is probably theirs. */
export const usualNetwork: ScoreRule = ({ credential, network }, weight) => {
  const days = daysOnNetwork(credential, network);
  if (days === 0) return undefined;
  return part(
    'usual-network',
    `${days} days`,
    weight,
    days === 1 ? ONE_DAY : 1,
    `It or its owner worked from there on ${earlierDays(days)}.`,
  );
};
