import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SnapshotStore } from '../../functions/adapters/dynamodb/inventory-snapshots.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { makeStartHunt } from '../../functions/start-hunt/handler.ts';
import { type LocalTable, openLocalTable } from '../contract/dynamodb/local-table.ts';
import { iso, row } from '../contract/support/gitlab-rows.ts';
import { type GitLabServer, startGitLabServer, TOKEN } from '../contract/support/gitlab-server.ts';
import { answersOf, EMPTY_SITE } from '../contract/support/gitlab-site.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { lambdaContext } from '../support/lambda-context.ts';

const SECRETS: Record<string, string> = {
  'latchkey/gitlab': TOKEN,
  'latchkey/pagerduty': JSON.stringify({ routingKey: 'r'.repeat(32), healthRoutingKey: 'h'.repeat(32) }),
};
const ARN = 'arn:aws:states:us-east-1:123456789012';
const SETTINGS = {
  mode: 'live',
  retentionDays: 30,
  gitlab: { groups: [], ca: '' },
  match: { ipv6PrefixLength: 64 },
  hunt: { delayMinutes: 10 },
  axiom: { cloudflareDataset: 'cloudflare' },
};

const none = () => {};
const CONTEXT = lambdaContext('start-hunt', 60_000);

let local: LocalTable;
let aws: AwsStand;
let gitlab: GitLabServer;
let env: Record<string, string>;

beforeAll(async () => {
  local = await openLocalTable();
  const used = row(11, { last_used_at: iso(local.clock.now() - MINUTE) });
  gitlab = await startGitLabServer(answersOf({ ...EMPTY_SITE, tokens: [used] }));
  aws = await openAwsStand((operation, body) => {
    if (operation === 'secretsmanager.GetSecretValue') {
      return { status: 200, body: { SecretString: SECRETS[String(body.SecretId)] } };
    }
    if (operation === '/v2/enqueue') return { status: 202, body: { dedup_key: 'k' } };
    if (operation === 'AWSStepFunctions.DescribeExecution') {
      return { status: 200, body: { executionArn: body.executionArn, status: 'FAILED', startDate: 1 } };
    }
    return { status: 200, body: { executionArn: `${ARN}:execution:latchkey:x`, startDate: 1 } };
  });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', aws.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await local.close();
  await aws.close();
  await gitlab.close();
});
beforeEach(() => {
  aws.requests.length = 0;
  env = {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: 'latchkey',
    STATE_MACHINE_ARN: `${ARN}:stateMachine:latchkey`,
    GITLAB_URL: gitlab.url,
    PAGERDUTY_EVENTS_URL: aws.url,
    LATCHKEY_SECRET_GITLAB: 'latchkey/gitlab',
    LATCHKEY_SECRET_PAGERDUTY: 'latchkey/pagerduty',
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_SETTINGS: JSON.stringify(SETTINGS),
  };
});

function invoke(event: unknown) {
  const logger = { begin: none, debug: none, info: none, warn: none, error: none };
  return makeStartHunt({ env, clock: local.clock, logger, random: () => 0 })(event, CONTEXT);
}

const asked = (operation: string) => aws.requests.filter((one) => one.operation === operation).map(({ body }) => body);
const at = (hours: number) => ({ time: new Date(local.clock.now() + hours * HOUR).toISOString() });

describe('the function behind the hourly rule', () => {
  it('starts the hunt of the last hour and takes the inventory snapshot', async () => {
    expect(await invoke(at(0))).toEqual({ executions: ['hunt-2026-11-20T17Z-1'], snapshot: 'complete' });
    const [started] = asked('AWSStepFunctions.StartExecution');
    expect(started).toMatchObject({ stateMachineArn: env.STATE_MACHINE_ARN, name: 'hunt-2026-11-20T17Z-1' });
    expect(JSON.parse(String(started?.input))).toMatchObject({
      caseId: 'hunt-2026-11-20T17Z',
      shadow: false,
      window: { start: '2026-11-20T17:00:00.000Z' },
    });
    const snapshot = await new SnapshotStore(local.table, 30).load();
    expect(snapshot?.takenAt).toBe(local.clock.now());
    expect(Object.keys(snapshot?.credentials ?? {})).toEqual(['token/11']);
  });

  it('asks how the last attempt stands, and begins the next', async () => {
    expect((await invoke(at(1))).executions).toEqual(['hunt-2026-11-20T17Z-2', 'hunt-2026-11-20T18Z-1']);
    expect(asked('AWSStepFunctions.DescribeExecution')).toEqual([
      { executionArn: `${ARN}:execution:latchkey:hunt-2026-11-20T17Z-1` },
    ]);
  });

  it('tells the owner of the pipeline of hours given up', async () => {
    await invoke(at(100));
    expect(asked('/v2/enqueue')).toEqual([
      expect.objectContaining({
        routing_key: 'h'.repeat(32),
        event_action: 'trigger',
        dedup_key: 'latchkey-health/hunt-skipped',
        payload: expect.objectContaining({
          summary: expect.stringContaining('hours between'),
          source: 'latchkey/test',
        }),
      }),
    ]);
  });

  it('goes on without GitLab where hunts are configured, and fails where they are not', async () => {
    env.GITLAB_URL = 'http://127.0.0.1:1';
    expect(await invoke(at(100))).toMatchObject({ snapshot: 'unavailable' });
    env.LATCHKEY_SETTINGS = JSON.stringify({ ...SETTINGS, axiom: { cloudflareDataset: '' } });
    await expect(invoke(at(100))).rejects.toMatchObject({ name: 'TransientError' });
  });

  it('refuses an event without a time', async () => {
    await expect(invoke({})).rejects.toMatchObject({ name: 'BadInputError', message: expect.stringContaining('time') });
  });

  it.each([
    'TABLE_NAME',
    'STATE_MACHINE_ARN',
    'GITLAB_URL',
    'LATCHKEY_SECRET_GITLAB',
    'LATCHKEY_SECRET_PAGERDUTY',
    'PAGERDUTY_EVENTS_URL',
    'LATCHKEY_SETTINGS',
  ])('names variable %s when it is missing', async (name) => {
    delete env[name];
    await expect(invoke(at(0))).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining(name) });
  });
});
