import { StreamedEventStore } from '../adapters/dynamodb/streamed-events.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import type { EventRow } from '../adapters/gitlab/schemas.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { type HandlerOptions, makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import type { WebhookRequest } from '../runtime/webhook/request.ts';
import { refused, type WebhookResponse } from '../runtime/webhook/response.ts';
import { receiveAuditEvents } from './receive-audit-events.ts';
import type { Services } from './services.ts';
import { Settings } from './settings.ts';
import { StreamingAuth } from './streaming-auth.ts';

/** The function behind `POST /webhooks/gitlab`, made for a process; tests replace parts of it. */
export function makeReceiveAuditEvents(runtime?: HandlerOptions<WebhookResponse>['runtime']) {
  return makeHandler(
    buildServices,
    (request: WebhookRequest, services, { logger }) => receiveAuditEvents(request, { ...services, logger }),
    {
      answerError: () => refused(503, 'the delivery could not be checked; send it again'),
      ...(runtime === undefined ? {} : { runtime }),
    },
  );
}

export const handler = makeReceiveAuditEvents();

function buildServices({ env, clock, logger, newId }: Runtime): Omit<Services, 'logger'> {
  const { retentionDays } = readSettings(Settings, env);
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const streamingToken = requireEnv('LATCHKEY_SECRET_GITLAB_STREAMING', env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  return {
    auth: new StreamingAuth((options) => secrets.rotating(streamingToken, options), clock, logger),
    events: new StreamedEventStore<EventRow>(table, retentionDays),
  };
}
