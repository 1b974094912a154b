import { openAxiomSightings } from '../adapters/axiom/open-sightings.ts';
import { openCloudflare } from '../adapters/cloudflare/open-cloudflare.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import type { CaseState } from '../core/case.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv, requireUrlEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type ExtractServices, extract } from './extract.ts';
import { Settings } from './settings.ts';
import { spikeSightings } from './spike-sightings.ts';

export const handler = makeHandler(buildServices, (state: CaseState, services, { logger, deadline }) =>
  extract(state, { ...services, logger, deadline }),
);

function buildServices(runtime: Runtime): Omit<ExtractServices, 'logger' | 'deadline'> {
  const { env, clock, fetch, random, newId } = runtime;
  const settings = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const secret = requireEnv('LATCHKEY_SECRET_CLOUDFLARE', env);
  const cases = new CaseStore(table, settings.retentionDays);
  const cache = new ExpiringCache(table);
  const cloudflare = openCloudflare({
    apiUrl: requireUrlEnv('CLOUDFLARE_API_URL', env),
    gitlabUrl: requireUrlEnv('GITLAB_URL', env),
    token: (options) => secrets.token(secret, options),
    cache,
    fetch,
    clock,
    random,
    settings,
  });
  const spike = spikeSightings({ cases, ...cloudflare, configuredZones: settings.cloudflare.zones });
  const axiom = openAxiomSightings(runtime, secrets, cache, settings);
  return {
    cases,
    finders: {
      spike: { source: 'cloudflare', find: spike },
      ...(axiom === undefined ? {} : { hunt: { source: 'axiom', find: (request) => axiom.find(request) } }),
    },
    clock,
  };
}
