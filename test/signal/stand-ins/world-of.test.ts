import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { arrayAt, objectAt } from '../../../infra/local/json.ts';
import { DATASETS } from '../../../infra/local/scenario/builders.ts';
import { EVIDENCE_MIXES, type EvidenceMix } from '../observed.ts';
import { call, OFFICE, personal, scraping, smallStory, THIEF, TODAY } from './small-story.ts';
import { worldOf } from './world-of.ts';

const AT = TODAY + 10 * HOUR;
/** Far away, at the same time of day. */
const NOW = AT - 2000 * DAY;

function mixNamed(name: string): EvidenceMix {
  const mix = EVIDENCE_MIXES.find((one) => one.name === name);
  if (mix === undefined) throw new Error(`There is no mix ${name}`);
  return mix;
}
const ALL = mixNamed('all');

/** An intruder with the token of 103, who clones, and makes a token. */
const STORY = smallStory({
  web: [
    { ...scraping(THIEF, AT - 30 * MINUTE, 20, 90), security: { source: 'rateLimit', action: 'block', share: 0.5 } },
  ],
  credentials: [
    personal(4444, { kind: 'project', resource: 'brightwell/infra', createdAt: AT - 8 * MINUTE, accessLevel: 40 }),
    personal(5, { kind: 'ci-job', id: 'job/5' }),
    personal(6, { kind: 'deploy-token', id: 'deploy-token/6', name: 'cluster', resource: 'brightwell/infra' }),
  ],
  calls: [
    call(103, AT - 12 * MINUTE, { until: AT - 10 * MINUTE, times: 3, address: THIEF, action: 'clone' }),
    call(103, AT - 8 * MINUTE, { address: THIEF, action: 'token-created', mints: 'token/4444', lateBy: 5 * MINUTE }),
    call(103, AT - 7 * MINUTE, { address: THIEF, action: 'variable-read' }),
    call(103, AT - 6 * MINUTE, { address: THIEF, refusal: 'insufficient_scope', times: 2, until: AT - 5 * MINUTE }),
    call(104, AT - 5 * MINUTE, { credential: 'job/5', address: '65.108.7.1', action: 'clone' }),
    call(6, AT - 4 * MINUTE, { credential: 'deploy-token/6', address: '18.196.1.9', action: 'clone' }),
    call(102, AT - 60 * DAY, { address: '91.22.1.1' }),
  ],
});

describe('the world of a scene', () => {
  const world = worldOf(STORY, ALL, AT, NOW);
  const [zone] = world.cloudflare.zones;
  const tokenOf = (id: number) => world.gitlab.tokens.find((token) => token.id === id);

  it('happens now: what was ten minutes before the decisive moment was ten minutes ago', () => {
    expect(world.start).toBe(NOW);
    const uses = tokenOf(103)?.uses.filter(({ address }) => address === THIEF) ?? [];
    expect(uses.map(({ at }) => (at - NOW) / MINUTE)).toEqual([-12, -11, -10, -8, -7]);
    expect(tokenOf(4444)).toMatchObject({ kind: 'project', createdAt: NOW - 8 * MINUTE, accessLevel: 40 });
  });

  it('has a minute of requests in each row, and what Cloudflare did about some', () => {
    const rows = zone?.requests.filter(({ address, path }) => address === THIEF && path === '/') ?? [];
    expect(rows).toHaveLength(20);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1800);
    expect(rows[0]).toMatchObject({ at: NOW - 30 * MINUTE, botScore: 1, botDecision: 'automated', count: 90 });
    expect(zone?.events.every(({ source, address }) => source === 'rateLimit' && address === THIEF)).toBe(true);
    expect(zone?.events).toHaveLength(40);
  });

  it('shows requests to a GitLab behind the zone, of programs only', () => {
    const toGitlab = zone?.requests.filter(({ host }) => host === 'gitlab.brightwell.example') ?? [];
    expect(toGitlab.some(({ address }) => address === THIEF)).toBe(true);
    const saas = worldOf(STORY, mixNamed('gitlab-com-premium'), AT, NOW);
    expect(saas.cloudflare.zones[0]?.requests.some(({ host }) => host === 'gitlab.brightwell.example')).toBe(false);
  });

  it('keeps of long ago from where a token was used, and of the days before only what lists remember', () => {
    expect(tokenOf(102)?.uses.map(({ address }) => address)).toContain('91.22.1.1');
    const day = (back: number) => ({ start: AT - back * DAY, end: AT - back * DAY + HOUR });
    const usesIn = (lessons: Parameters<typeof worldOf>[4]) =>
      worldOf(STORY, ALL, AT, NOW, lessons)
        .gitlab.tokens.flatMap(({ uses }) => uses)
        .filter(({ at }) => at >= NOW - 5 * DAY && at < NOW - 5 * DAY + HOUR);
    expect(usesIn([day(5)]).length).toBeGreaterThan(usesIn([]).length);
  });

  it('has what GitLab refused in its log, and no use of it', () => {
    expect(world.gitlab.refusals).toMatchObject([
      { tokenId: 103, address: THIEF, reason: 'insufficient_scope', at: NOW - 6 * MINUTE },
      { tokenId: 103, at: NOW - 5 * MINUTE },
    ]);
    const lines = world.axiom.datasets[DATASETS.gitlab] ?? [];
    const thief = lines.filter((line) => line['meta.remote_ip'] === THIEF);
    expect(thief.map((line) => [line.status, line['meta.caller_id']])).toEqual([
      [200, 'POST /api/:version/projects/:id/access_tokens'],
      [200, 'GET /api/:version/projects/:id/variables'],
      [403, expect.any(String)],
      [403, expect.any(String)],
    ]);
    expect(thief.every(({ _time, time }) => _time > Date.parse(String(time)))).toBe(true);
  });

  it('saves what GitLab saves, as late as it was', () => {
    expect(world.gitlab.auditEvents).toMatchObject([
      {
        eventName: 'project_access_token_created',
        authorId: 103,
        address: THIEF,
        at: NOW - 8 * MINUTE,
        visibleFrom: NOW - 3 * MINUTE,
        message: { custom_message: expect.stringContaining('token_id: 4444') },
      },
    ]);
  });

  it('streams an event for each operation, a job as what it is and a deploy token as its own author', () => {
    const bodies = world.streamed.filter(({ at }) => at >= NOW - 12 * MINUTE).map(({ body }) => body);
    const told = bodies.map(({ event_type, author_id }) => `${event_type} ${author_id}`);
    expect(told.filter((one) => !one.endsWith('101'))).toEqual([
      'repository_git_operation 103',
      'repository_git_operation 103',
      'repository_git_operation 103',
      'project_access_token_created 103',
      'variable_viewed_api 103',
      'user_authenticated_using_job_token 104',
      'repository_git_operation 104',
      'repository_git_operation -2',
    ]);
    expect(objectAt(bodies[0], 'details')).toMatchObject({ ip_address: THIEF, entity_path: 'brightwell/shop/api' });
  });

  it.each([
    ['all', 'instance', 'ultimate'],
    ['gitlab-com-ultimate', 'saas', 'ultimate'],
    ['gitlab-com-premium', 'saas', 'premium'],
    ['self-managed-logs', 'instance', 'free'],
  ])('is the GitLab of %s: %s, %s', (name, deployment, tier) => {
    const mix = mixNamed(name);
    const { gitlab, axiom, streamed } = worldOf(STORY, mix, AT, NOW);
    expect(gitlab).toMatchObject({ deployment, tier });
    expect(gitlab.auditEvents.length > 0).toBe(mix.sources.includes('audit'));
    expect(streamed.length > 0).toBe(mix.sources.includes('stream'));
    expect(arrayAt(axiom.datasets, DATASETS.gitlab).length > 0).toBe(mix.sources.includes('logs'));
  });

  it('lets Latchkey in: an administrator of its own instance, the owner of the group on GitLab.com', () => {
    const own = (name: string) => {
      const { gitlab } = worldOf(STORY, mixNamed(name), AT, NOW);
      const userId = gitlab.tokens.find(({ id }) => id === gitlab.ownTokenId)?.userId;
      return { ...gitlab.users.find(({ id }) => id === userId), role: gitlab.memberships[0]?.accessLevel };
    };
    expect(own('all')).toMatchObject({ admin: true });
    expect(own('gitlab-com-premium')).toMatchObject({ admin: false, role: 50 });
  });

  it('knows every project and the groups above it', () => {
    const { groups, projects } = world.gitlab;
    expect(groups.map(({ fullPath }) => fullPath)).toEqual(['brightwell', 'brightwell/shop']);
    expect(projects.map(({ fullPath }) => fullPath).sort()).toEqual(['brightwell/infra', 'brightwell/shop/api']);
    const ids = new Set(groups.map(({ id }) => id));
    expect(projects.every(({ groupId }) => ids.has(groupId))).toBe(true);
  });

  it('has the office full of people', () => {
    const there = world.gitlab.tokens.filter(({ uses }) => uses.some(({ address }) => address === OFFICE));
    expect(there).toHaveLength(7);
  });
});
