import { afterEach, describe, expect, it } from 'vitest';
import { DAY, MINUTE, toIso } from '../../../../functions/core/time.ts';
import {
  auditEvent,
  type EmptyWorldOptions,
  emptyWorld,
  token,
  withTokenUse,
} from '../../../../infra/local/scenario/builders.ts';
import type { World } from '../../../../infra/local/scenario/world.ts';
import {
  type GitlabStandIn,
  type GitlabStandInOptions,
  startGitlabStandIn,
} from '../../../../infra/local/stand-ins/gitlab.ts';
import { askGitlab, type FakeClock, fakeClock, START } from './asking.ts';

let standIn: GitlabStandIn;
let clock: FakeClock;
afterEach(() => standIn.close());

/** Three tokens beside ours: 1001 personal, 1002 of the project, 1003 of the group, each used once. */
function world(options: EmptyWorldOptions = {}): World {
  let made = emptyWorld(START, options);
  for (const kind of ['personal', 'project', 'group'] as const) {
    made = withTokenUse(made, { kind, address: '192.0.2.7', at: START - MINUTE, audit: ['ci_variable_created'] });
  }
  return made;
}

async function start(served: World, more: Partial<GitlabStandInOptions> = {}) {
  clock = fakeClock();
  standIn = await startGitlabStandIn({ world: served, clock, ...more });
}

async function ids(path: string): Promise<number[] | number> {
  const { status, body } = await askGitlab(standIn, path);
  return status === 200 ? body.map(({ id }) => id).sort() : status;
}

describe('who is let in', () => {
  it('shows a token by header or as bearer, and nobody without', async () => {
    await start(world(), { token: 'secret' });
    for (const headers of [{ 'private-token': 'secret' }, { authorization: 'Bearer secret' }]) {
      expect(await askGitlab(standIn, 'user', headers)).toMatchObject({ status: 200, body: { username: 'latchkey' } });
    }
    for (const headers of [{}, { 'private-token': 'wrong' }, { authorization: 'Basic secret' }]) {
      expect(await askGitlab(standIn, 'user', headers)).toMatchObject({
        status: 401,
        body: { message: '401 Unauthorized' },
      });
    }
  });

  it('turns away revoked and expired tokens, and scopes that do not reach', async () => {
    const made = world();
    const us = { userId: 2, createdAt: START - DAY };
    made.gitlab.tokens.push(
      token({ ...us, id: 11, revokedAt: START }),
      token({ ...us, id: 12, expiresAt: START }),
      token({ ...us, id: 13, scopes: ['read_user'] }),
    );
    await start(made, { otherTokens: { revoked: 11, expired: 12, narrow: 13 } });
    const as = (secret: string, path: string) => askGitlab(standIn, path, { 'private-token': secret });
    expect(await as('revoked', 'user')).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(await as('expired', 'user')).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect((await as('narrow', 'user')).status).toBe(200);
    expect(await as('narrow', 'personal_access_tokens')).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
    expect(await as('narrow', 'personal_access_tokens/self')).toMatchObject({ status: 200, body: { id: 13 } });
  });
});

describe('what an instance admin sees', () => {
  it('is every token, with the fields and filters GitLab documents', async () => {
    await start(world());
    expect(await ids('personal_access_tokens')).toEqual([1001, 1002, 1003, 2]);
    expect(await ids(`personal_access_tokens?last_used_after=${toIso(START - 10 * MINUTE)}`)).toEqual([
      1001, 1002, 1003,
    ]);
    expect(await ids(`personal_access_tokens?last_used_before=${toIso(START - 10 * MINUTE)}`)).toEqual([]);
    expect(await ids('personal_access_tokens?user_id=2&state=active&revoked=false')).toEqual([2]);
    expect(await ids('personal_access_tokens?search=LATCH')).toEqual([2]);
    expect(await ids('personal_access_tokens?state=nonsense')).toBe(400);
    expect((await askGitlab(standIn, 'personal_access_tokens/1002')).body).toMatchObject({
      scopes: ['api'],
      active: true,
      last_used_at: toIso(START - MINUTE),
      last_used_ips: ['192.0.2.7'],
    });
    expect((await askGitlab(standIn, 'users/11002')).body).toMatchObject({
      bot: true,
      username: expect.stringMatching(/^project_100_bot_/),
    });
  });

  it('is every audit event, by entity where asked', async () => {
    await start(world());
    expect(await ids('audit_events')).toEqual([1, 2, 3]);
    expect(await ids('audit_events?entity_type=Project&entity_id=100')).toEqual([1, 2, 3]);
    expect(await ids('audit_events?entity_type=User')).toEqual([]);
    expect(await ids('audit_events?entity_id=100')).toBe(400);
    expect((await askGitlab(standIn, 'audit_events/1')).body).toMatchObject({
      author_id: 11_001,
      event_name: 'ci_variable_created',
      details: { ip_address: '192.0.2.7', author_class: 'User', entity_path: 'example/shop' },
      created_at: toIso(START - MINUTE),
    });
  });

  it('holds no credentials inventory: that is GitLab.com alone', async () => {
    await start(world());
    for (const what of ['personal_access_tokens', 'resource_access_tokens', 'ssh_keys']) {
      expect(await ids(`groups/10/manage/${what}`)).toBe(404);
    }
  });

  it('leaves addresses out, or empty, where the version does so', async () => {
    const made = world();
    made.gitlab.lastUsedIps = { personal: 'empty', resource: 'missing' };
    await start(made);
    expect((await askGitlab(standIn, 'personal_access_tokens/1001')).body).toMatchObject({ last_used_ips: [] });
    const [first] = (await askGitlab(standIn, 'projects/100/access_tokens')).body;
    expect(first).toMatchObject({ id: 1002, access_level: 40, resource_type: 'project', resource_id: 100 });
    expect(first).not.toHaveProperty('last_used_ips');
  });
});

describe('what a group owner on GitLab.com sees', () => {
  it('is the own tokens, and project and group tokens resource by resource', async () => {
    await start(world({ deployment: 'saas', tier: 'premium' }));
    expect(await ids('personal_access_tokens')).toEqual([2]);
    expect(await ids('personal_access_tokens?user_id=11001')).toBe(401);
    expect(await ids('personal_access_tokens/1001')).toBe(401);
    expect(await ids('projects/example%2Fshop/access_tokens')).toEqual([1002]);
    expect(await ids('groups/10/access_tokens')).toEqual([1003]);
    expect(await ids('audit_events')).toBe(403);
    expect(await ids('projects/100/audit_events')).toEqual([1, 2, 3]);
    expect(await ids('groups/10/audit_events')).toEqual([]);
    expect(await ids('groups/10/manage/resource_access_tokens')).toBe(404);
    expect(await ids('groups/99/audit_events')).toBe(404);
  });

  it('includes the inventory with Ultimate', async () => {
    await start(world({ deployment: 'saas', tier: 'ultimate' }));
    expect(await ids('groups/example/manage/personal_access_tokens')).toEqual([1001]);
    expect(await ids('groups/10/manage/resource_access_tokens')).toEqual([1002, 1003]);
    expect(await ids('groups/10/manage/ssh_keys')).toEqual([]);
  });

  it('shrinks with the role', async () => {
    const made = world({ deployment: 'saas' });
    const role = (accessLevel: number) => made.gitlab.memberships.splice(0, 1, { userId: 2, groupId: 10, accessLevel });
    const us = made.gitlab.users[0];
    if (us) made.gitlab.auditEvents.push(auditEvent(9, START - DAY, 'member_created', us, null));
    await start(made);
    role(40);
    expect(await ids('groups/10/access_tokens')).toBe(401);
    expect(await ids('projects/100/access_tokens')).toEqual([1002]);
    expect(await ids('groups/10/manage/ssh_keys')).toBe(403);
    role(30);
    expect(await ids('projects/100/audit_events')).toEqual([9]);
    role(20);
    expect(await ids('projects/100/audit_events')).toBe(403);
  });
});

describe('without a licence', () => {
  it('audit events are forbidden, and on the community edition not there at all', async () => {
    await start(world({ tier: 'free' }));
    for (const path of ['audit_events', 'groups/10/audit_events', 'projects/100/audit_events']) {
      expect(await ids(path)).toBe(403);
      standIn.world = { ...standIn.world, gitlab: { ...standIn.world.gitlab, version: '19.5.1' } };
      expect(await ids(path)).toBe(404);
      standIn.world = world({ tier: 'free' });
    }
    expect(await ids('personal_access_tokens')).toEqual([1001, 1002, 1003, 2]);
  });
});

describe('limits', () => {
  it('stop audit events at 200 a minute per group or project, in plain text and without headers', async () => {
    await start(world());
    for (let spent = 0; spent < 200; spent++) await askGitlab(standIn, 'audit_events');
    const refused = await askGitlab(standIn, 'audit_events');
    expect(refused).toMatchObject({ status: 429, text: 'Retry later\n' });
    expect(refused.headers.get('content-type')).toBe('text/plain');
    for (const name of refused.headers.keys()) expect(name).not.toMatch(/ratelimit|retry-after/);
    expect(await ids('projects/100/audit_events')).toHaveLength(3);
    clock.at += MINUTE;
    expect(await ids('audit_events')).toHaveLength(3);
  });

  it('say when to come back where GitLab.com counts every request', async () => {
    await start(world({ deployment: 'saas' }), { limits: { authenticated: 2 } });
    expect((await askGitlab(standIn, 'user')).headers.get('ratelimit-remaining')).toBe('1');
    clock.at += 20_000;
    await askGitlab(standIn, 'user');
    const refused = await askGitlab(standIn, 'user');
    expect(refused).toMatchObject({ status: 429, text: 'Retry later\n' });
    expect(refused.headers.get('retry-after')).toBe('40');
  });
});

describe('late evidence', () => {
  it('is shown from its time on', async () => {
    const late = { address: '198.18.0.9', at: START - 5 * MINUTE, visibleFrom: START + 10 * MINUTE };
    await start(withTokenUse(world(), { ...late, tokenId: 1001, audit: ['project_fork_operation'] }));
    const addresses = async () => (await askGitlab(standIn, 'personal_access_tokens/1001')).text;
    expect(await addresses()).not.toContain('198.18.0.9');
    expect(await ids('audit_events')).toEqual([1, 2, 3]);
    clock.at = START + 10 * MINUTE;
    expect(await addresses()).toContain('198.18.0.9');
    expect(await ids('audit_events')).toEqual([1, 2, 3, 4]);
  });
});
