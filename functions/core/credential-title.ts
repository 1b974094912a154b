import type { Finding } from './finding.ts';
import { idText, inertText } from './hostile-text.ts';
import { type Credential, isExactlyTimed, type TokenUse } from './token-use.ts';

const NOUNS: Readonly<Record<string, string>> = {
  token: 'Token',
  'deploy-token': 'Deploy token',
  'deploy-key': 'Deploy key',
  job: 'CI job token',
  user: 'User',
};

const NAME_LENGTH = 60;
const SCOPES_NAMED = 6;

/** Longer than any credential id: a deploy token's may hold its whole name. */
const ID_LENGTH = 700;

/** A credential's id as it is printed wherever a reader may have to find it again: the same text everywhere. */
export function credentialIdText(id: string): string {
  return idText(id, ID_LENGTH);
}

/** How a credential is named to people: `Token 812 'deploy' (api)`, `User 7 'jdoe' (token unknown)`. */
export function credentialTitle(credential: Credential): string {
  const { name, owner, scopes } = credential;
  if (credential.kind === 'user') {
    return `${namelessTitle(credential.id)}${quoted(owner?.username)} (token unknown)`;
  }
  const shown = scopes?.slice(0, SCOPES_NAMED).map((scope) => inertText(scope, 40));
  const more = (scopes?.length ?? 0) > SCOPES_NAMED ? ' …' : '';
  const inBrackets = shown === undefined ? 'scopes unknown' : shown.length === 0 ? 'no scopes' : shown.join(' ') + more;
  return `${titled(credential.id, name)} (${inBrackets})`;
}

/** `token/812` as `Token 812`, `deploy-token/ci%20pull@project/2` as `Deploy token 'ci pull' of project/2`. */
export function credentialIdTitle(id: string): string {
  return titled(id, undefined);
}

/** {@link credentialIdTitle} without the name that somebody gave it; an id of another form stays as it is. */
export function namelessTitle(id: string): string {
  const parts = partsOf(id);
  if (parts === undefined) return inertText(id, NAME_LENGTH);
  return parts.place === undefined ? `${parts.noun} ${inertText(parts.key, 20)}` : `${parts.noun}${placed(parts)}`;
}

function titled(id: string, name: string | undefined): string {
  const parts = partsOf(id);
  if (parts?.place === undefined) return `${namelessTitle(id)}${quoted(name)}`;
  return `${parts.noun}${quoted(name ?? decoded(parts.key))}${placed(parts)}`;
}

interface IdParts {
  readonly noun: string;
  /** Its number, or its encoded name. */
  readonly key: string;
  /** Where it belongs; only of what is known by its name. */
  readonly place?: string;
}

function partsOf(id: string): IdParts | undefined {
  const [, kind = '', key = '', place] = /^([^/]*)\/([^/@]+)(?:@(.*))?$/s.exec(id) ?? [];
  const noun = NOUNS[kind];
  if (noun === undefined) return undefined;
  return place === undefined ? { noun, key } : { noun, key, place };
}

function placed({ place = '' }: IdParts): string {
  return ` of ${inertText(place, NAME_LENGTH)}`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // Not the form that such an id has: shown as it is.
    return name;
  }
}

function quoted(text: string | undefined): string {
  return text === undefined || text === '' ? '' : ` '${inertText(text, NAME_LENGTH)}'`;
}

/** What was done with a credential, as far as the evidence says; an address follows. */
export function deedText(verdict: Finding['verdict'], use: Pick<TokenUse, 'strength' | 'at' | 'times'>): string {
  const { strength } = use;
  if (strength === 'minted') return 'created or rotated from';
  if (strength === 'refused') return 'tried and refused from';
  if (strength === 'acted') return 'may have been used: its owner acted from';
  if (isExactlyTimed(use)) return 'used from';
  return verdict === 'corroborated' ? 'used at an unknown time from' : 'very probably used from';
}
