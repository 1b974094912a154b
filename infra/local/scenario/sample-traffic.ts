import { type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { bot, HOSTILE_TEXTS, person, requests, securityEvent } from './clients.ts';
import type { Random } from './random.ts';
import { CAST, DRIPS, HOSTS } from './sample-cast.ts';
import type { Holder } from './sample-people.ts';
import { RULES } from './sample-rules.ts';
import type { Traffic } from './sample-spike.ts';
import type { HttpRequests } from './world.ts';

const PAGES: readonly [string, ...string[]] = [
  '/',
  '/products',
  '/products/4711',
  '/cart',
  '/checkout',
  '/search',
  '/about',
];
const BEFORE = 6 * HOUR;
const AFTER = 75 * MINUTE;

/** Everything that is no attack, from six hours before the alert until the last look after it. */
export function ordinaryTraffic(start: EpochMs, holders: readonly Holder[], random: Random): Traffic {
  const rows = [
    ...customers(start, random),
    ...ownHouse(start),
    ...gitlabCallers(start, holders, random),
    ...goodBots(start, random),
    ...drip(start),
  ];
  const noise = rows.filter(({ path }) => path === '/search' && random.chance(0.1));
  const events = noise.map((row) =>
    securityEvent(row, random, { ...RULES.injection, action: random.pick(['log', 'skip', 'allow']) }),
  );
  return { requests: rows, events };
}

/** People who buy things. */
function customers(start: EpochMs, random: Random): HttpRequests[] {
  return Array.from({ length: 320 }, (_, index) => {
    const address =
      index % 3 === 0 ? `2001:db8:c${(index % 16).toString(16)}:${index}::8` : `198.51.100.${128 + (index % 120)}`;
    const client = person(address);
    return Array.from({ length: random.int(8, 30) }, () =>
      requests(client, start - BEFORE + random.int(0, BEFORE + AFTER), {
        path: random.pick(PAGES),
        edgeStatus: random.pick([200, 200, 200, 304, 404]),
        count: random.int(1, 4),
      }),
    );
  }).flat();
}

/** Our own addresses that look like bots to Cloudflare: the office's price scraper, and the runners' tests. */
function ownHouse(start: EpochMs): HttpRequests[] {
  const scraper = { botScore: 2, botDecision: 'likely_automated', userAgent: 'python-requests/2.33.1' } as const;
  const tests = { botScore: 1, botDecision: 'automated', userAgent: 'Playwright/1.60' } as const;
  return [
    ...every(2 * MINUTE, start, (at) => requests(bot(CAST.office, scraper), at, { path: '/products', count: 25 })),
    ...CAST.runners.flatMap((address) =>
      every(5 * MINUTE, start, (at) => requests(bot(address, tests), at, { path: '/checkout', count: 12 })),
    ),
  ];
}

/** Git, runners and API clients on GitLab's host name are automated by nature, and so they score. */
function gitlabCallers(start: EpochMs, holders: readonly Holder[], random: Random): HttpRequests[] {
  const atHome = holders.filter(({ habit }) => habit === 'home').slice(0, 40);
  const places = [
    ...CAST.gitlabMachines,
    ...CAST.runners,
    ...new Set(atHome.flatMap(({ places: [first] }) => first ?? [])),
  ];
  const machine = { botScore: 1, botDecision: 'automated', userAgent: 'git/2.51.0' } as const;
  return places.flatMap((address) =>
    every(random.int(6, 20) * MINUTE, start, (at) =>
      requests(bot(address, machine), at, {
        host: HOSTS.gitlab,
        path: '/example/shop/web.git/info/refs',
        count: random.int(2, 40),
      }),
    ),
  );
}

/** Search engines, an uptime monitor, clients without a score, and Workers. */
function goodBots(start: EpochMs, random: Random): HttpRequests[] {
  const engine = { botScore: 1, botDecision: 'verified_bot', verifiedBotCategory: 'Search Engine Crawler' } as const;
  const monitor = { ...engine, verifiedBotCategory: 'Monitoring & Analytics', userAgent: 'ExampleUptime/3.1' } as const;
  const unscored = { botScore: 0, botDecision: 'other', userAgent: HOSTILE_TEXTS.link } as const;
  const worker = {
    botScore: 1,
    botDecision: 'automated',
    asn: 13335,
    asnName: 'CLOUDFLARENET',
    country: 'T1',
  } as const;
  return [
    ...CAST.searchEngine.flatMap((address) =>
      every(2 * MINUTE, start, (at) => requests(bot(address, engine), at, { path: random.pick(PAGES), count: 9 })),
    ),
    ...every(MINUTE, start, (at) => requests(bot(CAST.uptimeMonitor, monitor), at)),
    ...every(3 * MINUTE, start, (at) => requests(person(CAST.unscored, unscored), at, { count: 6 })),
    ...every(2 * MINUTE, start, (at) =>
      requests(bot(CAST.worker, worker), at, { path: '/api/status', host: HOSTS.api, count: 15 }),
    ),
    ...every(4 * MINUTE, start, (at) =>
      requests(bot(CAST.worker, worker), at, { requestSource: 'edgeWorkerFetch', host: HOSTS.api, count: 40 }),
    ),
  ];
}

/** Somebody with a stolen token who takes their time, and looks at the shop meanwhile. */
function drip(start: EpochMs): HttpRequests[] {
  const home = { botScore: 22, botDecision: 'likely_automated', ...RESIDENTIAL } as const;
  return DRIPS.map((minutes) =>
    requests(bot(CAST.drip, home), start - (minutes + 1) * MINUTE, { path: '/about', count: 2 }),
  );
}

const RESIDENTIAL = { asn: 64503, asnName: 'RESIDENTIAL-PROXY-EXAMPLE', country: 'BR' } as const;

function every(stepMs: number, start: EpochMs, row: (at: EpochMs) => HttpRequests): HttpRequests[] {
  const rows: HttpRequests[] = [];
  for (let at = start - BEFORE; at < start + AFTER; at += stepMs) rows.push(row(at));
  return rows;
}
