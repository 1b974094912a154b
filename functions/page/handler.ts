import { caseLinksFromEnvironment } from '../adapters/dynamodb/case-links.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { pagerDutyFromEnvironment } from '../adapters/pagerduty/from-environment.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { deploymentName } from '../runtime/deployment-name.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type PageInput, type PageServices, page } from './page.ts';
import { Settings } from './settings.ts';

export const handler = makeHandler(buildServices, (input: PageInput, services, { logger, deadline }) =>
  page(input, { ...services, logger, deadline }),
);

function buildServices(runtime: Runtime): Omit<PageServices, 'logger' | 'deadline'> {
  const { env, clock, newId } = runtime;
  const { retentionDays, casePage } = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  return {
    cases: new CaseStore(table, retentionDays),
    links: caseLinksFromEnvironment(env, table, casePage.linkDays),
    health: new HealthStore(table),
    pager: pagerDutyFromEnvironment(runtime, secrets),
    clock,
    environment: deploymentName(env),
    // Only makes links: a page must not fail for want of one.
    gitlabUrl: env.GITLAB_URL,
  };
}
