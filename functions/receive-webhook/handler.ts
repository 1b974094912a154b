import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { DeliveryStore } from '../adapters/dynamodb/deliveries.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { healthTellerFromEnvironment } from '../adapters/pagerduty/from-environment.ts';
import { Executions } from '../adapters/stepfunctions/executions.ts';
import type { EpochMs } from '../core/time.ts';
import { makeDynamoDbClient, makeSecretsManagerClient, makeStepFunctionsClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { type HandlerOptions, type Invocation, makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { WebhookAuth } from '../runtime/webhook/auth.ts';
import type { WebhookRequest } from '../runtime/webhook/request.ts';
import { refused, type WebhookResponse } from '../runtime/webhook/response.ts';
import { receiveWebhook } from './receive-webhook.ts';
import type { Health, Services } from './services.ts';
import { Settings } from './settings.ts';

/** Answers while PagerDuty is slow rather than being cut off: milliseconds kept of the invocation's time. */
const RESERVE_MS = 2_000;

/** The function behind `POST /webhooks/cloudflare`, made for a process; tests replace parts of it. */
export function makeReceiveWebhook(runtime?: HandlerOptions<WebhookResponse>['runtime']) {
  return makeHandler(buildServices, receive, {
    // What throws past the step is ours to repair (no secret, no settings): the sender is to try again.
    answerError: () => refused(503, 'the notification could not be checked; send it again'),
    ...(runtime === undefined ? {} : { runtime }),
  });
}

export const handler = makeReceiveWebhook();

type ProcessServices = Omit<Services, 'health' | 'logger'> & { readonly healthUntil: (deadline: EpochMs) => Health };

function buildServices(runtime: Runtime): ProcessServices {
  const { env, clock, logger, newId } = runtime;
  const settings = readSettings(Settings, env);
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const webhookSecret = requireEnv('LATCHKEY_SECRET_CLOUDFLARE_WEBHOOK', env);
  const table = new Table({
    client: makeDynamoDbClient(env),
    tableName: requireEnv('TABLE_NAME', env),
    clock,
    newId,
  });
  const teller = healthTellerFromEnvironment(runtime, secrets, new HealthStore(table));
  return {
    auth: new WebhookAuth((options) => secrets.rotating(webhookSecret, options), clock, logger),
    deliveries: new DeliveryStore(table, settings.retentionDays),
    cases: new CaseStore(table, settings.retentionDays, runtime.logger),
    workflow: new Executions(makeStepFunctionsClient(env), requireEnv('STATE_MACHINE_ARN', env)),
    // Raised although it may stand already: a second job switched off is news, a repeated delivery never gets here.
    healthUntil: (deadline) => ({
      raise: (source, why) => teller(deadline).tell({ source, action: 'raise', why }),
    }),
    settings,
    clock,
  };
}

async function receive(
  request: WebhookRequest,
  { healthUntil, ...services }: ProcessServices,
  { logger, deadline }: Invocation,
): Promise<WebhookResponse> {
  return await receiveWebhook(request, { ...services, health: healthUntil(deadline - RESERVE_MS), logger });
}
