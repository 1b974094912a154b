import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { HuntStore } from '../adapters/dynamodb/hunts.ts';
import { SnapshotStore } from '../adapters/dynamodb/inventory-snapshots.ts';
import { LearnedStore } from '../adapters/dynamodb/learned.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { gitLabFromEnvironment } from '../adapters/gitlab/from-environment.ts';
import { lastSnapshot } from '../adapters/gitlab/inventory.ts';
import { gitLabSources } from '../adapters/gitlab/sources.ts';
import { healthTellerFromEnvironment } from '../adapters/pagerduty/from-environment.ts';
import { Executions } from '../adapters/stepfunctions/executions.ts';
import { unavailable } from '../core/coverage.ts';
import type { EpochMs } from '../core/time.ts';
import { makeDynamoDbClient, makeSecretsManagerClient, makeStepFunctionsClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { type HandlerOptions, makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets, type Secrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import type { HuntHealth, Inventory, Services } from './services.ts';
import { Settings } from './settings.ts';
import { type HuntsStarted, startHunt } from './start-hunt.ts';

/** The function behind the hourly rule, made for a process; tests replace parts of it. */
export function makeStartHunt(runtime?: HandlerOptions<HuntsStarted>['runtime']) {
  return makeHandler(
    buildServices,
    (event: unknown, { healthUntil, ...services }, { logger, deadline }) =>
      startHunt(event, { ...services, health: healthUntil(deadline), logger, deadline }),
    runtime === undefined ? {} : { runtime },
  );
}

export const handler = makeStartHunt();

type ProcessServices = Omit<Services, 'health' | 'logger' | 'deadline'> & {
  readonly healthUntil: (deadline: EpochMs) => HuntHealth;
};

function buildServices(runtime: Runtime): ProcessServices {
  const { env, clock, newId } = runtime;
  const settings = readSettings(Settings, env);
  const { retentionDays } = settings;
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  return {
    hunts: new HuntStore(table, retentionDays),
    cases: new CaseStore(table, retentionDays, runtime.logger),
    executions: new Executions(makeStepFunctionsClient(env), requireEnv('STATE_MACHINE_ARN', env)),
    healthUntil: healthTellerFromEnvironment(runtime, secrets, new HealthStore(table)),
    inventory: inventoryOf(runtime, secrets, table, settings),
    learned: new LearnedStore(table, retentionDays),
    huntsConfigured: settings.axiom.cloudflareDataset !== '',
    shadow: settings.mode === 'shadow',
    delayMinutes: settings.hunt.delayMinutes,
    retentionDays,
    clock,
  };
}

function inventoryOf(runtime: Runtime, secrets: Secrets, table: Table, settings: Settings): Inventory {
  const { retentionDays, match, gitlab } = settings;
  const session = gitLabFromEnvironment(runtime, secrets, new ExpiringCache(table), gitlab);
  const snapshots = new SnapshotStore(table, retentionDays);
  const options = { snapshots, retentionDays, ipv6PrefixLength: match.ipv6PrefixLength };
  return {
    lastTaken: async () => (await lastSnapshot(snapshots)).snapshot?.takenAt,
    read: async (request) => {
      const inventory = gitLabSources(session, options).sources.find(({ name }) => name === 'inventory');
      return inventory === undefined
        ? { uses: [], credentials: [], coverage: unavailable('There is no source of token lists.') }
        : await inventory.read(request);
    },
  };
}
