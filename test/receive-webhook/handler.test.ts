import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeReceiveWebhook } from '../../functions/receive-webhook/handler.ts';
import type { WebhookResponse } from '../../functions/runtime/webhook/response.ts';
import { type LocalTable, openLocalTable } from '../contract/dynamodb/local-table.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { request, SECRET, sample } from './fake-services.ts';

const SECRETS: Record<string, string> = {
  'latchkey/cloudflare-webhook': JSON.stringify({ current: SECRET, previous: 'the one before' }),
  'latchkey/pagerduty': JSON.stringify({ routingKey: 'r'.repeat(32), healthRoutingKey: 'h'.repeat(32) }),
};

const none = () => {};
const CONTEXT = lambdaContext('receive-webhook', 15_000);

let local: LocalTable;
let stand: AwsStand;
let pagerDutyStatus: number;
let env: Record<string, string>;

beforeAll(async () => {
  local = await openLocalTable();
  stand = await openAwsStand((operation, body) => {
    if (operation === 'secretsmanager.GetSecretValue') {
      const SecretString = SECRETS[String(body.SecretId)];
      return SecretString === undefined
        ? { status: 400, body: { __type: 'ResourceNotFoundException', message: 'no' } }
        : { status: 200, body: { SecretString } };
    }
    if (operation === '/v2/enqueue') return { status: pagerDutyStatus, body: { dedup_key: 'k' } };
    return { status: 200, body: { executionArn: 'arn:x', startDate: 1 } };
  });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', stand.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', stand.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await local.close();
  await stand.close();
});
beforeEach(() => {
  stand.requests.length = 0;
  pagerDutyStatus = 202;
  env = {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: 'latchkey',
    STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:latchkey',
    PAGERDUTY_EVENTS_URL: stand.url,
    LATCHKEY_SECRET_CLOUDFLARE_WEBHOOK: 'latchkey/cloudflare-webhook',
    LATCHKEY_SECRET_PAGERDUTY: 'latchkey/pagerduty',
    LATCHKEY_SETTINGS: JSON.stringify({
      mode: 'live',
      retentionDays: 30,
      cloudflare: { zones: [] },
      window: { leadMinutes: 30 },
    }),
  };
});

function invoke(body: string, headers: Record<string, string> = {}): Promise<WebhookResponse> {
  const logger = { begin: none, debug: none, info: none, warn: none, error: none };
  const handler = makeReceiveWebhook({ env, clock: local.clock, logger, random: () => 0 });
  return handler(request(body, headers), CONTEXT);
}

const started = () => stand.requests.filter(({ operation }) => operation === 'AWSStepFunctions.StartExecution');
const sent = () => stand.requests.filter(({ operation }) => operation === '/v2/enqueue').map(({ body }) => body);

describe('POST /webhooks/cloudflare', () => {
  it('stores a spike, starts its case once, and says which', async () => {
    const response = await invoke(sample('firewall-anomaly-start'));
    const { caseId } = JSON.parse(response.body);
    expect(response.statusCode).toBe(202);
    expect(started().map(({ body }) => body.name)).toEqual([caseId]);
    expect(JSON.parse((await invoke(sample('firewall-anomaly-start'))).body)).toMatchObject({
      result: 'duplicate',
      caseId,
    });
    expect(started()).toHaveLength(1);
    const end = await invoke(sample('firewall-anomaly-end'));
    expect(JSON.parse(end.body)).toMatchObject({ result: 'nothing to do', caseId });
    expect((await local.table.query(`case#${caseId}`)).map(({ sk }) => sk)).toEqual([
      'case',
      expect.stringMatching(/^case-end#/),
    ]);
  });

  it('refuses a wrong secret', async () => {
    expect((await invoke(sample('no-text'), { 'cf-webhook-auth': 'guess' })).statusCode).toBe(401);
    expect(started()).toEqual([]);
  });

  it('tells the owner of the pipeline about a disabled Logpush job, or asks to be sent again', async () => {
    pagerDutyStatus = 500;
    expect((await invoke(sample('logpush-disabled'))).statusCode).toBe(503);
    pagerDutyStatus = 202;
    expect((await invoke(sample('logpush-disabled'))).statusCode).toBe(200);
    expect(sent().at(-1)).toMatchObject({
      routing_key: 'h'.repeat(32),
      event_action: 'trigger',
      dedup_key: 'latchkey-health/logpush',
      payload: { class: 'pipeline-health', severity: 'warning', summary: expect.stringContaining('4711') },
    });
  });

  it('answers 503 and no reason while its own table, secret or setting is missing', async () => {
    env.TABLE_NAME = 'gone';
    expect((await invoke(sample('sparse'))).statusCode).toBe(503);
    env.TABLE_NAME = 'latchkey';
    env.LATCHKEY_SECRET_CLOUDFLARE_WEBHOOK = 'latchkey/gone';
    expect((await invoke(sample('sparse'))).statusCode).toBe(503);
    env.LATCHKEY_SETTINGS = '{"mode":"loud"}';
    const { statusCode, body } = await invoke(sample('sparse'));
    expect(statusCode).toBe(503);
    expect(body).not.toMatch(/mode|gone|latchkey/);
    expect(started()).toEqual([]);
  });
});
