import { part, type ScoreRule } from './network-evidence.ts';

/** GitLab roles: 40 Maintainer, 50 Owner (`reference/gitlab.md` §4b). */
const MAINTAINER = 40;
const OWNER = 50;

/** How far the account behind the credential reaches. */
export const role: ScoreRule = ({ credential }, weight) => {
  if (credential.owner?.admin) return part('role', 'admin', weight, 1, 'Its owner is an instance administrator.');
  const level = credential.accessLevel ?? 0;
  if (level >= OWNER) return part('role', 'owner', weight, 0.8, 'It acts with the Owner role.');
  if (level >= MAINTAINER) return part('role', 'maintainer', weight, 0.6, 'It acts with the Maintainer role.');
  return undefined;
};
