import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import { bot, HOSTILE_TEXTS, person, requests, securityEvent } from './clients.ts';
import { type Random, seeded } from './random.ts';
import { CAST, HOSTS } from './sample-cast.ts';
import { RULES } from './sample-rules.ts';
import type { HttpRequests, SecurityEvent } from './world.ts';

/** Addresses of the spike beside the cast's: some 1,200, a third of them IPv6, each in a network of its own. */
export function spikeAddresses(): string[] {
  const addresses: string[] = [];
  for (let index = 0; index < 760; index++) addresses.push(`198.18.${index % 97}.${20 + Math.floor(index / 4)}`);
  for (let index = 0; index < 40; index++) addresses.push(`203.0.113.${80 + index}`);
  for (let index = 0; index < 395; index++) {
    addresses.push(`2001:db8:b07:${(index * 37).toString(16)}::${(index + 1).toString(16)}`);
  }
  return addresses;
}

export interface Traffic {
  readonly requests: HttpRequests[];
  readonly events: SecurityEvent[];
}

/** From twelve to two minutes before the alert: credential stuffing and scraping of the shop, with a long quiet tail. */
export function spike(start: EpochMs, addresses: readonly string[], random: Random): Traffic {
  const rows = addresses.flatMap((address, index) => attacker(start, address, index, random));
  const [first, second] = CAST.intruder;
  const persistent = [
    ...steady(start, first, 45, random),
    ...steady(start, second, 38, random),
    ...steady(start, CAST.neighbourSpike, 24, random),
    ...steady(start, CAST.stale, 31, random),
  ];
  rows.push(...persistent, ...once(start, CAST.belowTheCut), ...thiefAtGitlab(start));
  const events = rows.filter(() => random.chance(0.25)).map((row) => reaction(row, random));
  const solved = solvedChallenges(start, random);
  return { requests: rows, events: [...events, ...solved, ...persistent.flatMap((row) => limited(row))] };
}

const ATTACKED: readonly [string, ...string[]] = [
  '/api/login',
  '/account/sign-in',
  '/products',
  '/search',
  HOSTILE_TEXTS.bidi,
  HOSTILE_TEXTS.emoji,
];

/** One in six is in the quiet tail, with a handful of requests in all. */
function attacker(start: EpochMs, address: string, index: number, random: Random): HttpRequests[] {
  const hostile = Object.values(HOSTILE_TEXTS)[index % 40];
  const client = bot(address, hostile === undefined ? {} : { userAgent: hostile });
  const quiet = index % 6 === 5;
  const minutes = quiet ? random.int(1, 2) : random.int(3, 8);
  const from = random.int(2, 12 - minutes);
  return Array.from({ length: minutes }, (_, minute) =>
    requests(client, start - (from + minute) * MINUTE - random.int(0, 50_000), {
      host: random.chance(0.7) ? HOSTS.shop : HOSTS.api,
      path: random.pick(ATTACKED),
      method: random.chance(0.6) ? 'POST' : 'GET',
      edgeStatus: random.pick([200, 200, 401, 403, 429]),
      count: quiet ? random.int(1, 2) : random.int(6, 60),
    }),
  );
}

function steady(start: EpochMs, address: string, perMinute: number, random: Random): HttpRequests[] {
  const client = bot(address, { botScore: 1, botDecision: 'automated' });
  return Array.from({ length: 9 }, (_, minute) =>
    requests(client, start - (3 + minute) * MINUTE, {
      path: '/api/login',
      host: HOSTS.api,
      method: 'POST',
      edgeStatus: 401,
      count: perMinute + random.int(0, 9),
    }),
  );
}

function once(start: EpochMs, address: string): HttpRequests[] {
  const client = bot(address, { botScore: 14, botDecision: 'likely_automated' });
  return [requests(client, start - 6 * MINUTE, { path: '/search', count: 2 })];
}

/** The token's use passes the same zone, on GitLab's own host name. */
function thiefAtGitlab(start: EpochMs): HttpRequests[] {
  return CAST.intruder.flatMap((address) =>
    [9, 6, 4, 3].map((minutes) =>
      requests(bot(address, { botScore: 1, botDecision: 'automated' }), start - minutes * MINUTE, {
        host: HOSTS.gitlab,
        path: '/api/v4/projects/example%2Fpayments%2Fservices%2Fapi/variables',
        count: 7,
      }),
    ),
  );
}

/** A rate limit counts every request above it: each is an event of its own, a second after the other. */
function limited(row: HttpRequests): SecurityEvent[] {
  const random = seeded(row.at);
  return Array.from({ length: Math.floor(row.count / 3) }, (_, index) => {
    return securityEvent(row, random, {
      ...RULES.signIns,
      action: 'block',
      at: row.at + index * 1000,
      edgeStatus: 429,
    });
  });
}

/** What Cloudflare's products did about a request. */
function reaction(row: HttpRequests, random: Random): SecurityEvent {
  if (row.edgeStatus === 429) return securityEvent(row, random, { ...RULES.signIns, action: 'block' });
  const isChallenged = random.chance(0.7);
  if (row.edgeStatus === 403 && row.count > 45) return securityEvent(row, random, { ...RULES.ddos, action: 'block' });
  return isChallenged
    ? securityEvent(row, random, { ...RULES.bots, action: row.edgeStatus === 403 ? 'block' : 'managed_challenge' })
    : securityEvent(row, random, { ...RULES.signInLog, action: 'log' });
}

/** People behind odd networks: challenged, and let through once they solved it. */
function solvedChallenges(start: EpochMs, random: Random): SecurityEvent[] {
  return CAST.solvers.flatMap((address, index) => {
    const row = requests(person(address, { botScore: 35 + index }), start - (4 + index) * MINUTE, {
      path: '/checkout',
    });
    const challenged = securityEvent(row, random, { ...RULES.bots, edgeStatus: 403 });
    const action = 'managed_challenge_interactive_solved';
    return [challenged, { ...challenged, at: challenged.at + 9000, edgeStatus: 200, action, matchIndex: 1 }];
  });
}
