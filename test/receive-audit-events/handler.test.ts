import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StreamedEventStore } from '../../functions/adapters/dynamodb/streamed-events.ts';
import type { EventRow } from '../../functions/adapters/gitlab/schemas.ts';
import { makeReceiveAuditEvents } from '../../functions/receive-audit-events/handler.ts';
import { type LocalTable, openLocalTable } from '../contract/dynamodb/local-table.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const TOKEN = 'abcdefghij0123456789';
const none = () => {};
const CONTEXT = lambdaContext('receive-audit-events', 25_000);

let local: LocalTable;
let stand: AwsStand;
let failure: string | undefined;

beforeAll(async () => {
  local = await openLocalTable();
  stand = await openAwsStand(() =>
    failure === undefined
      ? { status: 200, body: { SecretString: TOKEN } }
      : { status: 400, body: { __type: failure, message: 'no' } },
  );
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', stand.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await local.close();
  await stand.close();
});

function invoke(tableName = 'latchkey') {
  const env = {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: tableName,
    LATCHKEY_SECRET_GITLAB_STREAMING: 'latchkey/gitlab-streaming',
    LATCHKEY_SETTINGS: JSON.stringify({ retentionDays: 30 }),
  };
  const { logger, lines } = recordingLogger();
  const handler = makeReceiveAuditEvents({ env, clock: local.clock, logger: { ...logger, begin: none } });
  const body = readFileSync(new URL('../events/gitlab/batch.json', import.meta.url), 'utf8');
  const answer = handler({ body, headers: { 'x-gitlab-event-streaming-token': TOKEN } }, CONTEXT);
  return { answer, lines };
}

describe('the function behind POST /webhooks/gitlab', () => {
  it('keeps what was streamed where readings of the window find it, once', async () => {
    failure = undefined;
    expect(await invoke().answer).toMatchObject({ statusCode: 202 });
    expect(await invoke().answer).toMatchObject({ statusCode: 202 });
    const at = Date.parse('2026-11-20T19:04:11.123Z');
    const store = new StreamedEventStore<EventRow>(local.table, 30);
    const { events } = await store.read({ start: at, end: at }, Number.POSITIVE_INFINITY);
    expect(events.map(({ event_name: name }) => name).sort()).toEqual([
      'project_access_token_created',
      'repository_git_operation',
      'user_authenticated_using_job_token',
    ]);
    expect(await store.heard()).toEqual({ first: local.clock.now(), last: local.clock.now() });
  });

  it.each(['ResourceNotFoundException', 'AccessDeniedException'])(
    'refuses where its secret is not to be had (%s), and fails not',
    async (name) => {
      failure = name;
      const { answer, lines } = invoke();
      expect(await answer).toMatchObject({ statusCode: 401 });
      expect(JSON.stringify(lines)).toContain('streaming is not set up');
    },
  );

  it('answers 503 where the table is not to be had', async () => {
    failure = undefined;
    expect(await invoke('another').answer).toMatchObject({ statusCode: 503 });
  });
});
