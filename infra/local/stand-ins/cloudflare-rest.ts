import type { CloudflareWorld, Zone } from '../scenario/world.ts';
import { failed, succeeded } from './cloudflare-envelope.ts';
import { answerRulesets } from './cloudflare-rulesets.ts';
import type { Answer, Asked } from './stand-in.ts';

/** A few of Cloudflare's published ranges, in the form of `GET /ips` (`reference/cloudflare.md` §10). */
const RANGES = {
  ipv4_cidrs: ['173.245.48.0/20', '103.21.244.0/22', '104.16.0.0/13', '162.158.0.0/15', '172.64.0.0/13'],
  ipv6_cidrs: ['2400:cb00::/32', '2606:4700::/32', '2803:f800::/32', '2a06:98c0::/29'],
  etag: 'latchkey-stand-in',
};

/** `GET /ips`, which needs no token. */
export function publishedRanges(): Answer {
  return { status: 200, body: succeeded(RANGES) };
}

/** The REST routes the product uses, for a caller whose token is good. */
export function answerRest(route: string, asked: Asked, world: CloudflareWorld): Answer {
  if (asked.method !== 'GET') return failed(405, 10405, 'Method not allowed for this authentication scheme');
  if (route === '/user/tokens/verify') {
    return {
      status: 200,
      body: succeeded({ id: '0'.repeat(32), status: 'active' }, 'This API Token is valid and active'),
    };
  }
  if (route === '/zones') return zoneList(asked, world);
  const [, id, rulesets, rulesetId] = /^\/zones\/([^/]+)(\/rulesets(?:\/([^/]+))?)?$/.exec(route) ?? [];
  if (id === undefined) return failed(404, 7000, 'No route for that URI');
  if (!/^[0-9a-f]{32}$/.test(id))
    return failed(400, 7003, `Could not route to /zones/${id}, perhaps your object identifier is invalid?`);
  const zone = visible(world).find((one) => one.id === id);
  if (zone === undefined) return failed(403, 9109, 'Unauthorized to access requested resource');
  if (rulesets !== undefined) return answerRulesets(zone, rulesetId, asked);
  return { status: 200, body: succeeded(zoneShown(zone, world)) };
}

/** By exact name, in pages of 5 to 50. */
function zoneList(asked: Asked, world: CloudflareWorld): Answer {
  const page = Number(asked.query.get('page') ?? '1');
  const size = Number(asked.query.get('per_page') ?? '20');
  if (!Number.isInteger(page) || page < 1 || !Number.isInteger(size) || size < 5 || size > 50) {
    return failed(400, 6003, 'Invalid request: page must be at least 1, per_page from 5 to 50');
  }
  const name = asked.query.get('name')?.toLowerCase();
  const zones = visible(world).filter((zone) => name === undefined || zone.name === name);
  const shown = zones.slice((page - 1) * size, page * size).map((zone) => zoneShown(zone, world));
  const info = {
    page,
    per_page: size,
    count: shown.length,
    total_count: zones.length,
    total_pages: Math.ceil(zones.length / size),
  };
  return { status: 200, body: { ...succeeded(shown), result_info: info } };
}

function visible(world: CloudflareWorld): readonly Zone[] {
  return world.zones.filter(({ access }) => access === 'read');
}

function zoneShown(zone: Zone, { account }: CloudflareWorld): Record<string, unknown> {
  return {
    id: zone.id,
    name: zone.name,
    status: 'active',
    paused: false,
    type: 'full',
    development_mode: 0,
    account,
    plan: { id: zone.plan, name: `${zone.plan} website`, legacy_id: zone.plan },
  };
}
