import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';
import { read, serve } from './support/gitlab-reading.ts';
import { BOT, BOT_EVENT, event, iso, row, SAAS } from './support/gitlab-rows.ts';
import { type Answer, FORBIDDEN, NOT_FOUND, TOKEN } from './support/gitlab-server.ts';
import { NOW, newKept, testClock, testSources, WINDOW } from './support/gitlab-setup.ts';
import { answersOf, EMPTY_SITE, type Site } from './support/gitlab-site.ts';

const ids = (credentials: readonly { id: string }[]) => credentials.map(({ id }) => id).sort();
const paths = (asked: readonly { path: string }[]) => new Set(asked.map(({ path }) => path));

describe('an instance read as administrator', () => {
  const site: Site = {
    ...EMPTY_SITE,
    tokens: [row(11), { ...BOT, last_used_ips: ['203.0.113.9'] }, row(14, { revoked: true, active: false })],
    events: { '': [event(30), BOT_EVENT, event(33, { details: { ip_address: null } })] },
    users: [
      { id: 50, username: 'project_2_bot_abc', bot: true, is_admin: false },
      { id: 1011, username: 'ann', bot: false, is_admin: true },
    ],
    pageSize: 2,
  };

  it('shows every token and every event, whole', async () => {
    const { inventory, audit, own } = await read(site);
    expect(inventory.coverage).toMatchObject({ status: 'complete', why: [], pages: 2, newest: NOW - 10 * MINUTE });
    expect(inventory.coverage.counts).toMatchObject({ credentials: 3, withoutIps: 0, skippedMalformed: 0 });
    expect(ids(inventory.credentials)).toEqual(['token/11', 'token/12', 'token/14']);
    expect(audit.coverage).toMatchObject({ status: 'complete', counts: { events: 3, noAddress: 1 }, pages: 2 });
    expect(own).toBe('token/900');
  });

  it('tells bots and administrators by their users', async () => {
    const { inventory } = await read(site);
    const byId = Object.fromEntries(inventory.credentials.map((credential) => [credential.id, credential]));
    expect(byId['token/12']).toMatchObject({
      kind: 'project',
      resource: 'project/2',
      owner: { id: 50, username: 'project_2_bot_abc', bot: true },
    });
    expect(byId['token/11']).toMatchObject({ kind: 'personal', owner: { username: 'ann', admin: true } });
    expect(byId['token/14']).toMatchObject({ kind: 'personal', revoked: true, expiresAt: Date.UTC(2026, 11, 31) });
  });

  it('gives a bot its token and leaves a person a person', async () => {
    const { audit } = await read(site);
    expect(audit.uses).toHaveLength(2);
    expect(audit.uses).toContainEqual(
      expect.objectContaining({ credential: 'token/12', strength: 'used', eventId: '31', address: '203.0.113.9' }),
    );
    expect(audit.uses).toContainEqual(
      expect.objectContaining({ credential: 'user/5', strength: 'acted', eventId: '30' }),
    );
  });

  it('asks for tokens used since ten minutes before the window, of any state, and for nothing later', async () => {
    const { asked } = await read(site);
    const lists = asked.filter(
      ({ path, query }) => path === 'personal_access_tokens' && query.get('per_page') === '100',
    );
    expect(lists[0]?.query.get('last_used_after')).toBe(iso(WINDOW.start - 10 * MINUTE));
    for (const { query } of lists) {
      expect(query.has('last_used_before') || query.has('state') || query.has('revoked')).toBe(false);
    }
  });

  it('remembers for a day what it may read', async () => {
    const kept = newKept();
    await read(site, { kept });
    const [deployment] = [...kept.cached].filter(([key]) => key.startsWith('gitlab-deployment'));
    expect(deployment?.[1].expiresAt).toBe(NOW + DAY);
    expect(JSON.stringify([...kept.cached])).not.toContain(TOKEN);
  });

  it('bounds an address by the reading before', async () => {
    const server = await serve(
      answersOf({ ...site, tokens: [row(11, { last_used_ips: ['192.0.2.1', '192.0.2.2'] })] }),
    );
    const kept = newKept();
    const clock = testClock(NOW - 20 * MINUTE);
    const readOnce = () =>
      testSources(server.url, clock, kept).sources[0]?.read({ window: WINDOW, deadline: NOW + HOUR });
    await readOnce();
    server.answer = answersOf({
      ...site,
      tokens: [row(11, { last_used_ips: ['192.0.2.1', '203.0.113.9', '192.0.2.2'] })],
    });
    clock.set(NOW);
    const second = await readOnce();
    const use = second?.uses.find(({ address }) => address === '203.0.113.9');
    expect(use?.at).toEqual({ notBefore: NOW - 20 * MINUTE, notAfter: NOW });
    expect(second?.credentials[0]?.knownNetworks).toBeUndefined();
  });

  it('counts tokens without addresses and rows it cannot read', async () => {
    const tokens = [
      row(11, { last_used_ips: [] }),
      row(12, { last_used_ips: undefined }),
      { ...row(13), scopes: 'api' },
      row(14, { last_used_ips: ['::ffff:203.0.113.9', 'not an address', null] }),
    ];
    const { inventory } = await read({ ...site, tokens });
    expect(inventory.coverage.counts).toMatchObject({ credentials: 3, withoutIps: 2, skippedMalformed: 1 });
    expect(inventory.uses).toEqual([
      expect.objectContaining({ credential: 'token/14', address: '203.0.113.9', original: '::ffff:203.0.113.9' }),
    ]);
  });

  it('reads audit windows in slices of 30 days, each event once', async () => {
    const server = await serve(answersOf(site));
    const [, audit] = testSources(server.url, testClock()).sources;
    const window = { start: NOW - 70 * DAY, end: NOW + 30 * MINUTE };
    const found = await audit?.read({ window, deadline: NOW + HOUR });
    const spans = server.asked.flatMap(({ path, query }) =>
      path === 'audit_events' && query.get('per_page') === '100' && !query.has('cursor')
        ? [Date.parse(query.get('created_before') ?? '') - Date.parse(query.get('created_after') ?? '')]
        : [],
    );
    expect(spans).toHaveLength(3);
    expect(Math.max(...spans)).toBe(30 * DAY);
    expect(found?.coverage.counts.events).toBe(3);
  });
});

describe('GitLab.com Ultimate', () => {
  it('lists a hierarchy in two calls and asks each group and project for its events', async () => {
    const { inventory, audit, asked } = await read(SAAS);
    expect(ids(inventory.credentials)).toEqual(['token/11', 'token/12', 'token/13', 'token/900']);
    expect(inventory.coverage.status).toBe('partial');
    expect(inventory.coverage.why).toEqual([expect.stringContaining('not enterprise users')]);
    expect(audit.coverage).toMatchObject({ status: 'partial', counts: { events: 3 } });
    expect(audit.coverage.why).toEqual([expect.stringContaining('events of users')]);
    expect(paths(asked)).not.toContain('projects/2/access_tokens');
    for (const scope of ['groups/acme', 'groups/4', 'projects/2', 'projects/3']) {
      expect(paths(asked)).toContain(`${scope}/audit_events`);
    }
  });

  it('gives a project bot its token', async () => {
    const { audit } = await read(SAAS);
    expect(audit.uses).toContainEqual(
      expect.objectContaining({ credential: 'token/12', strength: 'used', eventId: '31' }),
    );
  });
});

describe('GitLab.com Premium', () => {
  const premium: Site = { ...SAAS, tier: 'premium' };

  it('asks each group and project for its tokens, and says whose are missing', async () => {
    const { inventory, audit } = await read(premium);
    expect(ids(inventory.credentials)).toEqual(['token/12', 'token/13', 'token/900']);
    const kinds = Object.fromEntries(inventory.credentials.map(({ id, kind }) => [id, kind]));
    expect(kinds).toEqual({ 'token/900': 'personal', 'token/12': 'project', 'token/13': 'group' });
    expect(inventory.coverage.status).toBe('partial');
    expect(inventory.coverage.why).toEqual([expect.stringContaining('Ultimate')]);
    expect(audit.coverage.why).toEqual([expect.stringContaining('GitLab.com offers them to nobody')]);
  });

  it('finds the groups our user owns where none is named', async () => {
    const { inventory } = await read(premium, { groups: [] });
    expect(ids(inventory.credentials)).toContain('token/12');
  });

  it('says which projects were not read in time', async () => {
    const projects = Array.from({ length: 30 }, (_, n) => ({ id: n + 2 }));
    const slow = answersOf({ ...premium, projects });
    let late = false;
    const answer: Answer = (asked) => {
      late ||= asked.path.startsWith('projects/9/');
      return late && asked.path.startsWith('projects/')
        ? { status: 429, text: '', headers: { 'retry-after': '600' } }
        : slow(asked);
    };
    const { audit } = await read(answer);
    expect(audit.coverage.status).toBe('partial');
    expect(audit.coverage.counts.unread).toBeGreaterThan(10);
    expect(audit.coverage.why.join(' ')).toContain('were not read');
  });

  it('says which projects refuse our token', async () => {
    const all = answersOf(premium);
    const { audit } = await read((asked) => (asked.path === 'projects/3/audit_events' ? FORBIDDEN : all(asked)));
    expect(audit.coverage).toMatchObject({ status: 'partial', counts: { refused: 1, events: 2 } });
    expect(audit.coverage.why[0]).toContain('403');
  });
});

describe('GitLab.com Free', () => {
  it('has no audit events and says what they need', async () => {
    const { inventory, audit } = await read({ ...SAAS, tier: 'free' });
    expect(audit.coverage).toMatchObject({ status: 'off', why: [expect.stringContaining('Premium')] });
    expect(inventory.coverage.status).toBe('partial');
  });

  it('shows only our own tokens where we own no group', async () => {
    const all = answersOf({ ...SAAS, tier: 'free' });
    const { inventory, audit } = await read((asked) => (asked.path === 'groups' ? { body: [] } : all(asked)), {
      groups: [],
    });
    expect(ids(inventory.credentials)).toEqual(['token/900']);
    expect(inventory.coverage.why).toEqual([expect.stringContaining('Only the tokens of our own user')]);
    expect(audit.coverage.status).toBe('off');
  });

  it('does not remember what was refused', async () => {
    const kept = newKept();
    await read({ ...SAAS, tier: 'free' }, { kept });
    expect([...kept.cached.keys()]).toEqual([]);
  });
});

describe('an instance whose audit events are not licensed', () => {
  it('still shows every token', async () => {
    const all = answersOf({ ...EMPTY_SITE, tokens: [row(11)], tier: 'free' });
    const { inventory, audit } = await read((asked) => (asked.path.startsWith('groups') ? NOT_FOUND : all(asked)), {
      groups: [],
    });
    expect(inventory.coverage.status).toBe('complete');
    expect(audit.coverage.status).toBe('off');
  });
});
