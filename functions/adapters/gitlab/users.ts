import * as z from 'zod/mini';
import { DAY, type EpochMs } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { UserRow } from './schemas.ts';
import type { GitLabSession } from './session.ts';

/** Users asked for in one reading, and how long that may take: names are worth little waiting. */
const MAX_LOOKUPS = 60;
const MAX_MS = 3_000;
const CONCURRENCY = 4;
/** Users kept for a day. */
const MAX_KEPT = 5_000;

const Kept = z.array(UserRow);

/**
 * What GitLab tells an administrator about these users: name, whether bot, whether administrator. Asked one by one, as
 * there is no list by id, and kept for a day. Users it could not learn about are missing.
 */
export async function readUsers(
  session: GitLabSession,
  ids: readonly number[],
  deadline: EpochMs,
): Promise<Map<number, UserRow>> {
  const key = `gitlab-users ${session.api.host}`;
  const kept = z.safeParse(Kept, await session.cache.get(key));
  const users = new Map(kept.success ? kept.data.map((user) => [user.id, user]) : []);
  const missing = ids.filter((id) => !users.has(id)).slice(0, MAX_LOOKUPS);
  const found = await lookUp(session, missing, Math.min(deadline, session.clock.now() + MAX_MS));
  for (const user of found) users.set(user.id, user);
  if (found.length > 0) {
    await session.cache.put(key, [...users.values()].slice(-MAX_KEPT), session.clock.now() + DAY);
  }
  return users;
}

async function lookUp(session: GitLabSession, ids: readonly number[], deadline: EpochMs): Promise<UserRow[]> {
  const found: UserRow[] = [];
  let taken = 0;
  let stopped = false;
  const work = async (): Promise<void> => {
    while (!stopped && taken < ids.length && session.clock.now() < deadline) {
      const user = await one(session, ids[taken++] ?? 0, deadline);
      if (user === undefined) stopped = true;
      else if (user !== 'none') found.push(user);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return found;
}

/** Undefined: do not ask for more. `none`: GitLab does not know this one. */
async function one(session: GitLabSession, id: number, deadline: EpochMs): Promise<UserRow | 'none' | undefined> {
  try {
    const { status, body } = await session.api.user(id)(deadline);
    const parsed = z.safeParse(UserRow, body);
    if (status === 200 && parsed.success) return parsed.data;
    return status === 404 ? 'none' : undefined;
  } catch (error) {
    // Fails toward less to show: the evidence itself is already read.
    if (error instanceof LatchkeyError) return undefined;
    throw error;
  }
}
