import type { EpochMs } from '../../core/time.ts';
import { type BotKind, type BotName, botNamed, botsInEvents } from './bot-signs.ts';
import type { EventRow, UserRow } from './schemas.ts';
import type { GitLabSession } from './session.ts';
import type { ListedToken } from './token-directory.ts';

/** Users asked for only to show their names in one reading, and how long that may take: worth little waiting. */
const MAX_NAMES = 60;
const MAX_NAMES_MS = 3_000;

/** Who the users behind tokens and events are. */
export interface Identities {
  readonly users: ReadonlyMap<number, UserRow>;
  /** Bot users by what GitLab itself says in events (§2a): as good as a lookup. */
  readonly proven: ReadonlyMap<number, BotKind>;
  /** Bot users by the name their events carry: counts only where no lookup says otherwise. */
  readonly named: ReadonlyMap<number, BotKind>;
}

/** Nothing is known of anyone. */
export const NOBODY: Identities = { users: new Map(), proven: new Map(), named: new Map() };

/**
 * Who wrote these events. Only authors that own a token and are not told by the lists or the events themselves are
 * looked up, with all the time there is: whether they are bots decides what their events prove.
 *
 * @returns also how many of those could not be learnt about
 */
export async function identifyAuthors(
  session: GitLabSession,
  events: readonly EventRow[],
  tokens: readonly ListedToken[],
  deadline: EpochMs,
): Promise<{ identities: Identities; undecided: number }> {
  const bots = botsInEvents(events);
  const owners = new Set(tokens.flatMap(({ row, kind }) => (kind === 'personal' ? (row.user_id ?? []) : [])));
  const authors = new Set(events.map(({ author_id: author }) => author));
  const deciding = [...authors].filter((id) => owners.has(id) && !bots.proven.has(id));
  const users = await session.users.find(deciding, deadline);
  const undecided = deciding.filter((id) => !users.has(id) && !bots.named.has(id)).length;
  return { identities: { users, ...bots }, undecided };
}

/** The users of the tokens too, the most recently used first, as far as a little time goes: for names only. */
export async function nameOwners(
  session: GitLabSession,
  tokens: readonly ListedToken[],
  known: Identities,
  deadline: EpochMs,
): Promise<Identities> {
  const { deployment } = await session.access(deadline);
  if (!deployment.allTokens) return known;
  const byUse = [...tokens].sort((a, b) => (b.row.last_used_at ?? 0) - (a.row.last_used_at ?? 0));
  const owners = [...new Set(byUse.flatMap(({ row }) => row.user_id ?? []))];
  const kept = await session.users.find([], deadline);
  const missing = owners.filter((id) => !kept.has(id)).slice(0, MAX_NAMES);
  const users = await session.users.find(missing, Math.min(deadline, session.clock.now() + MAX_NAMES_MS));
  return { ...known, users };
}

/** The list of all tokens does not tell kinds and places apart; what is known of their users does (§4b). */
export function identify(token: ListedToken, identities: Identities): ListedToken {
  const owner = token.row.user_id ?? 0;
  const user = identities.users.get(owner);
  const known = user === undefined ? token : { ...token, user };
  const bot = botBehind(owner, identities);
  const isPlaced = token.kind !== 'personal' && typeof token.row.resource_id === 'number';
  if (bot === undefined || isPlaced || token.kind === 'impersonation') return known;
  if (bot.resourceId === undefined) return token.kind === 'personal' ? { ...known, kind: bot.kind } : known;
  return { ...known, kind: bot.kind, row: { ...token.row, resource_type: bot.kind, resource_id: bot.resourceId } };
}

function botBehind(owner: number, { users, proven, named }: Identities): BotName | undefined {
  const user = users.get(owner);
  // A person may call itself as bots are called.
  const byName = user === undefined || user.bot === false ? undefined : botNamed(user.username);
  if (byName !== undefined) return byName;
  const isOther = user?.bot === true ? 'service-account' : undefined;
  const kind = proven.get(owner) ?? (user === undefined ? named.get(owner) : isOther);
  return kind === undefined ? undefined : { kind };
}
