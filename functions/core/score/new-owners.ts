import { part, type ScoreRule } from './network-evidence.ts';

/** Two colleagues may share a new place; ten credentials on one host that none of them knew are a theft. */
const HARMLESS = 2;
const FULL = 10;

/** Many credentials that are new to one network at once: it looks like an office and is the opposite. */
export const newOwners: ScoreRule = ({ newCredentials, knownEgress, sharedEgress }, weight) => {
  if (newCredentials <= HARMLESS || knownEgress || sharedEgress !== undefined) return undefined;
  const share = (newCredentials - HARMLESS) / (FULL - HARMLESS);
  const sentence = `${newCredentials} credentials that are new to this network were seen on it.`;
  return part('new-owners', String(newCredentials), weight, share, sentence);
};
