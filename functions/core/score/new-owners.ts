import { part, type ScoreRule } from './network-evidence.ts';

/** Two colleagues may share a new place; ten owners on one host that none of them knew are a theft. */
const HARMLESS = 2;
const FULL = 10;

/** Of whom nothing is known the network may be new for, or not. */
const UNKNOWN = 0.5;

/** Many owners that are new to one network at once: it looks like an office and is the opposite. */
export const newOwners: ScoreRule = (evidence, weight) => {
  const { newOwners: strangers, unknownOwners: unknown, knownEgress, sharedEgress } = evidence;
  const count = strangers + UNKNOWN * unknown;
  if (count <= HARMLESS || knownEgress || sharedEgress !== undefined) return undefined;
  const share = (count - HARMLESS) / (FULL - HARMLESS);
  const input = unknown === 0 ? `${strangers}` : `${strangers} and ${unknown} without history`;
  return part('new-owners', input, weight, share, describe(strangers, unknown));
};

function describe(strangers: number, unknown: number): string {
  if (unknown === 0) return `${strangers} owners new to this network were seen on it.`;
  const all = `${strangers + unknown} owners were seen on this network at once`;
  return strangers === 0
    ? `${all}, of whom nothing is known yet.`
    : `${all}: it is new to ${strangers} of them, and nothing is known yet of ${unknown}.`;
}
