import type { Analysis } from '../../functions/core/analysis.ts';
import type { CaseState } from '../../functions/core/case.ts';
import type { Coverage } from '../../functions/core/coverage.ts';
import { complete, unavailable } from '../../functions/core/coverage.ts';
import type { Finding, Match } from '../../functions/core/finding.ts';
import { addressesOf } from '../../functions/core/finding-addresses.ts';
import type { PageOrder } from '../../functions/core/incident.ts';
import type { PageFacts } from '../../functions/core/page-event.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { instant, MINUTE } from '../../functions/core/time.ts';
import type { Clock } from '../../functions/runtime/clock.ts';
import { untilCalledOff } from '../runtime/fake-clock.ts';

/** 2026-11-20T19:00:00Z: what these tests are laid out around; nothing depends on today. */
export const AT = Date.UTC(2026, 10, 20, 19);

/**
 * A clock that stands still until something sleeps on it.
 * @param withSignal what a sleep is that can be called off: a `bound` on something else, which lasts until it is, or a
 *   `pause` like any other
 */
export function sleepingClock(
  start = AT,
  withSignal: 'bound' | 'pause' = 'bound',
): Clock & { readonly slept: number[]; advance(ms: number): void } {
  let now = start;
  const slept: number[] = [];
  const advance = (ms: number) => {
    now += ms;
  };
  return {
    slept,
    advance,
    now: () => now,
    sleep: async (ms, signal) => {
      if (signal !== undefined && withSignal === 'bound') return await untilCalledOff(signal);
      slept.push(ms);
      advance(ms);
    },
  };
}

export function sightingOf(address: string, more: Partial<Sighting> = {}): Sighting {
  return {
    address,
    network: address,
    original: address,
    seen: { notBefore: AT - 20 * MINUTE, notAfter: AT },
    seenExactly: true,
    requests: 1_204,
    sampleInterval: 1,
    lowestBotScore: 3,
    asn: 64_500,
    asnName: 'EXAMPLE-NET',
    country: 'NL',
    ja4: [],
    hosts: ['shop.example.com'],
    paths: ['/wp-login.php'],
    zone: { id: '0123456789abcdef0123456789abcdef', name: 'example.com' },
    method: 'bot-score',
    confidence: 'high',
    askedBack: false,
    ...more,
  };
}

export function matchOf(address: string, more: Partial<Match['use']> = {}, sighting: Partial<Sighting> = {}): Match {
  return {
    rule: 'same-address',
    sighting: sightingOf(address, sighting),
    use: {
      credential: 'token/812',
      address,
      network: address,
      original: address,
      at: instant(AT - 5 * MINUTE),
      strength: 'used',
      sources: ['audit'],
      action: 'api_request_access_with_scope',
      target: 'acme/shop',
      eventId: '991',
      ...more,
    },
    gap: 0,
  };
}

export function findingOf(more: Partial<Finding> = {}): Finding {
  const matches = more.matches ?? [matchOf('203.0.113.7')];
  return {
    credential: {
      id: 'token/812',
      kind: 'personal',
      name: 'deploy',
      scopes: ['api'],
      owner: { id: 7, username: 'jdoe' },
      createdAt: AT - 1_000 * MINUTE,
    },
    matches,
    matchCount: matches.length,
    addresses: addressesOf(matches),
    verdict: 'confirmed',
    score: 91,
    parts: [
      {
        name: 'scope',
        input: 'api',
        weight: 30,
        points: 30,
        sentence: 'It can read and write everything its owner can.',
      },
      { name: 'strength', input: 'confirmed', weight: 40, points: 40, sentence: 'The token authenticated from there.' },
    ],
    decision: 'page',
    reasons: ['Its score of 91 reaches the page threshold of 70.'],
    networks: matches.map(({ use }) => use.network),
    sharedNetworks: [],
    evidence: ['e1'],
    ...more,
  };
}

export function stateOf(more: Partial<CaseState> = {}): CaseState {
  return {
    caseId: 'case-20261120-1',
    trigger: 'spike',
    window: { start: '2026-11-20T18:15:00.000Z', end: '2026-11-20T19:00:00.000Z' },
    look: 1,
    counts: { sightings: 1_204, tokenUses: 5_000, findings: 1 },
    coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'partial' },
    verdict: 'confirmed',
    topScore: 91,
    decision: { page: true, alert: false, report: true },
    shadow: false,
    incidentIds: ['inc-1'],
    analysis: { status: 'none' },
    due: { explain: false, page: true, report: false, alert: false, health: false },
    ...more,
  };
}

export function orderOf(more: Partial<PageOrder> = {}): PageOrder {
  return {
    incidentId: 'inc-1',
    dedupKey: 'inc-1/1',
    kind: 'page',
    credentials: ['token/812'],
    why: 'token/812 reached page level.',
    ...more,
  };
}

/** As long as such links become, and signed with what looks like several kinds of secret at once. */
export const CASE_URL =
  'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/cases/monitor-20261120T190000Z-0123456789ab' +
  '?expires=1795806000&signature=Ab3_Zz8-AKIAABCDEFGHIJKLMN-eyJhbGciOJIUzI1N';

export const COVERAGE: Coverage = {
  cloudflare: complete({ sightings: 1_204 }, 3),
  inventory: complete({ credentials: 400 }, 4),
  audit: unavailable('GitLab answered 403 to audit events: the token lacks permission'),
};

export const MODEL_ANALYSIS: Analysis = {
  status: 'model',
  model: 'us.meta.llama4-scout-17b-instruct-v1:0',
  summary: [{ text: 'Token 812 was used from 203.0.113.7.', evidence: ['f1'] }],
  severity: 'critical',
  indicators: { geography: [], asns: [], targets: [], patterns: [] },
  actions: [{ action: 'revoke-credential', claim: { text: 'It was used by a bot.', evidence: ['f1'] } }],
};

export function pageFactsOf(more: Partial<PageFacts> = {}): PageFacts {
  return {
    order: orderOf(),
    state: stateOf(),
    findings: [findingOf()],
    coverage: COVERAGE,
    analysis: MODEL_ANALYSIS,
    caseUrl: CASE_URL,
    environment: 'production',
    gitlabUrl: 'https://gitlab.example.com',
    dashboardLink: 'dash.cloudflare.com/acc/example.com/security',
    execution: 'arn:aws:states:eu-west-1:111122223333:execution:Latchkey:case-20261120-1',
    ...more,
  };
}
