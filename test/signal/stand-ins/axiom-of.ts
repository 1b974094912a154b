import { HOUR, MINUTE, type Window } from '../../../functions/core/time.ts';
import { botColumns, logpushRow, logpushRows } from '../../../infra/local/scenario/axiom-rows.ts';
import { DATASETS } from '../../../infra/local/scenario/builders.ts';
import { person, requests } from '../../../infra/local/scenario/clients.ts';
import type { AxiomEvent, AxiomWorld, Zone } from '../../../infra/local/scenario/world.ts';
import { isLogged, logLateness } from '../observe/log-source.ts';
import type { EvidenceMix } from '../observed.ts';
import type { CallAction, GitlabCall } from '../truth.ts';
import type { CutStory } from './cut-story.ts';
import { instantsOf, numberOf } from './gitlab-of.ts';

/** Before the end of the scene: more than the hunts of a scene read. */
const HUNTED = 8 * HOUR;
/** Of a minute's requests of one client to one path the job pushes so many, as one with a sample rate does. */
const REQUESTS_OF_A_MINUTE = 3;
/** Of one call, the log of earlier hours keeps a line so often: they teach where somebody was, not how often. */
const TAUGHT_EVERY = 5 * MINUTE;
const VISITED_EVERY = 10 * MINUTE;

/** Cloudflare's requests of the hours that are hunted, and GitLab's log where the mix has one. */
export function axiomOf(story: CutStory, mix: EvidenceMix, zones: readonly Zone[]): AxiomWorld {
  return {
    datasets: {
      [DATASETS.cloudflare]: [
        ...story.lessons.flatMap((lesson) => visitorsOf(story, lesson)),
        ...pushedOf(zones, { start: story.scene.end - HUNTED, end: story.scene.end }),
      ],
      [DATASETS.gitlab]: mix.sources.includes('logs') ? logOf(story) : [],
      [DATASETS.report]: [],
    },
  };
}

/** An hour without bots has visitors all the same: a dataset into which nothing comes is a broken one. */
function visitorsOf({ organisation: { zones } }: CutStory, { start, end }: Window): AxiomEvent[] {
  const client = person('192.0.2.250');
  return zones.flatMap(({ id, hosts: [host] }) =>
    Array.from({ length: Math.ceil((end - start) / VISITED_EVERY) }, (_, index) => {
      const at = start + index * VISITED_EVERY;
      return logpushRow(at, requests(client, at, { host }), { '@cloudflare.ZoneID': id, ...botColumns(client) });
    }),
  );
}

function pushedOf(zones: readonly Zone[], { start, end }: Window): AxiomEvent[] {
  const pushed = zones.map((zone) => ({
    ...zone,
    requests: zone.requests
      .filter(({ at }) => at >= start && at < end)
      .map((row) => ({ ...row, count: Math.min(row.count, REQUESTS_OF_A_MINUTE) })),
    events: zone.events.filter(({ at }) => at >= start && at < end),
  }));
  return logpushRows({ cloudflare: { account: { id: '', name: '' }, lagMs: 0, zones: pushed } });
}

/** Lines of `api_json.log` (`reference/gitlab.md` §6): git over HTTPS and browsers are in other logs. */
function logOf(story: CutStory): AxiomEvent[] {
  const { organisation, calls } = story;
  const names = new Map(organisation.credentials.map(({ owner: { id, username } }) => [id, username ?? '']));
  const late = logLateness(story);
  return calls.filter(isLogged).flatMap((call, index) => {
    const who = names.get(call.owner) ?? '';
    const shown = late(call, index);
    const isHunted = call.until >= story.scene.end - HUNTED;
    return instantsOf(story, call, isHunted ? 0 : TAUGHT_EVERY).map((at, number) => {
      return { _time: at + shown, ...lineOf(call, number, at, organisation.gitlab.host, who) };
    });
  });
}

function lineOf(call: GitlabCall, number: number, at: number, host: string, username: string) {
  const { credential = '', address, owner, refusal } = call;
  const type = credential.startsWith('oauth/') ? 'OauthAccessToken' : 'PersonalAccessToken';
  const token = { token_type: type, token_id: numberOf(credential) };
  const outcome =
    refusal === undefined
      ? { status: 200, user_id: owner, username, ...token }
      : {
          status: refusal === 'insufficient_scope' ? 403 : 401,
          'meta.auth_fail_reason': refusal,
          'meta.auth_fail_token_id': `${type}/${token.token_id}`,
        };
  const caller = callerOf(call.action, number);
  const [method = '', route = ''] = caller.split(' ');
  return {
    time: new Date(at).toISOString(),
    severity: 'INFO',
    host,
    method,
    path: route.replace(':version', 'v4').replaceAll(/:\w+/g, '1'),
    route,
    'meta.caller_id': caller,
    remote_ip: `${address}, 127.0.0.1`,
    'meta.remote_ip': address,
    ...outcome,
  };
}

const EVERYDAY: Readonly<Partial<Record<CallAction, readonly [string, ...string[]]>>> = {
  'api-read': ['GET /api/:version/projects/:id', 'GET /api/:version/projects/:id/merge_requests'],
  'api-write': ['POST /api/:version/projects/:id/statuses/:sha', 'POST /api/:version/projects/:id/issues'],
};

const CALLERS: Readonly<Partial<Record<CallAction, string>>> = {
  'variable-read': 'GET /api/:version/projects/:id/variables',
  'file-read': 'GET /api/:version/projects/:id/repository/files/:file_path/raw',
  'token-created': 'POST /api/:version/projects/:id/access_tokens',
  'token-rotated': 'POST /api/:version/personal_access_tokens/:id/rotate',
  'member-added': 'POST /api/:version/projects/:id/members',
  'webhook-created': 'POST /api/:version/projects/:id/hooks',
  'project-export': 'GET /api/:version/projects/:id/export/download',
};

function callerOf(action: CallAction, number: number): string {
  const everyday = EVERYDAY[action];
  return everyday?.[number % everyday.length] ?? CALLERS[action] ?? 'GET /api/:version/user';
}
