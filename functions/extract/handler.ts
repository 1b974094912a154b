import { openAxiomRequests } from '../adapters/axiom/open-requests.ts';
import { optionsFromEnvironment } from '../adapters/cloudflare/from-environment.ts';
import { openEventSightings } from '../adapters/cloudflare/open-event-sightings.ts';
import { openSpikes } from '../adapters/cloudflare/open-spikes.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import type { CaseState } from '../core/case.ts';
import { HOUR } from '../core/time.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type ExtractServices, extract } from './extract.ts';
import { huntSightings } from './hunt-sightings.ts';
import { monitorSightings } from './monitor-sightings.ts';
import { Settings } from './settings.ts';
import { spikeSightings } from './spike-sightings.ts';

export const handler = makeHandler(buildServices, (state: CaseState, services, { logger, deadline }) =>
  extract(state, { ...services, logger, deadline }),
);

function buildServices(runtime: Runtime): Omit<ExtractServices, 'logger' | 'deadline'> {
  const { env, clock, newId } = runtime;
  const settings = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const cases = new CaseStore(table, settings.retentionDays);
  const cache = new ExpiringCache(table);
  const cloudflare = openSpikes(optionsFromEnvironment(runtime, secrets, cache, settings));
  const spike = spikeSightings({ cases, ...cloudflare, configuredZones: settings.cloudflare.zones });
  const events = openEventSightings(runtime, secrets, cache, settings);
  const monitor = monitorSightings({ cases, events, windowMs: settings.monitor.windowHours * HOUR });
  const axiom = openAxiomRequests(runtime, secrets, cache, settings);
  const inPassing = openAxiomRequests(runtime, secrets, cache, settings, { attempts: 1 });
  return {
    cases,
    finders: {
      spike: { source: 'cloudflare', find: spike },
      monitor: { source: 'cloudflare', find: monitor },
      ...(axiom === undefined || inPassing === undefined
        ? {}
        : { hunt: { source: 'axiom', find: huntSightings(axiom, inPassing) } }),
    },
    clock,
  };
}
