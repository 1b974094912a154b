import { openSecurityEvents } from '../../../functions/adapters/cloudflare/open-security-events.ts';
import type { MonitorFilter } from '../../../functions/core/monitor.ts';
import { EVENT_DIMENSIONS } from '../../../functions/core/security-events.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { Row } from './cloudflare-data.ts';
import { type CloudflareServer, FakeZone, NOW, TOKEN } from './cloudflare-server.ts';
import { memoryCache } from './cloudflare-setup.ts';

const BOT_FIELDS = ['botScore', 'ja4', 'botDetectionTags'];
const RAW = ['datetime', 'rayName', 'matchIndex', 'sampleInterval'];

/** A zone with what its plan offers of security events; `index` makes its id. */
export function monitoredZone(index: number, plan: 'free' | 'pro' | 'enterprise'): FakeZone {
  const zone = new FakeZone(`${index.toString(16).padStart(2, '0')}e`, `zone${index}.example.com`);
  const offered = EVENT_DIMENSIONS.filter((field) => plan === 'enterprise' || !BOT_FIELDS.includes(field));
  const groups = zone.node('firewallEventsAdaptiveGroups');
  groups.availableFields = ['count', 'avg_sampleInterval', ...offered.map((field) => `dimensions_${field}`)];
  groups.enabled = plan !== 'free';
  zone.node('firewallEventsAdaptive').availableFields = [...RAW, ...offered];
  return zone;
}

export function filter(name: string, more: Partial<MonitorFilter> = {}): MonitorFilter {
  return {
    name,
    rulesetIds: [],
    ruleIds: [],
    sources: [],
    actions: [],
    hosts: [],
    description: '',
    excludeAsns: [],
    ...more,
  };
}

let rays = 0;

/** `count` security events with everything in common, an hour ago. */
export function attack(clientIP: string, more: Partial<Row> = {}): Row {
  rays++;
  return {
    at: NOW - HOUR,
    clientIP,
    count: 1,
    rayName: rays.toString(16).padStart(16, '0'),
    matchIndex: 0,
    sampleInterval: 1,
    source: 'firewallCustom',
    action: 'block',
    ruleId: 'rule-1',
    rulesetId: 'ruleset-1',
    description: 'No robots',
    clientAsn: '64500',
    clientCountryName: 'NL',
    clientRequestHTTPHost: 'www.example.com',
    clientRequestPath: '/login',
    edgeResponseStatus: 403,
    botScore: 2,
    ja4: 't13d',
    ...more,
  };
}

export interface PollSetup {
  readonly filters?: readonly MonitorFilter[];
  readonly cache?: ReturnType<typeof memoryCache>;
  readonly limit?: number;
  readonly windowMs?: number;
  readonly wantsKeys?: boolean;
  /** Milliseconds from now. */
  readonly timeLeft?: number;
  readonly maxBytes?: number;
}

/** What reads the server's zones, with a clock that only sleeping moves. */
export function connectMonitor(server: CloudflareServer, setup: PollSetup = {}) {
  const clock = new FakeClock(NOW);
  const { directory, events } = openSecurityEvents({
    apiUrl: server.url,
    token: async () => TOKEN,
    cache: setup.cache ?? memoryCache(),
    fetch: (url, init) => fetch(url, init),
    clock,
    random: () => 0.5,
    requestTimeoutMs: 5_000,
    ...(setup.maxBytes === undefined ? {} : { maxBytes: setup.maxBytes }),
  });
  const zones = server.zones.map(({ id, name }) => ({ id, name }));
  return {
    clock,
    directory,
    events,
    poll: (again: PollSetup = {}) => {
      const { filters, limit, windowMs, wantsKeys, timeLeft } = { ...setup, ...again };
      return events.poll({
        zones,
        filters: filters ?? [filter('all')],
        until: clock.now(),
        windowMs: windowMs ?? 24 * HOUR,
        limit: limit ?? 25,
        wantsKeys: wantsKeys ?? false,
        deadline: clock.now() + (timeLeft ?? MINUTE),
      });
    },
  };
}
