import { LAST_USED_LAG } from '../../core/inventory-snapshot.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import type { CredentialKind } from '../../core/token-use.ts';
import type { Scope } from './api.ts';
import { type GroupAccess, isReadable } from './deployment.ts';
import { type FanOut, fanOut, isWhole } from './fan-out.ts';
import { readListing } from './listing.ts';
import { TokenRow, type UserRow } from './schemas.ts';
import type { GitLabSession } from './session.ts';

/** A token as GitLab lists it, of the kind that the list it stood in tells, and its user where known. */
export interface ListedToken {
  readonly row: TokenRow;
  readonly kind: CredentialKind;
  readonly user?: UserRow;
}

/** One reading of every token list our token may see. */
export interface TokenList {
  readonly tokens: readonly ListedToken[];
  readonly begun: EpochMs;
  readonly ended: EpochMs;
  readonly lastUsedAfter: EpochMs;
  readonly lists: readonly FanOut<unknown>[];
  /** Every list was read to its end. */
  readonly whole: boolean;
  readonly blindSpots: readonly string[];
}

/** 50,000 tokens in one list. */
const MAX_PAGES = 500;

interface TokenQuery {
  readonly session: GitLabSession;
  readonly lastUsedAfter: EpochMs;
  readonly deadline: EpochMs;
}

interface Part {
  readonly kind: CredentialKind | 'resource';
  readonly list: FanOut<TokenRow>;
}

/**
 * Every token used since shortly before the window, revoked and expired ones among them. Never bounded above: later
 * use moves `last_used_at` on and would hide the token (`reference/gitlab.md` §4a).
 */
export async function readTokens(session: GitLabSession, window: Window, deadline: EpochMs): Promise<TokenList> {
  const { deployment } = await session.access(deadline);
  const begun = session.clock.now();
  const query = { session, deadline, lastUsedAfter: window.start - LAST_USED_LAG };
  const own = await personal(query);
  const parts = [own];
  const blindSpots: string[] = [];
  if (!deployment.allTokens) {
    for (const group of deployment.groups) parts.push(...(await groupTokens(query, group)));
    blindSpots.push(blindSpotOf(deployment.groups));
    if (deployment.unlisted !== undefined) blindSpots.push(deployment.unlisted);
  }
  const ended = session.clock.now();
  return {
    tokens: listTokens(parts),
    begun,
    ended,
    lastUsedAfter: query.lastUsedAfter,
    lists: parts.map(({ list }) => list),
    whole: parts.every(({ list }) => isWhole(list)),
    blindSpots,
  };
}

function blindSpotOf(groups: readonly GroupAccess[]): string {
  if (groups.length === 0) {
    return 'Only the tokens of our own user are listed: our token is no administrator and gitlab.groups names no group that it owns.';
  }
  return groups.every(({ manageStatus }) => isReadable(manageStatus))
    ? 'Personal tokens of members who are not enterprise users are not listed by GitLab.'
    : 'Personal tokens of members are not listed: that needs GitLab Ultimate and the Owner role, or an administrator.';
}

async function personal(query: TokenQuery): Promise<Part> {
  const { session, deadline, lastUsedAfter } = query;
  const listing = await readListing(session.api.personalTokens(lastUsedAfter), TokenRow, {
    deadline,
    maxPages: MAX_PAGES,
  });
  return { kind: 'personal', list: { listings: [listing], unasked: 0 } };
}

/** One call for the whole hierarchy where the plan has it, else one per group and project. */
async function groupTokens(query: TokenQuery, { group, manageStatus }: GroupAccess): Promise<Part[]> {
  const { session, deadline, lastUsedAfter } = query;
  const limits = { clock: session.clock, deadline };
  const pages = { deadline, maxPages: MAX_PAGES };
  if (isReadable(manageStatus)) {
    const read = async (kind: 'personal' | 'resource'): Promise<Part> => {
      const reader = session.api.managedTokens(group, kind, lastUsedAfter);
      return { kind, list: await fanOut([reader], (one) => readListing(one, TokenRow, pages), limits) };
    };
    return await Promise.all([read('personal'), read('resource')]);
  }
  const tree = await session.tree(group, deadline);
  const read = (scope: Scope) => readListing(session.api.resourceTokens(scope, lastUsedAfter), TokenRow, pages);
  const groups = await fanOut(
    tree.groups.map((groupId) => ({ groupId })),
    read,
    limits,
  );
  const projects = await fanOut(
    tree.projects.map((projectId) => ({ projectId })),
    read,
    limits,
  );
  const incomplete = tree.lists.listings.map((listing) => ({ ...listing, rows: [] }));
  return [
    { kind: 'group', list: groups },
    { kind: 'project', list: projects },
    { kind: 'resource', list: { listings: incomplete, unasked: 0 } },
  ];
}

/** Each token once. A list of one kind says more about it than the list of all. */
function listTokens(parts: readonly Part[]): ListedToken[] {
  const tokens = new Map<number, ListedToken>();
  for (const { kind, list } of parts) {
    for (const row of list.listings.flatMap(({ rows }) => rows)) tokens.set(row.id, { row, kind: kindOf(row, kind) });
  }
  return [...tokens.values()];
}

function kindOf(row: TokenRow, list: Part['kind']): CredentialKind {
  if (row.resource_type === 'project' || row.resource_type === 'group') return row.resource_type;
  if (row.impersonation === true) return 'impersonation';
  // Only tokens of projects and groups have an access level (§4b).
  if (list === 'personal' && typeof row.access_level === 'number') return 'project';
  return list === 'resource' ? 'project' : list;
}
