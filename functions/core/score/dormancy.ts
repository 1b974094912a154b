import { DAY } from '../time.ts';
import { part, type ScoreRule } from './network-evidence.ts';

const DORMANT_DAYS = 30;

/** A credential that woke up after a long sleep. */
export const dormancy: ScoreRule = ({ credential, windowStart }, weight) => {
  if (credential.usedBefore === undefined) return undefined;
  const days = Math.floor((windowStart - credential.usedBefore) / DAY);
  if (days < DORMANT_DAYS) return undefined;
  return part('dormancy', `${days} days`, weight, 1, `It had not been used for ${days} days.`);
};
