import type { Window } from '../../core/time.ts';
import { exactly } from './address-filter.ts';
import type { Offers } from './capabilities.ts';
import { type Evidence, evidenceOf, type RungReading, skipped } from './evidence.ts';
import { textOf, totalOf } from './group-rows.ts';
import { hostFilters, IN_WINDOW, nameOf, type RungRequest, readGroupsOf } from './rung.ts';
import type { ZoneQuery } from './zone-query.ts';

const NODE = 'httpRequestsAdaptiveGroups';

/** Cloudflare's own bot alerts want more than 200 requests (`reference/cloudflare.md` §2). */
const FEWEST_REQUESTS = 200;
/** Of all requests to the zone from eyeballs. */
const SMALLEST_SHARE = 0.001;
/** How many times the address's own rate before the window. */
const SMALLEST_RISE = 5;
const BASELINE_BATCH = 100;

/**
 * Rung 4, the last (`reference/cloudflare.md` §13.3): addresses whose share of the zone's traffic rose far above what
 * they did in as long a time before. Any plan, allowed traffic included; low confidence, as a busy person looks alike.
 * @returns undefined where the zone does not offer client addresses of its requests
 */
export async function readShares(request: RungRequest): Promise<RungReading | undefined> {
  const reading = await readGroupsOf(NODE, request, (offers, pageSize) => shareQuery(request, offers, pageSize));
  if (reading === undefined) return undefined;
  const total = totalOf(reading, 'total');
  const candidates = (reading.groups.top ?? [])
    .filter((row) => row.count >= Math.max(FEWEST_REQUESTS, total * SMALLEST_SHARE))
    .flatMap((row) => evidenceOf(row, 'share') ?? []);
  const before = await readBaseline(request, candidates);
  return {
    // Without a baseline every busy address would look risen: then nobody is sighted by this, and coverage says why.
    evidence: before.why.length > 0 ? [] : candidates.filter((found) => rose(found, before.counts)),
    onGitlabHosts: [],
    // The smallest address that can qualify is known: a cut below it hides nothing that this method finds.
    cut: false,
    whole: reading.why.length === 0 && before.why.length === 0 && reading.sampleInterval === 1,
    sampled: reading.sampleInterval > 1,
    total,
    counts: skipped(reading.malformed),
    pages: reading.pages + before.pages,
    why: [...reading.why, ...before.why],
  };
}

function rose({ address, requests }: Evidence, before: ReadonlyMap<string, number>): boolean {
  return requests >= SMALLEST_RISE * (before.get(address) ?? 0);
}

async function readBaseline(
  request: RungRequest,
  candidates: readonly Evidence[],
): Promise<{ counts: ReadonlyMap<string, number>; pages: number; why: readonly string[] }> {
  const { start, end } = request.window;
  const window: Window = { start: start - (end - start), end: start };
  const counts = new Map<string, number>();
  let pages = 0;
  const why: string[] = [];
  for (let first = 0; first < candidates.length; first += BASELINE_BATCH) {
    const batch = candidates.slice(first, first + BASELINE_BATCH).map(({ address }) => address);
    const asked = { ...request, window, only: exactly(batch) };
    const reading = await readGroupsOf(NODE, asked, (offers, pageSize) => shareQuery(asked, offers, pageSize));
    pages += reading?.pages ?? 0;
    if (reading === undefined || reading.why.length > 0) {
      why.push(`The baseline of ${nameOf(request.zone)} before the window could not be read whole.`);
    }
    for (const row of reading?.groups.top ?? []) {
      const address = textOf(row, 'clientIP');
      if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + row.count);
    }
  }
  return { counts, pages, why: [...new Set(why)] };
}

function shareQuery({ only, gitlabHosts }: RungRequest, offers: Offers, pageSize: number): ZoneQuery | undefined {
  if (!offers.enabled(NODE) || !offers.has(NODE, 'clientIP')) return undefined;
  const hosts = hostFilters(offers, NODE, gitlabHosts);
  const eyeball = offers.has(NODE, 'requestSource') ? ['requestSource: "eyeball"'] : [];
  const everyone = [IN_WINDOW, ...eyeball, ...hosts.others];
  const fields = ['clientIP', 'clientAsn', 'clientCountryName', 'verifiedBotCategory'].filter((field) =>
    offers.has(NODE, field),
  );
  return {
    nodes: [
      {
        alias: 'top',
        node: NODE,
        limit: pageSize,
        orderBy: ['count_DESC'],
        filter: [...everyone, ...(only?.clauses ?? [])],
        fields,
      },
      { alias: 'total', node: NODE, limit: 1, topOnly: true, fields: [], filter: everyone },
    ],
    variables: { ...hosts.variables, ...only?.variables },
  };
}
