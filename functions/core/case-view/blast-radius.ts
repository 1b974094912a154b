import { withoutSecrets } from '../hostile-text.ts';
import { isoOf } from '../page-details.ts';
import { reachOf } from '../score/scopes.ts';
import type { EpochMs } from '../time.ts';
import type { Credential } from '../token-use.ts';
import { expiryWords, livenessOf, ownerName, placeWords, roleName, scopeWords } from './credential-words.ts';

/** Scopes told in the sentence, the widest first; the card lists all. */
const SCOPES_TOLD = 3;

/** What `api` grants with all else (`reference/gitlab.md` §5). */
const WITHIN_API: ReadonlySet<string> = new Set([
  'read_api',
  'read_user',
  'read_repository',
  'write_repository',
  'read_registry',
  'write_registry',
]);

/**
 * How far somebody gets who holds the credential, in two or three sentences: whether it still works, what it opens, as
 * whom and where, and until when. What is not known is counted as the worst, and said.
 */
export function blastRadius(credential: Credential, now: EpochMs): string {
  const { kind } = credential;
  const owner = ownerName(credential);
  const who = `${owner ?? 'its owner'}${credential.owner?.admin === true ? ', an instance administrator,' : ''}`;
  if (kind === 'user') {
    return `Nothing says with which credential ${owner ?? 'this person'} acted: count on everything that ${who} can do.`;
  }
  const dead = isDead(credential, now);
  const reach = `Whoever ${dead ? 'held it could' : 'holds it can'} ${reachWords(credential)}${asWhom(credential)}.`;
  return dead ? `${endedWords(credential, now)} ${reach}` : `${reach} ${untilWords(credential, now)}`;
}

function isDead(credential: Credential, now: EpochMs): boolean {
  const liveness = livenessOf(credential, now);
  return liveness !== 'active' && liveness !== 'unknown';
}

function reachWords({ kind, scopes }: Credential): string {
  if (scopes === undefined) {
    if (kind === 'deploy-key') return 'read the code of its project, and change it where the key may write';
    if (kind === 'ci-job') return 'do what its job can: read code and artifacts, push packages and images';
    return `do what its scopes allow, which are not known: count on ${kind === 'deploy-token' ? 'all code, packages and images where it belongs' : 'everything its owner can'}`;
  }
  if (scopes.length === 0) return 'do nothing: it has no scope';
  const own = scopes.includes('api') ? scopes.filter((scope) => !WITHIN_API.has(scope)) : [...scopes];
  const widest = own.sort((a, b) => reachOf([b]).reach - reachOf([a]).reach).slice(0, SCOPES_TOLD);
  const told = [...new Set(widest.map((scope) => scopeWords(scope) ?? unknownScope(scope)))];
  const more = own.length - widest.length;
  return `${told.join(' and ')}${more === 0 ? '' : `, and what ${more} further scope${more === 1 ? '' : 's'} allow${more === 1 ? 's' : ''}`}`;
}

function unknownScope(scope: string): string {
  return `do what its scope ${withoutSecrets(scope, 40)} allows, which this version does not know`;
}

function asWhom(credential: Credential): string {
  const { owner, accessLevel } = credential;
  const name = ownerName(credential);
  const account = owner?.bot === true ? `the bot ${name}` : name;
  const admin = owner?.admin === true ? ', an instance administrator' : '';
  const role = accessLevel === undefined ? '' : ` with the ${roleName(accessLevel)} role`;
  const place = placeWords(credential);
  return `${account === undefined ? '' : `, as ${account}${admin}`}${role}${place === undefined ? '' : ` in ${place}`}`;
}

function endedWords(credential: Credential, now: EpochMs): string {
  switch (livenessOf(credential, now)) {
    case 'revoked':
      return 'It is revoked: what was done before stays done.';
    case 'expired':
      return `It expired on ${isoOf(credential.expiresAt ?? now).slice(0, 10)}: what was done before stays done.`;
    default:
      return 'GitLab says that it is not active: what was done before stays done.';
  }
}

function untilWords(credential: Credential, now: EpochMs): string {
  const { expiresAt, kind } = credential;
  if (expiresAt !== undefined) return `It ends by itself only ${lowerFirst(expiryWords(credential, now))}`;
  if (kind === 'ci-job') return 'It ends with its job.';
  return credential.createdAt === undefined
    ? 'When it ends is not known: it may never.'
    : 'It never expires: it works until somebody revokes it.';
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
