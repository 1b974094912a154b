import { CLOUDFLARE_FIELDS, GITLAB_FIELDS } from '../functions/adapters/axiom/fields.ts';
import { LONGEST_LINK_DAYS } from '../functions/core/case-link.ts';
import { SCORE_WEIGHTS } from '../functions/core/score/weights.ts';
import { monitorFilters } from './monitor-kinds.ts';
import {
  ascending,
  awsId,
  certificates,
  cidr,
  cron,
  dataset,
  everySoOften,
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

/** Every setting by its full path, but for the weights of the score, whose names the score owns. */
export const PLAIN_SETTINGS = {
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
  'hunt.probableScore': setting(
    whole(1, 101),
    83,
    'Score from which a hunt that pages for `confirmed` pages for a probable finding with history, too; 101: never.',
  ),
  'hunt.delayMinutes': setting(whole(0, 1440), 10, 'Minutes after its end before an hour is hunted.'),
  'hunt.overlapMinutes': setting(whole(0, 720), 45, 'Minutes before the hour that a hunt reads again.'),
  'hunt.latenessMinutes': setting(whole(0, 720), 15, 'Minutes after which evidence is expected to have arrived.'),
  'monitor.schedule': setting(
    everySoOften,
    'rate(1 minute)',
    'How often Cloudflare’s security events are read (EventBridge rate or cron, UTC).',
  ),
  'monitor.filters': setting(
    monitorFilters,
    [{ name: 'all' }],
    'Monitors, side by side: what each watches of every zone’s security events; empty: the monitor is off.',
  ),
  'monitor.windowHours': setting(
    whole(1, 720),
    24,
    'Hours of security events that are read; less where a zone keeps or tells less.',
  ),
  'monitor.limit': setting(
    whole(1, 10_000),
    25,
    'Groups of security events that are read at a poll and sent with an alert.',
  ),
  'monitor.alertOn': setting(
    oneOf('growth', 'change'),
    'growth',
    'What alerts: growth by monitor.factor, or any address, rule, source or action come or gone (growth if too many to read).',
  ),
  'monitor.factor': setting(number(1.1, 1000), 2, 'How many times the reference a total must reach to alert again.'),
  'monitor.floor': setting(whole(0, 1_000_000_000), 0, 'Totals up to this alert nobody.'),
  'monitor.coolDownMinutes': setting(whole(0, 10_080), 0, 'Minutes after an alert in which there is no other.'),
  'monitor.gitlabMinutes': setting(
    whole(1, 1440),
    60,
    'Minutes before an alert in which GitLab is asked for token uses.',
  ),
  'alert.format': setting(
    oneOf('auto', 'generic', 'slack', 'google-chat', 'off'),
    'auto',
    'How alerts are written: `auto` goes by the webhook’s host; `off` sends none.',
  ),
  'casePage.linkDays': setting(
    whole(1, LONGEST_LINK_DAYS),
    7,
    'Days that the link to a case works which a page or an alert carries.',
  ),
  'analysis.eventTokens': setting(
    whole(500, 60_000),
    6_000,
    'Most tokens of security events that go to the model; the largest groups first.',
  ),
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
  'page.floor': setting(
    flag,
    true,
    'Whether an exact use from a bot address, neither shared nor usual, pages whatever its score.',
  ),
  'verdict.probableHours': setting(
    number(0, 168),
    2,
    'Longest interval, in hours, of a use that still counts as `probable`.',
  ),
  'network.vpcId': setting(
    optional(awsId('vpc'), 'none'),
    '',
    'Existing VPC for the functions that call GitLab, Cloudflare, Axiom, PagerDuty and the alert webhook.',
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
  'webhook.streamRatePerSecond': setting(
    whole(1, 10_000),
    100,
    'Requests with streamed audit events a second let through on average. GitLab does not repeat what is turned away.',
  ),
  'webhook.streamBurst': setting(whole(1, 5000), 200, 'Requests with streamed audit events let through at once.'),
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

/** Every setting by its full path, the weights of the score among them. */
export const ALL_SETTINGS: Readonly<Record<string, Setting<unknown>>> = { ...PLAIN_SETTINGS, ...WEIGHTS };

/** The settings as documentation shows them: the default as JSON, the rest as words. */
export const SETTINGS_TABLE: readonly { path: string; default: string; allowed: string; doc: string }[] =
  Object.entries(ALL_SETTINGS).map(([path, { kind, default: value, doc }]) => ({
    path,
    default: JSON.stringify(value),
    allowed: kind.allowed,
    doc,
  }));
