import type { SourceName } from './coverage.ts';
import type { SensitiveAction } from './sensitive-actions.ts';
import type { EpochMs, Interval } from './time.ts';

export type CredentialKind =
  | 'personal'
  | 'project'
  | 'group'
  | 'impersonation'
  | 'service-account'
  | 'ci-job'
  | 'deploy-token'
  | 'deploy-key'
  | 'oauth'
  /** A person acted and nothing says with which credential (a session, or one of several tokens). */
  | 'user';

/** The account a credential acts as. */
export interface Owner {
  readonly id: number;
  readonly username?: string;
  /** A project, group or service-account bot user: its only credential is the token. */
  readonly bot?: boolean;
  readonly admin?: boolean;
}

/** A GitLab credential. Never holds the secret itself. */
export interface Credential {
  /** Stable key: `token/<id>`, `user/<id>`, `oauth/<id>`, `deploy-token/<id>`, `deploy-key/<id>`, `job/<id>`. */
  readonly id: string;
  readonly kind: CredentialKind;
  /** Written by its owner: hostile text. */
  readonly name?: string;
  /** Missing: unknown (not: none). */
  readonly scopes?: readonly string[];
  readonly owner?: Owner;
  /** GitLab role of a project or group token: 10, 15, 20, 25, 30, 40, 50. */
  readonly accessLevel?: number;
  /** The group or project the credential belongs to: its full path where known ({@link isResourcePath}), else its id. */
  readonly resource?: string;
  readonly createdAt?: EpochMs;
  readonly expiresAt?: EpochMs;
  readonly lastUsedAt?: EpochMs;
  /** Last use known before the window, from an earlier inventory snapshot: what dormancy is judged by. */
  readonly usedBefore?: EpochMs;
  readonly active?: boolean;
  readonly revoked?: boolean;
  /** Networks the token list showed for it before the window. Missing: it never showed any. */
  readonly knownNetworks?: readonly string[];
  /** What earlier days taught of it. Missing: no history yet. */
  readonly habits?: Habits;
}

/** What was learned of a credential and its owner on UTC days before the window's (design §7). */
export interface Habits {
  /** On how many days either was seen anywhere, at least 1. */
  readonly days: number;
  /** Of the networks at hand: on how many days either worked from there. Missing: on none. */
  readonly networkDays: Readonly<Record<string, number>>;
  /** On how many days either worked from addresses of a network operator, by number, where that was seen. */
  readonly asnDays?: Readonly<Record<string, number>>;
  /** Hours of the day (UTC, 0..23) at which either was seen on several days, ascending. */
  readonly hours: readonly number[];
  /** What the credential did before. */
  readonly actions: readonly SensitiveAction[];
}

/** Whether no person holds it: what machines do from where says nothing about people, and the other way round. */
export function isMachine(credential: Credential | undefined): boolean {
  return credential?.owner?.bot === true || credential?.kind === 'ci-job';
}

/**
 * Who acts, as habits are kept: the account where it is known, else the credential itself. A person's CI jobs run where
 * runners are, so they are kept apart from the person. People's keys begin with `user/`, no other's do.
 */
export function ownerKey(credentialId: string, credential: Credential | undefined): string {
  if (credentialId.startsWith('user/')) return credentialId;
  if (credential?.owner === undefined) return credentialId;
  const kind = credential.kind === 'ci-job' ? 'jobs' : credential.owner.bot === true ? 'bot' : 'user';
  return `${kind}/${credential.owner.id}`;
}

/** On how many earlier days a credential or its owner worked from a network; 0 where that is not known. */
export function daysOnNetwork({ habits }: Credential, network: string): number {
  const days = habits?.networkDays ?? {};
  return Object.hasOwn(days, network) ? (days[network] ?? 0) : 0;
}

/** On how many earlier days a credential or its owner worked from addresses of a network operator; 0 where that is not known. */
export function daysWithOperator({ habits }: Credential, asn: number | undefined): number {
  return asn === undefined ? 0 : (habits?.asnDays?.[asn] ?? 0);
}

/** Whether a network is new for a credential; undefined where nothing is known of it that would tell. */
export function isNewNetwork(credential: Credential, network: string): boolean | undefined {
  const { habits, knownNetworks } = credential;
  if (habits === undefined && knownNetworks === undefined) return undefined;
  return daysOnNetwork(credential, network) === 0 && knownNetworks?.includes(network) !== true;
}

/** Whether a `Credential.resource` is a full path; not what stands for one: `project/729`, `729`, `unknown/unknown`. */
export function isResourcePath(resource: string): boolean {
  return !/^(?:[^/]+\/)?(?:\d+|unknown)$/.test(resource);
}

/** What the evidence proves: the token authenticated · its owner acted · it was created or rotated · it was turned away. */
export type Strength = 'used' | 'acted' | 'minted' | 'refused';
export const STRENGTHS_BEST_FIRST: readonly Strength[] = ['used', 'minted', 'acted', 'refused'];

/** GitLab evidence that a credential acted from an address. */
export interface TokenUse {
  /** `Credential.id`. */
  readonly credential: string;
  readonly address: string;
  readonly network: string;
  /** The address exactly as the source wrote it. */
  readonly original: string;
  /** When: an instant, or the bounds the source can give. `notBefore` is -Infinity never: an unbounded use starts at 0. */
  readonly at: Interval;
  readonly strength: Strength;
  /** The sources that saw it; one use seen by two sources counts once and names both. */
  readonly sources: readonly SourceName[];
  /** Event name or operation, for example `project_access_token_created`. */
  readonly action?: string;
  /** What GitLab calls the thing acted on. Hostile text. */
  readonly target?: string;
  /** The source's own id of the event, for the reader who wants to look it up. */
  readonly eventId?: string;
  /**
   * How many uses the source counted between the two ends of `at`, each of which is one: `at` is then known exactly,
   * however long it is. Missing: one use somewhere within `at`.
   */
  readonly times?: number;
  /** What was called, as the source names it, for example `GET /api/:version/projects/:id/variables`; bounded. */
  readonly calls?: readonly string[];
  /** Refused uses only: `token_expired`, `token_revoked`, `insufficient_scope` … */
  readonly refusal?: string;
}

/** How many uses a piece of evidence stands for: 1, unless its source counted them. */
export function usesCounted({ times = 1 }: TokenUse): number {
  return times;
}

/** Whether the source knows the very instants: one of them, or the first and last of those it counted. */
export function isExactlyTimed({ at, times }: Pick<TokenUse, 'at' | 'times'>): boolean {
  return times !== undefined || at.notBefore === at.notAfter;
}
