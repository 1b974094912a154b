import type { Finding, Match } from '../../functions/core/finding.ts';
import { addressesOf } from '../../functions/core/finding-addresses.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import type { Credential, Habits, TokenUse } from '../../functions/core/token-use.ts';

/** An arbitrary instant that every test is laid out around. */
export const NOON = Date.UTC(2031, 4, 6, 12);

/** A case window of 45 minutes that ends at `NOON`. */
export const WINDOW = { start: NOON - 45 * MINUTE, end: NOON };

/** A certain bot on 203.0.113.7, seen during the last ten minutes of the window. */
export function sighting(overrides: Partial<Sighting> = {}): Sighting {
  const address = overrides.address ?? '203.0.113.7';
  return {
    address,
    network: address,
    original: address,
    seen: { notBefore: NOON - 10 * MINUTE, notAfter: NOON - MINUTE },
    seenExactly: true,
    requests: 900,
    sampleInterval: 1,
    lowestBotScore: 1,
    asn: 64500,
    country: 'NL',
    ja4: [],
    hosts: ['www.example.com'],
    paths: ['/login'],
    zone: { id: 'a'.repeat(32), name: 'example.com' },
    method: 'bot-score',
    confidence: 'high',
    askedBack: false,
    ...overrides,
  };
}

/** Token 42 used from 203.0.113.7 at an exact instant, five minutes before `NOON`. */
export function tokenUse(overrides: Partial<TokenUse> = {}): TokenUse {
  const address = overrides.address ?? '203.0.113.7';
  return {
    credential: 'token/42',
    address,
    network: address,
    original: address,
    at: instant(NOON - 5 * MINUTE),
    strength: 'used',
    sources: ['audit'],
    action: 'api_request_access_with_scope',
    ...overrides,
  };
}

/** A personal token with `api` scope owned by user 7; no history yet. */
export function credential(overrides: Partial<Credential> = {}): Credential {
  return {
    id: 'token/42',
    kind: 'personal',
    name: 'deploy',
    scopes: ['api'],
    owner: { id: 7, username: 'sam' },
    createdAt: NOON - 90 * 24 * 60 * MINUTE,
    active: true,
    ...overrides,
  };
}

/** Nine days of history, of which nothing more is told. */
export function habits(overrides: Partial<Habits> = {}): Habits {
  return { days: 9, networkDays: {}, hours: [], actions: [], ...overrides };
}

/** A match of a sighting and a use as above. */
export function match(overrides: Partial<Match> = {}): Match {
  return { rule: 'same-address', sighting: sighting(), use: tokenUse(), gap: 0, ...overrides };
}

/** A finding at page level on 203.0.113.7. */
export function finding(overrides: Partial<Finding> = {}): Finding {
  const owner = overrides.credential ?? credential();
  return {
    credential: owner,
    matches: [match()],
    matchCount: 1,
    addresses: addressesOf([match()]),
    verdict: 'confirmed',
    score: 90,
    parts: [],
    decision: 'page',
    reasons: ['test'],
    networks: ['203.0.113.7'],
    sharedNetworks: [],
    evidence: [`${owner.id} used 203.0.113.7 -`],
    ...overrides,
  };
}
