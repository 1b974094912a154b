import type { SightingMethod } from '../../core/sighting.ts';
import type { Offers } from './capabilities.ts';
import { BOT_PRODUCTS, LIMIT_PRODUCTS, methodOf, outcomeOf, PASSED_ACTIONS, SOLVED_ACTIONS } from './event-values.ts';
import { type Evidence, evidenceOf, type RungReading, skipped } from './evidence.ts';
import { type GroupPage, type GroupRow, textOf, totalOf } from './group-rows.ts';
import { hostFilters, IN_WINDOW, type RungRequest, readGroupsOf } from './rung.ts';
import type { NodeQuery, ZoneQuery } from './zone-query.ts';

const NODE = 'firewallEventsAdaptiveGroups';

/** Which products' actions are wanted: all, or only limits where a bot score says more than the bot products do. */
export type Products = 'all' | 'limits';

/**
 * Rungs 2 and 3 (`reference/cloudflare.md` §13.3, §5 Q2): bot products, rate limits and HTTP DDoS rules that acted
 * against an address. An address that solved a product's challenge is no bot by that product's evidence (§13.9).
 * On GitLab's own hosts only rate limits and DDoS rules count (design §7).
 * @returns undefined where the zone does not offer the groups node
 */
export async function readFirewall(request: RungRequest, products: Products): Promise<RungReading | undefined> {
  const plan = (offers: Offers, pageSize: number) => firewallQuery(request, products, offers, pageSize);
  const reading = await readGroupsOf(NODE, request, plan);
  if (reading === undefined) return undefined;
  const solved = solvedIn(reading);
  const { evidence, withdrawn } = judge(rowsOf(reading, ['limits', 'bots']), solved);
  const asked = request.only !== undefined;
  const onGitlabHosts = Math.round(totalOf(reading, 'onGitlabHosts'));
  return {
    evidence,
    onGitlabHosts: asked ? judge(rowsOf(reading, ['onGitlabHosts']), solved).evidence : [],
    whole: reading.whole,
    cut: reading.cut,
    sampled: reading.sampleInterval > 1,
    total: totalOf(reading, 'total'),
    counts: {
      ...skipped(reading.malformed),
      ...(withdrawn === 0 ? {} : { solvedChallenges: withdrawn }),
      ...(asked || products === 'limits' ? {} : { onGitlabHosts }),
    },
    pages: reading.pages,
    why: reading.why,
  };
}

/** The filter's list of products. */
export function sourcesIn(list: readonly string[]): string {
  return `source_in: [${list.map((source) => `"${source}"`).join(', ')}]`;
}

/** The filter that leaves out what is no evidence, as far as its spelling is known. */
export const MITIGATED = `action_notin: [${PASSED_ACTIONS.map((action) => `"${action}"`).join(', ')}]`;

const SOLVED = `action_in: [${SOLVED_ACTIONS.map((action) => `"${action}"`).join(', ')}]`;

function firewallQuery(
  { only, gitlabHosts }: RungRequest,
  products: Products,
  offers: Offers,
  pageSize: number,
): ZoneQuery | undefined {
  const needed = ['clientIP', 'source', 'action'];
  if (!offers.enabled(NODE) || !needed.every((field) => offers.has(NODE, field))) return undefined;
  const hosts = hostFilters(offers, NODE, gitlabHosts);
  const asked = only?.clauses ?? [];
  const origin = ['clientAsn', 'clientCountryName', 'verifiedBotCategory'].filter((field) => offers.has(NODE, field));
  const list = { node: NODE, limit: pageSize, orderBy: ['count_DESC'], fields: [...needed, ...origin] } as const;
  const limits = sourcesIn(LIMIT_PRODUCTS);
  const bots = sourcesIn(BOT_PRODUCTS);
  const wanted = products === 'all' ? sourcesIn([...BOT_PRODUCTS, ...LIMIT_PRODUCTS]) : limits;
  const nodes: NodeQuery[] = [
    { alias: 'limits', ...list, filter: [IN_WINDOW, limits, MITIGATED, ...asked] },
    { alias: 'total', node: NODE, limit: 1, topOnly: true, fields: [], filter: [IN_WINDOW, wanted, MITIGATED] },
    { alias: 'solved', ...list, fields: needed, filter: [IN_WINDOW, wanted, SOLVED, ...asked] },
  ];
  if (products === 'limits') return { nodes, variables: { ...only?.variables } };
  nodes.push({ alias: 'bots', ...list, filter: [IN_WINDOW, bots, MITIGATED, ...hosts.others, ...asked] });
  if (hosts.gitlab !== undefined) {
    const one = only === undefined ? { limit: 1, topOnly: true, fields: [] } : {};
    const filter = [IN_WINDOW, bots, MITIGATED, ...hosts.gitlab, ...asked];
    nodes.push({ alias: 'onGitlabHosts', ...list, ...one, filter });
  }
  return { nodes, variables: { ...hosts.variables, ...only?.variables } };
}

/** Address and method of each solved challenge. */
function solvedIn(page: GroupPage): ReadonlySet<string> {
  const solved = new Set<string>();
  for (const row of Object.values(page.groups).flat()) {
    const method = methodOf(textOf(row, 'source') ?? '');
    if (method !== undefined && outcomeOf(textOf(row, 'action') ?? '') === 'solved') {
      solved.add(solvedKey(textOf(row, 'clientIP') ?? '', method));
    }
  }
  return solved;
}

function rowsOf(page: GroupPage, aliases: readonly string[]): readonly GroupRow[] {
  return aliases.flatMap((alias) => page.groups[alias] ?? []);
}

function judge(rows: readonly GroupRow[], solved: ReadonlySet<string>): { evidence: Evidence[]; withdrawn: number } {
  const byAddress = new Map<string, Evidence>();
  const withdrawn = new Set<string>();
  for (const row of rows) {
    const method = methodOf(textOf(row, 'source') ?? '');
    if (method === undefined || outcomeOf(textOf(row, 'action') ?? '') !== 'mitigated') continue;
    const evidence = evidenceOf(row, method);
    if (evidence === undefined) continue;
    const key = solvedKey(evidence.address, method);
    if (solved.has(key)) withdrawn.add(key);
    else byAddress.set(key, addEvents(byAddress.get(key), evidence));
  }
  return { evidence: [...byAddress.values()], withdrawn: withdrawn.size };
}

/** One address in several groups of one method (two actions, a changed country): their events add up. */
export function addEvents(before: Evidence | undefined, more: Evidence): Evidence {
  if (before === undefined) return more;
  return {
    ...more,
    ...before,
    requests: before.requests + more.requests,
    sampleInterval: Math.max(before.sampleInterval, more.sampleInterval),
    seen: {
      notBefore: Math.min(before.seen.notBefore, more.seen.notBefore),
      notAfter: Math.max(before.seen.notAfter, more.seen.notAfter),
    },
  };
}

/** An address and the method that a solved challenge withdraws. */
export function solvedKey(address: string, method: SightingMethod): string {
  return `${method} ${address}`;
}
