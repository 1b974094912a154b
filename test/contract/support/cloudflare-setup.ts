import { type CloudflareOptions, openCloudflare } from '../../../functions/adapters/cloudflare/open-cloudflare.ts';
import { openSpikes } from '../../../functions/adapters/cloudflare/open-spikes.ts';
import { type Address, parseAddress } from '../../../functions/core/address.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { Row } from './cloudflare-data.ts';
import { type CloudflareServer, NOW, TOKEN } from './cloudflare-server.ts';

export const WINDOW = { start: NOW - HOUR, end: NOW };

/** A clock that only sleeping moves. */
function fakeClock() {
  let now = NOW;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
    },
  };
}

export function memoryCache() {
  const values = new Map<string, unknown>();
  return {
    values,
    get: async (key: string): Promise<unknown> => values.get(key),
    put: async (key: string, value: unknown) => {
      values.set(key, JSON.parse(JSON.stringify(value)));
    },
  };
}

export interface Setup {
  readonly maxAddressesPerZone?: number;
  readonly gitlabHosts?: readonly string[];
  readonly requestTimeoutMs?: number;
  readonly tokens?: readonly string[];
  readonly cache?: ReturnType<typeof memoryCache>;
}

/** What the adapter is opened with against the server: a clock and cache of the test's own. */
function optionsFor(server: CloudflareServer, setup: Setup) {
  const clock = fakeClock();
  const cache = setup.cache ?? memoryCache();
  const tokens = [...(setup.tokens ?? [TOKEN])];
  let token = tokens.shift() ?? '';
  const options: CloudflareOptions = {
    apiUrl: server.url,
    token: async (options) => {
      if (options?.fresh) token = tokens.shift() ?? token;
      return token;
    },
    cache,
    fetch: (url, init) => fetch(url, init),
    clock,
    random: () => 0.5,
    requestTimeoutMs: setup.requestTimeoutMs ?? 5_000,
    settings: {
      cloudflare: { maxAddressesPerZone: setup.maxAddressesPerZone ?? 10_000 },
      match: { ipv6PrefixLength: 64 },
      gitlab: { hosts: [...(setup.gitlabHosts ?? [])] },
    },
    gitlabUrl: 'https://gitlab.example.com/',
  };
  return { clock, cache, options, zones: server.zones.map(({ id, name }) => ({ id, name })) };
}

/** The adapter with what reads traffic, too; both of a look at once, as it reads them. */
export function connectSpikes(server: CloudflareServer, setup: Setup = {}) {
  const { clock, cache, options, zones } = optionsFor(server, setup);
  const { sightings, traffic } = openSpikes(options);
  const read = (window = WINDOW) => traffic.read({ zones, window, deadline: clock.now() + MINUTE });
  const find = (window = WINDOW) =>
    sightings.find({ zones, window, payloadAddresses: [], deadline: clock.now() + MINUTE });
  return { clock, cache, read, find };
}

/** The adapter against the server. */
export function connect(server: CloudflareServer, setup: Setup = {}) {
  const { clock, cache, options, zones } = optionsFor(server, setup);
  const opened = openCloudflare(options);
  return {
    ...opened,
    clock,
    cache,
    find: (window = WINDOW, payloadAddresses: readonly string[] = []) =>
      opened.sightings.find({ zones, window, payloadAddresses, deadline: clock.now() + MINUTE }),
    askBack: (addresses: readonly string[], window = WINDOW) =>
      opened.sightings.askBack({ zones, window, addresses: addresses.map(address), deadline: clock.now() + MINUTE }),
  };
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

/** Requests of a bot at www.example.com, half an hour ago. */
export function request(clientIP: string, more: Partial<Row> = {}): Row {
  return {
    at: NOW - 30 * MINUTE,
    clientIP,
    count: 100,
    botScore: 2,
    botManagementDecision: 'likely_automated',
    verifiedBotCategory: '',
    requestSource: 'eyeball',
    clientAsn: '64500',
    clientASNDescription: 'EXAMPLE-NET',
    clientCountryName: 'NL',
    clientRequestHTTPHost: 'www.example.com',
    clientRequestPath: '/login',
    ja4: 't13d',
    ...more,
  };
}

let rays = 0;

/** One security event at www.example.com, half an hour ago. */
export function event(clientIP: string, source: string, action: string, more: Partial<Row> = {}): Row {
  rays++;
  const ray = rays.toString(16).padStart(16, '0');
  return {
    ...request(clientIP),
    count: 1,
    rayName: ray,
    ruleId: 'r1',
    matchIndex: 0,
    sampleInterval: 1,
    source,
    action,
    ...more,
  };
}

/** Distinct public IPv4 addresses. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `45.${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`);
}
