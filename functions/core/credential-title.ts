import type { Finding } from './finding.ts';
import { inertText } from './hostile-text.ts';
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

/** How a credential is named to people: `Token 812 'deploy' (api)`, `User 7 'jdoe' (token unknown)`. */
export function credentialTitle(credential: Credential): string {
  const { name, owner, scopes } = credential;
  const title = credentialIdTitle(credential.id);
  if (credential.kind === 'user') {
    return `${title}${owner?.username === undefined ? '' : ` ${quoted(owner.username)}`} (token unknown)`;
  }
  const shown = scopes?.slice(0, SCOPES_NAMED).map((scope) => inertText(scope, 40));
  const more = (scopes?.length ?? 0) > SCOPES_NAMED ? ' …' : '';
  const inBrackets = shown === undefined ? 'scopes unknown' : shown.length === 0 ? 'no scopes' : shown.join(' ') + more;
  return `${title}${name === undefined || name === '' ? '' : ` ${quoted(name)}`} (${inBrackets})`;
}

/** `token/812` as `Token 812`; an id of another form stays as it is. */
export function credentialIdTitle(id: string): string {
  const [kind = '', number = ''] = id.split('/', 2);
  const noun = NOUNS[kind];
  return noun === undefined || number === '' ? inertText(id, NAME_LENGTH) : `${noun} ${inertText(number, 20)}`;
}

function quoted(text: string): string {
  return `'${inertText(text, NAME_LENGTH)}'`;
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
