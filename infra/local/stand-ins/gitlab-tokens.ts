import type { EpochMs } from '../../../functions/core/time.ts';
import type { GitlabToken, LastUsedIps } from '../scenario/world.ts';
import {
  findGroup,
  findProject,
  hierarchy,
  isExpired,
  MAINTAINER,
  OWNER,
  roleInGroup,
  roleInProject,
  type Visit,
} from './gitlab-access.ts';
import {
  dayOf,
  flagParameter,
  forbidden,
  isoOf,
  notFound,
  numberParameter,
  timeParameter,
  unauthorized,
  wordParameter,
} from './gitlab-answers.ts';
import { type LastUsed, lastUsed } from './gitlab-last-used.ts';
import { offsetPage } from './gitlab-paging.ts';
import type { Answer } from './stand-in.ts';

/** `GET /personal_access_tokens`: every row of the table for an admin, else the caller's own. */
export function personalTokens(visit: Visit): Answer {
  const { asked, world, admin, user } = visit;
  const owner = numberParameter(asked.query, 'user_id');
  if (owner !== undefined && owner !== user.id && !admin) throw unauthorized();
  const wanted = admin ? owner : user.id;
  const tokens = world.tokens.filter(({ userId }) => wanted === undefined || userId === wanted);
  return tokenPage(visit, tokens, world.lastUsedIps.personal);
}

/** `GET /personal_access_tokens/:id` and `/self`. */
export function personalToken(visit: Visit, id: string): Answer {
  const { world, admin, user, token: own } = visit;
  const token = id === 'self' ? own : world.tokens.find((one) => String(one.id) === id);
  if (token === undefined || token.createdAt > visit.now) throw admin ? notFound() : unauthorized();
  if (!admin && token.userId !== user.id) throw unauthorized();
  return { status: 200, body: shown(visit, token, lastUsed(token.uses, visit.now), world.lastUsedIps.personal) };
}

/** `GET /users/:id/impersonation_tokens`. */
export function impersonationTokens(visit: Visit, userId: string): Answer {
  if (!visit.admin) throw forbidden();
  const tokens = visit.world.tokens.filter((one) => one.kind === 'impersonation' && String(one.userId) === userId);
  return tokenPage(visit, tokens, visit.world.lastUsedIps.personal);
}

/** `GET /groups/:id/access_tokens`, of that group alone, and `/:token_id`. */
export function groupTokens(visit: Visit, idOrPath: string, tokenId?: string): Answer {
  const group = findGroup(visit, idOrPath);
  if (roleInGroup(visit, group) < OWNER) throw unauthorized();
  return resourceTokens(visit, ({ kind, resourceId }) => kind === 'group' && resourceId === group.id, tokenId);
}

/** `GET /projects/:id/access_tokens`, of that project alone, and `/:token_id`. */
export function projectTokens(visit: Visit, idOrPath: string, tokenId?: string): Answer {
  const project = findProject(visit, idOrPath);
  if (roleInProject(visit, project) < MAINTAINER) throw unauthorized();
  return resourceTokens(visit, ({ kind, resourceId }) => kind === 'project' && resourceId === project.id, tokenId);
}

/** `GET /groups/:id/manage/*`: the credentials inventory of GitLab.com Ultimate (`reference/gitlab.md` §4c). */
export function managedCredentials(visit: Visit, idOrPath: string, which: string): Answer {
  const { world } = visit;
  if (world.deployment !== 'saas' || world.tier !== 'ultimate') throw notFound();
  const group = findGroup(visit, idOrPath);
  if (group.parentId !== undefined) throw notFound('Group');
  if (roleInGroup(visit, group) < OWNER) throw forbidden();
  if (which === 'ssh_keys') return offsetPage(visit.asked, [], () => ({}));
  const below = new Set(hierarchy(world, group).map(({ id }) => id));
  const projects = new Set(world.projects.filter(({ groupId }) => below.has(groupId)).map(({ id }) => id));
  if (which === 'resource_access_tokens') {
    return resourceTokens(visit, ({ kind, resourceId = 0 }) =>
      kind === 'group' ? below.has(resourceId) : kind === 'project' && projects.has(resourceId),
    );
  }
  if (which !== 'personal_access_tokens') throw notFound();
  const managed = new Set(world.users.filter((one) => one.enterpriseGroupId === group.id).map(({ id }) => id));
  const tokens = world.tokens.filter(
    ({ kind, userId }) => (kind === 'personal' || kind === 'service-account') && managed.has(userId),
  );
  return tokenPage(visit, tokens, world.lastUsedIps.resource);
}

function resourceTokens(visit: Visit, belongs: (token: GitlabToken) => boolean, tokenId?: string): Answer {
  const ips = visit.world.lastUsedIps.resource;
  const tokens = visit.world.tokens.filter(belongs);
  if (tokenId === undefined) return tokenPage(visit, tokens, ips, true);
  const token = tokens.find(({ id, createdAt }) => String(id) === tokenId && createdAt <= visit.now);
  if (token === undefined) throw notFound();
  return { status: 200, body: shown(visit, token, lastUsed(token.uses, visit.now), ips, true) };
}

interface Row {
  readonly token: GitlabToken;
  readonly used: LastUsed;
}

function tokenPage(visit: Visit, tokens: readonly GitlabToken[], ips: LastUsedIps, resource = false): Answer {
  const keep = tokenFilter(visit);
  const rows = tokens
    .filter(({ createdAt }) => createdAt <= visit.now)
    .map((token) => ({ token, used: lastUsed(token.uses, visit.now) }))
    .filter(keep)
    .sort(tokenOrder(visit));
  return offsetPage(visit.asked, rows, ({ token, used }) => shown(visit, token, used, ips, resource));
}

/** The documented list filters (`reference/gitlab.md` §4a). */
function tokenFilter({ asked: { query }, now }: Visit): (row: Row) => boolean {
  const created = span(query, 'created');
  const expires = span(query, 'expires');
  const used = span(query, 'last_used');
  const revoked = flagParameter(query, 'revoked');
  const state = wordParameter(query, 'state', ['active', 'inactive']);
  const search = query.get('search')?.toLowerCase() ?? '';
  return ({ token, used: { at } }) =>
    created(token.createdAt) &&
    expires(token.expiresAt) &&
    used(at) &&
    (revoked === undefined || revoked === isRevoked(token, now)) &&
    (state === undefined || (state === 'active') === isActive(token, now)) &&
    token.name.toLowerCase().includes(search);
}

function span(query: URLSearchParams, name: string): (at: EpochMs | undefined) => boolean {
  const after = timeParameter(query, `${name}_after`);
  const before = timeParameter(query, `${name}_before`);
  if (after === undefined && before === undefined) return () => true;
  return (at) => at !== undefined && at >= (after ?? at) && at <= (before ?? at);
}

const SORTS = [
  'created_asc',
  'created_desc',
  'expires_asc',
  'expires_desc',
  'last_used_asc',
  'last_used_desc',
  'name_asc',
  'name_desc',
] as const;

function tokenOrder({ asked: { query } }: Visit): (a: Row, b: Row) => number {
  const sort = wordParameter(query, 'sort', SORTS) ?? 'created_desc';
  const direction = sort.endsWith('_asc') ? 1 : -1;
  const key = ({ token, used }: Row): number | string =>
    sort.startsWith('name')
      ? token.name
      : sort.startsWith('expires')
        ? (token.expiresAt ?? 0)
        : sort.startsWith('last_used')
          ? (used.at ?? 0)
          : token.createdAt;
  return (a, b) => (key(a) < key(b) ? -direction : key(a) > key(b) ? direction : (a.token.id - b.token.id) * direction);
}

function isRevoked({ revokedAt }: GitlabToken, now: EpochMs): boolean {
  return revokedAt !== undefined && revokedAt <= now;
}

function isActive(token: GitlabToken, now: EpochMs): boolean {
  return !isRevoked(token, now) && !isExpired(token, now);
}

function shown({ now }: Visit, token: GitlabToken, used: LastUsed, ips: LastUsedIps, resource = false): object {
  return {
    id: token.id,
    name: token.name,
    revoked: isRevoked(token, now),
    created_at: isoOf(token.createdAt),
    description: token.description,
    scopes: token.scopes,
    user_id: token.userId,
    last_used_at: used.at === undefined ? null : isoOf(used.at),
    active: isActive(token, now),
    granular: false,
    expires_at: token.expiresAt === undefined ? null : dayOf(token.expiresAt),
    ...(ips === 'missing' ? {} : { last_used_ips: ips === 'empty' ? [] : used.addresses }),
    granular_scopes: [],
    ...(resource
      ? { access_level: token.accessLevel ?? 10, resource_type: token.kind, resource_id: token.resourceId ?? 0 }
      : {}),
  };
}
