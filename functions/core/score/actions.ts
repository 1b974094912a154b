import { type SensitiveAction, sensitiveActionsOf } from '../sensitive-actions.ts';
import { daysOnNetwork, isMachine } from '../token-use.ts';
import { ENOUGH_DAYS, type NetworkEvidence, part, type ScoreRule } from './network-evidence.ts';

/** One kind may be a coincidence, two are a plan. */
const SHARES = [0, 0.33, 0.9, 1];

/** What is left of it for automation, which is given new work where it always works, and for newcomers among colleagues. */
const ROUTINE = 0.5;

const WORDS: Readonly<Record<SensitiveAction, string>> = {
  'variables-read': 'read CI/CD variables',
  'token-minted': 'made or rotated a token',
  'key-added': 'added a key',
  'member-added': 'added a member',
  'webhook-created': 'created a webhook',
  'project-exported': 'exported a project',
  'many-clones': 'cloned many projects',
};

/** What takes secrets or makes sure to stay, done from there; what the credential does on other days, too, is its work. */
export const actions: ScoreRule = (evidence, weight) => {
  const { matches, credential } = evidence;
  const { habits } = credential;
  const done = sensitiveActionsOf(matches.map(({ use }) => use));
  if (done.length === 0) return undefined;
  const usual = habits?.actions ?? [];
  const fresh = done.filter((kind) => !usual.includes(kind));
  if (fresh.length === 0) {
    return part('actions', done.join(' '), weight, 0, `From there it, or its owner, ${told(done)}, as on other days.`);
  }
  const share = (SHARES[Math.min(fresh.length, SHARES.length - 1)] ?? 1) * (isRoutine(evidence) ? ROUTINE : 1);
  const first = habits === undefined ? '' : ', which was not done before';
  return part('actions', fresh.join(' '), weight, share, `From there it, or its owner, ${told(fresh)}${first}.`);
};

/** It does several such things on other days, is a machine in its place, or new and in an office, say, where all are. */
function isRoutine({ credential, network, sharedEgress }: NetworkEvidence): boolean {
  const { days, actions: usual } = credential.habits ?? { days: 0, actions: [] };
  const isNewcomer = sharedEgress !== undefined && days < ENOUGH_DAYS;
  return usual.length > 1 || isNewcomer || (isMachine(credential) && daysOnNetwork(credential, network) > 0);
}

function told(kinds: readonly SensitiveAction[]): string {
  const words = kinds.map((kind) => WORDS[kind]);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}
