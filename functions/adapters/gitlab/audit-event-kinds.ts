import type { Strength } from '../../core/token-use.ts';

/** What an audit event says happened, as far as its name tells (`reference/gitlab.md` §2). */
export interface EventKind {
  readonly strength: Strength;
  readonly refusal?: string;
}

/** A login or token was turned away. */
const REFUSED: Readonly<Record<string, string>> = {
  login_failed_with_standard_authentication: 'login_failed',
  login_failed_with_otp_authentication: 'otp_failed',
  login_failed_with_webauthn_authentication: 'webauthn_failed',
  omniauth_login_failed: 'login_failed',
  user_access_locked: 'account_locked',
  ip_restricted_group_accessed: 'ip_restricted',
};

/** A CI job's token authenticated (§2a). */
export const JOB_TOKEN_USED = 'user_authenticated_using_job_token';

/** A token authenticated, whoever its author is: `details` or the author name it (§2a). */
const USED = new Set(['api_request_access_with_scope', 'personal_access_token_used_from_unseen_ip', JOB_TOKEN_USED]);

/** A credential came into being, or was replaced. */
const MINTED = new Set([
  'personal_access_token_created',
  'project_access_token_created',
  'group_access_token_created',
  'deploy_token_created',
  'group_deploy_token_created',
  'deploy_key_added',
  'add_ssh_key',
  'cluster_agent_token_created',
  'ci_runner_token_reset',
  'oauth_application_created',
  'user_authorized_oauth_application',
]);

/** Acts that GitLab streams and does not save, and a thief would do (§2a): code, secrets and artifacts read. */
const STREAMED_ACTS = new Set([
  'repository_git_operation',
  'repository_download_operation',
  'repository_file_accessed_api',
  'variable_viewed_api',
  'variable_viewed_graphql',
  'job_artifact_downloaded',
]);

/**
 * Whether a streamed event is kept. What GitLab saves as well always is: it is some hundredth of what is streamed, and
 * any write tells where its author was. Of what is only streamed, the types that say something of a credential or of
 * what is done with one: the rest is what people see and click.
 */
export function isWorthKeeping(name: string, isSaved: boolean): boolean {
  if (isSaved || STREAMED_ACTS.has(name) || name.endsWith('_by_project_bot')) return true;
  return kindOfEvent(name).strength !== 'acted';
}

/** Any other event is something its author did. */
export function kindOfEvent(name: string): EventKind {
  const refusal = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (refusal !== undefined) return { strength: 'refused', refusal };
  if (USED.has(name)) return { strength: 'used' };
  if (MINTED.has(name) || name.endsWith('_token_rotated')) return { strength: 'minted' };
  return { strength: 'acted' };
}

/** Kinds of credential an event can have made, with the prefix of their `Credential.id`. */
export type MintedKind = 'personal' | 'project' | 'group' | 'deploy-token' | 'deploy-key';

/** What kind of credential a `minted` event made; undefined where it is none that has an id of its own here. */
export function mintedKind(name: string): MintedKind | undefined {
  if (name.startsWith('personal_access_token_')) return 'personal';
  if (name.startsWith('project_access_token_')) return 'project';
  if (name.startsWith('group_access_token_')) return 'group';
  if (name.includes('deploy_token_')) return 'deploy-token';
  return name === 'deploy_key_added' ? 'deploy-key' : undefined;
}
