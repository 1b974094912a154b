import { usesCounted } from '../token-use.ts';
import { part, type ScoreRule } from './network-evidence.ts';

/** 63 uses are worth the full weight; the scale is logarithmic, as one clone can be one request or thousands. */
const DOUBLINGS = 6;

/** How often the credential was seen from there. */
export const frequency: ScoreRule = ({ matches }, weight) => {
  const count = matches.reduce((sum, { use }) => sum + usesCounted(use), 0);
  const sentence = count === 1 ? 'It was seen from there once.' : `It was seen from there ${count} times.`;
  return part('frequency', String(count), weight, Math.log2(1 + count) / DOUBLINGS, sentence);
};
