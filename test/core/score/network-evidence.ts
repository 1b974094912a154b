import type { NetworkEvidence } from '../../../functions/core/score/network-evidence.ts';
import type { Habits } from '../../../functions/core/token-use.ts';
import { credential, habits, match, NOON } from '../../support/evidence.ts';

/** What a part is worth at full effect in these tests, so that points read as percent. */
export const WEIGHT = 100;

/** The network of the matches that {@link networkEvidence} holds unless others are given; of AS 64500. */
export const NETWORK = '203.0.113.7';

/** Learned to be shared, by people above all or by machines. */
export const AMONG_PEOPLE = { sharedEgress: { owners: 9, days: 4, people: 5 } };
export const AMONG_MACHINES = { sharedEgress: { owners: 9, days: 4, people: 4 } };

/** A confirmed use on a network that nobody knows anything of, by a credential without a history. */
export function networkEvidence(overrides: Partial<NetworkEvidence> = {}): NetworkEvidence {
  return {
    credential: credential(),
    network: NETWORK,
    matches: [match()],
    verdict: 'confirmed',
    windowStart: NOON,
    slack: 0,
    knownEgress: false,
    newOperator: false,
    newOwners: 0,
    unknownOwners: 0,
    refusedCredentials: 0,
    ...overrides,
  };
}

/** A credential with nine days of history, and what is given of it. */
export function accustomed(overrides: Partial<Habits> = {}): Pick<NetworkEvidence, 'credential'> {
  return { credential: credential({ habits: habits(overrides) }) };
}
