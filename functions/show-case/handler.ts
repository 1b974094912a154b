import { CaseFiles } from '../adapters/dynamodb/case-files.ts';
import { liveLinkKeys } from '../adapters/dynamodb/link-keys.ts';
import { TableReader } from '../adapters/dynamodb/table-reader.ts';
import { makeDynamoDbClient } from '../runtime/aws-clients.ts';
import { deploymentName } from '../runtime/deployment-name.ts';
import { requireEnv } from '../runtime/environment.ts';
import { type HandlerOptions, makeHandler, type Runtime } from '../runtime/handler.ts';
import { type PageResponse, unavailable } from '../runtime/page/answers.ts';
import type { PageRequest } from '../runtime/page/page-request.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';
import { showCase } from './show-case.ts';

/** The function behind `GET /cases/{caseId}` and what lies below it, made for a process; tests replace parts of it. */
export function makeShowCase(runtime?: HandlerOptions<PageResponse>['runtime']) {
  return makeHandler(
    buildServices,
    (request: PageRequest, services, { logger }) => showCase(request, { ...services, logger }),
    // What throws is the table's or ours to repair: a case that could not be read is never shown as one without findings.
    { answerError: unavailable, ...(runtime === undefined ? {} : { runtime }) },
  );
}

export const handler = makeShowCase();

function buildServices({ env, clock }: Runtime): Omit<Services, 'logger'> {
  const settings = readSettings(env);
  const table = new TableReader({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock });
  return {
    keys: { live: () => liveLinkKeys(table) },
    files: new CaseFiles(table),
    settings,
    gitlabUrl: env.GITLAB_URL || undefined,
    axiomDataset: env.AXIOM_CLOUDFLARE_DATASET || undefined,
    axiomAddressField: env.AXIOM_ADDRESS_FIELD || undefined,
    environment: deploymentName(env),
    clock,
  };
}
