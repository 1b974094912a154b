import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, toIso } from '../../../../functions/core/time.ts';
import { auditEvent, emptyWorld } from '../../../../infra/local/scenario/builders.ts';
import { sampleWorld } from '../../../../infra/local/scenario/sample.ts';
import type { World } from '../../../../infra/local/scenario/world.ts';
import { type GitlabStandIn, startGitlabStandIn } from '../../../../infra/local/stand-ins/gitlab.ts';
import { askGitlab, type FakeClock, fakeClock, nextLink, type RestAnswer, START } from './asking.ts';

let standIn: GitlabStandIn;
let clock: FakeClock;
afterEach(() => standIn.close());

async function start(world: World) {
  clock = fakeClock();
  standIn = await startGitlabStandIn({ world, clock });
}

const KEYSET = 'pagination=keyset&order_by=id&sort=desc&per_page=100';

/** Ids of every page, following `Link`. */
async function follow(path: string, between: () => void = () => {}): Promise<number[]> {
  const ids: number[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: RestAnswer<readonly { readonly id: number }[]> = await askGitlab(standIn, next);
    expect(answer.status).toBe(200);
    ids.push(...answer.body.map(({ id }) => id));
    next = nextLink(answer);
    between();
  }
  return ids;
}

describe('keyset pages of audit events', () => {
  it('hold each row exactly once, the newest first, on the sample', async () => {
    const world = sampleWorld(START);
    await start(world);
    const ids = await follow(`audit_events?${KEYSET}&created_after=${toIso(START - 11 * DAY)}`);
    const shown = world.gitlab.auditEvents.filter(({ at }) => at + world.gitlab.auditLagMs <= START);
    expect(shown.length).toBeGreaterThan(4900);
    expect(ids).toEqual(shown.map(({ id }) => id).sort((a, b) => b - a));
  });

  it('are not moved by rows that arrive in between', async () => {
    const world = sampleWorld(START);
    const author = world.gitlab.users[0];
    if (author === undefined) throw new Error('the sample has users');
    await start(world);
    let newest = 2_000_000;
    const grow = () => {
      clock.at += 3000;
      world.gitlab.auditEvents.push(auditEvent(newest++, clock.at - 3000, 'member_created', author, null));
    };
    const ids = await follow(`audit_events?${KEYSET}&created_after=${toIso(START - DAY)}`, grow);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id < 2_000_000)).toBe(true);
  });

  it('come in the one supported order only', async () => {
    await start(emptyWorld(START));
    for (const order of ['order_by=created_at&sort=desc', 'order_by=id&sort=asc', 'sort=desc']) {
      expect((await askGitlab(standIn, `audit_events?pagination=keyset&${order}`)).status).toBe(405);
    }
    expect((await askGitlab(standIn, `audit_events?${KEYSET}&cursor=nonsense`)).status).toBe(400);
    expect((await askGitlab(standIn, 'audit_events?page=2')).status).toBe(405);
  });

  it('reach over at most thirty days, both ends inside', async () => {
    const world = emptyWorld(START);
    const author = world.gitlab.users[0];
    if (author === undefined) throw new Error('an empty world has one user');
    const times = [START - 30 * DAY, START - DAY, START - HOUR];
    world.gitlab.auditEvents.push(
      ...times.map((at, index) => auditEvent(index + 1, at, 'member_created', author, null)),
    );
    await start(world);
    const asked = (after: number, before: number) =>
      `audit_events?${KEYSET}&created_after=${toIso(after)}&created_before=${toIso(before)}`;
    expect((await askGitlab(standIn, asked(START - 30 * DAY - 1, START))).status).toBe(400);
    expect(await follow(asked(START - 30 * DAY, START - HOUR))).toEqual([3, 2, 1]);
    expect(await follow(asked(START - 30 * DAY, START - HOUR - 1))).toEqual([2, 1]);
    expect((await askGitlab(standIn, 'audit_events?created_after=tomorrow')).status).toBe(400);
  });
});

describe('numbered pages', () => {
  it('hold each token exactly once, with the documented headers', async () => {
    const world = sampleWorld(START);
    await start(world);
    const existing = world.gitlab.tokens.filter(({ createdAt }) => createdAt <= START);
    const byLink = await follow('personal_access_tokens?per_page=100');
    expect([...byLink].sort()).toEqual(existing.map(({ id }) => id).sort());
    const byHeader: number[] = [];
    for (let page = '1'; page !== ''; ) {
      const { body, headers } = await askGitlab(standIn, `personal_access_tokens?per_page=99&page=${page}`);
      byHeader.push(...body.map(({ id }) => id));
      expect(headers.get('x-total')).toBe(String(existing.length));
      page = headers.get('x-next-page') ?? '';
    }
    expect(byHeader).toEqual(byLink);
  });

  it('are 20 rows by default and 100 at most', async () => {
    await start(sampleWorld(START));
    expect((await askGitlab(standIn, 'personal_access_tokens')).body).toHaveLength(20);
    expect((await askGitlab(standIn, 'personal_access_tokens?per_page=5000')).body).toHaveLength(100);
    expect((await askGitlab(standIn, 'personal_access_tokens?per_page=0')).status).toBe(400);
    expect((await askGitlab(standIn, 'personal_access_tokens?per_page=100&page=99')).body).toEqual([]);
  });

  it('list projects by number or by key', async () => {
    const world = sampleWorld(START);
    await start(world);
    const byKey = await follow('projects?pagination=keyset&order_by=id&sort=asc&per_page=7');
    expect(byKey).toEqual(world.gitlab.projects.map(({ id }) => id));
    expect((await follow('groups/example/projects?include_subgroups=true&per_page=7')).sort()).toEqual(
      [...byKey].sort(),
    );
    expect(await follow('groups/10/descendant_groups?per_page=7')).toHaveLength(18);
    expect(await follow('groups/10/subgroups')).toHaveLength(6);
  });
});
