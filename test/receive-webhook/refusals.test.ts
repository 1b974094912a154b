import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_BYTES, receiveWebhook } from '../../functions/receive-webhook/receive-webhook.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import type { ReadOptions } from '../../functions/runtime/secrets.ts';
import { WebhookAuth } from '../../functions/runtime/webhook/auth.ts';
import type { WebhookRequest } from '../../functions/runtime/webhook/request.ts';
import { fakeServices, request, SECRET, sample } from './fake-services.ts';

async function answerTo(given: WebhookRequest, fakes = fakeServices()) {
  const { statusCode, headers, body } = await receiveWebhook(given, fakes.services);
  expect(headers['content-type']).toBe('application/json');
  return { status: statusCode, ...JSON.parse(body), stored: fakes.stored() };
}

const padded = (bytes: number) => JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

describe('size', () => {
  it('is limited before the secret is looked at', async () => {
    const tooLarge = padded(BODY_BYTES + 1);
    expect(await answerTo({ body: tooLarge, headers: {} })).toMatchObject({ status: 413, stored: 0 });
    expect(await answerTo(request(padded(BODY_BYTES)))).toMatchObject({ status: 200 });
  });

  it('is measured in bytes, and after decoding base64', async () => {
    expect(await answerTo(request(JSON.stringify({ text: 'é'.repeat(BODY_BYTES / 2) })))).toMatchObject({
      status: 413,
    });
    const encode = (text: string) => ({ ...request(Buffer.from(text).toString('base64')), isBase64Encoded: true });
    expect(await answerTo(encode(padded(BODY_BYTES)))).toMatchObject({ status: 200 });
    expect(await answerTo(encode(padded(BODY_BYTES + 1)))).toMatchObject({ status: 413 });
  });
});

describe('the secret', () => {
  const body = sample('firewall-anomaly-start');

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['wrong', 'guess'],
    ['a prefix', SECRET.slice(0, -1)],
    ['longer', `${SECRET}x`],
    ['in another case', SECRET.toUpperCase()],
  ])('is refused when %s, and nothing is stored', async (_name, given) => {
    const answer = await answerTo({ body, headers: { 'cf-webhook-auth': given } });
    expect(answer).toMatchObject({ status: 401, stored: 0 });
    expect(JSON.stringify(answer)).not.toContain('horse');
  });

  it('is checked before the body is read', async () => {
    expect(await answerTo({ body: 'not json', headers: { 'content-type': 'text/plain' } })).toMatchObject({
      status: 401,
    });
  });

  it.each([SECRET, 'the one before'])('is accepted when current or previous (%s)', async (given) => {
    expect(await answerTo(request(body, { 'cf-webhook-auth': given }))).toMatchObject({ status: 202 });
  });

  it('is found whatever the case of the header name', async () => {
    expect(await answerTo({ body, headers: { 'CF-Webhook-Auth': SECRET } })).toMatchObject({ status: 202 });
  });

  it('works at once after a rotation, and guesses read it again once a minute at most', async () => {
    const fakes = fakeServices();
    const reads: (ReadOptions | undefined)[] = [];
    let stored = 'old';
    let cached = 'old';
    const auth = new WebhookAuth(
      async (options) => {
        reads.push(options);
        if (options?.fresh === true) cached = stored;
        return { current: cached };
      },
      fakes.services.clock,
      fakes.services.logger,
    );
    const refreshes = () => reads.filter((options) => options?.fresh === true).length;
    stored = 'new';
    expect(await auth.accepts('new')).toBe(true);
    expect(refreshes()).toBe(1);
    stored = 'newer';
    expect(await auth.accepts('newer')).toBe(false);
    for (let guess = 0; guess < 50; guess++) expect(await auth.accepts(`guess ${guess}`)).toBe(false);
    expect(refreshes()).toBe(1);
    fakes.advance(60_000);
    expect(await auth.accepts('newer')).toBe(true);
    expect(refreshes()).toBe(2);
    expect(await auth.accepts('old')).toBe(false);
  });

  it('is not read for a delivery without one', async () => {
    const fakes = fakeServices();
    const auth = new WebhookAuth(
      async () => {
        throw new TransientError('Secrets Manager is down');
      },
      fakes.services.clock,
      fakes.services.logger,
    );
    expect(await auth.accepts(undefined)).toBe(false);
    await expect(auth.accepts('anything')).rejects.toThrow(TransientError);
  });

  it('is refused when it cannot be read again', async () => {
    const fakes = fakeServices();
    const auth = new WebhookAuth(
      async (options) => {
        if (options?.fresh === true) throw new TransientError('Secrets Manager is down');
        return { current: 'old' };
      },
      fakes.services.clock,
      fakes.services.logger,
    );
    expect(await auth.accepts('new')).toBe(false);
    expect(await auth.accepts('old')).toBe(true);
  });
});

describe('the body', () => {
  it.each([
    ['no JSON', '{"text":', 'application/json', 422, /not JSON/],
    ['no JSON, under a JSON subtype', 'nope', 'application/cloudevents+json; charset=utf-8', 422, /not JSON/],
    ['no JSON, of no type', 'nope', '', 422, /not JSON/],
    ['nothing', '', 'application/json', 422, /not JSON/],
    ['a form', 'text=hello', 'application/x-www-form-urlencoded', 415, /Content-Type/],
    ['plain text', 'hello', 'text/plain; charset=utf-8', 415, /Content-Type/],
    ['an array', '[{"text":"hi"}]', 'application/json', 422, /must be a JSON object, got an array/],
    ['a string', '"hi"', 'application/json', 422, /must be a JSON object, got string/],
    ['null', 'null', 'text/plain', 422, /must be a JSON object, got null/],
    ['an empty object', '{}', 'application/json', 422, /field text must be a string, got nothing/],
    ['a text that is none', '{"text":{"a":1}}', 'application/json', 422, /field text must be a string, got object/],
    ['inherited fields', '{"__proto__":{"text":"hi"}}', 'application/json', 422, /field text/],
    [
      'a bottomless object',
      `${'{"data":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      'application/json',
      422,
      /too deeply/,
    ],
  ])('is refused when it is %s', async (_name, body, type, status, reason) => {
    const answer = await answerTo(request(body, { 'content-type': type }));
    expect(answer).toEqual({ status, error: expect.stringMatching(reason), stored: 0 });
  });

  it('is refused when it is not UTF-8', async () => {
    const body = Buffer.from([...Buffer.from('{"text":"'), 0xff, 0xfe, ...Buffer.from('"}')]).toString('base64');
    expect(await answerTo({ ...request(body), isBase64Encoded: true })).toMatchObject({ status: 422, stored: 0 });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', '', 'nonsense'])(
    'is accepted under Content-Type "%s" when it parses as JSON',
    async (type) => {
      const answer = await answerTo(request(sample('firewall-anomaly-start'), { 'content-type': type }));
      expect(answer).toMatchObject({ status: 202 });
    },
  );

  it('is accepted in base64, as API Gateway hands it over under an unknown Content-Type', async () => {
    const body = Buffer.from(sample('firewall-anomaly-start')).toString('base64');
    expect(await answerTo({ ...request(body), isBase64Encoded: true })).toMatchObject({ status: 202 });
  });
});

describe('whatever is sent', () => {
  const anyHeaders = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 });
  const anyBody = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    fc.constantFrom(sample('firewall-anomaly-start'), sample('logpush-disabled'), sample('destination-test')),
  );

  it('never gets past the secret', async () => {
    await fc.assert(
      fc.asyncProperty(anyBody, anyHeaders, fc.boolean(), async (body, headers, isBase64Encoded) => {
        const fakes = fakeServices();
        const { statusCode } = await receiveWebhook({ body, headers, isBase64Encoded }, fakes.services);
        expect(statusCode).toBe(401);
        expect(fakes.stored()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('never breaks the step when it comes with the secret', async () => {
    await fc.assert(
      fc.asyncProperty(anyBody, fc.boolean(), async (body, isBase64Encoded) => {
        const { statusCode } = await receiveWebhook({ ...request(body), isBase64Encoded }, fakeServices().services);
        expect([200, 202, 415, 422]).toContain(statusCode);
      }),
      { numRuns: 300 },
    );
  });

  it('never breaks the step when it is an envelope filled with anything', async () => {
    const known = [
      ...['name', 'text', 'ts', 'account_id', 'policy_id', 'alert_type', 'alert_correlation_id', 'alert_event'],
      ...['data', '__proto__', 'constructor'],
    ];
    const inData = [
      ...['alert_start_time', 'start_time', 'alert_end_time', 'zone_tag', 'zone_name', 'target_hostname'],
      ...['events_count', 'dashboard_link', 'rule_id', 'toString'],
    ];
    const word = fc.constantFrom('ALERT_STATE_EVENT_END', 'fake-zone', 'undefined', '2026-13-45T99:99:99Z', '1e999');
    const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), word, fc.date({ noInvalidDate: true }).map(String));
    const data = fc.dictionary(fc.constantFrom(...inData), value);
    const envelope = fc.dictionary(fc.constantFrom(...known), fc.oneof(value, data));
    await fc.assert(
      fc.asyncProperty(envelope, async (fields) => {
        const fakes = fakeServices();
        const { statusCode, body } = await receiveWebhook(request(JSON.stringify(fields)), fakes.services);
        expect([200, 202, 422]).toContain(statusCode);
        if (statusCode !== 202) return;
        const { caseId } = JSON.parse(body);
        expect(caseId).toMatch(/^spike-\d{8}T\d{6}Z-[0-9a-f]{10}$/);
        const [state] = fakes.executions;
        expect(Date.parse(state?.window.start ?? '')).toBeLessThan(Date.parse(state?.window.end ?? ''));
      }),
      { numRuns: 1_000 },
    );
  });
});
