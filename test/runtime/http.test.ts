import { createServer, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpRequest, requestJson, retryAfterMs } from '../../functions/runtime/http.ts';

const SECRET = 'glpat-do-not-tell';
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on this machine that answers as told; gives its root URL. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function get(url: string, given: Partial<HttpRequest> = {}) {
  const headers = { authorization: `Bearer ${SECRET}` };
  return requestJson(fetch, {
    url: `${url}/api/things?token=${SECRET}`,
    method: 'GET',
    timeoutMs: 10_000,
    headers,
    ...given,
  });
}

/** What an operator may read of a failure: host and path, no query, no header, no body. */
function failsWith(words: string) {
  return {
    name: 'TransientError',
    message: expect.stringMatching(new RegExp(`^GET 127\\.0\\.0\\.1:\\d+/api/things failed: .*${words}`)),
  };
}

/** The error a promise ends with; a cause could quote what we sent, so there must be none. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => new Error('it worked'),
    (reason: unknown) => reason,
  );
  expect(error).not.toHaveProperty('cause');
  return error;
}

describe('requestJson', () => {
  it('answers status, headers, text and parsed body', async () => {
    const url = await serving((_, response) => response.setHeader('x-page', '2').end('{"a":[1]}'));
    const answer = await get(url);
    expect(answer).toMatchObject({ status: 200, body: { a: [1] }, text: '{"a":[1]}' });
    expect(answer.headers.get('x-page')).toBe('2');
  });

  it.each([401, 404, 429, 500, 503])('answers a status of %i like any other', async (status) => {
    const url = await serving((_, response) => response.writeHead(status).end('{"message":"no"}'));
    expect(await get(url)).toMatchObject({ status, body: { message: 'no' } });
  });

  it.each([
    ['an empty body', ''],
    ['HTML', '<html>502</html>'],
    ['JSON cut short', '{"a":['],
  ])('answers %s as no JSON', async (_, text) => {
    const url = await serving((_request, response) => response.end(text));
    expect(await get(url)).toMatchObject({ body: undefined, text });
  });

  it('answers a redirect and does not carry our credentials along', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serving((request, response) => {
      seen.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await get(url)).status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['an object as JSON', { a: 1 }, '{"a":1}', 'application/json'],
    ['text as it is', 'a=1', 'a=1', 'text/plain;charset=UTF-8'],
  ])('sends %s', async (_, body, text, type) => {
    const url = await serving((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () =>
        response.end(
          JSON.stringify([request.method, request.headers['content-type'], Buffer.concat(parts).toString()]),
        ),
      );
    });
    expect((await get(url, { method: 'POST', body })).body).toEqual(['POST', type, text]);
  });

  it('keeps characters whole that arrive in pieces', async () => {
    const bytes = new TextEncoder().encode('"ünïcödé 🗝"');
    const body = ReadableStream.from([...bytes].map((byte) => Uint8Array.of(byte)));
    const answer = await requestJson(async () => new Response(body), {
      url: 'http://a',
      method: 'GET',
      timeoutMs: 1_000,
    });
    expect(answer.body).toBe('ünïcödé 🗝');
  });

  it('takes a body of exactly the largest size and refuses one byte more', async () => {
    const url = await serving((_, response) => response.end('x'.repeat(1000)));
    expect((await get(url, { maxBytes: 1000 })).text).toHaveLength(1000);
    expect(await failureOf(get(url, { maxBytes: 999 }))).toMatchObject(failsWith('larger than 999 bytes'));
  });

  it('stops reading an endless body', async () => {
    const url = await serving((_, response) => {
      const more = () => {
        while (response.write('x'.repeat(10_000))) if (response.destroyed) return;
      };
      response.on('drain', more);
      more();
    });
    expect(await failureOf(get(url, { maxBytes: 100_000 }))).toMatchObject(failsWith('larger than'));
  });

  it('counts the bytes that come out of compression, not those that go over the wire', async () => {
    const url = await serving((_, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(1_000_000))),
    );
    expect(await failureOf(get(url, { maxBytes: 100_000 }))).toMatchObject(failsWith('larger than'));
  });

  it('gives up on a server that does not answer', async () => {
    const url = await serving(() => {});
    expect(await failureOf(get(url, { timeoutMs: 30 }))).toMatchObject(failsWith('no whole answer within 30 ms'));
  });

  it('gives up on a body that does not end', async () => {
    const url = await serving((_, response) => response.write('{"a":'));
    expect(await failureOf(get(url, { timeoutMs: 100 }))).toMatchObject(failsWith('no whole answer within 100 ms'));
  });

  it('takes a body that is cut short for a failure, not for an answer', async () => {
    const url = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"a":1}', () => response.destroy());
    });
    expect(await failureOf(get(url))).toMatchObject(failsWith(''));
  });

  it('says which network error it was', async () => {
    const url = await serving(() => {});
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(get(url))).toMatchObject(failsWith('ECONNREFUSED'));
  });

  it('stops when the caller does', async () => {
    const stop = new AbortController();
    const url = await serving(() => stop.abort());
    expect(await failureOf(get(url, { signal: stop.signal }))).toMatchObject(failsWith('cancelled'));
  });

  it('names the place and not the value of a header that cannot be sent', async () => {
    const request = {
      url: 'http://127.0.0.1:1/a',
      method: 'GET',
      timeoutMs: 10,
      headers: { 'x-token': `${SECRET}\n!` },
    };
    const message = expect.not.stringContaining(SECRET);
    expect(await failureOf(requestJson(fetch, request))).toMatchObject({ name: 'ConfigError', message });
  });

  it('refuses what is no URL', async () => {
    await expect(requestJson(fetch, { url: 'gitlab.com', method: 'GET', timeoutMs: 10 })).rejects.toMatchObject({
      name: 'ConfigError',
    });
  });
});

describe('retryAfterMs', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  it.each([
    ['5', 5_000],
    ['0', 0],
    ['1.5', 1_500],
    [' 7 ', 7_000],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2026 11:59:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['1e9', undefined],
    ['99999999999', undefined],
    ['', undefined],
  ])('reads %j', (value, ms) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), now)).toBe(ms);
  });

  it('is undefined without the header', () => {
    expect(retryAfterMs(new Headers(), now)).toBeUndefined();
  });
});
