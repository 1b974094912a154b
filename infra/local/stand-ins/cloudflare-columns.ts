import { createHash } from 'node:crypto';
import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { FirewallField, HttpDimension } from '../scenario/capabilities.ts';
import type { Client, HttpRequests, SecurityEvent } from '../scenario/world.ts';

/** One column of a dataset: how its values are read, compared and written. */
export interface Column<Row> {
  readonly type: 'string' | 'number' | 'strings' | 'time' | 'date';
  /** `time` and `date` give milliseconds. */
  readonly of: (row: Row) => string | number | readonly string[];
}

export type Columns<Row> = Readonly<Record<string, Column<Row>>>;

interface Timed extends Client {
  readonly at: EpochMs;
}

function text<Row>(of: (row: Row) => string): Column<Row> {
  return { type: 'string', of };
}

function number<Row>(of: (row: Row) => number): Column<Row> {
  return { type: 'number', of };
}

function time<Row extends Timed>(stepMs: number): Column<Row> {
  return { type: 'time', of: ({ at }) => Math.floor(at / stepMs) * stepMs };
}

const NONE: readonly string[] = [];

/** Columns both datasets have. */
function shared<Row extends Timed & { host: string; path: string; method: string; edgeStatus: number }>() {
  return {
    botDetectionIds: { type: 'strings', of: () => NONE },
    botDetectionTags: { type: 'strings', of: ({ botTags }: Row) => botTags ?? NONE },
    botScore: number((row: Row) => row.botScore),
    botScoreSrcName: text((row: Row) => scoreSource(row)),
    clientASNDescription: text((row: Row) => row.asnName),
    clientAsn: text((row: Row) => String(row.asn)),
    clientCountryName: text((row: Row) => row.country),
    clientIP: text((row: Row) => row.address),
    clientRequestHTTPHost: text((row: Row) => row.host),
    clientRequestHTTPMethodName: text((row: Row) => row.method),
    clientRequestPath: text((row: Row) => row.path),
    date: { type: 'date', of: ({ at }: Row) => Math.floor(at / DAY) * DAY },
    datetime: time<Row>(1000),
    datetimeFifteenMinutes: time<Row>(15 * MINUTE),
    datetimeFiveMinutes: time<Row>(5 * MINUTE),
    datetimeHour: time<Row>(HOUR),
    datetimeMinute: time<Row>(MINUTE),
    edgeResponseStatus: number((row: Row) => row.edgeStatus),
    ja3Hash: text((row: Row) => ja3Of(row.ja4)),
    ja4: text((row: Row) => row.ja4),
    originResponseStatus: number((row: Row) => (refusedAtEdge(row.edgeStatus) ? 0 : row.edgeStatus)),
    userAgent: text((row: Row) => row.userAgent),
    verifiedBotCategory: text((row: Row) => row.verifiedBotCategory),
  } satisfies Record<string, Column<Row>>;
}

export const HTTP_COLUMNS: Readonly<Record<HttpDimension, Column<HttpRequests>>> = {
  ...shared<HttpRequests>(),
  botManagementDecision: text((row) => row.botDecision),
  botScoreBucketBy10: number((row) => Math.floor(row.botScore / 10) * 10),
  cacheStatus: text((row) => (row.edgeStatus === 200 ? 'dynamic' : 'none')),
  requestSource: text((row) => row.requestSource),
  securityAction: text((row) => (refusedAtEdge(row.edgeStatus) ? 'block' : 'unknown')),
  securitySource: text((row) =>
    row.edgeStatus === 429 ? 'rateLimit' : row.edgeStatus === 403 ? 'firewallCustom' : 'unknown',
  ),
  userAgentBrowser: text((row) => /Firefox|Chrome|Safari|curl/.exec(row.userAgent)?.[0] ?? 'Unknown'),
  wafAttackScore: number(() => 0),
};

export const FIREWALL_COLUMNS: Readonly<Record<FirewallField, Column<SecurityEvent>>> = {
  ...shared<SecurityEvent>(),
  action: text((row) => row.action),
  clientIPClass: text((row) => (row.verifiedBotCategory === '' ? 'noRecord' : 'searchEngine')),
  clientRefererHost: text(() => ''),
  clientRequestHTTPProtocol: text(() => 'HTTP/2'),
  clientRequestQuery: text((row) => row.query),
  clientRequestScheme: text(() => 'https'),
  description: text((row) => row.description),
  edgeColoName: text(() => 'FRA'),
  kind: text(() => 'firewall'),
  matchIndex: number((row) => row.matchIndex),
  originatorRayName: text(() => '00'),
  rayName: text((row) => row.rayName),
  ref: text(() => ''),
  ruleId: text((row) => row.ruleId),
  rulesetId: text((row) => row.rulesetId),
  source: text((row) => row.source),
};

/** A column's value as an answer shows it: times without milliseconds, as Cloudflare writes them. */
export function shown<Row>(column: Column<Row>, row: Row): unknown {
  const value = column.of(row);
  if (typeof value !== 'number' || column.type === 'number') return value;
  const iso = new Date(value).toISOString();
  return column.type === 'date' ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z`;
}

function refusedAtEdge(status: number): boolean {
  return status === 403 || status === 429;
}

function scoreSource(row: Client): string {
  if (row.verifiedBotCategory !== '') return 'verified_bot';
  return row.botScore === 0 ? '' : row.botScore === 1 ? 'heuristics' : 'machine_learning';
}

const ja3ByJa4 = new Map<string, string>();

function ja3Of(ja4: string): string {
  const known = ja3ByJa4.get(ja4);
  if (known !== undefined) return known;
  const made = ja4 === '' ? '' : createHash('md5').update(ja4).digest('hex');
  ja3ByJa4.set(ja4, made);
  return made;
}
