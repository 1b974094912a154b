import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import type { AxiomEvent, Client, GitlabToken, GitlabWorld, HttpRequests, TrueUse, World, Zone } from './world.ts';

/** How Logpush batches: an array is sent this often, and arrives a little later (`reference/cloudflare.md` §6.3). */
const BATCH = 30_000;
const TRANSIT = 15_000;
/** What a log shipper takes. */
const SHIPPING = 5000;

const NOTHING: readonly string[] = [];

/**
 * Logpush's `http_requests` of every zone that can have it (Enterprise only), one event per request, as Axiom's Logpush
 * app keeps them: columns called as Logpush calls them, times in whole seconds, and `_time` the arrival
 * (`reference/axiom.md` §6, `reference/cloudflare.md` §6).
 */
export function logpushRows({ cloudflare }: Pick<World, 'cloudflare'>): AxiomEvent[] {
  return cloudflare.zones.filter(({ plan }) => plan === 'enterprise').flatMap((zone) => rowsOfZone(zone));
}

/** One request as Logpush writes it. `_time` is when its batch arrived; a request seen late is shown late, too. */
export function logpushRow(
  at: EpochMs,
  request: Omit<HttpRequests, 'at' | 'count'>,
  columns: Readonly<Record<string, unknown>> = {},
): AxiomEvent {
  return {
    _time: Math.ceil(at / BATCH) * BATCH + TRANSIT,
    ...lateness(request),
    '@cloudflare.Dataset': 'http_requests',
    EdgeStartTimestamp: new Date(at).toISOString().replace(/\.\d+/, ''),
    ClientIP: request.address,
    ClientASN: request.asn,
    ClientCountry: request.country,
    ClientRequestUserAgent: request.userAgent,
    ClientRequestHost: request.host,
    ClientRequestMethod: request.method,
    ClientRequestPath: request.path,
    ClientRequestSource: request.requestSource,
    EdgeResponseStatus: request.edgeStatus,
    SecuritySources: NOTHING,
    ...columns,
  };
}

/** What Logpush writes beside that with Bot Management. */
export function botColumns(client: Client) {
  return {
    BotScore: client.botScore,
    BotScoreSrc: scoreSource(client),
    VerifiedBotCategory: client.verifiedBotCategory,
    JA4: client.ja4,
  };
}

/**
 * Lines of `api_json.log`: one for each time a token truly authenticated, and one for each that was turned away
 * (`reference/gitlab.md` §6). `time` is when it was, `_time` when the line arrived.
 */
export function gitlabLogRows({ tokens, refusals, users, host }: GitlabWorld): AxiomEvent[] {
  const names = new Map(users.map(({ id, username }) => [id, username]));
  const line = (use: TrueUse, token: GitlabToken | undefined) => {
    const { at, address } = use;
    const who = token === undefined ? {} : { user_id: token.userId, username: names.get(token.userId) ?? '' };
    return {
      _time: at + SHIPPING,
      ...lateness(use),
      time: new Date(at).toISOString(),
      severity: 'INFO',
      host,
      ...CALLS[token === undefined ? 0 : token.id % CALLS.length],
      remote_ip: `${address}, 127.0.0.1`,
      'meta.remote_ip': address,
      ...who,
    };
  };
  const used = tokens.flatMap((token) =>
    token.uses.map((use) => ({
      ...line(use, token),
      status: 200,
      token_type: 'PersonalAccessToken',
      token_id: token.id,
    })),
  );
  const refused = refusals.map((refusal) => ({
    ...line(refusal, undefined),
    status: refusal.reason === 'insufficient_scope' ? 403 : 401,
    'meta.auth_fail_reason': refusal.reason,
    'meta.auth_fail_token_id': `PersonalAccessToken/${refusal.tokenId}`,
  }));
  return [...used, ...refused];
}

function lateness({ visibleFrom }: { readonly visibleFrom?: EpochMs }): { readonly visibleFrom?: EpochMs } {
  return visibleFrom === undefined ? {} : { visibleFrom };
}

const CALLS = [
  call('/projects', '/api/v4/projects'),
  call('/projects/:id/repository/tags', '/api/v4/projects/100/repository/tags'),
  call('/projects/:id/variables', '/api/v4/projects/100/variables'),
] as const;

function call(route: string, path: string) {
  const full = `/api/:version${route}`;
  return { method: 'GET', path, route: full, 'meta.caller_id': `GET ${full}` } as const;
}

/** The n requests of one row lie evenly within its minute, one of them at the row's own instant. */
function rowsOfZone(zone: Zone): AxiomEvent[] {
  const hasScores = zone.nodes.httpRequestsAdaptiveGroups.availableFields.includes('dimensions_botScore');
  const reactions = reactionsOf(zone);
  const rows: AxiomEvent[] = [];
  for (const row of zone.requests) {
    const minute = Math.floor(row.at / MINUTE) * MINUTE;
    const columns = { '@cloudflare.ZoneID': zone.id, ...(hasScores ? botColumns(row) : {}) };
    const first = { ...columns, SecuritySources: reactions.get(reactionKey(row)) ?? NOTHING };
    for (let index = 0; index < row.count; index++) {
      const at = minute + ((row.at - minute + Math.floor((index * MINUTE) / row.count)) % MINUTE);
      rows.push(logpushRow(at, row, index === 0 ? first : columns));
    }
  }
  return rows;
}

/** Products that acted on a request, by what the request and the event have in common. */
function reactionsOf({ events }: Zone): Map<string, string[]> {
  const reactions = new Map<string, string[]>();
  for (const event of events) {
    const key = reactionKey(event);
    reactions.set(key, [...(reactions.get(key) ?? []), event.source]);
  }
  return reactions;
}

function reactionKey({ address, at, host, path }: Pick<HttpRequests, 'address' | 'at' | 'host' | 'path'>): string {
  return `${address} ${at} ${host} ${path}`;
}

/** As `BotScoreSrc` spells it (`reference/cloudflare.md` §6.1). */
function scoreSource({ botScore, botDecision }: Client): string {
  if (botDecision === 'verified_bot') return 'Verified Bot';
  if (botScore === 0) return 'Not Computed';
  return botScore === 1 ? 'Heuristics' : 'Machine Learning';
}
