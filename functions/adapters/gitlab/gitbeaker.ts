import {
  AuditEvents,
  GroupAccessTokens,
  Groups,
  PersonalAccessTokens,
  ProjectAccessTokens,
  Users,
} from '@gitbeaker/rest';
import { ConfigError } from '../../runtime/errors.ts';
import type { GitLabAnswer } from './transport.ts';

type ResourceOptions = ConstructorParameters<typeof AuditEvents>[0];
type RequesterFn = NonNullable<ResourceOptions['requesterFn']>;
type Query = Readonly<Record<string, unknown>>;

/** Sends one request: a path below `/api/v4/` and a query without the `?`. */
export type Ask = (path: string, query: string) => Promise<GitLabAnswer>;

/** gitbeaker's resources, by what we call on them. */
export type Resources = ReturnType<typeof resources>;

/**
 * Lets gitbeaker name the endpoint and spell the parameters of one call, and sends it with our own `ask`. gitbeaker
 * gets neither the token nor the answer: its retries ignore `Retry-After`, its paging holds everything in memory and
 * loses it all at the first failure, and its errors print the token (`reference/gitlab.md` §7d).
 *
 * @param next query of a later page, in place of the call's own
 */
export async function askThrough(
  call: (resources: Resources) => Promise<unknown>,
  ask: Ask,
  next?: string,
): Promise<GitLabAnswer> {
  try {
    await call(resources({ host: HOST, requesterFn: requester(ask, next), queryTimeout: null }));
  } catch (error) {
    if (error instanceof Answered) return error.answer;
    throw error;
  }
  throw new ConfigError('gitbeaker answered without asking: it does not fit this version of Latchkey');
}

/** Never asked: `ask` knows the site. */
const HOST = 'https://gitlab.invalid';
const BASE = `${HOST}/api/v4/`;

/** Carries the answer past gitbeaker. */
class Answered extends Error {
  readonly answer: GitLabAnswer;

  constructor(answer: GitLabAnswer) {
    super('answered');
    this.answer = answer;
  }
}

function resources(options: ResourceOptions) {
  return {
    auditEvents: new AuditEvents(options),
    groups: new Groups(options),
    groupTokens: new GroupAccessTokens(options),
    personalTokens: new PersonalAccessTokens(options),
    projectTokens: new ProjectAccessTokens(options),
    users: new Users(options),
  };
}

function requester(ask: Ask, next: string | undefined): RequesterFn {
  return ({ url }) => ({
    get: async (endpoint, options) => {
      const path = `${url.replace(/\/*$/, '/')}${endpoint}`.slice(BASE.length);
      throw new Answered(await ask(path, next ?? queryOf(options?.searchParams ?? {})));
    },
    post: readOnly,
    put: readOnly,
    patch: readOnly,
    delete: readOnly,
  });
}

async function readOnly(): Promise<never> {
  throw new ConfigError('Latchkey only reads from GitLab');
}

/** GitLab spells its parameters with underscores. */
function queryOf(parameters: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue;
    query.set(
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      String(value),
    );
  }
  return query.toString();
}
