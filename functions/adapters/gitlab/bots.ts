import type { EpochMs } from '../../core/time.ts';
import { isBotKind } from './bot-signs.ts';
import { tokenId } from './credential.ts';
import type { ListedToken } from './token-directory.ts';

/**
 * Which token a bot user acted with. A project or group bot has one at a time (rotation replaces it and revokes the
 * old one), so it is the newest made by then; a service account may have several, and is told only when it has one.
 */
export function tokensOfBots(tokens: readonly ListedToken[]): (userId: number, at: EpochMs) => string | undefined {
  const bots = tokens.filter(({ kind }) => isBotKind(kind));
  const byUser = Map.groupBy(bots, ({ row }) => row.user_id ?? 0);
  return (userId, at) => {
    const made = (byUser.get(userId) ?? []).filter(({ row }) => (row.created_at ?? 0) <= at);
    const isAccount = made.some(({ kind }) => kind === 'service-account');
    if (isAccount && made.length > 1) return undefined;
    const newest = made.sort((a, b) => (b.row.created_at ?? 0) - (a.row.created_at ?? 0))[0];
    return newest === undefined ? undefined : tokenId(newest.row.id);
  };
}
