import type { Ruleset, SecurityEvent } from './world.ts';

type RuleOfEvent = Pick<SecurityEvent, 'source' | 'ruleId' | 'rulesetId' | 'description'>;

const BOT_RULES = 'e2d21c1d6d7a4a3b9f6e7a8b9c0d1e2f';
const RATE_LIMITS = '0f6bb1a3c4de47a2a1b5d0e9c8f70612';
const CUSTOM_RULES = '5a1d7e2f90b34c0c8d6e4f3a2b1c0d9e';
/** As Cloudflare's documentation has them. */
const MANAGED_RULES = 'efb7b8c949ac4650a09736fc376e9aee';
const DDOS_RULES = '4d21379b4f9f4bb088e0729962c8b3cf';
const FEED_LIMITS = '7c9d3b1e5f80426f9a2e1d4c6b8a0f35';

/** What an event of each of the sample's rules says of its rule. */
export const RULES = {
  bots: {
    source: 'botManagement',
    ruleId: '874a3e315c344b79a1f0d3d2a8d5f111',
    rulesetId: BOT_RULES,
    description: 'Challenge definite bots',
  },
  signIns: {
    source: 'rateLimit',
    ruleId: 'b1f0c0ffee0142e4b1a3c6d7e8f90a1b',
    rulesetId: RATE_LIMITS,
    description: 'Login: 30 requests per minute',
  },
  /** Its events have no words of their own: only the ruleset tells what it is called. */
  signInLog: {
    source: 'firewallCustom',
    ruleId: '3c2f4a6b8d0e4f1a9b7c5d3e1f2a4b6c',
    rulesetId: CUSTOM_RULES,
    description: '',
  },
  injection: {
    source: 'firewallManaged',
    ruleId: 'd9a1b2c3e4f5460788990a1b2c3d4e5f',
    rulesetId: MANAGED_RULES,
    description: 'SQLi probe',
  },
  ddos: {
    source: 'l7ddos',
    ruleId: '6fe7a312f0c24a6d8ad9c1d2e3f40512',
    rulesetId: DDOS_RULES,
    description: 'HTTP requests with unusual headers',
  },
  feed: {
    source: 'rateLimit',
    ruleId: 'a4c8e0d2f6b14537985e7d9c1b3a5f70',
    rulesetId: FEED_LIMITS,
    description: 'Feed: 10 per minute',
  },
} as const satisfies Record<string, RuleOfEvent>;

/** Of the attacked zone. The rule of the DDoS events is not named: an account's overrides move its id. */
export const RULESETS: readonly Ruleset[] = [
  ruleset(BOT_RULES, 'Super Bot Fight Mode', 'zone', 'http_request_sbfm', [
    { id: RULES.bots.ruleId, description: RULES.bots.description, action: 'managed_challenge' },
  ]),
  ruleset(RATE_LIMITS, 'Rate limits', 'zone', 'http_ratelimit', [
    { id: RULES.signIns.ruleId, description: RULES.signIns.description, action: 'block' },
  ]),
  ruleset(CUSTOM_RULES, 'Custom rules', 'zone', 'http_request_firewall_custom', [
    { id: RULES.signInLog.ruleId, description: 'Log sign-in attempts', action: 'log' },
  ]),
  ruleset(MANAGED_RULES, 'Cloudflare Managed Ruleset', 'managed', 'http_request_firewall_managed', [
    { id: RULES.injection.ruleId, description: 'SQLi probe in a search', action: 'log' },
  ]),
  ruleset(DDOS_RULES, 'HTTP DDoS Attack Protection', 'managed', 'ddos_l7', []),
];

export const QUIET_RULESETS: readonly Ruleset[] = [
  ruleset(FEED_LIMITS, 'Rate limits', 'zone', 'http_ratelimit', [
    { id: RULES.feed.ruleId, description: RULES.feed.description, action: 'block' },
  ]),
];

function ruleset(id: string, name: string, kind: Ruleset['kind'], phase: string, rules: Ruleset['rules']): Ruleset {
  return { id, name, kind, phase, rules };
}
