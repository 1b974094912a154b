import { part, type ScoreRule } from './network-evidence.ts';

/** Credentials that were turned away from the same network: somebody is trying keys. */
export const refused: ScoreRule = ({ refusedCredentials }, weight) => {
  if (refusedCredentials === 0) return undefined;
  const what = refusedCredentials === 1 ? '1 credential was' : `${refusedCredentials} credentials were`;
  return part('refused', String(refusedCredentials), weight, 1, `${what} turned away from the same network.`);
};
