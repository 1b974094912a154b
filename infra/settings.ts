import { CLOUDFLARE_FIELDS, GITLAB_FIELDS } from '../functions/adapters/axiom/fields.ts';
import { overlapSuffices } from '../functions/core/hunt.ts';
import { SCORE_WEIGHTS } from '../functions/core/score/weights.ts';
import {
  ascending,
  awsId,
  certificates,
  cidr,
  cron,
  dataset,
  fieldNames,
  flag,
  groupPath,
  hostName,
  type Kind,
  listOf,
  modelId,
  number,
  numberOf,
  oneOf,
  optional,
  region,
  topicArn,
  url,
  whole,
  zone,
} from './setting-kinds.ts';

/** One deploy-time setting: what it may hold, what it holds when nobody says, and what it is for. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  readonly doc: string;
}

function setting<T>(kind: Kind<T>, otherwise: NoInfer<T>, doc: string): Setting<T> {
  return { kind, default: otherwise, doc };
}

/** What CloudWatch Logs takes as a retention, in days. */
const LOG_RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const TABLE = {
  mode: setting(
    oneOf('shadow', 'live'),
    'shadow',
    'Whether on-call is really paged: `shadow` does everything but the page.',
  ),
  retentionDays: setting(whole(1, 365), 30, 'Days after which everything that holds an address is deleted.'),
  logRetentionDays: setting(numberOf(LOG_RETENTIONS), 90, 'Days the logs of functions, workflow and API are kept.'),
  'cloudflare.apiUrl': setting(url, 'https://api.cloudflare.com/client/v4', 'Root of the Cloudflare API.'),
  'cloudflare.zones': setting(
    listOf(zone),
    [],
    'Zones to look at, by name or id; empty: every zone the token can read.',
  ),
  'cloudflare.maxAddressesPerZone': setting(whole(1, 10_000), 10_000, 'Bot addresses read from one zone at one look.'),
  'gitlab.url': setting(url, 'https://gitlab.com', 'Root of the GitLab site.'),
  'gitlab.groups': setting(
    listOf(groupPath),
    [],
    'Top-level groups to read when the token is not an instance administrator’s.',
  ),
  'gitlab.hosts': setting(listOf(hostName), [], 'Further host names of GitLab: bot traffic to it is normal.'),
  'gitlab.ca': setting(optional(certificates, 'public authorities'), '', 'Certificate authority of a private GitLab.'),
  'axiom.url': setting(url, 'https://api.axiom.co', 'Root of the Axiom API.'),
  'axiom.edgeUrl': setting(
    optional(url, 'none'),
    '',
    'Root of the Axiom edge deployment your datasets lie in, such as https://eu-central-1.aws.edge.axiom.co.',
  ),
  'axiom.cloudflareDataset': setting(
    optional(dataset, 'no hunts'),
    '',
    'Axiom dataset with Cloudflare’s requests; hunts run once it is named.',
  ),
  'axiom.cloudflarePreset': setting(
    oneOf('logpush', 'worker'),
    'logpush',
    'How Cloudflare’s requests get to Axiom, which decides what their fields are called.',
  ),
  'axiom.cloudflareFields': setting(
    fieldNames(CLOUDFLARE_FIELDS),
    {},
    'Fields that are called otherwise than in the preset; "" for one that is not to be used.',
  ),
  'axiom.gitlabDataset': setting(
    optional(dataset, 'none'),
    '',
    'Axiom dataset with GitLab’s api_json.log and graphql_json.log: evidence with exact times.',
  ),
  'axiom.gitlabFields': setting(
    fieldNames(GITLAB_FIELDS),
    {},
    'Fields of it that are called otherwise than in GitLab’s logs; "" for one that is not to be used.',
  ),
  'axiom.reportDataset': setting(dataset, 'latchkey-correlations', 'Axiom dataset that hunts write their findings to.'),
  'hunt.schedule': setting(
    cron,
    'cron(10 * * * ? *)',
    'When hunts are due (EventBridge cron, UTC); each run takes up to three unfinished hours.',
  ),
  'hunt.page': setting(
    oneOf('off', 'confirmed', 'threshold'),
    'confirmed',
    'What a hunt pages for: nothing, confirmed findings, or every finding that reaches page.threshold.',
  ),
  'hunt.delayMinutes': setting(whole(0, 1440), 10, 'Minutes after its end before an hour is hunted.'),
  'hunt.overlapMinutes': setting(whole(0, 720), 45, 'Minutes before the hour that a hunt reads again.'),
  'hunt.latenessMinutes': setting(whole(0, 720), 15, 'Minutes after which evidence is expected to have arrived.'),
  'pagerduty.eventsUrl': setting(
    url,
    'https://events.pagerduty.com',
    'PagerDuty’s events host; the EU’s is https://events.eu.pagerduty.com.',
  ),
  'analysis.model': setting(
    optional(modelId, 'no model'),
    '',
    'Bedrock model that explains findings; it never decides.',
  ),
  'analysis.region': setting(
    optional(region, 'the stack’s if in the US, else us-east-1'),
    '',
    'Region Bedrock is called in.',
  ),
  'analysis.includeOwners': setting(flag, false, 'Whether names and e-mails of credential owners go to the model.'),
  'window.leadMinutes': setting(whole(0, 1440), 30, 'Minutes before a spike’s start that are looked at too.'),
  'window.slackMinutes': setting(
    whole(0, 720),
    30,
    'Minutes a sighting and a token use may lie apart and still match.',
  ),
  'match.ipv6PrefixLength': setting(whole(32, 128), 64, 'Bits of an IPv6 address that make one network.'),
  knownEgress: setting(listOf(cidr), [], 'Your offices, VPNs and CI runners: matches there score lower, and say so.'),
  ownEgress: setting(
    listOf(cidr),
    [],
    'Addresses these functions leave from: Latchkey’s own token is expected there only.',
  ),
  'looks.minutes': setting(
    ascending(1, 1440, 5),
    [5, 15, 60],
    'Minutes after the first look at which a case is looked at again.',
  ),
  'page.threshold': setting(whole(1, 100), 70, 'Score from which a finding pages.'),
  'page.floor': setting(flag, true, 'Whether an exact use from a bot address pages whatever its score.'),
  'verdict.probableHours': setting(
    number(0, 168),
    2,
    'Longest interval, in hours, of a use that still counts as `probable`.',
  ),
  'network.vpcId': setting(
    optional(awsId('vpc'), 'none'),
    '',
    'Existing VPC for the functions that call GitLab, Cloudflare and PagerDuty.',
  ),
  'network.subnetIds': setting(
    listOf(awsId('subnet')),
    [],
    'Its subnets; they need a way to those systems and to AWS’s APIs.',
  ),
  'network.securityGroupIds': setting(
    listOf(awsId('sg')),
    [],
    'Security groups of these functions; empty: one that allows all outbound.',
  ),
  'webhook.ratePerSecond': setting(whole(1, 10_000), 20, 'Webhook requests a second let through on average.'),
  'webhook.burst': setting(whole(1, 5000), 40, 'Webhook requests let through at once.'),
  'alarms.topicArn': setting(
    optional(topicArn, 'nobody is told'),
    '',
    'SNS topic that hears of alarms about Latchkey itself.',
  ),
} as const;

const WEIGHTS: Readonly<Record<string, Setting<number>>> = Object.fromEntries(
  Object.entries(SCORE_WEIGHTS).map(([name, points]) => [
    `score.${name}`,
    setting(number(-100, 100), points, `Points of the score’s part \`${name}\` at full effect.`),
  ]),
);

const ALL: Readonly<Record<string, Setting<unknown>>> = { ...TABLE, ...WEIGHTS };

/** Every setting by its full path (`settings['looks.minutes']`), complete and checked. */
export type Settings = {
  readonly [Path in keyof typeof TABLE]: (typeof TABLE)[Path] extends Setting<infer T> ? T : never;
};

/** The settings as documentation shows them: the default as JSON, the rest as words. */
export const SETTINGS_TABLE: readonly { path: string; default: string; allowed: string; doc: string }[] =
  Object.entries(ALL).map(([path, { kind, default: value, doc }]) => ({
    path,
    default: JSON.stringify(value),
    allowed: kind.allowed,
    doc,
  }));

/** Settings that cannot be used. The message lists every problem with its full path, and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const what = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`Settings (cdk.json, context "latchkey"): ${what}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads what `cdk.json` gives under `latchkey` (undefined: nothing), fills in defaults, and checks all of it.
 * @throws SettingsError with every problem at once.
 */
export function readSettings(given: unknown): Settings {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(ALL).map(([path, { default: value }]) => [path, value]),
  );
  const problems = collect(given ?? {}, '', values);
  if (problems.length === 0 && isComplete(values)) {
    problems.push(...contradictions(values));
    if (problems.length === 0) return values;
  }
  throw new SettingsError(problems);
}

/**
 * The subtrees of the settings a function reads, nested as in `cdk.json`. A path is a setting (`mode`) or a group
 * (`window`).
 * @throws Error when a path names nothing: a function would silently miss it.
 */
export function pickSettings(settings: Settings, paths: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const path of paths) {
    const found = Object.entries(settings).filter(([name]) => name === path || name.startsWith(`${path}.`));
    if (found.length === 0) throw new Error(`There is no setting or group of settings "${path}"`);
    for (const [name, value] of found) {
      const [head = '', tail] = splitAtDot(name);
      if (tail === undefined) picked[head] = value;
      else picked[head] = { ...groupOf(picked[head]), [tail]: value };
    }
  }
  return picked;
}

/** Puts what was given into `values`; answers with what is wrong about it. */
function collect(given: unknown, path: string, values: Record<string, unknown>): string[] {
  const known = Object.hasOwn(ALL, path) ? ALL[path] : undefined;
  if (known !== undefined) {
    values[path] = given;
    return refusals(path, given, known.kind);
  }
  if (path !== '' && !GROUPS.has(path)) return [unknownSetting(path)];
  if (!isGroup(given)) return [`${path || 'latchkey'}: got ${show(given)}; allowed: an object of settings`];
  return Object.entries(given).flatMap(([key, value]) => {
    const [head, tail] = splitAtDot(key);
    if (tail !== undefined) return [`${key}: write it as an object: "${head}": { "${tail}": … }`];
    return collect(value, path === '' ? key : `${path}.${key}`, values);
  });
}

function refusals(path: string, value: unknown, kind: Kind<unknown>): string[] {
  const refused: boolean = !kind.is(value);
  if (!refused) return [];
  const { item } = kind;
  if (item === undefined || !Array.isArray(value)) return [`${path}: got ${show(value)}; allowed: ${kind.allowed}`];
  return value.flatMap((entry, index) => refusals(`${path}[${index}]`, entry, item));
}

/** What no single setting can see. */
function contradictions(settings: Settings): string[] {
  const vpc = settings['network.vpcId'];
  const subnets = settings['network.subnetIds'];
  const problems: string[] = [];
  if (vpc === '' && subnets.length > 0) problems.push('network.subnetIds: needs network.vpcId, which is empty');
  if (vpc === '' && settings['network.securityGroupIds'].length > 0) {
    problems.push('network.securityGroupIds: needs network.vpcId, which is empty');
  }
  if (vpc !== '' && subnets.length === 0) {
    problems.push(
      'network.vpcId: needs network.subnetIds, which is empty; give the subnets the functions shall run in',
    );
  }
  const [slack, overlap] = [settings['window.slackMinutes'], settings['hunt.overlapMinutes']];
  const [delay, lateness] = [settings['hunt.delayMinutes'], settings['hunt.latenessMinutes']];
  if (!overlapSuffices({ slack, overlap, delay, lateness })) {
    const needed = Math.max(slack, slack + lateness - delay);
    problems.push(
      `hunt.overlapMinutes: got ${overlap}; pairs that arrive late would be lost: allowed is ${needed} or more with ` +
        `window.slackMinutes ${slack}, hunt.latenessMinutes ${lateness} and hunt.delayMinutes ${delay}`,
    );
  }
  return problems;
}

/** Holds for values whose every setting passed its own check. */
function isComplete(values: Record<string, unknown>): values is Settings {
  return Object.entries(ALL).every(([path, { kind }]) => kind.is(values[path]));
}

const GROUPS: ReadonlySet<string> = new Set(
  Object.keys(ALL).flatMap((path) => (path.includes('.') ? [path.slice(0, path.indexOf('.'))] : [])),
);

/** Says the nearest name, never the value: a secret put in the wrong place must not reach a build log. */
function unknownSetting(path: string): string {
  const nearest = [...Object.keys(ALL), ...GROUPS]
    .map((name) => ({ name, distance: Math.min(edits(path, name), ...lastPart(path, name)) }))
    .reduce((best, candidate) => (candidate.distance < best.distance ? candidate : best));
  const near = nearest.distance <= Math.max(2, path.length / 4);
  return `${path}: no such setting; ${near ? `did you mean ${nearest.name}?` : `there are ${[...TOP].join(', ')}`}`;
}

const TOP: ReadonlySet<string> = new Set(Object.keys(ALL).map((path) => splitAtDot(path)[0] ?? path));

/** `slackMinutes` is `window.slackMinutes` written without its group. */
function lastPart(path: string, name: string): number[] {
  const [, tail] = splitAtDot(name);
  return tail === undefined ? [] : [edits(splitAtDot(path)[1] ?? path, tail) + 1];
}

/** Levenshtein distance: single-character insertions, deletions and replacements. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const replace = (row[j] ?? 0) + (left.toLowerCase() === right.toLowerCase() ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  // Long texts may be key material, and `user:password@` is a secret in the wrong place: neither is repeated.
  if (json.length > 80)
    return typeof value === 'string' ? `a text of ${value.length} characters` : `${json.slice(0, 80)}…`;
  return json.replace(/\/\/[^/@"]*@/g, '//…@');
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function groupOf(value: unknown): Record<string, unknown> {
  return isGroup(value) ? value : {};
}

function splitAtDot(path: string): [string, string?] {
  const dot = path.indexOf('.');
  return dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
}
