import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CaseStore } from '../../functions/adapters/dynamodb/cases.ts';
import { MonitorStore } from '../../functions/adapters/dynamodb/monitors.ts';
import { Table } from '../../functions/adapters/dynamodb/table.ts';
import { MINUTE, toIso } from '../../functions/core/time.ts';
import { makePollSecurityEvents } from '../../functions/poll-security-events/handler.ts';
import { fakeClock, type LocalTable, openLocalTable } from '../contract/dynamodb/local-table.ts';
import { attack, monitoredZone } from '../contract/support/cloudflare-monitor.ts';
import { CloudflareServer, NOW, TOKEN } from '../contract/support/cloudflare-server.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const SECRETS: Record<string, string> = {
  'latchkey/cloudflare': TOKEN,
  'latchkey/pagerduty': JSON.stringify({ routingKey: 'r'.repeat(32), healthRoutingKey: 'h'.repeat(32) }),
};
const ARN = 'arn:aws:states:us-east-1:123456789012';
const SETTINGS = {
  mode: 'live',
  retentionDays: 30,
  cloudflare: { zones: [] as string[] },
  // As people write it, and as the template carries it: with settings that are read elsewhere.
  monitor: {
    ...{ schedule: 'rate(1 minute)', filters: [{ name: 'all' }, { name: 'ddos', sources: ['l7ddos'] }] },
    ...{ windowHours: 24, limit: 25, alertOn: 'growth', factor: 2, floor: 0, coolDownMinutes: 0, gitlabMinutes: 60 },
  },
  alert: { format: 'auto' },
};

const none = () => {};
const CONTEXT = lambdaContext('poll-security-events', 50_000);

let local: LocalTable;
let aws: AwsStand;
let cloudflare: CloudflareServer;
let env: Record<string, string>;
let clock: ReturnType<typeof fakeClock>;

beforeAll(async () => {
  aws = await openAwsStand((operation, body) => {
    if (operation === 'secretsmanager.GetSecretValue') {
      return { status: 200, body: { SecretString: SECRETS[String(body.SecretId)] } };
    }
    if (operation === '/v2/enqueue') return { status: 202, body: { dedup_key: 'k' } };
    return { status: 200, body: { executionArn: `${ARN}:execution:latchkey:x`, startDate: 1 } };
  });
});
afterAll(() => aws.close());
beforeEach(async () => {
  local = await openLocalTable();
  cloudflare = await new CloudflareServer().start();
  cloudflare.zones = [monitoredZone(1, 'enterprise'), monitoredZone(2, 'free')];
  clock = fakeClock(NOW);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', aws.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  aws.requests.length = 0;
  env = {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: 'latchkey',
    STATE_MACHINE_ARN: `${ARN}:stateMachine:latchkey`,
    CLOUDFLARE_API_URL: cloudflare.url,
    PAGERDUTY_EVENTS_URL: aws.url,
    LATCHKEY_SECRET_CLOUDFLARE: 'latchkey/cloudflare',
    LATCHKEY_SECRET_PAGERDUTY: 'latchkey/pagerduty',
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_SETTINGS: JSON.stringify(SETTINGS),
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await local.close();
  await cloudflare.close();
});

function invoke(event: unknown = { time: toIso(clock.now()) }) {
  const logger = { begin: none, debug: none, info: none, warn: none, error: none };
  return makePollSecurityEvents({ env, clock, logger, random: () => 0 })(event, CONTEXT);
}

/** The table, read at the time the function ran at. */
const table = () => new Table({ client: local.client, tableName: 'latchkey', clock });
const asked = (operation: string) => aws.requests.filter((one) => one.operation === operation).map(({ body }) => body);
const started = () => asked('AWSStepFunctions.StartExecution').map(({ input }) => JSON.parse(String(input)));

describe('the function behind the monitor', () => {
  it('reads every zone for every monitor and begins a case for each that fires', async () => {
    const [paid, free] = cloudflare.zones;
    paid?.events.push(attack('192.0.2.1', { count: 7 }), attack('192.0.2.2', { count: 5, source: 'l7ddos' }));
    free?.events.push(attack('192.0.2.3', { count: 1 }));
    const { executions, ...rest } = await invoke();
    expect(rest).toEqual({ zones: 2, failures: 0 });
    expect(executions).toHaveLength(3);
    const facts = started().map(({ monitor }) => [monitor.zone.name, monitor.name, monitor.total]);
    expect(facts.sort()).toEqual([
      ['zone1.example.com', 'all', 12],
      ['zone1.example.com', 'ddos', 5],
      ['zone2.example.com', 'all', 1],
    ]);
    const caseId = executions.find((name) =>
      started().some((state) => state.caseId === name && state.monitor.total === 12),
    );
    const picture = await new CaseStore(table(), 30).loadPicture(caseId ?? '', 0);
    expect(picture?.groups.map(({ count, dimensions }) => [count, dimensions.clientIP])).toEqual([
      [7, '192.0.2.1'],
      [5, '192.0.2.2'],
    ]);
    clock.advance(MINUTE);
    expect((await invoke()).executions).toEqual([]);
  });

  it("tells the pipeline's owner when three polls in a row could not read a zone", async () => {
    const [paid] = cloudflare.zones;
    if (paid !== undefined) paid.visible = false;
    env.LATCHKEY_SETTINGS = JSON.stringify({
      ...SETTINGS,
      cloudflare: { zones: ['zone1.example.com', 'zone2.example.com'] },
    });
    for (let poll = 0; poll < 4; poll++) {
      expect(await invoke()).toMatchObject({ failures: 1 });
      clock.advance(MINUTE);
    }
    expect(asked('/v2/enqueue')).toEqual([
      expect.objectContaining({
        routing_key: 'h'.repeat(32),
        event_action: 'trigger',
        dedup_key: 'latchkey-health/monitor',
        payload: expect.objectContaining({ summary: expect.stringContaining('zone1.example.com') }),
      }),
    ]);
  });

  it('fails when Cloudflare cannot be asked at all, and remembers that', async () => {
    env.CLOUDFLARE_API_URL = 'http://127.0.0.1:1';
    await expect(invoke()).rejects.toThrow('Cloudflare');
    const { states, failed } = await new MonitorStore(table(), 30).load();
    expect(states.size).toBe(0);
    expect(failed?.count).toBe(1);
  });

  it('asks nothing where nothing is watched', async () => {
    env.LATCHKEY_SETTINGS = JSON.stringify({ ...SETTINGS, monitor: { ...SETTINGS.monitor, filters: [] } });
    expect(await invoke()).toEqual({ executions: [], zones: 0, failures: 0 });
    expect(asked('secretsmanager.GetSecretValue')).toEqual([]);
  });

  it('refuses an event without a time', async () => {
    await expect(invoke({})).rejects.toMatchObject({ name: 'BadInputError', message: expect.stringContaining('time') });
  });

  it.each([
    'TABLE_NAME',
    'STATE_MACHINE_ARN',
    'CLOUDFLARE_API_URL',
    'LATCHKEY_SECRET_CLOUDFLARE',
    'LATCHKEY_SECRET_PAGERDUTY',
    'PAGERDUTY_EVENTS_URL',
    'LATCHKEY_SETTINGS',
  ])('names variable %s when it is missing', async (name) => {
    delete env[name];
    await expect(invoke()).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining(name) });
  });
});
