import { axiomFromEnvironment } from '../adapters/axiom/from-environment.ts';
import { AxiomReports } from '../adapters/axiom/report-writer.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { HuntStore } from '../adapters/dynamodb/hunts.ts';
import { LearnedStore } from '../adapters/dynamodb/learned.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import type { CaseState } from '../core/case.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { Settings } from './settings.ts';
import { type WriteReportServices, writeReport } from './write-report.ts';

export const handler = makeHandler(buildServices, (state: CaseState, services, { logger, deadline }) =>
  writeReport(state, { ...services, logger, deadline }),
);

function buildServices(runtime: Runtime): Omit<WriteReportServices, 'logger' | 'deadline'> {
  const { env, clock, newId } = runtime;
  const settings = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  return {
    cases: new CaseStore(table, settings.retentionDays, runtime.logger),
    hunts: new HuntStore(table, settings.retentionDays),
    reports: new AxiomReports({
      client: axiomFromEnvironment(runtime, secrets),
      dataset: settings.axiom.reportDataset,
    }),
    learned: new LearnedStore(table, settings.retentionDays),
    health: new HealthStore(table),
    clock,
  };
}
