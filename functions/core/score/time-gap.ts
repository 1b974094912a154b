import { MINUTE } from '../time.ts';
import { part, type ScoreRule } from './network-evidence.ts';

/** The closest the two came in time; overlapping evidence is not lowered. */
export const timeGap: ScoreRule = ({ matches, slack }, weight) => {
  let gap = Number.POSITIVE_INFINITY;
  for (const match of matches) gap = Math.min(gap, match.gap);
  if (gap === 0 || slack === 0) return undefined;
  const minutes = Math.ceil(gap / MINUTE);
  return part('time-gap', `${minutes} min`, weight, gap / slack, `Sighting and use are ${minutes} minutes apart.`);
};
