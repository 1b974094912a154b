import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { SnapshotStore } from '../adapters/dynamodb/inventory-snapshots.ts';
import { ReadingStore } from '../adapters/dynamodb/readings.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { GitLabApi } from '../adapters/gitlab/api.ts';
import { trustCertificates } from '../adapters/gitlab/certificates.ts';
import { Pacer } from '../adapters/gitlab/pacer.ts';
import { gitLabSources } from '../adapters/gitlab/sources.ts';
import { GitLabTransport } from '../adapters/gitlab/transport.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv, requireUrlEnv } from '../runtime/environment.ts';
import { makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type QueryInput, type QueryServices, queryGitlab } from './query-gitlab.ts';
import { Settings } from './settings.ts';

/** GitLab's audit limit is 200 a minute and user; others may ask with the same user (`reference/gitlab.md` §1). */
const AUDIT_REQUESTS_PER_MINUTE = 180;

export const handler = makeHandler(buildServices, (input: QueryInput, services, { deadline }) =>
  queryGitlab(input, { ...services, deadline }),
);

function buildServices({ env, clock, fetch, random, newId }: Runtime): Omit<QueryServices, 'deadline'> {
  const settings = readSettings(Settings, env);
  trustCertificates(settings.gitlab.ca);
  const { retentionDays } = settings;
  const { ipv6PrefixLength } = settings.match;
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const secret = requireEnv('LATCHKEY_SECRET_GITLAB', env);
  const transport = new GitLabTransport({
    url: requireUrlEnv('GITLAB_URL', env),
    token: (options) => secrets.token(secret, options),
    fetch,
    clock,
    random,
    pacer: new Pacer(AUDIT_REQUESTS_PER_MINUTE, clock),
  });
  const session = {
    api: new GitLabApi(transport),
    cache: new ExpiringCache(table),
    clock,
    groups: settings.gitlab.groups,
  };
  const snapshots = new SnapshotStore(table, retentionDays);
  return {
    readings: new ReadingStore(table, retentionDays),
    cases: new CaseStore(table, retentionDays),
    openSources: () => gitLabSources(session, { snapshots, ipv6PrefixLength, retentionDays }),
    slackMinutes: settings.window.slackMinutes,
    newId,
    clock,
  };
}
