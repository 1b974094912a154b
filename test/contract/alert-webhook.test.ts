import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertWebhook } from '../../functions/adapters/alert-webhook/client.ts';
import { ConfigError, LatchkeyError, RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import { errorFields, safeError } from '../../functions/runtime/safe-error.ts';
import {
  type Answer,
  type Asked,
  type Faults,
  faults,
  type StandIn,
  serve,
} from '../../infra/local/stand-ins/stand-in.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const SECRET_PATH = '/services/T0AAAA/B0BBBB/hushhushhush?key=hush_hush&token=hush';
const BODY = { schema: 'alert', text: 'Ангриф' };
const SLACK = 'https://hooks.slack.com';
const GOOGLE = 'https://chat.googleapis.com';

let clock: FakeClock;
let broken: Faults;
let taken: Asked[];
let answer: Answer;
let server: StandIn;
/** What the URL is, and what it is once read afresh. */
let urls: { known: string; fresh: string };
let reads: boolean[];

beforeEach(async () => {
  clock = new FakeClock();
  broken = faults();
  taken = [];
  answer = { status: 200, body: 'ok' };
  server = await serve({
    name: 'webhook',
    clock,
    faults: broken,
    answer: (asked) => {
      taken.push(asked);
      return answer;
    },
  });
  urls = { known: server.url + SECRET_PATH, fresh: server.url + SECRET_PATH };
  reads = [];
});
afterEach(() => server.close());

function webhook() {
  return new AlertWebhook({
    // Where Slack or Google is asked, the server of this test answers.
    fetch: (url, init) => fetch(url.replace(SLACK, server.url).replace(GOOGLE, server.url), init),
    url: async ({ fresh = false }) => {
      reads.push(fresh);
      return fresh ? urls.fresh : urls.known;
    },
    clock,
    random: () => 0.5,
  });
}

const send = (leftMs = 20_000) => webhook().send(BODY, clock.now() + leftMs);

async function failureOf(sending: Promise<void>): Promise<LatchkeyError> {
  const failure = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof LatchkeyError)) throw new Error(`expected a failure of ours, got ${String(failure)}`);
  return failure;
}

function at(host: string): void {
  urls = { known: host + SECRET_PATH, fresh: host + SECRET_PATH };
}

describe('an alert that is taken', () => {
  it('is posted once, as JSON in UTF-8', async () => {
    await send();
    expect(taken).toHaveLength(1);
    expect(taken[0]).toMatchObject({
      method: 'POST',
      path: '/services/T0AAAA/B0BBBB/hushhushhush',
      headers: { 'content-type': 'application/json; charset=UTF-8' },
    });
    expect(taken[0]?.query.get('key')).toBe('hush_hush');
    expect(JSON.parse(taken[0]?.text ?? '')).toEqual(BODY);
    expect(reads).toEqual([false]);
  });

  it.each([200, 201, 202, 204])('needs no body: %i', async (status) => {
    answer = { status };
    await send();
    expect(taken).toHaveLength(1);
  });

  it('is Slack’s where it says ok, and Google’s where it answers with the message', async () => {
    at(SLACK);
    await send();
    answer = { status: 200, body: { ok: true } };
    await send();
    at(GOOGLE);
    answer = { status: 200, body: { name: 'spaces/AAAA/messages/BBBB.BBBB', text: '' } };
    await send();
    expect(taken).toHaveLength(3);
  });

  it('stays taken when the answer is endless or is cut short', async () => {
    answer = { status: 200, body: 'x'.repeat(1_000_000) };
    await send();
    broken.truncate = true;
    await send();
    expect(server.seen).toHaveLength(2);
  });

  it('is one that a second try delivered', async () => {
    broken.answers = [{ status: 408 }];
    await send();
    broken.answers = [{ status: 503 }];
    await send();
    expect(clock.pauses).toEqual([500, 500]);
    expect(taken).toHaveLength(2);
  });

  it('waits as long as it was told to where the deadline lets it', async () => {
    broken.answers = [{ status: 429, headers: { 'retry-after': '2' } }];
    await send();
    expect(clock.pauses).toEqual([2_500]);
    expect(taken).toHaveLength(1);
  });
});

describe('an alert that is not taken', () => {
  it.each([408, 500, 502, 503, 504])('may pass: %i, after two tries', async (status) => {
    broken.answers = [{ status, times: 9 }];
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toContain(`answered ${status}`);
    expect(server.seen).toHaveLength(2);
  });

  it('says what Slack calls its own failure', async () => {
    at(SLACK);
    answer = { status: 500, body: 'rollup_error' };
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toBe('the alert webhook at hooks.slack.com answered 500 (rollup_error)');
  });

  it.each([
    ['120', 120_000],
    [new Date(1_000_000 + 300_000).toUTCString(), 300_000],
    [undefined, undefined],
    ['soon', undefined],
  ])('tells how long to wait: retry-after %s', async (header, wait) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'retry-after': header };
    broken.answers = [{ status: 429, headers, times: 9 }];
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(RateLimitedError);
    expect(failure).toMatchObject({ retryAfterMs: wait });
    expect(server.seen).toHaveLength(wait === undefined ? 2 : 1);
  });

  it.each([
    [SLACK, 400, 'invalid_blocks', 'hooks.slack.com answered 400 (invalid_blocks)'],
    [SLACK, 403, 'action_prohibited', 'hooks.slack.com answered 403 (action_prohibited)'],
    [SLACK, 404, 'no_service\n', 'hooks.slack.com answered 404 (no_service)'],
    [SLACK, 410, 'channel_is_archived', 'hooks.slack.com answered 410 (channel_is_archived)'],
    [SLACK, 200, { ok: false, error: 'invalid_workflow_input' }, 'answered 200 (invalid_workflow_input)'],
    [
      GOOGLE,
      400,
      { error: { code: 400, message: 'see https://evil.example hush', status: 'INVALID_ARGUMENT' } },
      'chat.googleapis.com answered 400 (INVALID_ARGUMENT)',
    ],
    [GOOGLE, 404, { error: { code: 404, status: 'NOT_FOUND' } }, 'chat.googleapis.com answered 404 (NOT_FOUND)'],
    [SLACK, 413, '', 'hooks.slack.com answered 413:'],
  ])('is refused: %s %i %j', async (host, status, body, said) => {
    at(host);
    answer = { status, body };
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure.message).toContain(said);
    expect(server.seen).toHaveLength(1);
  });

  it('is one that Slack answers with anything but ok, and then it may pass', async () => {
    at(SLACK);
    answer = { status: 200, body: '<html>Back soon</html>' };
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toContain('without saying that it took the alert');
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect: %i', async (status) => {
    answer = { status, headers: { location: `${server.url}/elsewhere` } };
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure.message).toContain(`answered ${status}: redirects are not followed`);
    expect(server.seen).toHaveLength(1);
  });

  it('is not waited for past the deadline', async () => {
    broken.hang = true;
    const failure = await failureOf(send(40));
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toContain('no whole answer within 40 ms');
    expect(server.seen.length).toBeLessThanOrEqual(1);
  });

  it('is not begun without time', async () => {
    await expect(send(0)).rejects.toThrow(/no time was left/);
    expect(server.seen).toHaveLength(0);
  });

  it('says when nobody listens', async () => {
    broken.down = true;
    await expect(send()).rejects.toThrow(TransientError);
    expect(server.seen).toHaveLength(2);
  });
});

describe('the URL', () => {
  it('is read afresh once when it was refused', async () => {
    urls.known = `${server.url}/revoked`;
    broken.answers = [{ status: 404, body: 'no_service', path: '/revoked' }];
    await send();
    expect(reads).toEqual([false, true]);
    expect(taken.map(({ path }) => path)).toEqual(['/services/T0AAAA/B0BBBB/hushhushhush']);
  });

  it.each([
    'http://hooks.slack.com/hush',
    'https://user:hush@hooks.slack.com/',
    'ftp://127.0.0.1/hush',
    'http://127.0.0.1.evil.example/hush',
    'hush',
    '',
  ])('is refused unasked: %j', async (url) => {
    urls.known = url;
    const failure = await failureOf(send());
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure.message).not.toContain('hush');
    expect(server.seen).toHaveLength(0);
  });

  const ways: [string, () => void][] = [
    ['a refusal that repeats it', () => (answer = { status: 400, body: `no_such_hook ${SECRET_PATH}` })],
    ['a code that is a part of it', () => (answer = { status: 400, body: 'hush_hush' })],
    ['a redirect to it', () => (answer = { status: 302, headers: { location: server.url + SECRET_PATH } })],
    ['a server error', () => (answer = { status: 500, body: server.url + SECRET_PATH })],
    ['a rate limit', () => (answer = { status: 429, body: SECRET_PATH })],
    ['a cut connection', () => (broken.down = true)],
    ['a host nobody can reach', () => (urls.known = 'https://127.0.0.1:1/hush')],
  ];
  it.each(ways)('is in no error and no log line: %s', async (_, arrange) => {
    arrange();
    const failure = await failureOf(send());
    const shown = JSON.stringify([String(failure), failure.stack, errorFields(failure), safeError(failure).message]);
    expect(shown).not.toMatch(/hush|T0AAAA|services/);
    expect(shown).toContain('127.0.0.1');
  });
});
