import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServer, listen } from '../../../infra/local/local-server.ts';
import { emptyWorld, emptyZone, ZONE } from '../../../infra/local/scenario/builders.ts';
import type { World } from '../../../infra/local/scenario/world.ts';
import {
  CLOUDFLARE_STAND_IN_TOKEN,
  type CloudflareStandIn,
  startCloudflareStandIn,
} from '../../../infra/local/stand-ins/cloudflare.ts';
import type { AlertingBooks } from '../../../infra/local/stand-ins/cloudflare-alerting.ts';
import { exitStatus } from '../../../infra/operate/command-line.ts';
import { runConnect } from '../../../infra/operate/connect-run.ts';
import { fakeClock, START } from '../local/stand-ins/asking.ts';
import { capture, settingsFile, WEBHOOK_SECRET } from './tool-setup.ts';

const OTHER_ZONE = { id: 'b'.repeat(32), name: 'other.example' };
const ACCOUNT = '01a7362d577a6c3019a474fd6f485823';

/** A deployed stack's endpoint: knows its secret. */
const endpoint = { url: '', status: 200, asked: [] as string[], close: async () => {} };
let cloudflare: CloudflareStandIn;
let books: AlertingBooks;

function worldOf(plan: 'free' | 'enterprise'): World {
  const world = emptyWorld(START, { plan });
  world.cloudflare.zones.push(emptyZone(OTHER_ZONE.id, OTHER_ZONE.name, plan, false));
  return world;
}

beforeEach(async () => {
  const server = createServer((request, response) => {
    endpoint.asked.push(String(request.headers['cf-webhook-auth']));
    response.writeHead(request.headers['cf-webhook-auth'] === WEBHOOK_SECRET ? endpoint.status : 401).end();
  });
  endpoint.url = `${await listen(server)}/webhooks/cloudflare`;
  endpoint.status = 200;
  endpoint.asked = [];
  endpoint.close = () => closeServer(server);
  books = { destinations: [], policies: [] };
  cloudflare = await startCloudflareStandIn({ world: worldOf('enterprise'), clock: fakeClock(), alerting: books });
});

afterEach(async () => {
  await Promise.all([endpoint.close(), cloudflare.close()]);
});

async function connect(argv: readonly string[] = [], env: Record<string, string> = {}, settings: object = {}) {
  const variables = {
    CLOUDFLARE_API_URL: cloudflare.url,
    CLOUDFLARE_API_TOKEN: CLOUDFLARE_STAND_IN_TOKEN,
    CLOUDFLARE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ...env,
  };
  const all = ['--json', '--url', endpoint.url, '--settings', settingsFile(settings), ...argv];
  const ran = await capture(variables, fakeClock(), (around) =>
    exitStatus('connect', around, () => runConnect(all, around)),
  );
  return { ...ran, line: (what: string) => ran.lines.find((one) => one.what === what) };
}

function policy(type: string) {
  return books.policies.find((one) => one.alert_type === type);
}

describe('connect', () => {
  it('registers the webhook with its secret, and a policy for each attack alert offered', async () => {
    const { status, line, output } = await connect();
    expect(status).toBe(0);
    expect(books.destinations).toMatchObject([{ name: 'Latchkey', url: endpoint.url, secret: WEBHOOK_SECRET }]);
    expect(endpoint.asked).toEqual([WEBHOOK_SECRET]);
    const [destination] = books.destinations;
    expect(books.policies.map((one) => one.alert_type)).toEqual([
      'bot_traffic_basic_alert',
      'clickhouse_alert_fw_anomaly',
      'clickhouse_alert_fw_ent_anomaly',
      'dos_attack_l7',
      'failing_logpush_job_disabled_alert',
    ]);
    for (const one of books.policies) {
      expect(one).toMatchObject({ enabled: true, mechanisms: { webhooks: [{ id: destination?.id }] } });
    }
    expect(line('advanced_ddos_attack_l7_alert')?.why).toContain('not offered');
    expect(output).not.toContain(WEBHOOK_SECRET);
    expect(output).not.toContain(CLOUDFLARE_STAND_IN_TOKEN);
  });

  it('gives zones to the types that want them: the configured ones, else all', async () => {
    await connect([], {}, { cloudflare: { zones: [OTHER_ZONE.name] } });
    expect(policy('bot_traffic_basic_alert')?.filters).toEqual({ zones: [OTHER_ZONE.id] });
    expect(policy('dos_attack_l7')?.filters).toEqual({});
    await connect();
    expect(policy('bot_traffic_basic_alert')?.filters).toEqual({ zones: [ZONE.id, OTHER_ZONE.id] });
    expect(books.policies).toHaveLength(5);
  });

  it('may be repeated: writes the secret anew and nothing twice', async () => {
    await connect();
    const before = structuredClone(books.policies);
    const { status, line } = await connect();
    expect(status).toBe(0);
    expect(books.destinations).toHaveLength(1);
    expect(books.policies).toEqual(before);
    expect(line('dos_attack_l7')?.why).toContain('there already');
    expect(line('webhook destination')?.why).toContain('updated');
    expect(cloudflare.seen.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('keeps what people added to its policies', async () => {
    await connect();
    const [first] = books.policies;
    const mail = { email: [{ id: 'soc@example.com' }], webhooks: [] };
    books.policies[0] = { ...first, mechanisms: mail, enabled: false };
    const { line } = await connect();
    const [destination] = books.destinations;
    expect(books.policies[0]).toMatchObject({
      enabled: false,
      mechanisms: { email: [{ id: 'soc@example.com' }], webhooks: [{ id: destination?.id }] },
    });
    expect(line('bot_traffic_basic_alert')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('switched off'),
    });
  });

  it('leaves the policies of others alone', async () => {
    const theirs = { id: 'c'.repeat(32), name: 'Ours', alert_type: 'dos_attack_l7', enabled: true, mechanisms: {} };
    books.policies.push(theirs);
    await connect();
    expect(books.policies[0]).toEqual(theirs);
    expect(books.policies.filter((one) => one.alert_type === 'dos_attack_l7')).toHaveLength(2);
  });

  it('changes nothing in a dry run, and says what it would do', async () => {
    const { status, line } = await connect(['--dry-run']);
    expect(status).toBe(0);
    expect(books).toEqual({ destinations: [], policies: [] });
    expect(line('webhook destination')?.why).toContain('would be created');
    expect(line('bot_traffic_basic_alert')?.why).toContain('would be created');
    expect(cloudflare.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([
    [401, 'latchkey/cloudflare-webhook'],
    [404, 'WebhookUrl'],
    [503, 'deploy the stack'],
  ])('explains what an endpoint that answers the test with %i lacks', async (answer, why) => {
    endpoint.status = answer;
    const { status, line } = await connect();
    expect(status).toBe(1);
    expect(line('webhook destination')).toMatchObject({ status: 'fail', why: expect.stringContaining(why) });
    expect(books.policies).toEqual([]);
  });

  it('writes no secret that the endpoint does not know over one that it knows', async () => {
    await connect();
    const { status, line } = await connect([], { CLOUDFLARE_WEBHOOK_SECRET: 'another-secret-than-the-endpoint-has' });
    expect(status).toBe(1);
    expect(line('webhook destination')?.why).toContain('does not know this secret');
    expect(books.destinations).toMatchObject([{ secret: WEBHOOK_SECRET }]);
  });

  it('writes the secret anew where the endpoint cannot be asked from here', async () => {
    await connect();
    await endpoint.close();
    endpoint.close = async () => {};
    const { line } = await connect([], { CLOUDFLARE_WEBHOOK_SECRET: 'the-secret-after-a-rotation' });
    expect(line('webhook destination')?.why).toContain('updated');
    expect(books.destinations).toMatchObject([{ secret: 'the-secret-after-a-rotation' }]);
  });

  it('registers only the DDoS alert on a Free plan', async () => {
    cloudflare.world = worldOf('free');
    const { status, line } = await connect();
    expect(status).toBe(0);
    expect(books.policies.map((one) => one.alert_type)).toEqual(['dos_attack_l7']);
    expect(line('clickhouse_alert_fw_anomaly')?.why).toContain('Business and Enterprise');
  });

  it('names the permission it lacks', async () => {
    cloudflare.faults.answers.push({ status: 403, path: '/alerting/', times: 9, body: { success: false } });
    const { status, lines } = await connect();
    expect(status).toBe(1);
    expect(lines.find(({ status }) => status === 'fail')?.why).toContain('Notifications Edit');
  });

  it('goes on after a policy that is refused, in Cloudflare’s words', async () => {
    const errors = [{ code: 1004, message: 'zone is not on this plan' }];
    await connect(['--dry-run']);
    cloudflare.faults.answers.push({ status: 200, path: 'policies', body: { success: true, result: [] } });
    cloudflare.faults.answers.push({ status: 400, path: 'policies', body: { success: false, errors } });
    const { status, line } = await connect();
    expect(status).toBe(1);
    expect(line('bot_traffic_basic_alert')?.why).toContain('zone is not on this plan (1004)');
    expect(line('dos_attack_l7')?.status).toBe('ok');
  });

  it('takes the account from --account when the token sees no zone', async () => {
    cloudflare.faults.answers.push({ status: 403, path: '/zones?', times: 2, body: { success: false } });
    const without = await connect();
    expect(without.lines.find(({ status }) => status === 'fail')?.why).toContain('Zone Read');
    cloudflare.faults.answers.splice(0);
    cloudflare.faults.answers.push({ status: 403, path: '/zones?', body: { success: false } });
    const { line } = await connect(['--account', ACCOUNT]);
    expect(line('dos_attack_l7')?.why).toContain('created');
    expect(line('bot_traffic_basic_alert')?.why).toContain('cloudflare.zones');
  });

  it('says which configured zone is not there', async () => {
    const { status, line } = await connect([], {}, { cloudflare: { zones: [ZONE.name, 'exmaple.com'] } });
    expect(status).toBe(1);
    expect(line('zone exmaple.com')?.status).toBe('fail');
    expect(policy('bot_traffic_basic_alert')?.filters).toEqual({ zones: [ZONE.id] });
  });

  it.each([
    [['--url', 'http://hooks.example.com/webhooks/cloudflare'], {}, '--url'],
    [['--url', 'https://hooks.example.com/'], {}, '--url'],
    [['--account', 'mine'], {}, '--account'],
    [['--wurst'], {}, '--wurst'],
    [[], { CLOUDFLARE_API_TOKEN: '' }, 'CLOUDFLARE_API_TOKEN'],
    [[], { CLOUDFLARE_WEBHOOK_SECRET: '' }, 'CLOUDFLARE_WEBHOOK_SECRET'],
  ])('exits with 2 for %j %j, before anything is asked', async (argv, env, named) => {
    const { status, output } = await connect(argv, env);
    expect(status).toBe(2);
    expect(output).toContain(named);
    expect(cloudflare.seen).toEqual([]);
  });
});
