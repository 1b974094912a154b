import type { EpochMs } from '../../../functions/core/time.ts';
import type { GitlabGroup, GitlabProject, GitlabToken, GitlabUser, GitlabWorld } from '../scenario/world.ts';
import { notFound, Refusal, unauthorized } from './gitlab-answers.ts';
import type { Asked } from './stand-in.ts';

export const OWNER = 50;
export const MAINTAINER = 40;
export const DEVELOPER = 30;

/** Who asks, of what, and when. */
export interface Visit {
  readonly asked: Asked;
  readonly world: GitlabWorld;
  readonly now: EpochMs;
  readonly token: GitlabToken;
  readonly user: GitlabUser;
  /** Instance admin; nobody is one on GitLab.com. */
  readonly admin: boolean;
}

/**
 * Lets the caller in by `PRIVATE-TOKEN` or `Authorization: Bearer`.
 * @param secrets token ids by secret.
 * @throws Refusal 401 without a known, live token; 403 when its scopes do not reach the API.
 */
export function enter(asked: Asked, world: GitlabWorld, now: EpochMs, secrets: ReadonlyMap<string, number>): Visit {
  const bearer = /^Bearer (.+)$/.exec(asked.headers.authorization ?? '')?.[1];
  const secret = asked.headers['private-token'] ?? bearer;
  const id = typeof secret === 'string' ? secrets.get(secret) : undefined;
  const token = world.tokens.find((one) => one.id === id);
  const user = world.users.find((one) => one.id === token?.userId);
  if (token === undefined || user === undefined) throw unauthorized();
  if (token.revokedAt !== undefined && token.revokedAt <= now)
    throw deadToken('Token was revoked. You have to re-authorize from the user.');
  if (isExpired(token, now)) throw deadToken('Token is expired. You can either do re-authorization or token refresh.');
  if (!reaches(token, asked.path)) throw insufficientScope();
  return { asked, world, now, token, user, admin: user.admin && world.deployment === 'instance' };
}

/** Whether a token's last day has come. */
export function isExpired({ expiresAt }: GitlabToken, now: EpochMs): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

/** The caller's role in a group: the highest of its memberships there and above; admins own everything. */
export function roleInGroup({ admin, user, world }: Visit, group: GitlabGroup): number {
  if (admin) return OWNER;
  const above = new Set(lineage(world, group).map(({ id }) => id));
  const levels = world.memberships.filter(
    (one) => one.userId === user.id && one.groupId !== undefined && above.has(one.groupId),
  );
  return Math.max(0, ...levels.map(({ accessLevel }) => accessLevel));
}

/** The caller's role in a project, its groups' included. */
export function roleInProject(visit: Visit, project: GitlabProject): number {
  const group = visit.world.groups.find(({ id }) => id === project.groupId);
  const direct = visit.world.memberships.filter((one) => one.userId === visit.user.id && one.projectId === project.id);
  return Math.max(group ? roleInGroup(visit, group) : 0, ...direct.map(({ accessLevel }) => accessLevel));
}

/** @throws Refusal 404 for a group that is not there or not visible to the caller. */
export function findGroup(visit: Visit, idOrPath: string): GitlabGroup {
  const group = visit.world.groups.find(({ id, fullPath }) => String(id) === idOrPath || fullPath === idOrPath);
  if (group === undefined || roleInGroup(visit, group) === 0) throw notFound('Group');
  return group;
}

/** @throws Refusal 404 for a project that is not there or not visible to the caller. */
export function findProject(visit: Visit, idOrPath: string): GitlabProject {
  const project = visit.world.projects.find(({ id, fullPath }) => String(id) === idOrPath || fullPath === idOrPath);
  if (project === undefined || roleInProject(visit, project) === 0) throw notFound('Project');
  return project;
}

/** A group and everything below it. */
export function hierarchy(world: GitlabWorld, top: GitlabGroup): readonly GitlabGroup[] {
  const found = [top];
  for (const group of found) found.push(...world.groups.filter(({ parentId }) => parentId === group.id));
  return found;
}

/** A group and everything above it. */
function lineage(world: GitlabWorld, group: GitlabGroup): readonly GitlabGroup[] {
  const parent = world.groups.find(({ id }) => id === group.parentId);
  return parent === undefined ? [group] : [group, ...lineage(world, parent)];
}

function reaches({ scopes }: GitlabToken, path: string): boolean {
  if (scopes.includes('api') || scopes.includes('read_api')) return true;
  if (path === '/api/v4/personal_access_tokens/self') return true;
  return scopes.includes('read_user') && (path === '/api/v4/user' || path.startsWith('/api/v4/users'));
}

function deadToken(why: string): Refusal {
  return new Refusal({ status: 401, body: { error: 'invalid_token', error_description: why } });
}

function insufficientScope(): Refusal {
  return new Refusal({
    status: 403,
    body: {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: 'api read_api',
    },
  });
}
