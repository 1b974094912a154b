import { BedrockModel } from '../adapters/bedrock/model.ts';
import { modelIdOf } from '../adapters/bedrock/model-families.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import type { CaseState } from '../core/case.ts';
import { makeBedrockClient, makeDynamoDbClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { readSettings } from '../runtime/settings.ts';
import { ANALYSIS_MS, type AnalyzeServices, analyze } from './analyze.ts';
import { Settings } from './settings.ts';

export const handler = makeHandler(buildServices, (state: CaseState, services, { logger }) =>
  analyze(state, { ...services, logger }),
);

function buildServices({ env, clock, newId, random }: Runtime): Omit<AnalyzeServices, 'logger'> {
  const { retentionDays, analysis } = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const modelId = modelIdOf(analysis.model);
  return {
    cases: new CaseStore(table, retentionDays),
    model:
      modelId === undefined
        ? undefined
        : new BedrockModel({ client: makeBedrockClient(analysis.region, ANALYSIS_MS), modelId, clock, random }),
    includeOwners: analysis.includeOwners,
    eventTokens: analysis.eventTokens,
    newId,
    timeLimit: (ms) => AbortSignal.timeout(ms),
  };
}
