import { networkOf, parseAddress } from '../../core/address.ts';
import type { SourceName } from '../../core/coverage.ts';
import { type EpochMs, instant } from '../../core/time.ts';
import type { Credential, CredentialKind, TokenUse } from '../../core/token-use.ts';
import { JOB_TOKEN_USED, kindOfEvent, mintedKind } from './audit-event-kinds.ts';
import { credentialIdIn, jobIdIn, nameOf, scopesIn } from './audit-message.ts';
import { tokenId } from './credential.ts';
import type { EventRow } from './schemas.ts';

/** Text written by others is kept this long at most. */
const MAX_TEXT = 200;

/** Authors that are no users (`reference/gitlab.md` §1). */
const DEPLOY_TOKEN = -2;
const DEPLOY_KEY = -3;

export interface AuditContext {
  /** Where the events were read. */
  readonly source: SourceName;
  /** The token that a bot user acted with at an instant; undefined for people and unknown bots. */
  readonly tokenOfBot: (userId: number, at: EpochMs) => string | undefined;
  readonly ipv6PrefixLength: number;
}

export interface AuditUses {
  readonly uses: readonly TokenUse[];
  readonly credentials: readonly Credential[];
  /** Events without a (readable) address. */
  readonly noAddress: number;
  /** Events that no credential can be named for: unauthenticated or system authors. */
  readonly noCredential: number;
  /** Events that could not be read, and were left out. */
  readonly skippedMalformed: number;
}

/**
 * What audit events say about credentials. An event by a bot user was made with its token, and its address is that of
 * the request: GitLab's fallback is the last web sign-in (`reference/gitlab.md` §1), which bots do not have. But where
 * a CI job of that user authenticated from the same address too, the job may have made it: then the bot only acted. An
 * event by a person only says that the person acted. An event that made a credential is evidence for the new one.
 */
export function auditUses(events: readonly EventRow[], context: AuditContext): AuditUses {
  const runsJobs = jobRunners(events);
  const uses: TokenUse[] = [];
  const credentials = new Map<string, Credential>();
  let noAddress = 0;
  let noCredential = 0;
  let skippedMalformed = 0;
  for (const event of events) {
    const original = originalOf(event);
    const address = original === undefined ? undefined : parseAddress(original);
    if (original === undefined || address === undefined) {
      noAddress += 1;
      continue;
    }
    const claims = readableClaims(event, { ...context, runsJobs });
    if (claims === undefined) {
      skippedMalformed += 1;
      continue;
    }
    if (claims.length === 0) noCredential += 1;
    for (const { credential, ...claim } of claims) {
      if (!credentials.has(credential.id)) credentials.set(credential.id, credential);
      uses.push({
        ...claim,
        ...describe(event),
        credential: credential.id,
        address: address.canonical,
        network: networkOf(address, context.ipv6PrefixLength),
        original,
        at: instant(event.created_at),
        sources: [context.source],
      });
    }
  }
  return { uses, credentials: [...credentials.values()], noAddress, noCredential, skippedMalformed };
}

/** Authors and addresses that a CI job's token authenticated for and from, as `<author> <address>`. */
function jobRunners(events: readonly EventRow[]): ReadonlySet<string> {
  return new Set(events.filter((event) => nameOf(event) === JOB_TOKEN_USED).map(runnerOf));
}

function runnerOf(event: EventRow): string {
  return `${event.author_id} ${originalOf(event) ?? ''}`;
}

/** Whether who its author is decides what an event proves. */
export function dependsOnAuthor(event: EventRow): boolean {
  const original = originalOf(event);
  const isPlaced = original !== undefined && parseAddress(original) !== undefined;
  const name = nameOf(event);
  return isPlaced && event.author_id > 0 && name !== JOB_TOKEN_USED && kindOfEvent(name).strength !== 'refused';
}

function originalOf(event: EventRow): string | undefined {
  return event.details.ip_address ?? event.ip_address ?? undefined;
}

type ClaimContext = AuditContext & { readonly runsJobs: ReadonlySet<string> };

interface Claim {
  readonly credential: Credential;
  readonly strength: TokenUse['strength'];
  readonly refusal?: string;
}

/** Undefined for an event that nothing can be read from. */
function readableClaims(event: EventRow, context: ClaimContext): Claim[] | undefined {
  try {
    return claimsOf(event, context);
  } catch {
    // Fails toward the other events: text that somebody hostile wrote into one must not hide them all.
    return undefined;
  }
}

function claimsOf(event: EventRow, context: ClaimContext): Claim[] {
  const name = nameOf(event);
  const kind = kindOfEvent(name);
  if (kind.strength === 'refused') {
    const credential = refusedUser(event);
    return credential === undefined ? [] : [{ credential, ...kind }];
  }
  const job = name === JOB_TOKEN_USED ? jobOf(event) : undefined;
  // Its author is whose job it is; no credential of that user was there.
  if (job !== undefined) return [{ credential: job, strength: 'used' }];
  const { credential, isToken } = authorOf(event, context);
  const minted = kind.strength === 'minted' ? mintedCredential(event, name) : undefined;
  const used = kind.strength === 'used' ? usedToken(event) : undefined;
  const claims: Claim[] = [];
  if (minted !== undefined) claims.push({ credential: minted, strength: 'minted' });
  if (used !== undefined) claims.push({ credential: used, strength: 'used' });
  // The author counts for itself where a token is the author, or where nothing closer than the author is known.
  if (credential !== undefined && (isToken || claims.length === 0)) {
    claims.push({ credential, strength: isToken ? 'used' : kind.strength });
  }
  return claims;
}

function authorOf(event: EventRow, context: ClaimContext): { credential: Credential | undefined; isToken: boolean } {
  const { author_id: author, details } = event;
  if (author > 0) {
    const token = context.runsJobs.has(runnerOf(event)) ? undefined : context.tokenOfBot(author, event.created_at);
    if (token === undefined) return { credential: person(author, details.author_name), isToken: false };
    return { credential: { id: token, kind: 'project', owner: { id: author, bot: true } }, isToken: true };
  }
  if (author === DEPLOY_TOKEN) return { credential: deploy('deploy-token', event), isToken: true };
  if (author === DEPLOY_KEY) return { credential: deploy('deploy-key', event), isToken: true };
  return { credential: undefined, isToken: false };
}

function person(id: number, name: string | undefined): Credential {
  return { id: `user/${id}`, kind: 'user', ...named(name), owner: { id } };
}

/** Events by deploy tokens and keys carry their id only lately; before, their name and place must do. */
function deploy(kind: 'deploy-token' | 'deploy-key', event: EventRow): Credential {
  const { details } = event;
  const keyId = keyIdIn(details.custom_message);
  // The cut may halve a character, which has no URI form.
  const name = details.author_name?.slice(0, MAX_TEXT).toWellFormed() ?? 'unnamed';
  const place = `${event.entity_type?.toLowerCase() ?? 'unknown'}/${event.entity_id ?? 'unknown'}`;
  const id = kind === 'deploy-key' && keyId !== undefined ? `${keyId}` : `${encodeURIComponent(name)}@${place}`;
  return { id: `${kind}/${id}`, kind, name, resource: details.entity_path?.slice(0, MAX_TEXT) ?? place };
}

function keyIdIn(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('gl_key_id' in message)) return undefined;
  const { gl_key_id: id } = message;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

function mintedCredential(event: EventRow, name: string): Credential | undefined {
  const kind = mintedKind(name);
  const id = kind === undefined ? undefined : credentialIdIn(event);
  if (kind === undefined || id === undefined) return undefined;
  const isDeploy = kind === 'deploy-token' || kind === 'deploy-key';
  const scopes = scopesIn(event);
  // The event is filed under what the credential belongs to: elsewhere GitLab tells no path, only ids.
  const path = kind === 'personal' ? undefined : event.details.entity_path;
  return {
    id: isDeploy ? `${kind}/${id}` : tokenId(id),
    kind,
    ...(path === undefined ? {} : { resource: path.slice(0, MAX_TEXT) }),
    ...(scopes === undefined ? {} : { scopes }),
    createdAt: event.created_at,
  };
}

/** The token of a use event that names it (`pat_id`). */
function usedToken(event: EventRow): Credential | undefined {
  const id = credentialIdIn(event);
  const kind: CredentialKind = 'personal';
  return id === undefined ? undefined : { id: tokenId(id), kind, ...ownedBy(event.author_id) };
}

/** The CI job of an event that says whose token authenticated. */
function jobOf(event: EventRow): Credential | undefined {
  const id = jobIdIn(event);
  const path = event.details.entity_path;
  if (id === undefined) return undefined;
  const resource = path === undefined ? {} : { resource: path.slice(0, MAX_TEXT) };
  return { id: `job/${id}`, kind: 'ci-job', ...resource, ...ownedBy(event.author_id) };
}

function ownedBy(author: number): { owner?: { id: number } } {
  return author > 0 ? { owner: { id: author } } : {};
}

/** Whose login was refused: the author where GitLab knew one, else the user it was aimed at. */
function refusedUser(event: EventRow): Credential | undefined {
  const { author_id: author, details } = event;
  if (author > 0) return person(author, details.author_name);
  const target = details.target_type === 'User' ? Number(details.target_id) : Number.NaN;
  return Number.isSafeInteger(target) && target > 0 ? person(target, details.target_details) : undefined;
}

function describe(event: EventRow): { action: string; target?: string; eventId: string } {
  const { target_details: target, entity_path: path } = event.details;
  const text = target ?? path;
  return {
    action: nameOf(event).slice(0, MAX_TEXT),
    ...(text === undefined ? {} : { target: text.slice(0, MAX_TEXT) }),
    eventId: `${event.id}`,
  };
}

function named(name: string | undefined): { name?: string } {
  return name === undefined ? {} : { name: name.slice(0, MAX_TEXT) };
}
