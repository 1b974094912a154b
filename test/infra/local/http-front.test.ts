import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionView } from '../../../infra/local/execution.ts';
import { type HttpFront, startHttpFront } from '../../../infra/local/http-front.ts';
import { matchRoute, type RouteMatch, readRoutes } from '../../../infra/local/http-routes.ts';
import { LambdaFault } from '../../../infra/local/lambda-runner.ts';
import { Template } from '../../../infra/local/template.ts';

const EXECUTION: ExecutionView = {
  id: 'case-1',
  trigger: 'spike',
  caseId: 'c1',
  status: 'SUCCEEDED',
  states: [],
  output: {},
};

/** An HTTP API as CDK writes it. */
const template = new Template(
  {
    Resources: {
      Fn: { Type: 'AWS::Lambda::Function', Properties: {} },
      Link: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { IntegrationUri: { 'Fn::GetAtt': ['Fn', 'Arn'] } } },
      ...route('Hook', 'POST /webhooks/cloudflare'),
      ...route('Case', 'GET /cases/{caseId}'),
      ...route('Any', 'ANY /any/{rest+}'),
      ...route('Mine', 'GET /cases/mine'),
    },
  },
  { region: 'us-east-1', stackName: 'Latchkey' },
);

function route(id: string, key: string) {
  const Target = { 'Fn::Join': ['', ['integrations/', { Ref: 'Link' }]] };
  return {
    [id]: { Type: 'AWS::ApiGatewayV2::Route', Properties: { RouteKey: key, Target, AuthorizationType: 'NONE' } },
  };
}

let front: HttpFront;
let events: Record<string, unknown>[];
let invoke: (event: unknown) => Promise<unknown>;
const fired: unknown[] = [];
const signed: RouteMatch[] = [];

beforeAll(async () => {
  front = await startHttpFront(0);
  front.serve({
    routes: readRoutes(template),
    clock: { now: () => Date.UTC(2026, 3, 10, 13, 30, 5, 529), sleep: async () => {} },
    invoke: (_, event) => {
      if (typeof event === 'object' && event !== null) events.push({ ...event });
      return invoke(event);
    },
    local: {
      executions: () => [EXECUTION],
      execution: (id) => (id === EXECUTION.id ? EXECUTION : undefined),
      outbox: () => ({ pagerduty: [], alerts: [], axiom: {} }),
      fire: (trigger, firing) => {
        fired.push([trigger, firing]);
        return trigger === 'hunt' ? Promise.resolve(['hunt-1']) : undefined;
      },
      defaultTime: (trigger) => (trigger === 'hunt' ? '2026-04-09T08:10:00Z' : undefined),
    },
    caseQuery: async (match) => {
      signed.push(match);
      return match.route.key === 'GET /cases/{caseId}' ? 'expires=2&signature=s' : undefined;
    },
  });
});
afterAll(() => front.close());
beforeEach(() => {
  events = [];
  fired.length = 0;
  signed.length = 0;
  invoke = async () => ({ statusCode: 204 });
});

describe('the HTTP front', () => {
  it('makes an event of payload format 2.0', async () => {
    const response = await fetch(`${front.url}/webhooks/cloudflare?a=1&a=2&b=%20x`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'CF-Webhook-Auth': 's', cookie: 'x=1; y=2' },
      body: '{"text":"ü"}',
    });
    expect(response.status).toBe(204);
    expect(events[0]).toMatchObject({
      version: '2.0',
      routeKey: 'POST /webhooks/cloudflare',
      rawPath: '/webhooks/cloudflare',
      rawQueryString: 'a=1&a=2&b=%20x',
      queryStringParameters: { a: '1,2', b: ' x' },
      cookies: ['x=1', 'y=2'],
      headers: { 'cf-webhook-auth': 's', 'content-type': 'application/json; charset=utf-8' },
      requestContext: {
        http: { method: 'POST', path: '/webhooks/cloudflare', sourceIp: '127.0.0.1' },
        time: '10/Apr/2026:13:30:05 +0000',
        timeEpoch: 1775827805529,
      },
      body: '{"text":"ü"}',
      isBase64Encoded: false,
    });
  });

  it.each([
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['text/plain', false],
    ['application/cloudevents+json', false],
  ])('hands on a body of %s with isBase64Encoded %s', async (type, isBase64Encoded) => {
    await post('{"a":1}', { 'content-type': type });
    const body = isBase64Encoded ? Buffer.from('{"a":1}').toString('base64') : '{"a":1}';
    expect(events[0]).toMatchObject({ body, isBase64Encoded });
  });

  it('sends what the function answered', async () => {
    invoke = async () => ({
      statusCode: 202,
      headers: { 'content-type': 'application/json', 'x-own': '1' },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from('{"caseId":"c1"}').toString('base64'),
      isBase64Encoded: true,
    });
    const response = await post('{}');
    expect(response.status).toBe(202);
    expect(response.headers.get('x-own')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toEqual({ caseId: 'c1' });
  });

  it('hands on a compressed answer byte by byte', async () => {
    const page = gzipSync('<p>ü</p>');
    invoke = async () => ({
      statusCode: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'gzip' },
      body: page.toString('base64'),
      isBase64Encoded: true,
    });
    const { headers, body } = await getRaw('/cases/c1');
    expect([headers['content-encoding'], headers['content-type']]).toEqual(['gzip', 'text/html; charset=utf-8']);
    expect(body).toEqual(page);
  });

  it('lets requests wait that come before there is anything to serve', async () => {
    const early = await startHttpFront(0);
    const waiting = fetch(`${early.url}/local/outbox`);
    early.serve({
      ...{ routes: [], clock: { now: () => 0, sleep: async () => {} }, invoke: async () => ({}) },
      local: {
        executions: () => [],
        execution: () => undefined,
        outbox: () => ({ pagerduty: [], alerts: [], axiom: {} }),
        fire: () => undefined,
      },
      caseQuery: async () => undefined,
    });
    expect((await waiting).status).toBe(200);
    await early.close();
    await early.close();
  });

  it('takes an answer without a status as the JSON of a 200', async () => {
    invoke = async () => ({ hello: 1 });
    const response = await post('{}');
    expect([response.status, await response.json()]).toEqual([200, { hello: 1 }]);
  });

  it('tells nothing of a failed function', async () => {
    invoke = async () => {
      throw new LambdaFault({ errorType: 'ConfigError', errorMessage: 'inside', trace: [] }, []);
    };
    const response = await post('{}');
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });

  it('answers like API Gateway where no route is', async () => {
    for (const [method, path] of [
      ['GET', '/webhooks/cloudflare'],
      ['POST', '/'],
      ['GET', '/cases/a/b'],
    ] as const) {
      const response = await fetch(`${front.url}${path}`, { method });
      expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
    }
    expect(events).toEqual([]);
  });

  it('refuses a body over 10 MB', async () => {
    const response = await post('x'.repeat(10 * 1024 * 1024 + 1), { 'content-type': 'text/plain' });
    expect(response.status).toBe(413);
    expect(events).toEqual([]);
  });

  it('takes parameters from the path, the nearest route first', async () => {
    const match = (method: string, path: string) => {
      const found = matchRoute(readRoutes(template), method, path);
      return found && [found.route.key, found.parameters];
    };
    expect(match('GET', '/cases/c%2F1')).toEqual(['GET /cases/{caseId}', { caseId: 'c%2F1' }]);
    expect(match('GET', '/cases/mine')).toEqual(['GET /cases/mine', {}]);
    expect(match('PUT', '/any/a/b')).toEqual(['ANY /any/{rest+}', { rest: 'a/b' }]);
    await fetch(`${front.url}/cases/c%2F1`);
    expect(events[0]).toMatchObject({ pathParameters: { caseId: 'c/1' } });
  });
});

describe('a page of cases without a signature', () => {
  it('is signed for whoever sits at this machine, beside what was asked', async () => {
    await fetch(`${front.url}/cases/c%2F1?show=all&days=3`);
    expect(signed).toMatchObject([{ route: { key: 'GET /cases/{caseId}' }, parameters: { caseId: 'c%2F1' } }]);
    expect(events[0]).toMatchObject({
      rawQueryString: 'show=all&days=3&expires=2&signature=s',
      queryStringParameters: { show: 'all', days: '3', expires: '2', signature: 's' },
      pathParameters: { caseId: 'c/1' },
    });
    await fetch(`${front.url}/cases/c1`);
    expect(events[1]).toMatchObject({ rawQueryString: 'expires=2&signature=s' });
  });

  it('is nothing that brings a signature or an end, right or wrong, and no other route', async () => {
    for (const query of ['expires=1&signature=wrong', 'signature=', 'expires=1']) {
      await fetch(`${front.url}/cases/c1?${query}`);
      expect(events.at(-1)).toMatchObject({ rawQueryString: query });
    }
    expect(signed).toEqual([]);
    await post('{}');
    expect(events.at(-1)).toMatchObject({ rawQueryString: '' });
  });

  it.each([
    ['a page that got a name of its own', { host: 'rebound.example' }],
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a frame or a link in a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a tunnel that hides its name', { 'x-forwarded-for': '198.51.100.7' }],
    ['a proxy', { forwarded: 'for=198.51.100.7' }],
    ['a proxy that tells the address alone', { 'x-real-ip': '198.51.100.7' }],
    ['a proxy that tells the host alone', { 'x-forwarded-host': 'cases.example.com' }],
    ['a proxy that tells the protocol alone', { 'x-forwarded-proto': 'https' }],
    ['a proxy that tells itself alone', { via: '1.1 proxy' }],
    ["Cloudflare's tunnel", { 'cf-connecting-ip': '198.51.100.7' }],
    ['another edge', { 'true-client-ip': '198.51.100.7' }],
    ['a proxy that tells nothing in its header', { via: '' }],
  ])('is not signed for %s, and asked as it came', async (_, headers) => {
    expect(await statusOf('/cases/c1', headers)).toBe(204);
    expect(events).toMatchObject([{ rawQueryString: '' }]);
    expect(signed).toEqual([]);
  });

  it('is signed for what is typed, and for a page of this machine', async () => {
    for (const site of ['none', 'same-origin', 'same-site']) await statusOf('/cases/c1', { 'sec-fetch-site': site });
    expect(signed).toHaveLength(3);
  });
});

describe('/local', () => {
  it('shows executions and the outbox', async () => {
    expect(await getJson('/local/executions')).toEqual([200, [EXECUTION]]);
    expect(await getJson('/local/executions/case-1')).toEqual([200, EXECUTION]);
    expect((await getJson('/local/executions/none'))[0]).toBe(404);
    expect(await getJson('/local/outbox')).toEqual([200, { pagerduty: [], alerts: [], axiom: {} }]);
    expect((await getJson('/local/nothing'))[0]).toBe(404);
  });

  it('fires a rule, where the stack has it', async () => {
    const fire = (path: string, body?: string) => fetch(`${front.url}${path}`, { method: 'POST', body: body ?? null });
    const hunt = await fire('/local/hunt', '{"time":"2026-04-10T13:00:00Z"}');
    expect([hunt.status, await hunt.json()]).toEqual([200, { executions: ['hunt-1'] }]);
    expect((await fire('/local/hunt')).status).toBe(200);
    expect((await fire('/local/hunt', '{"force":true}')).status).toBe(200);
    const monitor = await fire('/local/monitor');
    expect(monitor.status).toBe(404);
    expect(await monitor.text()).toContain('no monitor rule');
    // Without a time it is the scenario's, where that has one.
    expect(fired).toEqual([
      ['hunt', { time: '2026-04-10T13:00:00Z' }],
      ['hunt', { time: '2026-04-09T08:10:00Z' }],
      ['hunt', { time: '2026-04-09T08:10:00Z', force: true }],
      ['monitor', {}],
    ]);
    expect((await fire('/local/hunt', '{"time":"soon"}')).status).toBe(400);
    const forced = await fire('/local/hunt', '{"force":"yes"}');
    expect([forced.status, await forced.json()]).toEqual([400, { message: 'force: expected true or false' }]);
    expect(fired).toHaveLength(4);
    expect((await fetch(`${front.url}/local/hunt`)).status).toBe(405);
  });

  it.each(['rebound.example', '127.0.0.1.nip.io', '10.0.0.5:80'])('refuses a request to the host %j', async (host) => {
    expect(await statusOf('/local/executions', { host })).toBe(403);
    expect(await statusOf('/webhooks/cloudflare', { host: 'tunnel.example' }, 'POST')).toBe(204);
  });

  it('refuses a page of another origin, not one of this machine', async () => {
    expect(await statusOf('/local/outbox', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf('/local/outbox', { 'x-forwarded-for': '198.51.100.7' })).toBe(403);
    expect(await statusOf('/local/outbox', { origin: 'https://evil.example' })).toBe(403);
    expect(await statusOf('/local/outbox', { origin: 'null' })).toBe(403);
    expect(await statusOf('/local/outbox', { origin: 'http://localhost:5173' })).toBe(200);
  });
});

function post(body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return fetch(`${front.url}/webhooks/cloudflare`, { method: 'POST', headers, body });
}

async function getJson(path: string): Promise<[number, unknown]> {
  const response = await fetch(`${front.url}${path}`);
  return [response.status, await response.json()];
}

/** By node:http, as fetch unpacks what is compressed. */
function getRaw(path: string): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${front.url}${path}`, async (response) => {
      resolve({ headers: response.headers, body: await buffer(response) });
    });
    request.on('error', reject);
    request.end();
  });
}

/** By node:http, as fetch sets Host and Origin itself. */
function statusOf(path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${front.url}${path}`, { headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}
