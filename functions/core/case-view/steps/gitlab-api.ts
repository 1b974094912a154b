import { holdsToken } from '../../hostile-text.ts';
import type { Credential } from '../../token-use.ts';
import { shellWord, type WordPart } from './command.ts';

/** A call of GitLab's REST API. What it is made of was checked: numbers, and paths as GitLab allows them. */
export interface GitlabCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** What follows `/api/v4/`. */
  readonly path: readonly WordPart[];
}

/** A call as a command. Where the site is not known, the shell takes its root from `GITLAB_URL`. */
export function gitlabCommand({ method, path }: GitlabCall, gitlabUrl: string | undefined): string {
  const root = siteRoot(gitlabUrl);
  const start: readonly WordPart[] =
    root === undefined ? [{ variable: 'GITLAB_URL' }, '/api/v4/'] : [`${root.href}/api/v4/`];
  return [
    `curl --fail-with-body --request ${method} \\`,
    '  --header "PRIVATE-TOKEN: $GITLAB_TOKEN" \\',
    `  ${shellWord(...joined([...start, ...path]))}`,
  ].join('\n');
}

/** Whether the site is GitLab.com, where nobody but GitLab is an administrator. */
export function isGitlabCom(gitlabUrl: string | undefined): boolean {
  return siteRoot(gitlabUrl)?.host === 'gitlab.com';
}

/** Texts that follow each other as one, so that a word has as few quotes as it needs. */
function joined(parts: readonly WordPart[]): WordPart[] {
  const words: WordPart[] = [];
  for (const part of parts) {
    const last = words.at(-1);
    if (typeof part === 'string' && typeof last === 'string') words[words.length - 1] = last + part;
    else words.push(part);
  }
  return words;
}

function siteRoot(gitlabUrl: string | undefined): { href: string; host: string } | undefined {
  const url = gitlabUrl === undefined ? null : URL.parse(gitlabUrl);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  return { href: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, host: url.hostname };
}

/** What a project or group is called in a path of the API: its number, or its full path, encoded. */
export interface ResourceRef {
  /** Missing where only a full path is known, which does not tell. */
  readonly kind?: 'project' | 'group';
  /** Digits, or letters, digits, `_`, `-`, `.` and `%2F`. */
  readonly ref: string;
}

/** Ids as GitLab makes them: whole numbers from 1 that JSON holds exactly. */
const NUMBER = /^[1-9]\d{0,14}$/;
const BY_ID = /^(project|group)\/([1-9]\d{0,14})$/;
/** Narrower than what GitLab allows: nothing that leads up, out of the site or into a query. */
const FULL_PATH = /^[A-Za-z0-9_][\w.-]{0,254}(?:\/[A-Za-z0-9_][\w.-]{0,254}){0,20}$/;

/** The project or group a credential belongs to; undefined where what is stored is of no form that can be trusted. */
export function resourceRef({ kind, resource, id }: Credential): ResourceRef | undefined {
  const own = ownKind(kind);
  // An id made of a name says where it belongs, too: `deploy-token/<name>@project/7`.
  const text = resource ?? /@((?:project|group)\/\d+)$/.exec(id)?.[1];
  if (text === undefined || holdsToken(text)) return undefined;
  const [, type, number] = BY_ID.exec(text) ?? [];
  if (number !== undefined) return { kind: type === 'group' ? 'group' : 'project', ref: number };
  const known = own === undefined ? {} : { kind: own };
  if (NUMBER.test(text)) return { ...known, ref: text };
  if (!FULL_PATH.test(text) || /^(?:unknown|[^/]*\/unknown|\d+)$/.test(text)) return undefined;
  return { ...known, ref: encodeURIComponent(text) };
}

/** Deploy tokens belong to either. */
function ownKind(kind: Credential['kind']): ResourceRef['kind'] {
  return kind === 'deploy-token' ? undefined : kind === 'group' ? 'group' : 'project';
}

/** The number in an id such as `token/42`; undefined for any other form. */
export function numberIn(
  id: string,
  prefix: 'token' | 'deploy-token' | 'deploy-key' | 'job' | 'user',
): string | undefined {
  const number = id.startsWith(`${prefix}/`) ? id.slice(prefix.length + 1) : '';
  return NUMBER.test(number) ? number : undefined;
}

/** A user's number, as the API wants it. */
export function userNumber({ id, owner }: Credential): string | undefined {
  const number = numberIn(id, 'user') ?? (owner === undefined ? '' : String(owner.id));
  return NUMBER.test(number) ? number : undefined;
}
