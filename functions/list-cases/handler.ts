import { CaseIndex } from '../adapters/dynamodb/case-index.ts';
import { loadState } from '../adapters/dynamodb/case-states.ts';
import { loadIncident } from '../adapters/dynamodb/incidents.ts';
import { liveLinkKeys } from '../adapters/dynamodb/link-keys.ts';
import { TableReader } from '../adapters/dynamodb/table-reader.ts';
import { RunningExecutions } from '../adapters/stepfunctions/running.ts';
import { makeDynamoDbClient, makeStepFunctionsClient } from '../runtime/aws-clients.ts';
import { deploymentName } from '../runtime/deployment-name.ts';
import { requireEnv } from '../runtime/environment.ts';
import { type HandlerOptions, makeHandler, type Runtime } from '../runtime/handler.ts';
import { type PageResponse, unavailable } from '../runtime/page/answers.ts';
import type { PageRequest } from '../runtime/page/page-request.ts';
import { readSettings } from '../runtime/settings.ts';
import { listCases } from './list-cases.ts';
import type { Services } from './services.ts';
import { Settings } from './settings.ts';

/** The function behind `GET /cases`, made for a process; tests replace parts of it. */
export function makeListCases(runtime?: HandlerOptions<PageResponse>['runtime']) {
  return makeHandler(
    buildServices,
    (request: PageRequest, services, { logger }) => listCases(request, { ...services, logger }),
    // What throws is the table's or ours to repair: cases that could not be read are never shown as none.
    { answerError: unavailable, ...(runtime === undefined ? {} : { runtime }) },
  );
}

export const handler = makeListCases();

function buildServices({ env, clock, logger }: Runtime): Omit<Services, 'logger'> {
  const settings = readSettings(Settings, env);
  const table = new TableReader({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock });
  const workflow = requireEnv('STATE_MACHINE_ARN', env);
  return {
    keys: { live: () => liveLinkKeys(table) },
    index: new CaseIndex(table, settings.retentionDays),
    states: { load: (caseId) => loadState(table, caseId) },
    incidents: { load: (id) => loadIncident(table, id) },
    running: new RunningExecutions(makeStepFunctionsClient(env), workflow, clock, logger),
    settings,
    environment: deploymentName(env),
    clock,
  };
}
