import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '../../../../infra/local/json.ts';
import { closeServer, listen } from '../../../../infra/local/local-server.ts';
import { readBody } from '../../../../infra/local/request-body.ts';
import { emptyWorld, ZONE } from '../../../../infra/local/scenario/builders.ts';
import {
  CLOUDFLARE_STAND_IN_TOKEN,
  type CloudflareStandIn,
  startCloudflareStandIn,
} from '../../../../infra/local/stand-ins/cloudflare.ts';
import { askCloudflare, fakeClock, START } from './asking.ts';

const world = emptyWorld(START, { plan: 'business' });
const ALERTING = `/accounts/${world.cloudflare.account.id}/alerting/v3`;

const received: { secret: unknown; body: string | undefined }[] = [];
const hook = { url: '', status: 200, close: async () => {} };
let cloudflare: CloudflareStandIn;

beforeEach(async () => {
  received.length = 0;
  hook.status = 200;
  const server = createServer(async (request, response) => {
    const body = (await readBody(request, 10_000))?.toString('utf8');
    received.push({ secret: request.headers['cf-webhook-auth'], body });
    response.writeHead(hook.status).end();
  });
  hook.url = await listen(server);
  hook.close = () => closeServer(server);
  cloudflare = await startCloudflareStandIn({ world, clock: fakeClock() });
});

afterEach(async () => {
  await Promise.all([hook.close(), cloudflare.close()]);
});

async function send(method: string, path: string, body: object) {
  const response = await fetch(`${cloudflare.url}${ALERTING}/${path}`, {
    method,
    headers: { authorization: `Bearer ${CLOUDFLARE_STAND_IN_TOKEN}` },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  return { status: response.status, answer, text: JSON.stringify(answer) };
}

async function list(path: string): Promise<unknown> {
  const { body } = await askCloudflare(cloudflare, `${ALERTING}/${path}`);
  return isObject(body) ? body.result : undefined;
}

const DESTINATION = { name: 'secops', secret: 'a shared secret' };
const POLICY = { name: 'spikes', alert_type: 'clickhouse_alert_fw_anomaly', enabled: true, mechanisms: {} };

describe('notifications of the Cloudflare stand-in', () => {
  it('tests a destination with its secret before it takes it, and never shows the secret', async () => {
    expect((await send('POST', 'destinations/webhooks', { ...DESTINATION, url: hook.url })).status).toBe(200);
    expect(received).toEqual([{ secret: DESTINATION.secret, body: expect.stringMatching(/^\{"text":"Hello World!/) }]);
    const shown = await list('destinations/webhooks');
    expect(shown).toMatchObject([{ name: 'secops', url: hook.url, type: 'generic' }]);
    expect(JSON.stringify(shown)).not.toContain(DESTINATION.secret);
  });

  it('refuses a destination whose endpoint refuses the test, in the documented words', async () => {
    hook.status = 403;
    const { status, text } = await send('POST', 'destinations/webhooks', { ...DESTINATION, url: hook.url });
    expect(status).toBe(400);
    expect(text).toContain('Webhook test failed with status code 403 403 Forbidden');
    expect(await list('destinations/webhooks')).toEqual([]);
  });

  it('offers the alert types of the best plan in the account, with their filters', async () => {
    const offered = JSON.stringify(await list('available_alerts'));
    expect(offered).toContain('"type":"clickhouse_alert_fw_anomaly"');
    expect(offered).toContain('"Key":"zones","Range":"1-n"');
    expect(offered).not.toContain('bot_traffic_basic_alert');
  });

  it.each([
    ['a type the account is not offered', { alert_type: 'bot_traffic_basic_alert' }],
    ['a policy without the zones it needs', { filters: {} }],
    ['a zone of somebody else', { filters: { zones: ['9'.repeat(32)] } }],
    ['a filter the type does not have', { filters: { zones: [ZONE.id], slo: ['99.9'] } }],
    ['a webhook that is not there', { mechanisms: { webhooks: [{ id: 'nowhere' }] } }],
  ])('refuses %s', async (_, change) => {
    const { status } = await send('POST', 'policies', { ...POLICY, filters: { zones: [ZONE.id] }, ...change });
    expect(status).toBe(400);
    expect(await list('policies')).toEqual([]);
  });

  it('changes a policy in place', async () => {
    await send('POST', 'policies', { ...POLICY, filters: { zones: [ZONE.id] } });
    const made = await list('policies');
    const first: unknown = Array.isArray(made) ? made[0] : undefined;
    const id = isObject(first) ? String(first.id) : '';
    expect((await send('PUT', `policies/${id}`, { name: 'renamed' })).status).toBe(200);
    expect(await list('policies')).toMatchObject([{ id, name: 'renamed', alert_type: POLICY.alert_type }]);
    expect((await send('PUT', 'policies/0', { name: 'x' })).status).toBe(404);
  });

  it('knows no other account', async () => {
    const { status } = await askCloudflare(cloudflare, `/accounts/${'0'.repeat(32)}/alerting/v3/policies`);
    expect(status).toBe(403);
  });
});
