import { MINUTE } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import type { World } from '../scenario/world.ts';
import { enter, type Visit } from './gitlab-access.ts';
import { notAllowed, Refusal, tooMany } from './gitlab-answers.ts';
import { answerRoute } from './gitlab-routes.ts';
import { type Answer, type Asked, type Faults, faults, rateLimit, type StandIn, serve } from './stand-in.ts';

/** The secret of the world's own token when none is given. */
export const GITLAB_STAND_IN_TOKEN = 'latchkey-stand-in-gitlab-token';

export interface GitlabStandInOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly port?: number;
  /** The secret that authenticates as the world's `ownTokenId`. */
  readonly token?: string;
  /** Further secrets that authenticate, with the id of their token. */
  readonly otherTokens?: Readonly<Record<string, number>>;
  readonly faults?: Partial<Faults>;
  /** Requests per minute; GitLab's defaults where missing. */
  readonly limits?: Partial<GitlabLimits>;
}

/** Requests per minute (`reference/gitlab.md` §1); Infinity is off. */
export interface GitlabLimits {
  /** Audit events, per caller and per group or project. */
  readonly audit: number;
  /** Any route, per caller. Off by default on an own instance, 2,000 on GitLab.com. */
  readonly authenticated: number;
}

export interface GitlabStandIn extends StandIn {
  /** Read at every request: may be replaced or added to while running. */
  world: World;
  readonly faults: Faults;
}

const API = '/api/v4';

/** GitLab's REST API (`reference/gitlab.md` §1, §4) over a scenario. `url` is the site root. */
export async function startGitlabStandIn(options: GitlabStandInOptions): Promise<GitlabStandIn> {
  const { clock } = options;
  const live = { world: options.world, faults: faults(options.faults) };
  const onSaas = options.world.gitlab.deployment === 'saas';
  const audit = rateLimit(options.limits?.audit ?? 200, MINUTE, clock);
  const authenticatedLimit = options.limits?.authenticated ?? (onSaas ? 2000 : Number.POSITIVE_INFINITY);
  const authenticated = rateLimit(authenticatedLimit, MINUTE, clock);

  const answer = (asked: Asked): Answer => {
    const { gitlab } = live.world;
    const secrets = new Map(Object.entries(options.otherTokens ?? {}));
    secrets.set(options.token ?? GITLAB_STAND_IN_TOKEN, gitlab.ownTokenId);
    const visit = enter(asked, gitlab, clock.now(), secrets);
    const headers = Number.isFinite(authenticatedLimit) ? countedHeaders(visit, authenticatedLimit, authenticated) : {};
    if (asked.method !== 'GET' && asked.method !== 'HEAD') throw notAllowed('405 Not Allowed');
    const audited = /^.*\/audit_events/.exec(asked.path)?.[0];
    // The audit limits are the application's own: no header announces them, and none says when to come back.
    if (audited !== undefined && 'waitMs' in audit.take(`${visit.user.id} ${audited}`)) throw tooMany();
    const answered = answerRoute(visit, segmentsOf(asked.path));
    return { ...answered, headers: { ...headers, ...answered.headers } };
  };

  const server = await serve({
    name: 'gitlab',
    clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    answer: (asked) => {
      try {
        return answer(asked);
      } catch (error) {
        // Whatever is no refusal is a bug of the stand-in, and must not pass for an answer of GitLab's.
        if (!(error instanceof Refusal)) throw error;
        return error.answer;
      }
    },
  });
  return Object.assign(live, server);
}

/** Path segments below `/api/v4`, decoded one by one: a group's path may hold an encoded slash. */
function segmentsOf(path: string): readonly string[] {
  if (!path.startsWith(`${API}/`)) return [];
  return path
    .slice(API.length + 1)
    .split('/')
    .map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A malformed escape names nothing: the route is then not found.
    return segment;
  }
}

/** @throws Refusal 429 with `Retry-After` when the caller's budget is spent. */
function countedHeaders(
  { user, now }: Visit,
  limit: number,
  counter: ReturnType<typeof rateLimit>,
): Record<string, string> {
  const taken = counter.take(String(user.id));
  const free = 'free' in taken ? taken.free : 0;
  const resetsAt = now + ('waitMs' in taken ? taken.waitMs : MINUTE);
  const headers = {
    'ratelimit-limit': String(limit),
    'ratelimit-name': 'throttle_authenticated_api',
    'ratelimit-observed': String(limit - free),
    'ratelimit-remaining': String(free),
    'ratelimit-reset': String(Math.ceil(resetsAt / 1000)),
  };
  if ('free' in taken) return headers;
  throw tooMany({
    ...headers,
    'ratelimit-resettime': new Date(resetsAt).toUTCString(),
    'retry-after': String(Math.ceil(taken.waitMs / 1000)),
  });
}
