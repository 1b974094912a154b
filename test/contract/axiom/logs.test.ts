import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { axiomLogs, type LogOptions } from '../../../functions/adapters/axiom/logs.ts';
import { openAxiom } from '../../../functions/adapters/axiom/open-axiom.ts';
import { SENSITIVE_ROUTES, sensitiveActionsOf } from '../../../functions/core/sensitive-actions.ts';
import { type EpochMs, HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import type { TokenUse } from '../../../functions/core/token-use.ts';
import type { Fetch } from '../../../functions/runtime/http.ts';
import {
  AXIOM_STAND_IN_TOKEN,
  type AxiomEvent,
  type AxiomStandInOptions,
  startAxiomStandIn,
} from '../../../infra/local/stand-ins/axiom.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';

/** The hour that is read, and the instant at which it is. */
const WINDOW = { start: Date.parse('2026-03-01T11:00:00Z'), end: Date.parse('2026-03-01T12:00:00Z') };
const NOW = WINDOW.end + 20 * MINUTE;

/** `count` seconds past eleven. */
const seconds = (count: number): EpochMs => WINDOW.start + count * 1000;

/** A line of `api_json.log` (`reference/gitlab.md` §6), which arrived five seconds later. */
function line(at: EpochMs, columns: AxiomEvent = {}): AxiomEvent {
  return {
    _time: toIso(at + 5_000),
    time: toIso(at),
    status: 200,
    method: 'GET',
    remote_ip: '203.0.113.9, 127.0.0.1',
    'meta.remote_ip': '203.0.113.9',
    'meta.caller_id': 'GET /api/:version/projects',
    user_id: 7,
    username: 'sam',
    token_type: 'PersonalAccessToken',
    token_id: 12,
    ...columns,
  };
}

/** A line of a request that was turned away. */
function refusal(at: EpochMs, columns: AxiomEvent = {}): AxiomEvent {
  const { user_id: _, username: __, token_type: ___, token_id: ____, ...rest } = line(at);
  return {
    ...rest,
    status: 401,
    'meta.auth_fail_reason': 'token_revoked',
    'meta.auth_fail_token_id': 'PersonalAccessToken/12',
    ...columns,
  };
}

/** A line before the window: without any, the dataset has no columns. */
const EARLIER = line(WINDOW.start - HOUR);

interface Setup {
  readonly standIn?: Partial<AxiomStandInOptions>;
  readonly options?: Partial<LogOptions>;
  readonly fetch?: Fetch;
}

const running: { close(): Promise<void> }[] = [];

/** An Axiom with these lines, and the source that reads them. */
async function open(lines: readonly AxiomEvent[], { standIn = {}, options = {}, fetch: ask = fetch }: Setup = {}) {
  const clock = new FakeClock(NOW);
  const axiom = await startAxiomStandIn({ clock, datasets: { 'gitlab-logs': lines }, ...standIn });
  running.push(axiom);
  const client = openAxiom({
    url: axiom.url,
    token: async () => AXIOM_STAND_IN_TOKEN,
    fetch: (url, init) => ask(url, init),
    clock,
    random: () => 0.5,
  });
  const source = axiomLogs({
    client,
    cache: { get: async () => undefined, put: async () => {} },
    dataset: 'gitlab-logs',
    overrides: {},
    ipv6PrefixLength: 64,
    slackMs: 30 * MINUTE,
    lateMs: 15 * MINUTE,
    clock,
    ...options,
  });
  return { axiom, read: (window = WINDOW) => source.read({ window, deadline: clock.now() + 5 * MINUTE }) };
}

async function read(lines: readonly AxiomEvent[], setup: Setup = {}) {
  return await (await open(lines, setup)).read();
}

/** What a use says, in few words. */
function told({ credential, strength, address, times, refusal: why }: TokenUse): string {
  return [strength, credential, address, `×${times}`, ...(why === undefined ? [] : [why])].join(' ');
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

describe("lines of GitLab's API log", () => {
  it('are one use for each credential, address and quarter of an hour', async () => {
    const { uses, credentials, coverage } = await read([
      ...[1, 100, 899].map((at) => line(seconds(at))),
      line(seconds(900), { 'meta.caller_id': 'GET /api/:version/user' }),
      line(seconds(950), { token_id: 13, user_id: 8, username: 'kim' }),
      line(seconds(960), { 'meta.remote_ip': '2001:DB8:0:1::9' }),
    ]);
    const first = { notBefore: seconds(1), notAfter: seconds(899) };
    expect(uses).toContainEqual({
      credential: 'token/12',
      address: '203.0.113.9',
      network: '203.0.113.9',
      original: '203.0.113.9',
      at: first,
      strength: 'used',
      sources: ['logs'],
      times: 3,
      calls: ['GET /api/:version/projects'],
    });
    expect(uses.map(told).sort()).toEqual([
      'used token/12 2001:db8:0:1::9 ×1',
      'used token/12 203.0.113.9 ×1',
      'used token/12 203.0.113.9 ×3',
      'used token/13 203.0.113.9 ×1',
    ]);
    expect(credentials).toEqual([
      { id: 'token/12', kind: 'personal', owner: { id: 7, username: 'sam' } },
      { id: 'token/13', kind: 'personal', owner: { id: 8, username: 'kim' } },
    ]);
    expect(coverage).toMatchObject({
      status: 'complete',
      counts: { requests: 6, uses: 4 },
      oldest: seconds(1),
      newest: seconds(960),
    });
  });

  it.each([
    ['RFC 3339', (at: EpochMs) => toIso(at)],
    ['seconds', (at: EpochMs) => at / 1000],
    ['milliseconds', (at: EpochMs) => at],
    ['microseconds', (at: EpochMs) => at * 1000],
    ['nanoseconds as text', (at: EpochMs) => `${at}000000`],
    ['nothing: when they arrived', () => undefined],
  ])('may have their time as %s', async (_what, write) => {
    const at = seconds(10);
    const { uses } = await read([line(at, { time: write(at), _time: toIso(at) })]);
    expect(uses.map((use) => use.at)).toEqual([{ notBefore: at, notAfter: at }]);
  });

  it('belong to the window that their own time lies in, its start inside and its end not', async () => {
    const { read: readWindow } = await open([
      line(WINDOW.start - 1, { token_id: 1 }),
      line(WINDOW.start, { token_id: 2 }),
      line(WINDOW.end - 1, { token_id: 3 }),
      line(WINDOW.end, { token_id: 4 }),
    ]);
    expect((await readWindow()).uses.map(({ credential }) => credential)).toEqual(['token/2', 'token/3']);
  });

  it('are found although they arrived late, as late as lines may', async () => {
    const arrives = (minutes: number) => toIso(WINDOW.end + minutes * MINUTE);
    const { uses } = await read([
      line(seconds(3599), { token_id: 1, _time: arrives(14) }),
      line(seconds(3599), { token_id: 2, _time: arrives(16) }),
    ]);
    expect(uses.map(({ credential }) => credential)).toEqual(['token/1']);
  });

  it('prefer the address GitLab trusts, and take the first visitor of a list where there is none', async () => {
    const { uses } = await read([
      line(seconds(1), { 'meta.remote_ip': '198.51.100.4', token_id: 1 }),
      line(seconds(2), { 'meta.remote_ip': '', remote_ip: '10.0.0.8, 203.0.113.77, 127.0.0.1', token_id: 2 }),
      line(seconds(3), { 'meta.remote_ip': null, remote_ip: '203.0.113.78', token_id: 3 }),
    ]);
    expect(uses.map(({ address }) => address).sort()).toEqual(['198.51.100.4', '203.0.113.77', '203.0.113.78']);
  });

  it.each([
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    ['201', true],
    [400, false],
    [404, false],
    [500, false],
  ])('with status %j are uses: %s', async (status, used) => {
    expect((await read([line(seconds(1), { status })])).uses).toHaveLength(used ? 1 : 0);
  });

  it('are read where ids are texts, and of OAuth, and with scopes', async () => {
    const { uses, credentials } = await read([
      line(seconds(1), { token_id: '12', token_type: 'OauthAccessToken', token_scopes: ['api', 'read_user'] }),
    ]);
    expect(uses.map(told)).toEqual(['used oauth/12 203.0.113.9 ×1']);
    expect(credentials).toMatchObject([{ id: 'oauth/12', kind: 'oauth', scopes: ['api', 'read_user'] }]);
  });

  it('show each sensitive call, however many others there were', async () => {
    const [variables, hooks] = [
      'GET /api/:version/projects/:id/variables/:key',
      'POST /api/:version/projects/:id/hooks',
    ];
    const others = Array.from({ length: 200 }, (_, at) => line(seconds(at), { 'meta.caller_id': `GET /route/${at}` }));
    const { uses } = await read([
      ...others,
      line(seconds(300), { 'meta.caller_id': variables }),
      line(seconds(301), { 'meta.caller_id': hooks }),
      ...others,
    ]);
    expect(uses.map(({ calls }) => calls?.slice(0, 2))).toEqual([[variables, hooks]]);
    expect(sensitiveActionsOf(uses)).toEqual(['variables-read', 'webhook-created']);
  });

  it.each(SENSITIVE_ROUTES)('show $method …$holds…$ends as $action', async ({ action, method, holds = '/', ends }) => {
    const others = Array.from({ length: 20 }, (_, at) =>
      line(seconds(at), { 'meta.caller_id': `${method} /at/${at}` }),
    );
    const call = `${method} /api/:version/some${holds}:id${ends}`;
    const { uses } = await read([...others, line(seconds(30), { 'meta.caller_id': call })]);
    expect(sensitiveActionsOf(uses)).toEqual([action]);
  });

  it.each([
    { status: 403 },
    { status: 404 },
    { status: 403, 'meta.auth_fail_reason': 'insufficient_scope', 'meta.auth_fail_token_id': 'PersonalAccessToken/12' },
  ])('show nothing of a sensitive call that did not succeed: %j', async (failure) => {
    const { uses } = await read([
      line(seconds(1)),
      line(seconds(2), { 'meta.caller_id': 'GET /api/:version/projects/:id/variables', ...failure }),
    ]);
    expect(uses.filter(({ strength }) => strength === 'used').map(({ calls }) => calls)).toEqual([
      ['GET /api/:version/projects'],
    ]);
    expect(sensitiveActionsOf(uses)).toEqual([]);
  });

  it('that hold no token are no evidence, and no gap', async () => {
    const { uses, coverage } = await read([EARLIER, line(seconds(1), { token_id: null, token_type: null })]);
    expect([uses, coverage.status]).toEqual([[], 'complete']);
  });

  it('that cannot be read are counted, never fatal', async () => {
    const { uses, coverage } = await read([
      line(seconds(1)),
      line(seconds(2), { 'meta.remote_ip': 'unknown' }),
      line(seconds(3), { 'meta.remote_ip': '', remote_ip: '' }),
      line(seconds(4), { token_id: 'twelve' }),
      line(seconds(5), { status: 'ok' }),
      line(seconds(6), { token_type: 'DeployToken' }),
      line(seconds(7), { time: 'soon', _time: 'never' }),
      { _time: toIso(seconds(8)), message: 'not a request' },
    ]);
    expect(uses.map(told)).toEqual(['used token/12 203.0.113.9 ×1']);
    expect(coverage).toMatchObject({
      status: 'partial',
      counts: { requests: 6, skippedMalformed: 4, otherTokens: 1 },
    });
  });

  it('are only text, whatever they hold', async () => {
    const hostile = `'] | limit 0 //" \\ \n ${'x'.repeat(20)}`;
    const { uses, credentials } = await read([line(seconds(1), { username: hostile, 'meta.caller_id': hostile })]);
    expect(uses[0]?.calls).toEqual([hostile]);
    expect(credentials[0]?.owner?.username).toBe(hostile);
  });
});

describe('lines of requests that were turned away', () => {
  it('are refusals of the token they tried', async () => {
    const { uses, coverage } = await read([
      EARLIER,
      refusal(seconds(1)),
      refusal(seconds(2)),
      refusal(seconds(3), { 'meta.auth_fail_reason': 'token_expired' }),
      refusal(seconds(4), { 'meta.auth_fail_token_id': 'OauthAccessToken/3', status: 403 }),
      refusal(seconds(5), { 'meta.auth_fail_token_id': 'CiJobToken/3' }),
      refusal(seconds(6), { 'meta.auth_fail_token_id': null }),
    ]);
    expect(uses.map(told).sort()).toEqual([
      'refused oauth/3 203.0.113.9 ×1 token_revoked',
      'refused token/12 203.0.113.9 ×1 token_expired',
      'refused token/12 203.0.113.9 ×2 token_revoked',
    ]);
    expect(coverage).toMatchObject({ status: 'complete', counts: { refused: 3, unknownRefusals: 2 } });
  });

  it('may have got an answer: another credential let them in', async () => {
    const { uses } = await read([
      line(seconds(1), {
        token_id: 13,
        'meta.auth_fail_reason': 'insufficient_scope',
        'meta.auth_fail_token_id': 'PersonalAccessToken/12',
      }),
    ]);
    expect(uses.map(told).sort()).toEqual([
      'refused token/12 203.0.113.9 ×1 insufficient_scope',
      'used token/13 203.0.113.9 ×1',
    ]);
  });

  it('say nothing without a reason', async () => {
    const { uses } = await read([refusal(seconds(1), { 'meta.auth_fail_reason': '' }), line(seconds(2))]);
    expect(uses.map(told)).toEqual(['used token/12 203.0.113.9 ×1']);
  });
});

describe('a dataset of another shape', () => {
  it('is read by the names that the settings give', async () => {
    const { _time, time, status, token_id, token_type } = line(seconds(1));
    const { uses } = await read(
      [{ _time, ts: time, 'gl.status': status, 'gl.token': token_id, type: token_type, ip: '203.0.113.5' }],
      {
        options: {
          overrides: { time: 'ts', status: 'gl.status', tokenId: 'gl.token', tokenType: 'type', address: 'ip' },
        },
      },
    );
    expect(uses.map(told)).toEqual(['used token/12 203.0.113.5 ×1']);
  });

  it('in which a column is missing is unavailable, and says which', async () => {
    const { uses, coverage } = await read([line(seconds(1))], { options: { overrides: { tokenId: 'tokenid' } } });
    expect(uses).toEqual([]);
    expect(coverage).toMatchObject({ status: 'unavailable', why: [expect.stringMatching(/tokenid.*token_id/)] });
  });

  it('that does not exist is unavailable, and named', async () => {
    const { coverage } = await read([], { options: { dataset: 'gitlab-lost' } });
    expect(coverage).toMatchObject({ status: 'unavailable', why: [expect.stringContaining('gitlab-lost')] });
  });

  it.each([
    ['at all', []],
    ['in the window', [EARLIER]],
  ])('without lines %s is partial, and says that none may arrive', async (_what, lines) => {
    const { uses, coverage } = await read(lines);
    expect(uses).toEqual([]);
    expect(coverage).toMatchObject({ status: 'partial', why: [expect.stringContaining('may not be arriving')] });
  });
});

describe('an Axiom that fails', () => {
  it('for a moment is asked again', async () => {
    const { axiom, read: readWindow } = await open([line(seconds(1))]);
    axiom.faults.answers = [
      { status: 429, headers: { 'retry-after': '1' }, body: { message: 'rate limit exceeded' } },
      { status: 503, body: { message: 'try later' } },
    ];
    expect(await readWindow()).toMatchObject({ uses: [{ times: 1 }], coverage: { status: 'complete' } });
  });

  it('for good is coverage', async () => {
    const { axiom, read: readWindow } = await open([line(seconds(1))]);
    axiom.faults.down = true;
    const { uses, credentials, coverage } = await readWindow();
    expect([uses, credentials, coverage.status]).toEqual([[], [], 'unavailable']);
  });

  it('on the way leaves what was read, and is unavailable nevertheless', async () => {
    const window = { start: WINDOW.start - 5 * HOUR, end: WINDOW.end };
    const lines = [-5, -4, -3, -2, -1, 0].map((hours) => line(seconds(1) + hours * HOUR));
    const failing: Fetch = async (url, init) => {
      if (String(init?.body).includes(`at >= datetime(${toIso(WINDOW.start - 3 * HOUR)})`)) throw new TypeError('cut');
      return await fetch(url, init);
    };
    const { uses, coverage } = await (await open(lines, { fetch: failing })).read(window);
    expect(uses.map(({ at }) => (at.notBefore - seconds(1)) / HOUR)).toEqual([-5, -4, -2]);
    expect(coverage).toMatchObject({ status: 'unavailable', counts: { unreadMinutes: 180 } });
  });
});

describe('more rows than one answer holds', () => {
  const busy = Array.from({ length: 400 }, (_, n) =>
    line(seconds(n * 9), {
      token_id: 1 + (n % 7),
      'meta.remote_ip': `203.0.113.${n % 90}`,
      status: n % 11 ? 200 : 404,
    }),
  );

  it('are read in parts, and amount to the same', async () => {
    const byUse = ({ uses }: { readonly uses: readonly TokenUse[] }) =>
      uses.map((use) => JSON.stringify([told(use), use.at])).sort();
    const whole = byUse(await read(busy));
    expect(whole.length).toBeGreaterThan(200);
    for (const rowCeiling of [20, 40, 110]) {
      const cut = await read(busy, { standIn: { rowCeiling } });
      expect(cut.coverage.status).toBe('complete');
      expect(cut.coverage.pages).toBeGreaterThan(1);
      expect(byUse(cut)).toEqual(whole);
    }
  });

  it('even in a minute are unavailable', async () => {
    const crowd = Array.from({ length: 40 }, (_, n) => line(seconds(600 + n / 2), { token_id: n + 1 }));
    const { uses, coverage } = await read([line(seconds(1)), ...crowd], { standIn: { rowCeiling: 20 } });
    expect(uses.map(({ credential }) => credential)).toEqual(['token/12']);
    expect(coverage).toMatchObject({ status: 'unavailable', counts: { unreadMinutes: 1 } });
  });
});

describe('every line with a token', () => {
  const anyLine = fc.record({
    at: fc.integer({ min: 0, max: 3_599_999 }),
    token: fc.integer({ min: 1, max: 3 }),
    host: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom(200, 304, 401, 500),
    refused: fc.boolean(),
  });

  it('is counted once, in a use that holds its time, whatever the slack', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLine, { maxLength: 30 }), fc.integer({ min: 0, max: 40 }), async (lines, slack) => {
        const events = lines.map(({ at, token, host, status, refused }) =>
          line(WINDOW.start + at, {
            status,
            token_id: token,
            'meta.remote_ip': `203.0.113.${host}`,
            ...(refused
              ? { 'meta.auth_fail_reason': 'token_expired', 'meta.auth_fail_token_id': 'PersonalAccessToken/9' }
              : {}),
          }),
        );
        const { uses } = await read(events, { options: { slackMs: slack * MINUTE } });
        const used = lines.filter(({ status }) => status < 400);
        const total = (strength: string) =>
          uses.filter((use) => use.strength === strength).reduce((sum, { times = 0 }) => sum + times, 0);
        expect(total('used')).toBe(used.length);
        expect(total('refused')).toBe(lines.filter(({ refused }) => refused).length);
        for (const { at, token, host } of used) {
          const holding = uses.filter(
            (use) =>
              use.credential === `token/${token}` &&
              use.address === `203.0.113.${host}` &&
              use.at.notBefore <= WINDOW.start + at &&
              use.at.notAfter >= WINDOW.start + at,
          );
          expect(holding).toHaveLength(1);
        }
        for (const { at } of uses) expect(at.notAfter - at.notBefore).toBeLessThan(Math.max(1, slack) * MINUTE);
      }),
      { numRuns: 20 },
    );
  });
});
