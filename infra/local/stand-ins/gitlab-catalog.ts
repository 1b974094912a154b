import type { GitlabGroup, GitlabProject, GitlabUser, GitlabWorld } from '../scenario/world.ts';
import { findGroup, findProject, hierarchy, roleInGroup, roleInProject, type Visit } from './gitlab-access.ts';
import { flagParameter, forbidden, isoOf, notFound, numberParameter } from './gitlab-answers.ts';
import { asksForKeyset, keysetPage, offsetPage } from './gitlab-paging.ts';
import type { Answer } from './stand-in.ts';

/** `GET /metadata` and `/version`. */
export function metadata({ version }: GitlabWorld): Answer {
  return { status: 200, body: { version, revision: 'stand-in', enterprise: version.endsWith('-ee') } };
}

/** `GET /user`: the token's owner. */
export function currentUser(visit: Visit): Answer {
  return { status: 200, body: shownUser(visit, visit.user) };
}

/** `GET /users`: admins alone may list everybody; others find by exact `username`. */
export function userList(visit: Visit): Answer {
  const { asked, world, admin, now } = visit;
  const username = asked.query.get('username')?.toLowerCase();
  if (username === undefined && !admin) throw forbidden();
  const users = world.users.filter((user) => user.createdAt <= now && (username ?? user.username) === user.username);
  const show = (user: GitlabUser) => shownUser(visit, user);
  return asksForKeyset(asked) ? keysetPage(asked, users, show, ['asc', 'desc']) : offsetPage(asked, users, show);
}

/** `GET /users/:id`. */
export function oneUser(visit: Visit, id: string): Answer {
  const user = visit.world.users.find((one) => String(one.id) === id);
  if (user === undefined) throw notFound('User');
  return { status: 200, body: shownUser(visit, user) };
}

/** `GET /groups`: those the caller belongs to, or all for an admin. */
export function groupList(visit: Visit): Answer {
  const { query } = visit.asked;
  const top = flagParameter(query, 'top_level_only') ?? false;
  const least = leastRole(query);
  const groups = visit.world.groups.filter(
    (group) => roleInGroup(visit, group) >= least && (!top || group.parentId === undefined) && found(query, group),
  );
  return offsetPage(visit.asked, groups, shownGroup);
}

export function oneGroup(visit: Visit, idOrPath: string): Answer {
  return { status: 200, body: shownGroup(findGroup(visit, idOrPath)) };
}

/** `GET /groups/:id/subgroups` (the next level) and `/descendant_groups` (all levels). */
export function groupsBelow(visit: Visit, idOrPath: string, deep: boolean): Answer {
  const top = findGroup(visit, idOrPath);
  const below = hierarchy(visit.world, top).slice(1);
  const groups = below.filter((group) => (deep || group.parentId === top.id) && found(visit.asked.query, group));
  return offsetPage(visit.asked, groups, shownGroup);
}

/** `GET /groups/:id/projects`; everything below with `include_subgroups=true`. */
export function groupProjects(visit: Visit, idOrPath: string): Answer {
  const top = findGroup(visit, idOrPath);
  const deep = flagParameter(visit.asked.query, 'include_subgroups') ?? false;
  const groups = new Set((deep ? hierarchy(visit.world, top) : [top]).map(({ id }) => id));
  return projectPage(visit, (project) => groups.has(project.groupId));
}

/** `GET /projects`: those the caller belongs to, or all for an admin. */
export function projectList(visit: Visit): Answer {
  return projectPage(visit, () => true);
}

export function oneProject(visit: Visit, idOrPath: string): Answer {
  return { status: 200, body: shownProject(visit.world)(findProject(visit, idOrPath)) };
}

function projectPage(visit: Visit, belongs: (project: GitlabProject) => boolean): Answer {
  const { asked, world } = visit;
  const least = leastRole(asked.query);
  const projects = world.projects.filter(
    (project) => belongs(project) && roleInProject(visit, project) >= least && found(asked.query, project),
  );
  const show = shownProject(world);
  return asksForKeyset(asked) ? keysetPage(asked, projects, show, ['asc', 'desc']) : offsetPage(asked, projects, show);
}

function leastRole(query: URLSearchParams): number {
  return Math.max(flagParameter(query, 'owned') ? 50 : 1, numberParameter(query, 'min_access_level') ?? 1);
}

function found(query: URLSearchParams, { name, path }: { readonly name: string; readonly path: string }): boolean {
  const search = query.get('search')?.toLowerCase() ?? '';
  return name.toLowerCase().includes(search) || path.toLowerCase().includes(search);
}

function shownUser({ admin, user: caller }: Visit, user: GitlabUser): object {
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    state: 'active',
    locked: false,
    bot: user.bot,
    created_at: isoOf(user.createdAt),
    ...(admin || caller.id === user.id ? { email: user.email } : {}),
    ...(admin ? { is_admin: user.admin } : {}),
  };
}

function shownGroup(group: GitlabGroup): object {
  return {
    id: group.id,
    name: group.name,
    path: group.path,
    full_name: group.name,
    full_path: group.fullPath,
    parent_id: group.parentId ?? null,
    visibility: 'private',
  };
}

function shownProject(world: GitlabWorld): (project: GitlabProject) => object {
  return (project) => {
    const group = world.groups.find(({ id }) => id === project.groupId);
    return {
      id: project.id,
      name: project.name,
      path: project.path,
      path_with_namespace: project.fullPath,
      visibility: 'private',
      archived: false,
      namespace:
        group === undefined ? null : { id: group.id, path: group.path, full_path: group.fullPath, kind: 'group' },
    };
  };
}
