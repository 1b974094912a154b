import { AlertWebhook } from '../adapters/alert-webhook/client.ts';
import { AlertStore } from '../adapters/dynamodb/alerts.ts';
import { caseLinksFromEnvironment } from '../adapters/dynamodb/case-links.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { MonitorStore } from '../adapters/dynamodb/monitors.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { deploymentName } from '../runtime/deployment-name.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { alertWriter } from './alert-writer.ts';
import { type SendAlertInput, type SendAlertServices, sendAlert } from './send-alert.ts';
import { Settings } from './settings.ts';
import { webhookUrl } from './webhook-url.ts';

export const handler = makeHandler(buildServices, (input: SendAlertInput, services, { logger, deadline }) =>
  sendAlert(input, { ...services, logger, deadline }),
);

function buildServices(runtime: Runtime): Omit<SendAlertServices, 'logger' | 'deadline'> {
  const { env, clock, newId, fetch, random } = runtime;
  const { retentionDays, alert, casePage } = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const url = webhookUrl(env, makeSecrets(makeSecretsManagerClient(env), clock));
  return {
    cases: new CaseStore(table, retentionDays),
    alerts: new AlertStore(table, retentionDays),
    monitors: new MonitorStore(table, retentionDays),
    links: caseLinksFromEnvironment(env, table, casePage.linkDays),
    webhook: new AlertWebhook({ fetch, url, clock, random }),
    write: alertWriter(alert.format, url),
    clock,
    environment: deploymentName(env),
    // Only makes links: an alert must not fail for want of one.
    gitlabUrl: env.GITLAB_URL,
  };
}
