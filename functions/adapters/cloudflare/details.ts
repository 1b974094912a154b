import { normalHost } from '../../core/host-name.ts';
import { MINUTE } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { exactly } from './address-filter.ts';
import type { NodeName, Offers } from './capabilities.ts';
import { BOT_PRODUCTS } from './event-values.ts';
import { type Evidence, originOf } from './evidence.ts';
import { MITIGATED, sourcesIn } from './firewall-rung.ts';
import { type GroupPage, type GroupRow, textOf } from './group-rows.ts';
import { type GroupsNode, gapAt, hostFilters, IN_WINDOW, type RungRequest, readGroupsOf } from './rung.ts';
import { botFilter } from './score-rung.ts';
import type { NodeQuery, Variable, ZoneQuery } from './zone-query.ts';

/** Evidence with its details, and what that took. */
export interface DetailedEvidence {
  readonly evidence: readonly Evidence[];
  /** Evidence whose details show that it was GitLab's hosts alone, in a spelling the filter did not know. */
  readonly onGitlabHosts: readonly Evidence[];
  readonly pages: number;
  readonly why: readonly string[];
}

/** Addresses per query: each has a row per minute it was seen in. */
const BATCH = 100;
/** More hits than this keep the span they were asked about: an IPv6 network can hold any number of addresses. */
const MOST_DETAILED = 500;
const TOP_ROWS = 1_000;
const KEPT = { ja4: 10, hosts: 20, paths: 20 } as const;
const MAX_TEXT = 300;
const TIMES_CUT =
  'exact times could not be read: there are more minutes than Cloudflare lists at once, so the whole span asked about counts';

interface Scope {
  readonly filter: readonly string[];
  readonly variables: Readonly<Record<string, Variable>>;
}

/**
 * The minutes, lowest bot score, hosts, paths and JA4 of addresses that were found, by the same filter that found them.
 * Asked for few addresses only, as every further dimension splits groups (`reference/cloudflare.md` §5 Q1).
 * What cannot be read leaves the evidence as it was and is said in `why`.
 */
export async function withDetails(
  request: RungRequest,
  found: readonly Evidence[],
  onGitlabHosts: boolean,
): Promise<DetailedEvidence> {
  const detailed = new Map<Evidence, Evidence>();
  const apart = new Set<Evidence>();
  const why: string[] = [];
  let pages = 0;
  for (const [method, evidence] of byMethod(found)) {
    for (let first = 0; first < Math.min(evidence.length, MOST_DETAILED); first += BATCH) {
      const batch = evidence.slice(first, first + BATCH);
      try {
        const reading = await readDetails(request, method, batch, onGitlabHosts);
        pages += reading?.pages ?? 0;
        why.push(...(reading?.why ?? []));
        if (reading === undefined) continue;
        if (reading.cut) why.push(gapAt(request.zone, TIMES_CUT));
        for (const one of batch) {
          detailed.set(one, addDetails(one, reading));
          if (isOnGitlabAlone(one, reading, request.gitlabHosts)) apart.add(one);
        }
      } catch (error) {
        // Fails towards the evidence without details: a wider span matches more, never less.
        if (!(error instanceof LatchkeyError)) throw error;
        why.push(gapAt(request.zone, `exact times could not be read: ${error.message}`));
      }
    }
  }
  const split = (isApart: boolean) =>
    found.filter((one) => apart.has(one) === isApart).map((one) => detailed.get(one) ?? one);
  return { evidence: split(false), onGitlabHosts: split(true), pages, why: [...new Set(why)] };
}

function byMethod(found: readonly Evidence[]): Map<Evidence['method'], Evidence[]> {
  const groups = new Map<Evidence['method'], Evidence[]>();
  for (const evidence of found) {
    if (evidence.seenExactly) continue;
    groups.set(evidence.method, [...(groups.get(evidence.method) ?? []), evidence]);
  }
  return groups;
}

async function readDetails(
  request: RungRequest,
  method: Evidence['method'],
  batch: readonly Evidence[],
  onGitlabHosts: boolean,
): Promise<(GroupPage & { pages: number; why: readonly string[] }) | undefined> {
  const node: GroupsNode =
    method === 'bot-score' || method === 'share' ? 'httpRequestsAdaptiveGroups' : 'firewallEventsAdaptiveGroups';
  const only = exactly([...new Set(batch.map(({ address }) => address))]);
  const asked = { ...request, only };
  return await readGroupsOf(node, asked, (offers, pageSize) => {
    const scope = scopeOf(method, node, offers, request.gitlabHosts, onGitlabHosts);
    return scope === undefined ? undefined : detailsQuery(node, scope, asked, offers, pageSize);
  });
}

/** The filter that found evidence of this method. */
function scopeOf(
  method: Evidence['method'],
  node: NodeName,
  offers: Offers,
  gitlabHosts: readonly string[],
  onGitlabHosts: boolean,
): Scope | undefined {
  const hosts = hostFilters(offers, node, gitlabHosts);
  const filter = onGitlabHosts ? (hosts.gitlab ?? []) : hosts.others;
  switch (method) {
    case 'bot-score': {
      const isBot = botFilter(offers);
      return isBot === undefined ? undefined : { filter: [...isBot, ...filter], variables: hosts.variables };
    }
    case 'share':
      return {
        filter: [...(offers.has(node, 'requestSource') ? ['requestSource: "eyeball"'] : []), ...filter],
        variables: hosts.variables,
      };
    case 'bot-product':
      return { filter: [sourcesIn(BOT_PRODUCTS), MITIGATED, ...filter], variables: hosts.variables };
    case 'rate-limit':
      return { filter: [sourcesIn(['rateLimit', 'ratelimit']), MITIGATED], variables: {} };
    case 'l7ddos':
      return { filter: [sourcesIn(['l7ddos']), MITIGATED], variables: {} };
    case 'security-event':
    case 'payload':
      return undefined;
  }
}

function detailsQuery(
  node: GroupsNode,
  scope: Scope,
  { only }: RungRequest,
  offers: Offers,
  pageSize: number,
): ZoneQuery | undefined {
  const filter = [IN_WINDOW, ...scope.filter, ...(only?.clauses ?? [])];
  const wanted = [
    { alias: 'times', fields: ['datetimeMinute'], orderBy: ['datetimeMinute_ASC'] },
    { alias: 'scores', fields: node === 'httpRequestsAdaptiveGroups' ? ['botScore'] : [], orderBy: ['botScore_ASC'] },
    { alias: 'hosts', fields: ['clientRequestHTTPHost'], orderBy: ['count_DESC'] },
    { alias: 'origin', fields: ['ja4', 'clientASNDescription'], orderBy: ['count_DESC'] },
    { alias: 'paths', fields: ['clientRequestPath'], orderBy: ['count_DESC'] },
  ];
  const nodes: NodeQuery[] = [];
  for (const { alias, fields, orderBy } of wanted) {
    const offered = fields.filter((field) => offers.has(node, field));
    if (offered.length === 0) continue;
    const limit = alias === 'times' ? pageSize : Math.min(pageSize, TOP_ROWS);
    nodes.push({ alias, node, filter, limit, orderBy, fields: ['clientIP', ...offered], topOnly: alias !== 'times' });
  }
  return nodes.length === 0 ? undefined : { nodes, variables: { ...scope.variables, ...only?.variables } };
}

function addDetails(evidence: Evidence, page: GroupPage): Evidence {
  const mine = (alias: string) =>
    (page.groups[alias] ?? []).filter((row) => row.dimensions.clientIP === evidence.address);
  const lowest = lowestScore(mine('scores'));
  const origin = mine('origin');
  return {
    ...evidence,
    // Minutes are the one list read to its end. Of one that was cut the last are missing: they would end too early.
    ...(page.cut ? {} : seenIn(mine('times'))),
    ...(lowest === undefined ? {} : { lowestBotScore: lowest }),
    ...(origin[0] === undefined ? {} : originNameOf(origin[0])),
    ja4: texts(origin, 'ja4', KEPT.ja4),
    hosts: texts(mine('hosts'), 'clientRequestHTTPHost', KEPT.hosts),
    paths: texts(mine('paths'), 'clientRequestPath', KEPT.paths),
  };
}

/**
 * All requests that a bot score or product counted went to GitLab's hosts. A list of hosts that was cut or sampled adds
 * up to less than was counted and proves nothing: that fails toward a sighting.
 */
function isOnGitlabAlone({ address, method, requests }: Evidence, page: GroupPage, gitlabHosts: readonly string[]) {
  if (method !== 'bot-score' && method !== 'bot-product') return false;
  const rows = (page.groups.hosts ?? []).filter((row) => row.dimensions.clientIP === address);
  const isGitlab = (row: GroupRow) =>
    gitlabHosts.includes(normalHost(textOf(row, 'clientRequestHTTPHost') ?? '') ?? '');
  const counted = rows.reduce((sum, { count }) => sum + count, 0);
  return rows.length > 0 && rows.every(isGitlab) && Math.round(counted) >= requests;
}

function seenIn(rows: readonly GroupRow[]): Partial<Evidence> {
  const minutes = rows.flatMap((row) => {
    const at = Date.parse(textOf(row, 'datetimeMinute') ?? '');
    return Number.isNaN(at) ? [] : [at];
  });
  if (minutes.length === 0) return {};
  const notBefore = minutes.reduce((a, b) => Math.min(a, b));
  const last = minutes.reduce((a, b) => Math.max(a, b));
  return { seen: { notBefore, notAfter: last + MINUTE - 1 }, seenExactly: true };
}

/** Score 0 is "not computed" and no score (`reference/cloudflare.md` §10). */
function lowestScore(rows: readonly GroupRow[]): number | undefined {
  const scores = rows.flatMap(({ dimensions: { botScore } }) =>
    typeof botScore === 'number' && botScore >= 1 && botScore <= 99 ? [botScore] : [],
  );
  return scores.length === 0 ? undefined : Math.min(...scores);
}

function originNameOf({ dimensions }: GroupRow): Partial<Evidence> {
  const { asnName } = originOf(dimensions);
  return asnName === undefined ? {} : { asnName };
}

function texts(rows: readonly GroupRow[], dimension: string, most: number): string[] {
  const found = new Set<string>();
  for (const row of rows) {
    const value = textOf(row, dimension);
    // Query strings may hold personal data (`reference/cloudflare.md` §13.17).
    if (value !== undefined && found.size < most) found.add((value.split('?')[0] ?? '').slice(0, MAX_TEXT));
  }
  return [...found];
}
