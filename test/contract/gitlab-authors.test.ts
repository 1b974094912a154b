import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../functions/core/time.ts';
import { read, serve } from './support/gitlab-reading.ts';
import { BOT, BOT_EVENT, event, iso, row, SAAS } from './support/gitlab-rows.ts';
import { FORBIDDEN } from './support/gitlab-server.ts';
import { NOW, newKept, testClock, testSources, WINDOW } from './support/gitlab-setup.ts';
import { answersOf, EMPTY_SITE, type Site } from './support/gitlab-site.ts';

/** As the list of all tokens shows a bot's: nothing in it tells that it is one. */
const UNTOLD = { ...BOT, access_level: undefined };
/** An event that bots and people alike may write. */
const PLAIN_EVENT = event(31, { author_id: 50 });
const site: Site = { ...EMPTY_SITE, tokens: [UNTOLD], events: { '': [PLAIN_EVENT] } };

const strengths = (uses: readonly { credential: string; strength: string }[]) =>
  uses.map(({ credential, strength }) => `${credential} ${strength}`);
const lookedUp = (asked: readonly { path: string }[]) =>
  asked.flatMap(({ path }) => (path.startsWith('users/') ? [Number(path.slice(6))] : []));

describe('a bot that no lookup can tell', () => {
  it('is told by an event that only bots write, and is so in the inventory too', async () => {
    const { audit, inventory } = await read({ ...site, events: { '': [BOT_EVENT] } });
    expect(strengths(audit.uses)).toEqual(['token/12 used']);
    expect(audit.coverage).toMatchObject({ status: 'complete', why: [] });
    expect(inventory.credentials).toMatchObject([{ id: 'token/12', kind: 'project', owner: { id: 50, bot: true } }]);
  });

  it.each([
    ['project_2_bot_0123abcd', 'project'],
    ['group_1_bot_0123abcd', 'group'],
    ['service_account_group_1_0123abcd', 'service-account'],
  ])('is told by its name %s in the event', async (author, kind) => {
    const named = event(31, { author_id: 50, details: { author_name: author, ip_address: '203.0.113.9' } });
    const { audit, inventory } = await read({ ...site, events: { '': [named] } });
    expect(strengths(audit.uses)).toEqual(['token/12 used']);
    expect(audit.coverage.status).toBe('complete');
    expect(inventory.credentials).toMatchObject([{ id: 'token/12', kind }]);
  });

  it('is told by an access level in the list', async () => {
    const { audit } = await read({ ...site, tokens: [BOT] });
    expect(strengths(audit.uses)).toEqual(['token/12 used']);
    expect(audit.coverage.status).toBe('complete');
  });

  it('makes coverage partial where nothing tells', async () => {
    const { audit } = await read(site);
    expect(strengths(audit.uses)).toEqual(['user/50 acted']);
    expect(audit.coverage).toMatchObject({ status: 'partial', counts: { undecidedAuthors: 1 } });
    expect(audit.coverage.why).toEqual([expect.stringMatching(/^1 authors of events own tokens .*looked up/)]);
  });

  it('is counted where its token is in no list, and told of where lists may leave tokens out', async () => {
    const events = { '': [BOT_EVENT], 'projects/2': [BOT_EVENT] };
    const admin = await read({ ...site, tokens: [], events });
    expect(strengths(admin.audit.uses)).toEqual(['user/50 acted']);
    expect(admin.audit.coverage).toMatchObject({ status: 'complete', counts: { tokenless: 1 } });
    const owner = await read({ ...SAAS, tokens: [], events });
    expect(owner.audit.coverage.why.join(' ')).toContain('1 events by bot users count as acts');
  });
});

describe('looking up users', () => {
  const others = Array.from({ length: 200 }, (_, n) => row(100 + n, { last_used_at: iso(NOW - MINUTE) }));
  const crowd: Site = {
    ...site,
    tokens: [...others, UNTOLD],
    users: [{ id: 50, username: 'project_2_bot_abc', bot: true }],
  };

  it('begins with authors of events, however many others used tokens later', async () => {
    const { audit, asked } = await read(crowd);
    expect(lookedUp(asked)[0]).toBe(50);
    expect(lookedUp(asked).length).toBeLessThanOrEqual(61);
    expect(strengths(audit.uses)).toEqual(['token/12 used']);
    expect(audit.coverage.status).toBe('complete');
  });

  it('asks for every author whose strength depends on it, and for no other author', async () => {
    const authors = others.map(({ user_id: id }, n) => event(1000 + n, { author_id: id }));
    const users = others.map(({ user_id: id }) => ({ id, username: `user${id}`, bot: false }));
    const stranger = event(31, { author_id: 7 });
    const { audit, asked } = await read({ ...crowd, events: { '': [stranger, ...authors] }, users });
    expect(audit.coverage).toMatchObject({ status: 'complete', counts: { undecidedAuthors: 0 } });
    expect(lookedUp(asked)).toHaveLength(new Set(lookedUp(asked)).size);
    expect(lookedUp(asked)).not.toContain(7);
  });

  it('is not needed again for a day', async () => {
    const server = await serve(answersOf(crowd));
    const kept = newKept();
    const readAudit = () =>
      testSources(server.url, testClock(), kept).sources[1]?.read({ window: WINDOW, deadline: NOW + MINUTE });
    await readAudit();
    expect(lookedUp(server.asked)).toEqual([50]);
    expect(strengths((await readAudit())?.uses ?? [])).toEqual(['token/12 used']);
    expect(lookedUp(server.asked)).toEqual([50]);
  });

  it('does not take a person for a bot because of its name', async () => {
    const posing = event(31, { author_id: 50, details: { author_name: 'group_1_bot_x', ip_address: '203.0.113.9' } });
    const users = [{ id: 50, username: 'project_2_bot_posing', bot: false }];
    const { audit } = await read({ ...site, users, events: { '': [posing] } });
    expect(strengths(audit.uses)).toEqual(['user/50 acted']);
    expect(audit.coverage.status).toBe('complete');
  });

  it('ends where GitLab refuses it, and says what that leaves open', async () => {
    const all = answersOf({ ...crowd, events: { '': others.map(({ user_id: id }) => event(id, { author_id: id })) } });
    const { audit, asked } = await read((one) => (one.path.startsWith('users/') ? FORBIDDEN : all(one)));
    expect(audit.coverage).toMatchObject({ status: 'partial', counts: { undecidedAuthors: 200 } });
    expect(lookedUp(asked).length).toBeLessThan(60);
  });

  it('is asked of a group owner too, for authors only', async () => {
    const events = { 'groups/1': [event(30, { author_id: 1011 })] };
    const { audit, asked } = await read({ ...SAAS, events, users: [{ id: 1011, username: 'deployer', bot: true }] });
    expect(lookedUp(asked)).toEqual([1011]);
    expect(strengths(audit.uses)).toEqual(['token/11 used']);
  });
});
