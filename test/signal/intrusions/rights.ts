import type { CallAction, SimCredential } from '../truth.ts';

const READS_API: readonly CallAction[] = ['api-read', 'file-read', 'variable-read'];
const BY_SCOPE: Readonly<Record<string, readonly CallAction[]>> = {
  api: [
    ...READS_API,
    'api-write',
    'clone',
    'push',
    'token-created',
    'token-rotated',
    'member-added',
    'webhook-created',
    'project-export',
  ],
  read_api: READS_API,
  read_repository: ['clone', 'file-read'],
  write_repository: ['clone', 'push'],
  read_user: ['api-read'],
  self_rotate: ['token-rotated'],
};
/** What a Maintainer may do and a Developer may not. */
const FOR_MAINTAINERS: ReadonlySet<CallAction> = new Set([
  'variable-read',
  'token-created',
  'member-added',
  'webhook-created',
  'project-export',
]);

/** Whether GitLab lets the credential do it (`reference/gitlab.md` §5). */
export function allows({ kind, scopes, accessLevel }: SimCredential, action: CallAction): boolean {
  if (kind === 'ci-job') return action === 'clone' || action === 'api-read';
  if (kind === 'deploy-token') return action === 'clone';
  if (FOR_MAINTAINERS.has(action) && accessLevel !== undefined && accessLevel < 40) return false;
  return (scopes ?? []).some((scope) => BY_SCOPE[scope]?.includes(action) === true);
}
