import type { AnalyticsNode, NodeSettings, ZonePlan } from './world.ts';

/** Fields of the raw firewall node, and dimensions of its groups (`reference/cloudflare.md` §4.4). */
export const FIREWALL_FIELDS = [
  'action',
  'botDetectionIds',
  'botDetectionTags',
  'botScore',
  'botScoreSrcName',
  'clientASNDescription',
  'clientAsn',
  'clientCountryName',
  'clientIP',
  'clientIPClass',
  'clientRefererHost',
  'clientRequestHTTPHost',
  'clientRequestHTTPMethodName',
  'clientRequestHTTPProtocol',
  'clientRequestPath',
  'clientRequestQuery',
  'clientRequestScheme',
  'date',
  'datetime',
  'datetimeFifteenMinutes',
  'datetimeFiveMinutes',
  'datetimeHour',
  'datetimeMinute',
  'description',
  'edgeColoName',
  'edgeResponseStatus',
  'ja3Hash',
  'ja4',
  'kind',
  'matchIndex',
  'originResponseStatus',
  'originatorRayName',
  'rayName',
  'ref',
  'ruleId',
  'rulesetId',
  'source',
  'userAgent',
  'verifiedBotCategory',
] as const;
export type FirewallField = (typeof FIREWALL_FIELDS)[number];

/** Dimensions of the HTTP request groups (`reference/cloudflare.md` §4.4). */
export const HTTP_DIMENSIONS = [
  'botDetectionIds',
  'botDetectionTags',
  'botManagementDecision',
  'botScore',
  'botScoreBucketBy10',
  'botScoreSrcName',
  'cacheStatus',
  'clientASNDescription',
  'clientAsn',
  'clientCountryName',
  'clientIP',
  'clientRequestHTTPHost',
  'clientRequestHTTPMethodName',
  'clientRequestPath',
  'date',
  'datetime',
  'datetimeFifteenMinutes',
  'datetimeFiveMinutes',
  'datetimeHour',
  'datetimeMinute',
  'edgeResponseStatus',
  'ja3Hash',
  'ja4',
  'originResponseStatus',
  'requestSource',
  'securityAction',
  'securitySource',
  'userAgent',
  'userAgentBrowser',
  'verifiedBotCategory',
  'wafAttackScore',
] as const;
export type HttpDimension = (typeof HTTP_DIMENSIONS)[number];

/** `reference/cloudflare.md` §4.4: only with Bot Management. */
const BOT_FIELDS: readonly string[] = [
  'botScore',
  'botScoreBucketBy10',
  'botScoreSrcName',
  'botManagementDecision',
  'botDetectionIds',
  'botDetectionTags',
  'ja3Hash',
  'ja4',
];

const HOURS = 3600;
const DAYS = 24 * HOURS;

/** Seconds of [age, width] a query may reach, of firewall events and of HTTP requests (§4.2, the WAF documentation's row). */
const REACH: Record<
  ZonePlan,
  { readonly events: readonly [number, number]; readonly requests: readonly [number, number] }
> = {
  free: { events: [DAYS, DAYS], requests: [7 * DAYS, DAYS] },
  pro: { events: [DAYS, DAYS], requests: [7 * DAYS, 7 * DAYS] },
  business: { events: [3 * DAYS, 3 * DAYS], requests: [31 * DAYS, 31 * DAYS] },
  enterprise: { events: [30 * DAYS, 31 * DAYS], requests: [90 * DAYS, 31 * DAYS] },
};

/**
 * What a zone's analytics offer on a plan, with or without Bot Management (which only Enterprise has). Where public
 * sources disagree this is one of their answers: a scenario may set any other.
 */
export function nodesOf(plan: ZonePlan, botManagement: boolean): Record<AnalyticsNode, NodeSettings> {
  const paid = plan !== 'free';
  const open = (name: string) => botManagement || !BOT_FIELDS.includes(name);
  const events = FIREWALL_FIELDS.filter((name) => open(name) && (paid || name !== 'clientRefererHost'));
  const dimensions = HTTP_DIMENSIONS.filter(
    (name) =>
      open(name) &&
      (paid || (name !== 'clientAsn' && name !== 'clientASNDescription')) &&
      (plan === 'business' || plan === 'enterprise' || name !== 'wafAttackScore'),
  );
  const grouped = (names: readonly string[]) => [
    'count',
    'avg_sampleInterval',
    ...names.map((name) => `dimensions_${name}`),
  ];
  return {
    httpRequestsAdaptiveGroups: node(
      true,
      [...grouped(dimensions), 'sum_edgeResponseBytes', 'sum_visits'],
      REACH[plan].requests,
    ),
    firewallEventsAdaptiveGroups: node(paid, grouped(events), REACH[plan].events),
    firewallEventsAdaptive: node(
      true,
      [...events, 'metadata_key', 'metadata_value', 'sampleInterval'],
      REACH[plan].events,
    ),
  };
}

function node(
  enabled: boolean,
  availableFields: readonly string[],
  [age, width]: readonly [number, number],
): NodeSettings {
  return {
    enabled,
    availableFields,
    maxPageSize: 10_000,
    maxNumberOfFields: 30,
    notOlderThan: age,
    maxDuration: width,
  };
}
