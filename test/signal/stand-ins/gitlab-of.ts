import { DAY, type EpochMs } from '../../../functions/core/time.ts';
import type {
  AuditEvent,
  GitlabGroup,
  GitlabProject,
  GitlabToken,
  GitlabUser,
  GitlabWorld,
  RefusedUse,
  TrueUse,
} from '../../../infra/local/scenario/world.ts';
import { resourceNumber } from '../observe/listing.ts';
import { callTrain, instantAt } from '../observe/train.ts';
import type { EvidenceMix } from '../observed.ts';
import type { GitlabCall, SimCredential } from '../truth.ts';
import { type CutStory, isDetailed } from './cut-story.ts';

/** Uses of one call closer than this are one to the token lists, which look away for a minute after each. */
const APART = 20_000;

/** GitLab with everybody in it, and what they truly did with tokens of its token table. */
export function gitlabOf(story: CutStory, mix: EvidenceMix, auditEvents: AuditEvent[]): GitlabWorld {
  const { organisation } = story;
  const { groups, projects } = placesOf(story);
  const [top] = groups;
  const ownUser = organisation.credentials.find(({ id }) => id === organisation.own.credential)?.owner.id ?? 0;
  return {
    deployment: mix.gitlab === 'saas' ? 'saas' : 'instance',
    tier: tierOf(mix),
    version: '19.5.1-ee',
    host: organisation.gitlab.host,
    ownTokenId: numberOf(organisation.own.credential),
    auditLagMs: 60_000,
    lastUsedIps: { personal: 'shown', resource: 'shown' },
    users: usersOf(story, top?.id).map((user) =>
      user.id === ownUser ? { ...user, admin: mix.gitlab === 'self-managed' } : user,
    ),
    groups,
    projects,
    memberships: top === undefined ? [] : [{ userId: ownUser, groupId: top.id, accessLevel: 50 }],
    tokens: tokensOf(story),
    refusals: story.calls.flatMap((call) => refusalsOf(story, call)),
    auditEvents,
  };
}

/** Streaming is Ultimate's, audit events are Premium's (`reference/gitlab.md` §3, §1). */
function tierOf({ sources }: EvidenceMix): GitlabWorld['tier'] {
  if (sources.includes('stream')) return 'ultimate';
  return sources.includes('audit') ? 'premium' : 'free';
}

/** The row of GitLab's tables behind `token/12`. */
export function numberOf(credential: string): number {
  return Number(credential.slice(credential.lastIndexOf('/') + 1));
}

/** When a call's requests were, to the token lists and logs: all of them where that matters, else the first and last. */
export function instantsOf(story: CutStory, call: GitlabCall, apart = 0): EpochMs[] {
  if (!isDetailed(story, call)) return call.until - call.from > apart ? [call.from, call.until] : [call.from];
  const train = callTrain(call);
  const instants: EpochMs[] = [];
  for (let index = 0; index < train.count; index++) {
    const at = instantAt(train, index);
    const last = instants.at(-1);
    if (last === undefined || at - last >= apart) instants.push(at);
  }
  return instants;
}

/** When something that happened late is shown; nothing where it is as early as all else. */
export function lateness({ lateBy }: Pick<GitlabCall, 'lateBy'>, at: EpochMs): { readonly visibleFrom?: EpochMs } {
  return lateBy === undefined ? {} : { visibleFrom: at + lateBy };
}

function tokensOf(story: CutStory): GitlabToken[] {
  const uses = new Map<string, TrueUse[]>();
  for (const call of story.calls) {
    const { credential, address, refusal } = call;
    if (credential?.startsWith('token/') !== true || refusal !== undefined) continue;
    const own = uses.get(credential) ?? [];
    uses.set(credential, own);
    for (const at of instantsOf(story, call, APART)) own.push({ at, address, ...lateness(call, at) });
  }
  return story.organisation.credentials
    .filter(({ id }) => id.startsWith('token/'))
    .map((credential) => tokenOf(credential, uses.get(credential.id) ?? []));
}

function tokenOf(credential: SimCredential, uses: TrueUse[]): GitlabToken {
  const { id, kind, name = '', scopes = [], owner, createdAt, expiresAt, revokedAt, revoked, resource } = credential;
  const ended = revokedAt ?? (revoked === true ? createdAt + DAY : undefined);
  return {
    id: numberOf(id),
    kind: isListedKind(kind) ? kind : 'personal',
    name,
    description: '',
    scopes,
    userId: owner.id,
    createdAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(ended === undefined ? {} : { revokedAt: ended }),
    ...(resource === undefined ? {} : { resourceId: resourceNumber(resource) }),
    ...(credential.accessLevel === undefined ? {} : { accessLevel: credential.accessLevel }),
    uses,
  };
}

function isListedKind(kind: string): kind is GitlabToken['kind'] {
  return ['personal', 'impersonation', 'service-account', 'project', 'group'].includes(kind);
}

function refusalsOf(story: CutStory, call: GitlabCall): RefusedUse[] {
  const { credential, refusal, address } = call;
  if (refusal === undefined || credential?.startsWith('token/') !== true) return [];
  return instantsOf(story, call).map((at) => ({
    at,
    address,
    tokenId: numberOf(credential),
    reason: refusal,
    ...lateness(call, at),
  }));
}

/** Everybody with a credential, and who only ever used a browser. */
function usersOf({ organisation, calls }: CutStory, top: number | undefined): GitlabUser[] {
  const users = new Map<number, GitlabUser>();
  const add = (user: Pick<GitlabUser, 'id' | 'username' | 'admin' | 'bot' | 'createdAt'>, managed: boolean) => {
    if (users.has(user.id)) return;
    const group = managed && top !== undefined ? { enterpriseGroupId: top } : {};
    users.set(user.id, {
      ...user,
      name: user.username,
      email: `${user.username}@${organisation.gitlab.host}`,
      ...group,
    });
  };
  const byAge = organisation.credentials.toSorted((a, b) => a.createdAt - b.createdAt);
  for (const { owner, createdAt, enterprise, kind } of byAge) {
    if (kind === 'deploy-token') continue;
    const { id, username = `user${owner.id}`, admin = false, bot = false } = owner;
    add({ id, username, admin, bot, createdAt: bot ? createdAt : createdAt - DAY }, enterprise);
  }
  for (const { owner, from } of calls) {
    if (owner > 0) add({ id: owner, username: `user${owner}`, admin: false, bot: false, createdAt: from - DAY }, true);
  }
  return [...users.values()];
}

/** Projects that somebody touched or owns a token of, and the groups above them; a top-level group first. */
function placesOf({ organisation, calls }: CutStory): { groups: GitlabGroup[]; projects: GitlabProject[] } {
  const groupPaths = new Set<string>();
  const projectPaths = new Set(calls.flatMap(({ projects }) => projects));
  for (const { kind, resource } of organisation.credentials) {
    if (resource !== undefined) (kind === 'group' ? groupPaths : projectPaths).add(resource);
  }
  for (const path of [...projectPaths, ...groupPaths]) {
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) groupPaths.add(above);
  }
  const groups = [...groupPaths].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return {
    groups: groups.map((fullPath) => {
      const parent = parentOf(fullPath);
      return { ...named(fullPath), ...(parent === '' ? {} : { parentId: resourceNumber(parent) }) };
    }),
    projects: [...projectPaths].map((fullPath) => ({
      ...named(fullPath),
      groupId: resourceNumber(parentOf(fullPath)),
    })),
  };
}

function named(fullPath: string) {
  const path = fullPath.slice(fullPath.lastIndexOf('/') + 1);
  return { id: resourceNumber(fullPath), name: path, path, fullPath };
}

/** Empty above a top-level group. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
