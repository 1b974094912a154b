import { credentialIdText } from '../credential-title.ts';
import type { Finding } from '../finding.ts';
import { idText, withoutSecrets } from '../hostile-text.ts';
import { isoOf } from '../page-details.ts';
import { DAY, type EpochMs } from '../time.ts';
import { type Credential, type CredentialKind, isResourcePath } from '../token-use.ts';

const TEXT = 120;

const KINDS: Readonly<Record<CredentialKind, string>> = {
  personal: 'personal access token',
  project: 'project access token',
  group: 'group access token',
  impersonation: 'impersonation token, made by an administrator to act as its owner',
  'service-account': "service account's access token",
  'ci-job': "a CI job's own token",
  'deploy-token': 'deploy token',
  'deploy-key': 'deploy key (SSH)',
  oauth: 'OAuth token of an application',
  user: 'not known: a person acted, by a session or one of their tokens',
};

/** What sort of credential it is, for somebody who does not know GitLab's names. */
export function kindWords(kind: CredentialKind): string {
  return KINDS[kind];
}

/** `reference/gitlab.md` §4b; 25 is the Security Manager of GitLab's list of roles. */
const ROLES: Readonly<Record<number, string>> = {
  5: 'Minimal Access',
  10: 'Guest',
  15: 'Planner',
  20: 'Reporter',
  25: 'Security Manager',
  30: 'Developer',
  40: 'Maintainer',
  50: 'Owner',
};

/** GitLab's name of a role, or its number where this version does not know it. */
export function roleName(accessLevel: number): string {
  return ROLES[accessLevel] ?? `role ${accessLevel}`;
}

const RUNNERS = 'CI runners, which get the code and secrets of jobs';

/** What each scope grants, to be read after "can" (`reference/gitlab.md` §5). */
const SCOPES: Readonly<Record<string, string>> = {
  sudo: 'act as any user of the site',
  admin_mode: 'do what an administrator can',
  api: 'read and write everything its owner can',
  write_repository: 'read and change code over git',
  k8s_proxy: "reach Kubernetes clusters through GitLab's agent",
  ai_workflows: 'run Duo workflows',
  granular: 'do what its fine-grained permissions allow, which are not listed here',
  create_runner: `create ${RUNNERS}`,
  manage_runner: `manage ${RUNNERS}`,
  write_registry: 'push container images',
  write_virtual_registry: 'write to virtual registries',
  write_package_registry: 'publish packages',
  read_api: 'read everything its owner can',
  read_repository: 'read code',
  read_registry: 'pull container images',
  read_virtual_registry: 'read virtual registries',
  read_package_registry: 'download packages',
  mcp: 'use the MCP server',
  write_observability: 'write observability data',
  read_observability: 'read observability data',
  ai_features: 'use Duo',
  read_service_ping: "read the site's usage figures",
  read_user: "read its owner's profile",
  openid: "read its owner's identity",
  profile: "read its owner's profile",
  email: "read its owner's e-mail address",
  self_rotate: 'rotate itself, so that a thief keeps it and its owner is locked out',
};

/** What a scope lets its holder do, to be read after "can"; undefined for a scope this version does not know. */
export function scopeWords(scope: string): string | undefined {
  return Object.hasOwn(SCOPES, scope) ? SCOPES[scope] : undefined;
}

/** The account behind the credential, safe to print: `sam`, `user 7`; undefined where it is not known. */
export function ownerName({ owner }: Credential): string | undefined {
  if (owner === undefined) return undefined;
  if (owner.username === undefined || owner.username === '') return `user ${owner.id}`;
  // GitLab itself named its bots, at random: a name a person chose may hold a secret that looks like that.
  return owner.bot === true ? idText(owner.username, TEXT) : withoutSecrets(owner.username, TEXT);
}

/** Where the credential belongs, to be read after "in" or "of": `project acme/shop`; undefined where that is not known. */
export function placeWords({ kind, resource }: Credential): string | undefined {
  if (resource === undefined || resource === '') return undefined;
  const text = withoutSecrets(resource, TEXT);
  const noun = kind === 'group' ? 'group' : 'project';
  return isResourcePath(resource) || /^\d+$/.test(resource) ? `${noun} ${text}` : text;
}

/** When it ends, as a sentence; "none" and "unknown" are different answers. */
export function expiryWords(credential: Credential, now: EpochMs): string {
  const { kind, expiresAt } = credential;
  if (expiresAt !== undefined) {
    const day = isoOf(expiresAt).slice(0, 10);
    if (expiresAt <= now) return `Expired on ${day}.`;
    const days = Math.floor((expiresAt - now) / DAY);
    return `On ${day}, ${days === 0 ? 'within a day' : days === 1 ? '1 day from now' : `${days} days from now`}.`;
  }
  if (kind === 'ci-job') return 'With its job.';
  if (kind === 'user') return 'Not known: nothing says which credential it was.';
  return isListed(credential)
    ? 'Never: GitLab lists it without an expiry.'
    : 'Not known: no list of GitLab described it.';
}

/** Whether it still opens anything, as far as is known. */
export type Liveness = 'revoked' | 'expired' | 'inactive' | 'active' | 'unknown';

/** Whether it still opens anything: by GitLab's last word, and by the clock. */
export function livenessOf({ revoked, active, expiresAt }: Credential, now: EpochMs): Liveness {
  if (revoked === true) return 'revoked';
  if (expiresAt !== undefined && expiresAt <= now) return 'expired';
  if (active === undefined) return 'unknown';
  return active ? 'active' : 'inactive';
}

const LIVENESS: Readonly<Record<Liveness, string>> = {
  revoked: 'Revoked: it opens nothing any more.',
  expired: 'Expired by now; when it was seen it may still have worked.',
  inactive: 'Not active, says GitLab.',
  active: 'Active when GitLab was read.',
  unknown: 'Not known.',
};

/** {@link livenessOf} as a sentence. What has expired is harmless only where it had before it was seen. */
export function livenessWords(
  { credential, addresses }: Pick<Finding, 'credential' | 'addresses'>,
  now: EpochMs,
): string {
  const { expiresAt = 0 } = credential;
  const liveness = livenessOf(credential, now);
  const isHarmless = addresses.length > 0 && addresses.every(({ firstUse }) => firstUse >= expiresAt);
  return liveness === 'expired' && isHarmless ? 'Expired: it opens nothing any more.' : LIVENESS[liveness];
}

/** The id a reader looks it up by. */
export function idWords({ id }: Credential): string {
  return credentialIdText(id);
}

/** Whether a list of GitLab's described it: what such a list leaves out is not there, elsewhere it is not known. */
function isListed({ createdAt }: Credential): boolean {
  return createdAt !== undefined;
}
