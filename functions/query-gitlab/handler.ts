import { openAxiomLogs } from '../adapters/axiom/open-logs.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { SnapshotStore } from '../adapters/dynamodb/inventory-snapshots.ts';
import { LearnedStore } from '../adapters/dynamodb/learned.ts';
import { ReadingStore } from '../adapters/dynamodb/readings.ts';
import { StreamedEventStore } from '../adapters/dynamodb/streamed-events.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { gitLabFromEnvironment } from '../adapters/gitlab/from-environment.ts';
import type { EventRow } from '../adapters/gitlab/schemas.ts';
import { gitLabSources } from '../adapters/gitlab/sources.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type QueryInput, type QueryServices, queryGitlab } from './query-gitlab.ts';
import { Settings } from './settings.ts';

export const handler = makeHandler(buildServices, (input: QueryInput, services, { deadline, logger }) =>
  queryGitlab(input, { ...services, deadline, logger }),
);

function buildServices(runtime: Runtime): Omit<QueryServices, 'deadline' | 'logger'> {
  const { env, clock, newId } = runtime;
  const settings = readSettings(Settings, env);
  const { retentionDays } = settings;
  const { ipv6PrefixLength } = settings.match;
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const cache = new ExpiringCache(table);
  const session = gitLabFromEnvironment(runtime, secrets, cache, settings.gitlab);
  const snapshots = new SnapshotStore(table, retentionDays);
  const stream = new StreamedEventStore<EventRow>(table, retentionDays);
  const logs = openAxiomLogs(runtime, secrets, cache, settings);
  return {
    readings: new ReadingStore(table, retentionDays),
    cases: new CaseStore(table, retentionDays),
    learned: new LearnedStore(table, retentionDays),
    openSources: () => {
      const gitlab = gitLabSources(session, { snapshots, stream, ipv6PrefixLength, retentionDays });
      return { ...gitlab, sources: [...(logs === undefined ? [] : [logs]), ...gitlab.sources] };
    },
    slackMinutes: settings.window.slackMinutes,
    hunt: settings.hunt,
    newId,
    clock,
  };
}
