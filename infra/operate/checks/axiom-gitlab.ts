import { GITLAB_LOG_FIELDS, type GitlabField } from '../../../functions/adapters/axiom/fields.ts';
import { axiomLogs } from '../../../functions/adapters/axiom/logs.ts';
import { readSchema } from '../../../functions/adapters/axiom/schema.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { Say } from '../report.ts';
import { type AxiomAsking, arrivalsAt, arrivalsLine } from './axiom-asking.ts';
import { checkFields, type Loss } from './axiom-fields.ts';
import { realIpLine, sourceLine } from './gitlab-evidence.ts';

/** Whether GitLab's logs arrive, which of their fields are there, and what they tell about the last hour. */
export async function checkGitlabDataset(say: Say, asking: AxiomAsking): Promise<void> {
  const { checking, client, cache, deadline } = asking;
  const { settings, clock } = checking;
  const dataset = settings['axiom.gitlabDataset'];
  const arrivals = await arrivalsAt(dataset, asking);
  const advice = 'is your log shipper sending api_json.log and graphql_json.log there?';
  say(arrivalsLine('gitlabDataset', dataset, arrivals, advice, clock.now()));
  if (arrivals.rows === 0) return;
  const schema = await readSchema(client, cache, dataset, clock, deadline);
  const overrides = settings['axiom.gitlabFields'];
  const hasFallback = schema.columns.has(overrides.fallbackAddress ?? GITLAB_LOG_FIELDS.fallbackAddress ?? '');
  const naming = {
    preset: GITLAB_LOG_FIELDS,
    overrides,
    required: hasFallback ? REQUIRED : [...REQUIRED, 'address' as const],
    dataset,
    setting: 'axiom.gitlabFields',
  };
  if (checkFields(say, 'gitlabFields', schema, naming, LOSSES) !== undefined) await checkLastHour(say, asking);
}

/** Without them a line says nothing about a token; it needs an address besides, in one column or the other. */
const REQUIRED = ['status', 'tokenId', 'tokenType'] as const;

/** Fields of refusals are there only once there was one, and those of scopes in GraphQL's log only: none is missed. */
const LOSSES: readonly Loss<GitlabField>[] = [
  { fields: ['userId', 'username'], loss: 'owners are known from GitLab’s token lists only' },
  { fields: ['time'], loss: 'requests count as made when they arrived' },
  { fields: ['caller'], loss: 'what was called', minor: true },
];

async function checkLastHour(say: Say, { checking, client, cache, deadline }: AxiomAsking): Promise<void> {
  const { settings, clock } = checking;
  const logs = axiomLogs({
    client,
    cache,
    dataset: settings['axiom.gitlabDataset'],
    overrides: settings['axiom.gitlabFields'],
    ipv6PrefixLength: settings['match.ipv6PrefixLength'],
    slackMs: settings['window.slackMinutes'] * MINUTE,
    lateMs: settings['hunt.latenessMinutes'] * MINUTE,
    clock,
  });
  const begun = clock.now();
  const reading = await logs.read({ window: { start: begun - HOUR, end: begun }, deadline });
  say(sourceLine('logs', reading.coverage, clock.now() - begun));
  if (reading.uses.length > 0) say(realIpLine([reading]));
}
