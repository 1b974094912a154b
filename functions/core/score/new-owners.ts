import { part, type ScoreRule } from './network-evidence.ts';

/** Two colleagues may share a new place; ten owners on one host that none of them knew are a theft. */
const HARMLESS = 2;
const FULL = 10;

/** Many owners that are new to one network at once: it looks like an office and is the opposite. */
export const newOwners: ScoreRule = ({ newOwners: owners, knownEgress, sharedEgress }, weight) => {
  if (owners <= HARMLESS || knownEgress || sharedEgress !== undefined) return undefined;
  const share = (owners - HARMLESS) / (FULL - HARMLESS);
  return part('new-owners', String(owners), weight, share, `${owners} owners new to this network were seen on it.`);
};
