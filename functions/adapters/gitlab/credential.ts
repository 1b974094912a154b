import { networkOf, parseAddress } from '../../core/address.ts';
import { type CredentialHistory, historyBefore, type TokenReading } from '../../core/inventory-snapshot.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Credential, Owner } from '../../core/token-use.ts';
import { isBotKind } from './bot-signs.ts';
import type { ListedToken } from './token-directory.ts';

/** Text written by others is kept this long at most. */
const MAX_TEXT = 200;
const MAX_SCOPES = 50;

/** `Credential.id` of a row of GitLab's token table. */
export function tokenId(id: number): string {
  return `token/${id}`;
}

/** What the inventory knows of a token, with what earlier readings say of the time before the window. */
export function credentialOf(
  token: ListedToken,
  history: CredentialHistory | undefined,
  before: { start: EpochMs; ipv6PrefixLength: number },
): Credential {
  const { row, kind } = token;
  const { usedBefore, knownAddresses } = historyBefore(history, before.start);
  const owner = ownerOf(token);
  return {
    id: tokenId(row.id),
    kind,
    ...(row.name ? { name: row.name.slice(0, MAX_TEXT) } : {}),
    ...(row.scopes ? { scopes: row.scopes.slice(0, MAX_SCOPES).map((scope) => scope.slice(0, MAX_TEXT)) } : {}),
    ...(owner === undefined ? {} : { owner }),
    ...(isGiven(row.access_level) ? { accessLevel: row.access_level } : {}),
    ...(isGiven(row.resource_id) ? { resource: `${row.resource_type ?? kind}/${row.resource_id}` } : {}),
    ...(isGiven(row.created_at) ? { createdAt: row.created_at } : {}),
    ...(isGiven(row.expires_at) ? { expiresAt: row.expires_at } : {}),
    ...(isGiven(row.last_used_at) ? { lastUsedAt: row.last_used_at } : {}),
    ...(usedBefore === undefined ? {} : { usedBefore }),
    ...(isGiven(row.active) ? { active: row.active } : {}),
    ...(isGiven(row.revoked) ? { revoked: row.revoked } : {}),
    ...(knownAddresses === undefined ? {} : { knownNetworks: networksOf(knownAddresses, before.ipv6PrefixLength) }),
  };
}

/** The token's addresses as far as they can be read, and the text each was written as. */
export function readingOf({ row }: ListedToken): { reading: TokenReading; originals: Map<string, string> } {
  const originals = new Map<string, string>();
  for (const text of row.last_used_ips ?? []) {
    const address = text === null ? undefined : parseAddress(text);
    if (address !== undefined && text !== null) originals.set(address.canonical, text);
  }
  const reading = {
    credential: tokenId(row.id),
    ...(isGiven(row.created_at) ? { createdAt: row.created_at } : {}),
    ...(isGiven(row.last_used_at) ? { lastUsedAt: row.last_used_at } : {}),
    addresses: [...originals.keys()],
    listed: row.last_used_ips?.length ?? 0,
  };
  return { reading, originals };
}

function ownerOf({ row, kind, user }: ListedToken): Owner | undefined {
  if (!row.user_id) return undefined;
  return {
    id: row.user_id,
    ...(user === undefined ? {} : { username: user.username.slice(0, MAX_TEXT) }),
    ...(isBotKind(kind) || user?.bot === true ? { bot: true } : {}),
    ...(isGiven(user?.is_admin) ? { admin: user.is_admin } : {}),
  };
}

function networksOf(addresses: readonly string[], ipv6PrefixLength: number): string[] {
  const parsed = addresses.flatMap((text) => parseAddress(text) ?? []);
  return [...new Set(parsed.map((address) => networkOf(address, ipv6PrefixLength)))];
}

/** GitLab leaves unknown fields out or writes null; ours leave them out. */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
