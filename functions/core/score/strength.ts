import type { Match } from '../finding.ts';
import type { Strength } from '../token-use.ts';
import { type NetworkEvidence, part, type ScoreRule } from './network-evidence.ts';

/** What evidence without a known time, or of an act rather than a use, is worth beside a confirmed use. */
const CORROBORATED: Readonly<Record<Strength, number>> = { minted: 0.5, acted: 0.4, used: 0.3, refused: 0.2 };

const SENTENCES: Readonly<Record<Strength, string>> = {
  minted: 'A token was created or rotated from there.',
  acted: 'Its owner acted from there; nothing says with which credential.',
  used: 'The token was used from there, but the time is unknown.',
  refused: 'It was tried from there and turned away.',
};

/** What the evidence proves, and how closely its time is known. */
export const strength: ScoreRule = (evidence, weight) => {
  const share = shareOf(evidence);
  if (evidence.verdict === 'confirmed') {
    return part('strength', 'confirmed', weight, share, 'The token authenticated from there in the window.');
  }
  if (evidence.verdict === 'probable') {
    return part('strength', 'probable', weight, share, 'The token was very probably used from there in the window.');
  }
  const best = strongest(evidence.matches);
  return part('strength', best, weight, share, SENTENCES[best]);
};

function shareOf({ verdict, matches }: NetworkEvidence): number {
  if (verdict === 'confirmed') return 1;
  if (verdict === 'probable') return 0.85;
  return CORROBORATED[strongest(matches)];
}

function strongest(matches: readonly Match[]): Strength {
  let best: Strength = 'refused';
  for (const { use } of matches) if (CORROBORATED[use.strength] > CORROBORATED[best]) best = use.strength;
  return best;
}
