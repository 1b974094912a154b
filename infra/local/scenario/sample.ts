import { type EpochMs, HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { logpushRows } from './axiom-rows.ts';
import { DATASETS, emptyWorld, emptyZone, ZONE } from './builders.ts';
import { bot, requests, securityEvent } from './clients.ts';
import { type Random, seeded } from './random.ts';
import { auditTrail } from './sample-audit.ts';
import { CAST, HOSTS } from './sample-cast.ts';
import { organisation } from './sample-people.ts';
import { QUIET_RULESETS, RULES, RULESETS } from './sample-rules.ts';
import { spike, spikeAddresses } from './sample-spike.ts';
import { ordinaryTraffic } from './sample-traffic.ts';
import { usesOf } from './sample-uses.ts';
import type { AxiomEvent, AxiomWorld, CloudflareWorld, GitlabUser, World, Zone } from './world.ts';

/** A webhook body to post, and what should come of it. */
export interface SampleDelivery {
  /** Short name for the trace. */
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The answer it should get; whether a case runs; and the `token-abuse` pages that case should send. */
  readonly expected: { readonly status: 200 | 202; readonly opensCase: boolean; readonly pages: number };
}

/** Settings the sample needs, merged over `cdk.json`'s. */
export const SAMPLE_SETTINGS = {
  knownEgress: [CAST.officeRange, CAST.runnerRange],
  ownEgress: [`${CAST.ourselves}/32`],
  gitlab: { hosts: [HOSTS.gitlab] },
  // No `gitlabDataset`: this GitLab ships no logs, so its evidence comes from the token lists and the audit events.
  axiom: { cloudflareDataset: DATASETS.cloudflare },
  cloudflare: { maxAddressesPerZone: 1000 },
  analysis: { model: 'fast' },
} as const;

/** Two more zones of the account: one quiet, on a plan without bot scores; one our token does not reach. */
const QUIET_ZONE = { id: '9a7806061c88ada191ed06f989cc3dac', name: 'example.net' } as const;
const HIDDEN_ZONE = { id: 'c2547eb745079dac9320b638f5e225cf', name: 'example.org' } as const;

/**
 * The built-in story, laid out around `start`: a bot spike of some 1,200 addresses from twelve to two minutes before,
 * and among them a thief with one of some 400 GitLab credentials. Everything that matters has happened by `start`.
 */
export function sampleWorld(start: EpochMs, seed = 1): World {
  const random = seeded(seed);
  const world = emptyWorld(start);
  const company = organisation(start, random);
  const attackers = spikeAddresses();
  const attack = spike(start, attackers, random);
  const ordinary = ordinaryTraffic(start, company.holders, random);
  const tokens = company.holders.map((holder) => ({ ...holder.token, uses: usesOf(holder, start, random) }));
  const users = new Map<number, GitlabUser>(company.holders.map(({ user }) => [user.id, user]));
  const cloudflare: CloudflareWorld = {
    ...world.cloudflare,
    zones: [
      {
        ...emptyZone(ZONE.id, ZONE.name, 'enterprise', true),
        requests: [...ordinary.requests, ...attack.requests],
        events: [...ordinary.events, ...attack.events],
        rulesets: [...RULESETS],
      },
      quietZone(start, random),
      { ...emptyZone(HIDDEN_ZONE.id, HIDDEN_ZONE.name, 'free', false), access: 'hidden' },
    ],
  };
  return {
    ...world,
    cloudflare,
    axiom: { datasets: withLogpush(world.axiom.datasets, cloudflare) },
    gitlab: {
      ...world.gitlab,
      groups: company.groups,
      projects: company.projects,
      users: [...world.gitlab.users, ...users.values()],
      tokens: [...world.gitlab.tokens.map((own) => ({ ...own, uses: ourOwn(start) })), ...tokens],
      auditEvents: auditTrail(start, company, attackers.slice(0, 25), random),
    },
  };
}

/** Some 260,000 events: made when somebody first asks for them, as most runs of the stack never do. */
function withLogpush(datasets: AxiomWorld['datasets'], cloudflare: CloudflareWorld): AxiomWorld['datasets'] {
  let rows: AxiomEvent[] | undefined;
  return {
    ...datasets,
    get [DATASETS.cloudflare]() {
      rows ??= logpushRows({ cloudflare });
      return rows;
    },
  };
}

/** What to post to play the sample, in order. */
export function sampleDeliveries({ start, cloudflare: { account } }: World): readonly SampleDelivery[] {
  const alert = {
    name: 'Latchkey: bot spike',
    text: 'Bot traffic of example.com rose above its baseline. See https://dash.cloudflare.com/?to=/:account/example.com/security/analytics',
    data: {
      account_name: account.name,
      zone_name: ZONE.name,
      zone_tag: ZONE.id,
      alert_start_time: toIso(start - 10 * MINUTE),
      events_count: '48211',
      severity: 'INFO',
    },
    ts: Math.floor(start / 1000),
    account_id: account.id,
    policy_id: 'f174e90afafe4643bbbc4a0ed4fc8415',
    policy_name: 'Latchkey: bot spike',
    alert_type: 'bot_traffic_basic_alert',
    alert_correlation_id: '2099428449234980864',
    alert_event: 'ALERT_STATE_EVENT_START',
  };
  const quiet = {
    ...alert,
    name: 'Latchkey: security events',
    text: 'Security events of example.net rose above their baseline.',
    data: {
      ...alert.data,
      zone_name: QUIET_ZONE.name,
      zone_tag: QUIET_ZONE.id,
      actions: 'undefined',
      services: '1234',
    },
    alert_type: 'clickhouse_alert_fw_anomaly',
    alert_correlation_id: '2099428449234980999',
  };
  const test = {
    text: 'Hello World! This is a test message sent from https://cloudflare.com. If you can see this, your webhook is configured properly.',
  };
  return [
    { name: 'test message', body: test, expected: { status: 200, opensCase: false, pages: 0 } },
    { name: 'bot spike', body: alert, expected: { status: 202, opensCase: true, pages: 1 } },
    { name: 'the same bot spike again', body: alert, expected: { status: 200, opensCase: false, pages: 0 } },
    { name: 'a spike nobody of ours overlaps', body: quiet, expected: { status: 202, opensCase: true, pages: 0 } },
  ];
}

/** Bots a rate limit stopped, none of which came near GitLab. */
function quietZone(start: EpochMs, random: Random): Zone {
  const zone = { ...emptyZone(QUIET_ZONE.id, QUIET_ZONE.name, 'business', false), rulesets: [...QUIET_RULESETS] };
  for (let index = 0; index < 60; index++) {
    const client = bot(`198.19.3.${10 + index}`, { botScore: 0, botDecision: 'other' });
    for (let minute = 3; minute < 11; minute++) {
      const row = requests(client, start - minute * MINUTE, {
        host: QUIET_ZONE.name,
        path: '/feed',
        edgeStatus: 429,
        count: 12,
      });
      zone.requests.push(row);
      zone.events.push(securityEvent(row, random, { ...RULES.feed, action: 'block' }));
    }
  }
  return zone;
}

/** Latchkey asks GitLab every hour. */
function ourOwn(start: EpochMs) {
  return Array.from({ length: 200 }, (_, index) => ({
    at: start - index * HOUR - 7 * MINUTE,
    address: CAST.ourselves,
  }));
}
