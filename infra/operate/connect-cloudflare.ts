import { inParallel } from '../../functions/adapters/cloudflare/in-parallel.ts';
import { isZoneId } from '../../functions/adapters/cloudflare/zones.ts';
import { ConfigError } from '../../functions/runtime/errors.ts';
import type { Fetch } from '../../functions/runtime/http.ts';
import { Alerting } from './alerting.ts';
import { type CloudflareRest, type ZoneRow, zoneRows } from './cloudflare-rest.ts';
import { connectDestination } from './connect-destination.ts';
import { connectPolicies } from './connect-policies.ts';
import type { Credential } from './inputs.ts';
import { fail, ok, type Say, warn } from './report.ts';

export interface CloudflareRequest {
  /** The deployed endpoint. */
  readonly url: string;
  /** The account, where somebody chose one. */
  readonly account: string | undefined;
  /** Setting `cloudflare.zones`. */
  readonly zones: readonly string[];
  readonly secret: Credential;
  readonly dryRun: boolean;
  readonly fetch: Fetch;
}

/** The webhook destination, and a policy for each alert about attacks. */
export async function connectCloudflare(say: Say, rest: CloudflareRest, request: CloudflareRequest): Promise<void> {
  const { url, account, secret, dryRun, fetch, zones } = request;
  const place = await findPlace(say, rest, zones, account);
  if (place === undefined) return;
  const alerting = new Alerting(rest, place.account);
  const destination = await connectDestination(say, alerting, { url, secret, dryRun, fetch });
  if (destination === 'refused') return;
  await connectPolicies(say, alerting, { destination, zones: place.zones, chosen: zones.length > 0, dryRun });
}

/** The account everything is registered in, and its zones. */
interface Place {
  readonly account: string;
  readonly zones: readonly string[];
}

async function findPlace(
  say: Say,
  rest: CloudflareRest,
  configured: readonly string[],
  account: string | undefined,
): Promise<Place | undefined> {
  const zones = configured.length === 0 ? await allZones(rest, account) : await namedZones(say, rest, configured);
  const accounts = [...new Set(zones.map((zone) => zone.account.id))];
  if (account === undefined && accounts.length !== 1) {
    const why =
      accounts.length === 0
        ? 'unknown, as the token sees no zone: give it Zone → Zone Read, or give --account'
        : `the zones lie in ${accounts.length} accounts: run this once for each with --account (${accounts.join(', ')})`;
    say(fail('account', why));
    return undefined;
  }
  const here = account ?? accounts[0] ?? '';
  const elsewhere = zones.filter((zone) => zone.account.id !== here);
  if (elsewhere.length > 0) {
    say(
      warn(
        'zones',
        `${elsewhere.length} of other accounts are left out: ${elsewhere.map(({ name }) => name).join(', ')}`,
      ),
    );
  }
  const inside = zones.filter((zone) => zone.account.id === here);
  say(ok('account', `${here}, zones: ${inside.map(({ name }) => name).join(', ') || 'none known'}`));
  return { account: here, zones: inside.map(({ id }) => id) };
}

const PAGE = 50;
const MOST_PAGES = 100;

async function allZones(rest: CloudflareRest, account: string | undefined): Promise<ZoneRow[]> {
  const zones: ZoneRow[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await rest.get(`/zones?per_page=${PAGE}&page=${page}`);
    // With the account given, alert types that need no zones can do without the list.
    if (answer.status >= 300 && account === undefined) throw new ConfigError(`Zones: ${zonesRefused(answer.status)}`);
    const rows = answer.status >= 300 ? [] : zoneRows(answer.result);
    zones.push(...rows);
    if (rows.length < PAGE) break;
  }
  return zones;
}

const ZONES_AT_ONCE = 4;

async function namedZones(say: Say, rest: CloudflareRest, configured: readonly string[]): Promise<ZoneRow[]> {
  const found = await inParallel(configured, ZONES_AT_ONCE, async (entry) => {
    const answer = await rest.get(isZoneId(entry) ? `/zones/${entry}` : `/zones?name=${encodeURIComponent(entry)}`);
    const [zone] = answer.status < 300 ? zoneRows(answer.result) : [];
    if (zone === undefined) {
      const why = answer.status < 300 ? 'the token sees no such zone' : zonesRefused(answer.status);
      say(fail(`zone ${entry}`, `${why}; correct cloudflare.zones`));
    }
    return zone ?? [];
  });
  return found.flat();
}

function zonesRefused(status: number): string {
  return `Cloudflare refuses the token (${status}): it is wrong or expired, or lacks Zone → Zone Read`;
}
