import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../functions/core/time.ts';
import { emptyWorld, withTokenUse } from '../../../infra/local/scenario/builders.ts';
import { sampleWorld } from '../../../infra/local/scenario/sample.ts';
import type { GitlabToken, GitlabWorld, World } from '../../../infra/local/scenario/world.ts';
import { START } from '../local/stand-ins/asking.ts';
import { doctor, failures } from './tool-setup.ts';

function withGitlab(world: World, change: Partial<GitlabWorld>): World {
  return { ...world, gitlab: { ...world.gitlab, ...change } };
}

function withOwnToken(world: World, change: Partial<GitlabToken>): World {
  const tokens = world.gitlab.tokens.map((one) => (one.id === world.gitlab.ownTokenId ? { ...one, ...change } : one));
  return withGitlab(world, { tokens });
}

/** Nobody is an administrator. */
function withoutAdmin(world: World): World {
  return withGitlab(world, { users: world.gitlab.users.map((user) => ({ ...user, admin: false })) });
}

function withUses(world: World, addresses: readonly string[]): World {
  return addresses.reduce(
    (made, address, index) => withTokenUse(made, { address, at: START - HOUR - index * 60_000, tokenId: 500 + index }),
    world,
  );
}

const OFFICE = Array.from({ length: 6 }, (_, index) => `198.51.100.${index + 1}`);
const EDGES = Array.from({ length: 6 }, (_, index) => `172.64.0.${index + 1}`);

describe('doctor at GitLab', () => {
  it('finds nothing wrong with an administrator’s token on an Ultimate site', async () => {
    const ran = await doctor({ world: sampleWorld(START) });
    expect(ran.lines.filter(({ system }) => system === 'gitlab').map(({ status }) => status)).not.toContain('fail');
    expect(ran.about('gitlab', 'site')?.why).toContain('version 19.5.1-ee');
    expect(ran.about('gitlab', 'reach')).toMatchObject({
      status: 'ok',
      why: expect.stringContaining('administrator of the whole GitLab'),
    });
    expect(ran.about('gitlab', 'token lists')).toMatchObject({ status: 'ok', why: expect.stringMatching(/^complete/) });
    expect(ran.about('gitlab', 'audit events')).toMatchObject({
      status: 'ok',
      why: expect.stringMatching(/^complete/),
    });
    expect(ran.about('gitlab', 'last_used_ips')?.status).toBe('ok');
    expect(ran.about('gitlab', 'real addresses')?.status).toBe('ok');
    expect(ran.status).toBe(0);
  });

  it.each([
    ['expired', { expiresAt: START - DAY }],
    ['revoked', { revokedAt: START - DAY }],
  ])('tells that the token is %s', async (why, change) => {
    const ran = await doctor({ world: withOwnToken(emptyWorld(START), change) });
    expect(failures(ran)).toEqual(['gitlab token']);
    expect(ran.about('gitlab', 'token')?.why).toContain(`GITLAB_TOKEN: it is ${why}`);
  });

  it('tells that GitLab does not know the token', async () => {
    const ran = await doctor({ world: emptyWorld(START), env: { GITLAB_TOKEN: 'glpat-mistyped' } });
    expect(failures(ran)).toEqual(['gitlab token']);
    expect(ran.about('gitlab', 'token')?.why).toContain('mistyped');
    expect(ran.output).not.toContain('glpat-');
  });

  it('names the token, its owner and the days it has left', async () => {
    const ran = await doctor({ world: withOwnToken(emptyWorld(START), { expiresAt: START + 5 * DAY + HOUR }) });
    const line = ran.about('gitlab', 'token');
    expect(line).toMatchObject({ status: 'warn', why: expect.stringContaining('“latchkey” of latchkey') });
    // The API tells the day only.
    expect(line?.why).toContain('expires in 4 days');
  });

  it.each([
    [['read_api'], 'ok'],
    [['api'], 'warn'],
    [['read_user'], 'fail'],
  ])('judges the scopes %j', async (scopes, status) => {
    const ran = await doctor({ world: withOwnToken(emptyWorld(START), { scopes }) });
    expect(ran.about('gitlab', 'scopes')?.status).toBe(status);
  });

  it('says what a token that is no administrator’s does not see', async () => {
    const world = withUses(withoutAdmin(emptyWorld(START)), OFFICE);
    const ran = await doctor({ world, settings: { gitlab: { groups: ['example'] } } });
    expect(ran.about('gitlab', 'reach')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('no administrator'),
    });
    expect(ran.about('gitlab', 'group example')?.status).toBe('warn');
    expect(ran.about('gitlab', 'token lists')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('Personal tokens of members are not listed'),
    });
    expect(ran.about('gitlab', 'audit events')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('events of users'),
    });
    expect(ran.status).toBe(0);
  });

  it('fails when nothing but our own tokens can be seen', async () => {
    const world = withGitlab(withoutAdmin(emptyWorld(START)), { memberships: [] });
    const ran = await doctor({ world });
    expect(failures(ran)).toEqual(['gitlab reach']);
    expect(ran.about('gitlab', 'reach')?.why).toContain('gitlab.groups');
  });

  it('names a configured group that is not there', async () => {
    const ran = await doctor({
      world: withoutAdmin(emptyWorld(START)),
      settings: { gitlab: { groups: ['example', 'exmaple'] } },
    });
    expect(failures(ran)).toEqual(['gitlab group exmaple']);
  });

  it('knows GitLab.com Ultimate by its credentials inventory', async () => {
    const ran = await doctor({ world: emptyWorld(START, { deployment: 'saas' }) });
    expect(ran.about('gitlab', 'group 10')).toMatchObject({ status: 'ok', why: expect.stringContaining('Ultimate') });
  });

  it('knows Premium by what it lacks: one list of all tokens', async () => {
    const ran = await doctor({ world: emptyWorld(START, { deployment: 'saas', tier: 'premium' }) });
    const line = ran.about('gitlab', 'group 10');
    expect(line).toMatchObject({ status: 'warn', why: expect.stringContaining('project by project') });
    expect(line?.why).toContain('Ultimate');
    expect(ran.about('gitlab', 'audit events')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('events of users'),
    });
    expect(ran.status).toBe(0);
  });

  it('says that a Free site shows no audit events', async () => {
    const ran = await doctor({ world: withUses(emptyWorld(START, { tier: 'free' }), OFFICE) });
    expect(ran.about('gitlab', 'reach')).toMatchObject({ status: 'warn', why: expect.stringContaining('Premium') });
    expect(ran.about('gitlab', 'audit events')).toMatchObject({ status: 'warn', why: expect.stringMatching(/^off/) });
    expect(ran.about('gitlab', 'token lists')?.status).toBe('ok');
  });

  it('fails loudly when every address is Cloudflare’s own', async () => {
    const ran = await doctor({ world: withUses(emptyWorld(START), EDGES) });
    expect(failures(ran)).toEqual(['gitlab real addresses']);
    expect(ran.about('gitlab', 'real addresses')?.why).toContain('CF-Connecting-IP');
  });

  it.each([
    ['missing', 'fail'],
    ['empty', 'fail'],
    ['shown', 'ok'],
  ] as const)('notices whether last_used_ips is %s', async (personal, status) => {
    const world = withGitlab(withUses(emptyWorld(START), OFFICE), { lastUsedIps: { personal, resource: 'shown' } });
    expect((await doctor({ world })).about('gitlab', 'last_used_ips')?.status).toBe(status);
  });

  it('says that GitLab cannot be reached', async () => {
    const ran = await doctor({
      world: emptyWorld(START),
      prepare: ({ gitlab }) => {
        gitlab.faults.down = true;
      },
    });
    expect(failures(ran)).toEqual(['gitlab connection']);
  });

  it('asks for the token scope that Admin Mode wants', async () => {
    const ran = await doctor({
      world: withOwnToken(emptyWorld(START), { scopes: ['read_api'] }),
      prepare: ({ gitlab }) => {
        // As GitLab does in Admin Mode: the user is an administrator, the token is not.
        gitlab.faults.answers.push({ status: 401, path: 'personal_access_tokens?user_id', body: {} });
        gitlab.faults.answers.push({ status: 403, path: '/api/v4/audit_events', body: {} });
      },
    });
    expect(ran.about('gitlab', 'reach')?.why).toContain('admin_mode');
  });
});
