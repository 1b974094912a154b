import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRow } from '../../functions/adapters/gitlab/schemas.ts';
import { BODY_BYTES, receiveAuditEvents } from '../../functions/receive-audit-events/receive-audit-events.ts';
import { StreamingAuth } from '../../functions/receive-audit-events/streaming-auth.ts';
import { ConfigError, TransientError } from '../../functions/runtime/errors.ts';
import type { WebhookRequest } from '../../functions/runtime/webhook/request.ts';
import { fakeClock } from '../contract/dynamodb/local-table.ts';

const TOKEN = 'abcdefghij0123456789';

function sample(name: string): string {
  return readFileSync(new URL(`../events/gitlab/${name}.json`, import.meta.url), 'utf8');
}

/** As GitLab sends it: JSON under a Content-Type that says otherwise (`reference/gitlab.md` §3). */
function request(body: string, headers: Record<string, string | undefined> = {}): WebhookRequest {
  return {
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-gitlab-event-streaming-token': TOKEN,
      'x-gitlab-audit-event-type': 'repository_git_operation',
      ...headers,
    },
  };
}

function scene(secret: () => string = () => TOKEN) {
  const clock = fakeClock();
  const saved: { events: readonly EventRow[]; skippedMalformed: number }[] = [];
  const logged: string[] = [];
  const log = (message: string, fields: object = {}) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  const reads: number[] = [];
  const state = { down: false };
  const auth = new StreamingAuth(
    async () => {
      reads.push(clock.now());
      return { current: secret(), previous: 'the-one-before-12345' };
    },
    clock,
    logger,
  );
  const events = {
    save: async (rows: readonly EventRow[], skippedMalformed: number) => {
      if (state.down) throw new TransientError('table down');
      saved.push({ events: rows, skippedMalformed });
    },
  };
  const send = async (given: WebhookRequest) => {
    const { statusCode, headers, body } = await receiveAuditEvents(given, { auth, events, logger });
    expect(headers['content-type']).toBe('application/json');
    return { status: statusCode, ...JSON.parse(body) };
  };
  return { send, saved, logged, reads, clock, state };
}

describe('a delivery', () => {
  it('of one event is stored, whatever its Content-Type says', async () => {
    const { send, saved } = scene();
    expect(await send(request(sample('git-push-by-user')))).toEqual({
      status: 202,
      kept: 1,
      dropped: 0,
      skippedMalformed: 0,
    });
    expect(saved).toMatchObject([{ events: [{ event_name: 'repository_git_operation', author_id: 5 }] }]);
  });

  it('of many is stored at once, but for noise and what is no event', async () => {
    const { send, saved } = scene();
    expect(await send(request(sample('batch')))).toEqual({ status: 202, kept: 4, dropped: 1, skippedMalformed: 2 });
    expect(saved).toHaveLength(1);
    expect(saved[0]?.skippedMalformed).toBe(2);
  });

  it.each([
    ['holds no event', '[]', { result: 'nothing to keep', message: 'there is no event in it' }],
    [
      'holds noise only',
      JSON.stringify({ ...JSON.parse(sample('git-push-by-user')), event_type: 'merge_request_viewed' }),
      { result: 'nothing to keep', dropped: 1 },
    ],
  ])('that %s is answered 200, and still says that the stream is alive', async (_, body, answer) => {
    const { send, saved } = scene();
    expect(await send(request(body))).toMatchObject({ status: 200, ...answer });
    expect(saved).toEqual([{ events: [], skippedMalformed: 0 }]);
  });

  it.each([
    ['text', 'a=b&c=d', 415, 'Content-Type'],
    ['a number', '7', 422, 'got number'],
    ['null', 'null', 422, 'got null'],
    ['another object', '{"text":"hello"}', 422, 'none of 1 rows is an audit event: id, author_id'],
    ['rows that are none', '[1,{"id":1}]', 422, 'none of 2 rows'],
  ])('of %s is refused with a reason', async (_, body, status, reason) => {
    const { send } = scene();
    const answer = await send(request(body));
    expect(answer).toMatchObject({ status });
    expect(answer.error).toContain(reason);
  });

  it('counts rows that nobody could read, for coverage to tell', async () => {
    const { send, saved } = scene();
    await send(request('[1,{"id":1}]'));
    expect(saved).toEqual([{ events: [], skippedMalformed: 2 }]);
  });

  it('that could not be stored is to be sent again', async () => {
    const { send, state, logged } = scene();
    state.down = true;
    expect(await send(request(sample('job-token-used')))).toMatchObject({ status: 503 });
    expect(logged.join()).toContain('not stored');
  });

  it('never breaks the step, whatever is in it, and never logs what is', async () => {
    const { send, logged } = scene();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { status } = await send(request(JSON.stringify(value)));
        expect([200, 202, 422]).toContain(status);
      }),
    );
    await send(request(sample('batch')));
    expect(logged.join()).not.toMatch(/198\.51\.100|Ann|abcdefghij/);
  });
});

describe('the size', () => {
  it('is limited to what GitLab sends at most, before the token is looked at', async () => {
    const { send } = scene();
    const padded = (bytes: number) => `[${' '.repeat(bytes - 2)}]`;
    const none = { 'x-gitlab-event-streaming-token': undefined };
    expect(await send(request(padded(BODY_BYTES + 1), none))).toMatchObject({ status: 413 });
    expect(await send(request(padded(BODY_BYTES), none))).toMatchObject({ status: 401 });
    expect(await send(request(padded(BODY_BYTES)))).toMatchObject({ status: 200 });
  });
});

describe('the token', () => {
  it.each([undefined, '', 'guess', TOKEN.slice(1), `${TOKEN}x`])(
    'is refused when %j, before the body is read',
    async (given) => {
      const { send, saved } = scene();
      const answer = await send(request('not json', { 'x-gitlab-event-streaming-token': given }));
      expect(answer).toMatchObject({ status: 401 });
      expect(saved).toEqual([]);
    },
  );

  it.each([TOKEN, 'the-one-before-12345'])('is accepted when current or previous', async (given) => {
    const { send } = scene();
    const headers = { 'X-Gitlab-Event-Streaming-Token': given };
    expect(await send({ body: sample('job-token-used'), headers })).toMatchObject({ status: 202 });
  });

  it('that was never stored refuses everything, says so in the log, and is looked for once a minute', async () => {
    let stored = false;
    const { send, logged, reads, clock } = scene(() => {
      if (!stored) throw new ConfigError('Secret latchkey/gitlab-streaming does not exist');
      return TOKEN;
    });
    const body = sample('job-token-used');
    expect(await send(request(body))).toMatchObject({
      status: 401,
      error: expect.stringContaining('no streaming token'),
    });
    expect(logged.join()).toMatch(/streaming is not set up.*latchkey\/gitlab-streaming/);
    stored = true;
    expect(await send(request(body))).toMatchObject({ status: 401 });
    expect(reads).toHaveLength(1);
    clock.advance(60_000);
    expect(await send(request(body))).toMatchObject({ status: 202 });
  });

  it('that cannot be read just now is no refusal', async () => {
    const { send } = scene(() => {
      throw new TransientError('Secrets Manager is down');
    });
    await expect(send(request(sample('job-token-used')))).rejects.toThrow('Secrets Manager is down');
  });
});
