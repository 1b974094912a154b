import {
  type Answer,
  type Asked,
  FORBIDDEN,
  keysetPage,
  NOT_FOUND,
  offsetPage,
  type Reply,
  TOKEN,
  UNAUTHORIZED,
} from './gitlab-server.ts';

type Row = { readonly id: number } & Readonly<Record<string, unknown>>;

/** A small GitLab: what lies in it, what it offers, and how much of it goes on a page. */
export interface Site {
  readonly kind: 'instance' | 'saas';
  readonly tier: 'free' | 'premium' | 'ultimate';
  /** Whether our token is an admin's (instance only). */
  readonly admin: boolean;
  readonly ownToken: number;
  readonly ownUser: number;
  /** Rows of the token table; `resource` tells where project and group tokens belong. */
  readonly tokens: readonly (Row & { resource?: string })[];
  /** Audit events by scope: `''` the instance's, `groups/1`, `projects/2`. */
  readonly events: Readonly<Record<string, readonly Row[]>>;
  /** Groups of the one top-level group `acme`, itself first. */
  readonly groups: readonly (Row & { full_path: string })[];
  readonly projects: readonly Row[];
  readonly users: readonly Row[];
  readonly pageSize?: number;
}

export const EMPTY_SITE: Site = {
  kind: 'instance',
  tier: 'ultimate',
  admin: true,
  ownToken: 900,
  ownUser: 90,
  tokens: [],
  events: {},
  groups: [{ id: 1, full_path: 'acme' }],
  projects: [],
  users: [],
};

/** Answers as GitLab documents it for this deployment, tier and role (`reference/gitlab.md` §1, §4). */
export function answersOf(site: Site): Answer {
  return (asked) => {
    if (asked.headers['private-token'] !== TOKEN) return UNAUTHORIZED;
    if (asked.path === 'personal_access_tokens/self') return { body: { id: site.ownToken, user_id: site.ownUser } };
    if (asked.path === 'personal_access_tokens') return personalTokens(site, asked);
    if (asked.path === 'groups') return offsetPage(asked, site.groups.slice(0, 1));
    if (asked.path.endsWith('audit_events')) return auditEvents(site, asked);
    const [resource, id = '', ...rest] = asked.path.split('/');
    if (resource === 'users') return one(site.users, id);
    if (resource === 'groups') return groupRoute(site, asked, groupId(site, id), rest.join('/'));
    if (resource === 'projects' && rest[0] === 'access_tokens') return resourceTokens(site, asked, `projects/${id}`);
    return NOT_FOUND;
  };
}

function groupRoute(site: Site, asked: Asked, id: string, rest: string): Reply {
  if (rest === 'descendant_groups') return offsetPage(asked, site.groups.slice(1), site.pageSize);
  if (rest === 'projects') return offsetPage(asked, site.projects, site.pageSize);
  if (rest === 'access_tokens') return resourceTokens(site, asked, `groups/${id}`);
  if (!rest.startsWith('manage/') || site.kind !== 'saas') return NOT_FOUND;
  if (site.tier !== 'ultimate') return FORBIDDEN;
  const wanted = rest === 'manage/resource_access_tokens';
  return listTokens(site, asked, ({ resource }) => (resource !== undefined) === wanted);
}

function personalTokens(site: Site, asked: Asked): Reply {
  const user = asked.query.get('user_id');
  const isAdmin = site.admin && site.kind === 'instance';
  if (user !== null && user !== String(site.ownUser) && !isAdmin) return UNAUTHORIZED;
  return listTokens(site, asked, ({ user_id: owner }) =>
    user === null ? isAdmin || owner === site.ownUser : String(owner) === user,
  );
}

function resourceTokens(site: Site, asked: Asked, resource: string): Reply {
  return listTokens(site, asked, (row) => row.resource === resource);
}

/** The list of all tokens does not tell what a token belongs to; the others do. */
function listTokens(site: Site, asked: Asked, isIn: (row: Site['tokens'][number]) => boolean): Reply {
  const after = Date.parse(asked.query.get('last_used_after') ?? '1970-01-01');
  const rows = site.tokens.filter((row) => isIn(row) && Date.parse(String(row.last_used_at)) > after);
  return offsetPage(
    asked,
    rows.map(({ resource, ...row }) => row),
    site.pageSize,
  );
}

function auditEvents(site: Site, asked: Asked): Reply {
  const { query } = asked;
  const scope = asked.path.replace(/\/?audit_events$/, '').replace('groups/acme', 'groups/1');
  if (scope === '' && (site.kind === 'saas' || !site.admin)) return site.kind === 'saas' ? NOT_FOUND : FORBIDDEN;
  if (site.tier === 'free') return FORBIDDEN;
  if (query.get('pagination') !== 'keyset' || query.get('order_by') !== 'id' || query.get('sort') !== 'desc') {
    return { status: 405, body: { error: 'Keyset pagination is not yet available for this type of request' } };
  }
  const [after, before] = [query.get('created_after'), query.get('created_before')].map((at) => Date.parse(at ?? ''));
  if (after === undefined || before === undefined || before - after > 30 * 86_400_000) return { status: 400, body: {} };
  const events = (site.events[scope] ?? []).filter((event) => {
    const at = Date.parse(String(event.created_at));
    return Number.isNaN(at) || (at >= after && at <= before);
  });
  return keysetPage(asked, events, site.pageSize);
}

function groupId(site: Site, id: string): string {
  return String(site.groups.find(({ full_path: path }) => encodeURIComponent(path) === id)?.id ?? id);
}

function one(rows: readonly Row[], id: string): Reply {
  const row = rows.find((each) => String(each.id) === id);
  return row === undefined ? NOT_FOUND : { body: row };
}
