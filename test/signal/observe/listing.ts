import { isBotKind } from '../../../functions/adapters/gitlab/bot-signs.ts';
import { type Credential, isResourcePath } from '../../../functions/core/token-use.ts';
import type { EvidenceMix } from '../observed.ts';
import type { Organisation, SimCredential } from '../truth.ts';
import { hashOf } from './dice.ts';

/**
 * What our token is shown by GitLab (`reference/gitlab.md` §8b): `all` by a self-managed instance; `managed` of GitLab.com
 * Ultimate: tokens of bots and of accounts that the group manages; `resources` of Premium: project and group tokens.
 */
export type Listing = 'all' | 'managed' | 'resources';

/** Streaming is Ultimate's; so is the inventory of managed accounts. */
export function listingOf({ gitlab, sources }: EvidenceMix): Listing {
  if (gitlab === 'self-managed') return 'all';
  return sources.includes('stream') ? 'managed' : 'resources';
}

/** Tokens of GitLab's token table that some list shows; our own token is always shown its own row. */
export function listedTokens({ credentials, own }: Organisation, listing: Listing): SimCredential[] {
  return credentials.filter(
    (credential) =>
      credential.id.startsWith('token/') && (credential.id === own.credential || isListed(credential, listing)),
  );
}

function isListed({ kind, enterprise }: SimCredential, listing: Listing): boolean {
  if (listing === 'all' || kind === 'project' || kind === 'group') return true;
  return listing === 'managed' && (kind === 'service-account' || enterprise);
}

/** What a list says of a token, whenever it is read. */
export function asListed(credential: SimCredential, listing: Listing): Credential {
  const { id, kind, name, scopes, accessLevel, resource, createdAt, expiresAt } = credential;
  return {
    id,
    kind,
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    owner: ownerAsListed(credential, listing),
    ...(accessLevel === undefined ? {} : { accessLevel }),
    ...(resource === undefined ? {} : { resource: idOf(resource, kind) }),
    createdAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** Who users are only an administrator is told. */
function ownerAsListed({ kind, owner }: SimCredential, listing: Listing): NonNullable<Credential['owner']> {
  const bot = isBotKind(kind) || (listing === 'all' && owner.bot === true) ? { bot: true } : {};
  if (listing !== 'all') return { id: owner.id, ...bot };
  const { id, username, admin = false } = owner;
  return { id, ...(username === undefined ? {} : { username }), ...bot, admin };
}

/** Lists know what a token belongs to by its number. */
function idOf(resource: string, kind: Credential['kind']): string {
  if (!isResourcePath(resource)) return resource;
  return `${kind === 'group' ? 'group' : 'project'}/${resourceNumber(resource)}`;
}

/** The number of a project or group of that path. */
export function resourceNumber(path: string): number {
  return 1 + (hashOf(path) >>> 1);
}
