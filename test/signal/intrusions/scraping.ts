import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import type { Random } from '../../../infra/local/scenario/random.ts';
import { ipv4In } from '../addresses.ts';
import type { WebActivity, WebClient } from '../truth.ts';
import { JA4 } from '../web-clients.ts';
import type { Scene } from './scene.ts';
import { networkText } from './terrain.ts';

type Span = readonly [from: EpochMs, until: EpochMs];

/** Networks that intruders rent: hosting, and homes behind residential proxies. None is Cloudflare's. */
const RENTED = [
  { asn: 16276, country: 'FR', blocks: ['51.77', '51.91', '54.36'] },
  { asn: 14061, country: 'NL', blocks: ['167.99', '164.90', '206.189'] },
  { asn: 51167, country: 'DE', blocks: ['62.171', '173.212'] },
  { asn: 20473, country: 'US', blocks: ['45.76', '149.28'] },
  { asn: 9009, country: 'RO', blocks: ['185.156', '193.29'] },
] as const;
const HOMES = [
  { asn: 7922, country: 'US', blocks: ['24.17', '68.80', '98.197'] },
  { asn: 12322, country: 'FR', blocks: ['82.64', '88.160'] },
  { asn: 28573, country: 'BR', blocks: ['177.32', '189.60'] },
  { asn: 45899, country: 'VN', blocks: ['113.160', '14.161'] },
] as const;
const PATHS = [
  '/',
  '/api/search',
  '/products',
  '/products/item',
  '/login',
  '/prices',
  '/blog',
  '/sitemap.xml',
] as const;

/** Somebody else's machine that no one of the organisation ever used. */
export function rentedBot(scene: Scene, homes = scene.random.chance(0.3)): WebClient {
  const { random, terrain } = scene;
  const { asn, country, blocks } = random.pick<(typeof RENTED | typeof HOMES)[number]>(homes ? HOMES : RENTED);
  let address = ipv4In(random, random.pick<string>(blocks));
  while (terrain.taken.has(networkText(address))) address = ipv4In(random, random.pick<string>(blocks));
  return botAt(random, { address, asn, country });
}

/** A bot that leaves from there. Scores as Cloudflare gives them: many bots are certain, the rest likely. */
export function botAt(random: Random, where: Pick<WebClient, 'address' | 'asn' | 'country'>): WebClient {
  const botScore = random.chance(0.45) ? 1 : random.int(2, 29);
  return { ...where, ja4: random.pick([JA4.python, JA4.go, JA4.curl, JA4.chrome]), botScore, verifiedBot: false };
}

/** Requests of one client, the first at `from`, the last just before `until`, on one to four paths. */
export function scrapes(
  scene: Scene,
  client: WebClient,
  [from, until]: Span,
  perMinute: number,
  security: Pick<WebActivity, 'security'> = {},
): WebActivity[] {
  const { random } = scene;
  const pieces = until - from < 5 * MINUTE ? 1 : random.int(1, 4);
  const edge = (piece: number) => from + ((until - from) * piece) / pieces;
  return Array.from({ length: pieces }, (_, piece) =>
    asks(scene, client, [edge(piece), edge(piece + 1)], perMinute * (0.7 + random.unit() * 0.6), security),
  );
}

/** Requests of one client to one path. */
function asks(
  { random, target }: Scene,
  client: WebClient,
  [from, until]: Span,
  perMinute: number,
  security: Pick<WebActivity, 'security'>,
): WebActivity {
  return {
    ...client,
    actor: 'intruder',
    ...target,
    path: random.pick(PATHS),
    from: Math.round(from),
    until: Math.round(until),
    requests: Math.max(1, Math.round(((until - from) / MINUTE) * perMinute)),
    ...security,
  };
}

/** A crowd of rented machines, each somewhat busier or quieter, `client` one of them: a spike. */
export function storm(scene: Scene, client: WebClient, [from, until]: Span): WebActivity[] {
  const { random } = scene;
  const homes = random.chance(0.4);
  const size = homes ? random.int(80, 220) : random.int(12, 50);
  const perMinute = random.int(6000, 16_000) / size;
  const security = countermeasure(random);
  const crowd = Array.from({ length: size }, () => rentedBot(scene, homes)).map((machine) => {
    const begins = from + random.unit() * 0.3 * (until - from);
    const ends = until - random.unit() * 0.3 * (until - begins);
    return asks(scene, { ...machine, ja4: client.ja4 }, [begins, ends], perMinute * lopsided(random), security);
  });
  return [...scrapes(scene, client, [from, until], perMinute * lopsided(random), security), ...crowd];
}

/** One of the ways to be a nuisance on the web: in a crowd, loud and alone, or alone and modest. */
export function scrapesSomehow(scene: Scene, client: WebClient, span: Span): WebActivity[] {
  const { random } = scene;
  const luck = random.unit();
  if (luck < 0.5) return storm(scene, client, span);
  if (luck < 0.7) return scrapes(scene, client, span, random.int(2000, 9000), countermeasure(random));
  return scrapes(scene, client, span, random.int(15, 150), random.chance(0.3) ? countermeasure(random) : {});
}

/** What one of Cloudflare's products did about it, if anything. */
export function countermeasure(random: Random): Pick<WebActivity, 'security'> {
  if (random.chance(0.5)) return {};
  const source = random.pick(['botManagement', 'rateLimit', 'firewallCustom'] as const);
  const action = random.pick(['block', 'managed_challenge', 'log'] as const);
  return { security: { source, action, share: random.int(10, 70) / 100 } };
}

/** A third to three times the usual, most of them below it. */
function lopsided(random: Random): number {
  return 3 ** (random.unit() * 2 - 1);
}
