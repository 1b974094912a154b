import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { IncidentStore } from '../adapters/dynamodb/incidents.ts';
import { ReadingStore } from '../adapters/dynamodb/readings.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { pagerDutyFromEnvironment } from '../adapters/pagerduty/from-environment.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { deploymentName } from '../runtime/deployment-name.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type HealthInput, type ReportHealthServices, reportHealth } from './report-health.ts';
import { Settings } from './settings.ts';

export const handler = makeHandler(buildServices, (input: HealthInput, services, { logger, deadline }) =>
  reportHealth(input, { ...services, logger, deadline: deadline - CLOSING_MS }),
);

/** Kept to remember what was told and to answer. */
const CLOSING_MS = 2_000;

function buildServices(runtime: Runtime): Omit<ReportHealthServices, 'logger' | 'deadline'> {
  const { env, clock, newId } = runtime;
  const { retentionDays, looks } = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  return {
    cases: new CaseStore(table, retentionDays),
    readings: new ReadingStore(table, retentionDays),
    incidents: new IncidentStore(table, retentionDays),
    health: new HealthStore(table),
    pager: pagerDutyFromEnvironment(runtime, secrets),
    clock,
    environment: deploymentName(env),
    looksMinutes: looks.minutes,
  };
}
