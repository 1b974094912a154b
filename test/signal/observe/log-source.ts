import { complete } from '../../../functions/core/coverage.ts';
import { type EpochMs, MINUTE, type Window } from '../../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../../functions/core/token-use.ts';
import type { NamedReading } from '../../../functions/query-gitlab/read-evidence.ts';
import type { CallAction, GitlabCall, SimCredential, Story } from '../truth.ts';
import { between, type Dice, diceFor } from './dice.ts';
import type { Places } from './places.ts';
import { callTrain, lastOf, partOf, type Train } from './train.ts';

/** Requests are counted together by credential, address and so much time. */
const SPAN = 15 * MINUTE;
/** Seconds until a line of GitLab's logs can be asked for. */
const LATE = { least: 60, most: 240 } as const;
const CALLS_KEPT = 5;

/** Everyday requests; what a program reads and writes is its own business. */
const READS = [
  'GET /api/:version/projects/:id',
  'GET /api/:version/projects/:id/merge_requests',
  'GET /api/:version/projects/:id/issues',
  'GET /api/:version/projects/:id/pipelines',
  'GET /api/:version/projects/:id/repository/tree',
  'GET /api/:version/groups/:id/projects',
  'GET /api/:version/user',
] as const;
const WRITES = [
  'POST /api/:version/projects/:id/statuses/:sha',
  'POST /api/:version/projects/:id/issues',
  'PUT /api/:version/projects/:id/merge_requests/:merge_request_iid',
  'POST /api/:version/projects/:id/merge_requests/:noteable_id/notes',
] as const;

/** What the log calls requests that do one thing; git over HTTPS is in another log, without the token (§6). */
const ROUTES: Readonly<Record<Exclude<CallAction, 'api-read' | 'api-write' | 'clone' | 'push'>, string>> = {
  'variable-read': 'GET /api/:version/projects/:id/variables',
  'file-read': 'GET /api/:version/projects/:id/repository/files/:file_path/raw',
  'token-created': 'POST /api/:version/projects/:id/access_tokens',
  'token-rotated': 'POST /api/:version/personal_access_tokens/:id/rotate',
  'member-added': 'POST /api/:version/projects/:id/members',
  'webhook-created': 'POST /api/:version/projects/:id/hooks',
  'project-export': 'GET /api/:version/projects/:id/export/download',
};

/** Requests of one call within a span. */
interface Piece {
  readonly train: Train;
  readonly late: number;
  readonly routes: readonly string[];
}

/** What is counted together. */
interface Group {
  readonly credential: Credential;
  readonly about: Omit<TokenUse, 'at' | 'times' | 'calls'>;
  readonly pieces: Piece[];
  /** All of it, where every line has arrived; made when first asked for. */
  whole?: TokenUse | undefined;
  /** When the last line arrives. */
  shownAt: EpochMs;
}

/** How late the logs show a call, in milliseconds. */
export function logLateness(story: Story): (call: GitlabCall, index: number) => number {
  const dice = diceFor(story.seed, 'logs late');
  return ({ lateBy = 0 }, index) => between(dice(index), LATE.least, LATE.most) * 1000 + lateBy;
}

/** Whether the logs name the token of a call: tokens and OAuth by REST, refused ones too (`reference/gitlab.md` §6). */
export function isLogged({ credential, action }: GitlabCall): boolean {
  const named = credential?.startsWith('token/') === true || credential?.startsWith('oauth/') === true;
  return named && action !== 'clone' && action !== 'push';
}

/** The source `logs`: GitLab's own logs in Axiom. */
export class LogSource {
  readonly #spans: ReadonlyMap<number, readonly Group[]>;

  constructor(story: Story, places: Places) {
    this.#spans = groupsBySpan(story, places);
  }

  read(window: Window, now: EpochMs): NamedReading {
    const uses: TokenUse[] = [];
    const credentials = new Map<string, Credential>();
    let requests = 0;
    for (let span = Math.floor(window.start / SPAN); span * SPAN < window.end; span++) {
      for (const group of this.#spans.get(span) ?? []) {
        const use = useOf(group, span, window, now);
        if (use === undefined) continue;
        uses.push(use);
        requests += use.times ?? 0;
        const known = credentials.get(use.credential);
        // Who was turned away is not told; who used it is.
        if (known?.owner === undefined) credentials.set(use.credential, group.credential);
      }
    }
    return { name: 'logs', uses, credentials: [...credentials.values()], coverage: complete({ requests }, 1) };
  }
}

function useOf(group: Group, span: number, window: Window, now: EpochMs): TokenUse | undefined {
  const start = Math.max(span * SPAN, window.start);
  const end = Math.min((span + 1) * SPAN, window.end);
  if (group.shownAt > now || end - start < SPAN) return counted(group, start, end, now);
  group.whole ??= counted(group, start, end, now);
  return group.whole;
}

/** The requests in `[start, end)` that have arrived, as one. */
function counted({ about, pieces }: Group, start: EpochMs, end: EpochMs, now: EpochMs): TokenUse | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let times = 0;
  const calls = new Set<string>();
  for (const { train, late, routes } of pieces) {
    const part = partOf(train, start, Math.min(end, now - late + 1));
    if (part === undefined) continue;
    first = Math.min(first, part.first);
    last = Math.max(last, part.last);
    times += part.count;
    for (const route of routes) calls.add(route);
  }
  if (times === 0) return undefined;
  return { ...about, at: { notBefore: first, notAfter: last }, times, calls: [...calls].slice(0, CALLS_KEPT) };
}

function groupsBySpan(story: Story, places: Places): Map<number, Group[]> {
  const spans = new Map<number, Map<string, Group>>();
  const credentials = new Map(story.organisation.credentials.map((credential) => [credential.id, credential]));
  const lateness = logLateness(story);
  const route = diceFor(story.seed, 'routes');
  story.calls.forEach((call, index) => {
    const { credential: id, address, refusal } = call;
    const credential = credentials.get(id ?? '');
    if (credential === undefined || !isLogged(call)) return;
    const train = callTrain(call);
    const late = lateness(call, index);
    const piece = { train, late, routes: routesOf(call, route, index) };
    for (let span = Math.floor(train.start / SPAN); span * SPAN <= lastOf(train); span++) {
      const part = partOf(train, span * SPAN, (span + 1) * SPAN);
      if (part === undefined) continue;
      const groups = spans.get(span) ?? new Map<string, Group>();
      spans.set(span, groups);
      const key = `${id} ${address} ${refusal ?? ''}`;
      const group = groups.get(key) ?? newGroup(credential, call, places);
      groups.set(key, group);
      group.pieces.push(piece);
      group.shownAt = Math.max(group.shownAt, part.last + late);
    }
  });
  return new Map([...spans].map(([span, groups]) => [span, [...groups.values()]]));
}

function newGroup(credential: SimCredential, { address, refusal }: GitlabCall, places: Places): Group {
  const strength =
    refusal === undefined ? ({ strength: 'used' } as const) : ({ strength: 'refused', refusal } as const);
  return {
    credential: asLogged(credential, refusal !== undefined),
    about: { credential: credential.id, ...places.of(address), sources: ['logs'], ...strength },
    pieces: [],
    shownAt: 0,
  };
}

/** A token of whatever kind is a `PersonalAccessToken` to the log; whose, it tells where the token was let in. */
function asLogged({ id, owner }: SimCredential, refused: boolean): Credential {
  const kind = id.startsWith('oauth/') ? 'oauth' : 'personal';
  if (refused) return { id, kind };
  const username = owner.username === undefined ? {} : { username: owner.username };
  return { id, kind, owner: { id: owner.id, ...username } };
}

function routesOf({ action, times }: GitlabCall, dice: Dice, index: number): readonly string[] {
  switch (action) {
    case 'api-read':
      return some(READS, Math.min(3, times), dice(index));
    case 'api-write':
      return some(WRITES, Math.min(2, times), dice(index));
    case 'clone':
    case 'push':
      return [];
    default:
      return [ROUTES[action]];
  }
}

/** So many of a list, one after the other from somewhere on. */
function some(routes: readonly string[], count: number, where: number): string[] {
  const first = Math.floor(where * routes.length);
  return Array.from({ length: count }, (_, index) => routes[(first + index) % routes.length] ?? '').filter(Boolean);
}
