import type { Offers } from './capabilities.ts';
import { evidenceOf, type RungReading, skipped } from './evidence.ts';
import { type GroupPage, totalOf } from './group-rows.ts';
import { hostFilters, IN_WINDOW, type RungRequest, readGroupsOf } from './rung.ts';
import type { NodeQuery, ZoneQuery } from './zone-query.ts';

const NODE = 'httpRequestsAdaptiveGroups';

/**
 * Rung 1 (`reference/cloudflare.md` §13.3, §5 Q1): requests that Bot Management scored 1 to 29 or decided to be
 * automated, verified bots and score 0 ("not computed") apart. Requests to GitLab's own hosts are read apart too: git,
 * runners and API clients are automated by nature (design §7).
 * @returns undefined where the zone has no Bot Management
 */
export async function readScores(request: RungRequest): Promise<RungReading | undefined> {
  const reading = await readGroupsOf(NODE, request, (offers, pageSize) => scoreQuery(request, offers, pageSize));
  if (reading === undefined) return undefined;
  return {
    evidence: evidenceIn(reading, 'top'),
    onGitlabHosts: request.only === undefined ? [] : evidenceIn(reading, 'onGitlabHosts'),
    whole: reading.whole,
    cut: reading.cut,
    sampled: reading.sampleInterval > 1,
    total: totalOf(reading, 'total'),
    counts: {
      ...skipped(reading.malformed),
      ...(request.only === undefined ? { onGitlabHosts: Math.round(totalOf(reading, 'onGitlabHosts')) } : {}),
    },
    pages: reading.pages,
    why: reading.why,
  };
}

/** What makes a request one of a bot, as filter fields; undefined where the zone has no Bot Management. */
export function botFilter(offers: Offers): readonly string[] | undefined {
  if (!offers.enabled(NODE) || !offers.has(NODE, 'clientIP')) return undefined;
  const decision = offers.has(NODE, 'botManagementDecision');
  const eyeball = offers.has(NODE, 'requestSource') ? ['requestSource: "eyeball"'] : [];
  if (offers.has(NODE, 'botScore')) {
    const unverified = decision
      ? ['botManagementDecision_neq: "verified_bot"']
      : offers.has(NODE, 'verifiedBotCategory')
        ? ['verifiedBotCategory: ""']
        : [];
    return [...eyeball, 'botScore_geq: 1, botScore_leq: 29', ...unverified];
  }
  return decision ? [...eyeball, 'botManagementDecision_in: ["automated", "likely_automated"]'] : undefined;
}

function scoreQuery({ only, gitlabHosts }: RungRequest, offers: Offers, pageSize: number): ZoneQuery | undefined {
  const isBot = botFilter(offers);
  if (isBot === undefined) return undefined;
  const hosts = hostFilters(offers, NODE, gitlabHosts);
  const asked = only?.clauses ?? [];
  const fields = ['clientIP', 'clientAsn', 'clientCountryName'].filter((field) => offers.has(NODE, field));
  const list = { node: NODE, limit: pageSize, orderBy: ['count_DESC'], fields } as const;
  const count = { node: NODE, limit: 1, topOnly: true, fields: [] } as const;
  const nodes: NodeQuery[] = [
    { alias: 'top', ...list, filter: [IN_WINDOW, ...isBot, ...hosts.others, ...asked] },
    { alias: 'total', ...count, filter: [IN_WINDOW, ...isBot, ...hosts.others] },
  ];
  if (hosts.gitlab !== undefined) {
    const filter = [IN_WINDOW, ...isBot, ...hosts.gitlab, ...asked];
    nodes.push({ alias: 'onGitlabHosts', ...(only === undefined ? count : list), filter });
  }
  return { nodes, variables: { ...hosts.variables, ...only?.variables } };
}

function evidenceIn(page: GroupPage, alias: string): RungReading['evidence'] {
  return (page.groups[alias] ?? []).flatMap((row) => evidenceOf(row, 'bot-score') ?? []);
}
