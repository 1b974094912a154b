import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { GitLabApi } from '../../functions/adapters/gitlab/api.ts';
import { readListing } from '../../functions/adapters/gitlab/listing.ts';
import { EventRow } from '../../functions/adapters/gitlab/schemas.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { ConfigError, RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import {
  type Answer,
  type GitLabServer,
  keysetPage,
  type Reply,
  startGitLabServer,
  TOKEN,
} from './support/gitlab-server.ts';
import { NOW, testClock, testTransport, WINDOW } from './support/gitlab-setup.ts';

const servers: GitLabServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(answer: Answer): Promise<GitLabServer> {
  const server = await startGitLabServer(answer);
  servers.push(server);
  return server;
}

/** Answers in turn; the last one stays. */
function inTurn(...replies: Reply[]): Answer {
  return () => (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
}

const DEADLINE = NOW + 5 * MINUTE;
const OK: Reply = { body: { id: 1 } };
const LATER: Reply = { status: 429, text: 'Retry later' };

async function ask(answer: Answer, deadline = DEADLINE) {
  const server = await serve(answer);
  const clock = testClock();
  const asking = testTransport(server.url, clock).get('personal_access_tokens/self', '', deadline);
  return { server, clock, asking };
}

describe('a request', () => {
  it('carries the token in its own header and reads only', async () => {
    const { server, asking } = await ask(() => OK);
    expect(await asking).toEqual({ status: 200, body: { id: 1 } });
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.headers['private-token']).toBe(TOKEN);
    expect(server.asked[0]?.method).toBe('GET');
  });

  it('goes to the same place where the URL ends with slashes', async () => {
    const server = await serve(() => OK);
    await testTransport(`${server.url}//`, testClock()).get('personal_access_tokens/self', '', DEADLINE);
    expect(server.asked[0]?.path).toBe('personal_access_tokens/self');
  });

  it.each([400, 401, 403, 404, 405])('answers %i without asking again', async (status) => {
    const { server, asking } = await ask(() => ({ status, body: { message: 'no' } }));
    expect((await asking).status).toBe(status);
    expect(server.asked).toHaveLength(1);
  });

  it.each([500, 502, 503])('is made again after %i', async (status) => {
    const { server, asking } = await ask(inTurn({ status, text: 'down' }, OK));
    expect((await asking).status).toBe(200);
    expect(server.asked).toHaveLength(2);
  });

  it('is given up after a few failures', async () => {
    const { server, asking } = await ask(() => ({ status: 500, text: 'down' }));
    await expect(asking).rejects.toBeInstanceOf(TransientError);
    expect(server.asked).toHaveLength(4);
  });

  it.each([
    ['truncated JSON', { text: '[{"id":1},{"i' }],
    ['a web page', { text: '<html>' }],
    ['a body that ends early', { body: [{ id: 1 }], cut: { bytes: 5, end: 'hang up' as const } }],
  ])('is made again after %s', async (_, reply) => {
    const { asking } = await ask(inTurn(reply, OK));
    expect((await asking).status).toBe(200);
  });

  it('ends with the deadline where the body stalls', async () => {
    const { asking } = await ask(() => ({ body: [1, 2, 3], cut: { bytes: 3, end: 'stall' } }), NOW + 60);
    await expect(asking).rejects.toThrow('no whole answer');
  });

  it('does not read a body without end', async () => {
    const { asking } = await ask(() => ({ text: 'x'.repeat(9 * 1024 * 1024) }));
    await expect(asking).rejects.toThrow('larger than');
  });
});

describe('asked to slow down', () => {
  it('waits as long as Retry-After says', async () => {
    const { clock, asking } = await ask(inTurn({ ...LATER, headers: { 'retry-after': '17' } }, OK));
    expect((await asking).status).toBe(200);
    expect(clock.slept[0]).toBeGreaterThanOrEqual(17_000);
    expect(clock.slept[0]).toBeLessThan(18_000);
  });

  it('waits until RateLimit-Reset where there is no Retry-After', async () => {
    const reset = String(NOW / 1000 + 42);
    const { clock, asking } = await ask(inTurn({ ...LATER, headers: { 'ratelimit-reset': reset } }, OK));
    expect((await asking).status).toBe(200);
    expect(clock.slept[0]).toBeGreaterThanOrEqual(42_000);
  });

  it('backs off by itself where no header tells how long', async () => {
    const { clock, asking } = await ask(inTurn(LATER, LATER, OK));
    expect((await asking).status).toBe(200);
    expect(clock.slept).toHaveLength(2);
  });

  it('gives up at once where the wait would pass the deadline', async () => {
    const { server, clock, asking } = await ask(() => ({ ...LATER, headers: { 'retry-after': '900' } }));
    await expect(asking).rejects.toBeInstanceOf(RateLimitedError);
    expect(server.asked).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  it('keeps audit requests below 200 a minute unasked', async () => {
    const server = await serve(() => ({ body: [] }));
    const clock = testClock();
    const transport = testTransport(server.url, clock);
    for (let n = 0; n < 181; n++) await transport.get('audit_events', '', DEADLINE);
    expect(clock.slept).toEqual([MINUTE]);
  });
});

describe('a redirect', () => {
  it('to a moved project of the same GitLab is followed', async () => {
    const server = await serve(({ path, origin }) =>
      path === 'projects/7'
        ? { body: { id: 7 } }
        : { status: 301, headers: { location: `${origin}/api/v4/projects/7` }, text: '' },
    );
    const answer = await testTransport(server.url, testClock()).get('projects/old', '', DEADLINE);
    expect(answer).toEqual({ status: 200, body: { id: 7 } });
  });

  it('to another host is refused, and that host never sees the token', async () => {
    const other = await serve(() => OK);
    const { asking } = await ask(() => ({ status: 302, headers: { location: `${other.url}/api/v4/x` }, text: '' }));
    await expect(asking).rejects.toBeInstanceOf(ConfigError);
    expect(other.asked).toEqual([]);
  });

  it('in a circle ends', async () => {
    const { server, asking } = await ask(({ origin, path }) => ({
      status: 302,
      headers: { location: `${origin}/api/v4/${path}` },
      text: '',
    }));
    await expect(asking).rejects.toBeInstanceOf(ConfigError);
    expect(server.asked.length).toBeLessThan(5);
  });
});

describe('a list', () => {
  const event = (id: number) => ({ id, author_id: 5, created_at: new Date(NOW - id).toISOString(), details: {} });
  const events = Array.from({ length: 250 }, (_, n) => event(n + 1));

  async function list(answer: Answer, maxPages = 10) {
    const server = await serve(answer);
    const api = new GitLabApi(testTransport(server.url, testClock()));
    const reader = api.auditEvents({ groupId: 'acme/apps' }, WINDOW);
    return { server, listing: await readListing(reader, EventRow, { deadline: DEADLINE, maxPages }) };
  }

  it('is read by keyset, page by page, to its end', async () => {
    const { server, listing } = await list((asked) => keysetPage(asked, events));
    expect(listing.rows).toHaveLength(250);
    expect(listing).toMatchObject({ pages: 3, skippedMalformed: 0, end: { kind: 'whole' } });
    expect(server.asked.map(({ path }) => path)).toEqual(Array(3).fill('groups/acme%2Fapps/audit_events'));
    expect(Object.fromEntries(server.asked[0]?.query ?? [])).toEqual({
      pagination: 'keyset',
      order_by: 'id',
      sort: 'desc',
      per_page: '100',
      created_after: new Date(WINDOW.start).toISOString(),
      created_before: new Date(WINDOW.end).toISOString(),
    });
  });

  it('keeps what it has when a later page fails for good', async () => {
    const { listing } = await list((asked) =>
      asked.query.has('cursor') ? { status: 500, text: '' } : keysetPage(asked, events),
    );
    expect(listing.rows).toHaveLength(100);
    expect(listing.end).toEqual({ kind: 'cut', why: expect.stringContaining('500') });
  });

  it('ends at its bound and says so', async () => {
    const { listing } = await list((asked) => keysetPage(asked, events), 2);
    expect(listing.rows).toHaveLength(200);
    expect(listing.end).toEqual({ kind: 'cut', why: 'only the first 2 pages were read' });
  });

  it('counts and skips rows that are malformed', async () => {
    const bad = [null, 'x', { id: 'a b' }, { ...event(7), created_at: 'yesterday' }, { ...event(8), details: 'text' }];
    const { listing } = await list(() => ({ body: [...bad, event(9)] }));
    expect(listing.rows.map(({ id }) => id)).toEqual([9]);
    expect(listing.skippedMalformed).toBe(5);
  });

  it('is no list where GitLab answers an object', async () => {
    const { listing } = await list(() => ({ body: { message: 'hello' } }));
    expect(listing.end).toEqual({ kind: 'cut', why: 'GitLab answered something that is no list' });
  });

  it('follows no link to another host', async () => {
    const other = await serve(() => ({ body: [event(1)] }));
    const link = `<${other.url}/api/v4/groups/1/audit_events?cursor=abc>; rel="next"`;
    const { server, listing } = await list(() => ({ body: [event(2)], headers: { link } }));
    expect(listing.end).toEqual({ kind: 'cut', why: expect.stringContaining('another host') });
    expect(listing.rows).toHaveLength(1);
    expect([server.asked.length, other.asked.length]).toEqual([1, 0]);
  });

  it('never leaves its own path, whatever the link says', async () => {
    const { server } = await list((asked) => ({
      body: [],
      headers: asked.query.has('cursor')
        ? {}
        : { link: `<${asked.origin}/api/v4/application/settings?cursor=1>; rel="next"` },
    }));
    expect(server.asked.map(({ path }) => path)).toEqual(Array(2).fill('groups/acme%2Fapps/audit_events'));
  });

  it('ends where links lead in a circle', async () => {
    const { listing } = await list((asked) => ({
      body: [event(1)],
      headers: { link: `<${asked.origin}/api/v4/x?cursor=same>; rel="next"` },
    }));
    expect(listing.pages).toBe(2);
    expect(listing.end).toMatchObject({ kind: 'cut', why: expect.stringContaining('circle') });
  });
});

describe('no error holds the token or a body', () => {
  const BODY = 'body-of-the-answer';
  it.each<[string, Reply]>([
    ['500', { status: 500, text: BODY }],
    ['429', { status: 429, text: BODY }],
    ['a redirect elsewhere', { status: 302, headers: { location: `http://example.invalid/${BODY}` }, text: BODY }],
    ['no JSON', { text: BODY }],
    ['a broken body', { text: BODY.repeat(9), cut: { bytes: 20, end: 'hang up' } }],
  ])('after %s', async (_, reply) => {
    const { asking } = await ask(() => reply);
    const error: unknown = await asking.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    const shown = inspect(error, { depth: 20, showHidden: true });
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain(BODY);
  });

  it('when nobody listens', async () => {
    const server = await serve(() => OK);
    await server.close();
    const asking = testTransport(server.url, testClock()).get('user', '', DEADLINE);
    const error: unknown = await asking.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransientError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN);
  });

  it('through gitbeaker', async () => {
    const server = await serve(() => ({ status: 500, text: BODY }));
    const api = new GitLabApi(testTransport(server.url, testClock()));
    for (const read of [
      api.self(),
      api.personalTokens(NOW),
      api.resourceTokens({ projectId: 5 }, NOW),
      api.ownedGroups(),
    ]) {
      const error: unknown = await read(DEADLINE).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TransientError);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN);
    }
  });
});
