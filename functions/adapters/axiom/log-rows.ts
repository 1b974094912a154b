import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import type { CredentialKind } from '../../core/token-use.ts';
import type { AxiomRow } from './client.ts';

/** A credential as a log line names it. */
export interface NamedToken {
  /** `Credential.id`. */
  readonly id: string;
  readonly kind: Extract<CredentialKind, 'personal' | 'oauth'>;
}

/** Requests alike in everything that matters, in one span of time. */
export interface LogRow {
  /** How many, at least 1. */
  readonly requests: number;
  /** The earliest and latest of them. */
  readonly first: EpochMs;
  readonly last: EpochMs;
  /** They authenticated. */
  readonly used: boolean;
  /** Whom as; `other`: with a token of a type we do not know; undefined: its id cannot be read. */
  readonly token: NamedToken | 'other' | undefined;
  /** They were turned away. */
  readonly refused: boolean;
  /** The token that was turned away; undefined where the log does not say, or it is none we know. */
  readonly tried: NamedToken | undefined;
  /** Why, as GitLab names it (`token_expired`); `unknown` for anything that is no such name. */
  readonly reason: string;
  /** As the log wrote it. */
  readonly address: string;
  readonly user: { readonly id: number; readonly username?: string } | undefined;
  /** What was called, sensitive calls first; some twice. */
  readonly calls: readonly string[];
  /** Empty: the log does not say. */
  readonly scopes: readonly string[];
}

/** Text written by others is kept this long at most. */
const MAX_TEXT = 200;
/** Somewhat more than the query has room for. */
const MAX_CALLS = 120;
const MAX_SCOPES = 50;

/** GitLab's types of tokens whose ids its API knows (`reference/gitlab.md` §6): project and group tokens are `PersonalAccessToken`, too. */
const TOKEN_TYPES: Readonly<Record<string, { readonly prefix: string; readonly kind: NamedToken['kind'] }>> = {
  PersonalAccessToken: { prefix: 'token', kind: 'personal' },
  OauthAccessToken: { prefix: 'oauth', kind: 'oauth' },
};

const Instant = z.pipe(
  z.string(),
  z.pipe(
    z.transform((text: string) => Date.parse(text)),
    z.number(),
  ),
);
const Text = z.nullish(z.string());
const Truth = z.nullish(z.boolean());
const Texts = z.nullish(z.array(z.unknown()));

const Row = z.object({
  requests: z.number().check(z.gte(1)),
  first: Instant,
  last: Instant,
  used: Truth,
  refused: Truth,
  token: Text,
  type: Text,
  tried: Text,
  reason: Text,
  address: Text,
  user: Text,
  username: Text,
  calls: Texts,
  sensitiveCalls: Texts,
  scopeLists: Texts,
});

/** A row of the query that counts requests; undefined where it is none. */
export function readRow(row: AxiomRow): LogRow | undefined {
  const parsed = z.safeParse(Row, row);
  if (!parsed.success) return undefined;
  const { requests, first, last, used, refused, token, type, tried, reason, address, user, username } = parsed.data;
  return {
    requests,
    first,
    last,
    used: used === true,
    token: tokenOf(type ?? '', token ?? ''),
    refused: refused === true,
    tried: tokenTried(tried ?? ''),
    reason: /^\w{1,60}$/.test(reason ?? '') ? (reason ?? '') : 'unknown',
    address: address ?? '',
    user: userOf(user ?? '', username ?? ''),
    calls: [...texts(parsed.data.sensitiveCalls), ...texts(parsed.data.calls)].slice(0, MAX_CALLS),
    scopes: texts(parsed.data.scopeLists).flatMap(scopesIn).slice(0, MAX_SCOPES),
  };
}

function tokenOf(type: string, idText: string): NamedToken | 'other' | undefined {
  if (!Object.hasOwn(TOKEN_TYPES, type)) return 'other';
  const known = TOKEN_TYPES[type];
  const id = numberIn(idText);
  return known === undefined || id === undefined ? undefined : { id: `${known.prefix}/${id}`, kind: known.kind };
}

/** `PersonalAccessToken/12`. */
function tokenTried(text: string): NamedToken | undefined {
  const slash = text.lastIndexOf('/');
  const named = tokenOf(text.slice(0, Math.max(0, slash)), text.slice(slash + 1));
  return named === 'other' ? undefined : named;
}

function userOf(idText: string, username: string): LogRow['user'] {
  const id = numberIn(idText);
  if (id === undefined) return undefined;
  return username === '' ? { id } : { id, username: username.slice(0, MAX_TEXT) };
}

/** A row id of GitLab; a store of numbers may write it with a fraction. */
function numberIn(text: string): number | undefined {
  const digits = /^(\d{1,15})(?:\.0+)?$/.exec(text)?.[1];
  const id = Number(digits ?? Number.NaN);
  return id > 0 ? id : undefined;
}

/** Scopes in however a logger writes a list of them: JSON, Ruby symbols, or parted by spaces. */
function scopesIn(text: string): string[] {
  return text.slice(0, MAX_TEXT * 10).match(/[a-z][a-z0-9_]{0,59}/g) ?? [];
}

function texts(values: readonly unknown[] | null | undefined): string[] {
  return (values ?? []).flatMap((value) =>
    typeof value === 'string' && value !== '' ? [value.slice(0, MAX_TEXT * 10)] : [],
  );
}
