import { Capabilities } from '../../../functions/adapters/cloudflare/capabilities.ts';
import { CloudflareClient } from '../../../functions/adapters/cloudflare/client.ts';
import { EventSightings } from '../../../functions/adapters/cloudflare/event-sightings.ts';
import { RuleNames } from '../../../functions/adapters/cloudflare/rule-names.ts';
import { ZoneAnalytics } from '../../../functions/adapters/cloudflare/zone-query.ts';
import type { MonitorFilter } from '../../../functions/core/monitor.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { type CloudflareServer, type FakeZone, NOW, TOKEN } from './cloudflare-server.ts';
import { memoryCache } from './cloudflare-setup.ts';

export const DAY_WINDOW = { start: NOW - 24 * HOUR, end: NOW };

const ALL: MonitorFilter = {
  name: 'all',
  rulesetIds: [],
  ruleIds: [],
  sources: [],
  actions: [],
  hosts: [],
  description: '',
  excludeAsns: [],
};

const EVENT_FIELDS = ['ruleId', 'rulesetId', 'description', 'edgeResponseStatus', 'botDetectionTags'];

/** Opens the event columns that spikes do not ask for. */
export function withEventFields(zone: FakeZone): FakeZone {
  zone.node('firewallEventsAdaptiveGroups').availableFields.push(...EVENT_FIELDS.map((name) => `dimensions_${name}`));
  zone.node('firewallEventsAdaptive').availableFields.push(...EVENT_FIELDS);
  return zone;
}

/** The monitor's reading of a zone's events against the server; its clock moves by sleeping, and by `requestMs` a request. */
export function connectEvents(server: CloudflareServer, { limit = 25, cache = memoryCache(), requestMs = 0 } = {}) {
  let now = NOW;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const client = new CloudflareClient({
    apiUrl: server.url,
    token: async () => TOKEN,
    fetch: (url, init) => {
      now += requestMs;
      return fetch(url, init);
    },
    clock,
    random: () => 0.5,
    requestTimeoutMs: 5_000,
  });
  const rules = new RuleNames({ client, cache, clock });
  const events = new EventSightings({
    analytics: new ZoneAnalytics({ client, capabilities: new Capabilities({ client, cache, clock }), clock }),
    rules,
    limit,
    ipv6PrefixLength: 64,
    gitlabHosts: ['gitlab.example.com'],
    quietMs: 30 * MINUTE,
    clock,
  });
  const [{ id, name }] = [server.zones[0] ?? { id: '', name: '' }];
  return {
    rules,
    clock,
    find: (filter: Partial<MonitorFilter> = {}, window = DAY_WINDOW) =>
      events.find({ zone: { id, name }, filter: { ...ALL, ...filter }, window, deadline: now + MINUTE }),
  };
}
