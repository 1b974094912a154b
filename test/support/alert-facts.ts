import type { AlertFacts } from '../../functions/core/alert-message.ts';
import type { Analysis } from '../../functions/core/analysis.ts';
import type { CaseState, MonitorCase } from '../../functions/core/case.ts';
import { type Coverage, complete, off, unavailable } from '../../functions/core/coverage.ts';
import { identifyEvidence } from '../../functions/core/evidence-ids.ts';
import type { EventGroup, EventsPicture } from '../../functions/core/security-events.ts';
import { summarise } from '../../functions/core/summary.ts';
import { HOUR } from '../../functions/core/time.ts';
import * as plain from './event-facts.ts';
import { AT, CASE_URL, COVERAGE, findingOf, matchOf, sightingOf, stateOf } from './pager-facts.ts';

export const ZONE_ID = '0123456789abcdef0123456789abcdef';
export const RULE_ID = '874a3e315c344b1281ad4f00046aab5d';
export const CASE_ID = 'monitor-20261120T190000Z-0123456789ab';

export function monitorOf(more: Partial<MonitorCase> = {}): MonitorCase {
  return plain.monitorOf({ name: 'login pages', total: 12_345, reference: 5_800, ...more });
}

export function groupOf(count: number, more: EventGroup['dimensions'] = {}): EventGroup {
  return plain.groupOf(count, {
    ruleId: RULE_ID,
    description: 'Wordpress - Brute Force',
    rulesetId: 'efb7b8c949ac4650a09736fc376e9aee',
    botScore: 3,
    ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    botDetectionTags: ['api_anomaly'],
    ...more,
  });
}

const GROUPS = [
  groupOf(7_900),
  groupOf(3_100, {
    clientIP: '198.51.100.23',
    clientAsn: '64496',
    clientCountryName: 'DE',
    action: 'managed_challenge',
  }),
  groupOf(1_345, { clientIP: '2001:db8:7::19', clientRequestPath: '/api/v4/user', action: 'log', botScore: 21 }),
];

export function pictureOf(groups: readonly EventGroup[] = GROUPS, more: Partial<EventsPicture> = {}): EventsPicture {
  return plain.pictureOf(groups, { ruleNames: { [RULE_ID]: 'Brute force on logins' }, ...more });
}

export function alertStateOf(more: Partial<CaseState> = {}): CaseState {
  return stateOf({
    caseId: CASE_ID,
    trigger: 'monitor',
    monitor: monitorOf(),
    decision: { page: true, alert: true, report: true },
    due: { explain: false, page: false, report: false, alert: true, health: false },
    ...more,
  });
}

const ATTACK_ANALYSIS: Analysis = {
  status: 'model',
  model: 'us.meta.llama4-scout-17b-instruct-v1:0',
  summary: [
    {
      text: 'Logins of shop.example.com are tried from two hosting networks, mostly by one address.',
      evidence: ['t2'],
    },
    { text: 'The busiest address also used the token 812 at GitLab.', evidence: ['f1'] },
  ],
  severity: 'critical',
  indicators: {
    geography: [{ text: 'Nearly all events come from the Netherlands and Germany.', evidence: ['ec1'] }],
    asns: [{ text: 'AS64500 sends three quarters of them.', evidence: ['en1'] }],
    targets: [{ text: 'The login page /wp-login.php.', evidence: ['ep1'] }],
    patterns: [{ text: 'One JA4 fingerprint is shared by all clients.', evidence: ['ej1'] }],
  },
  events: { given: 2, leftOut: 1 },
  actions: [
    { action: 'revoke-credential', claim: { text: 'Token 812 was used by the attacker.', evidence: ['f1'] } },
    { action: 'block-address-at-cloudflare', claim: { text: 'Block 203.0.113.7.', evidence: ['ea1'] } },
  ],
};

/** An attack of which a model wrote, and one of whose addresses used a token. */
export function alertFactsOf(more: Partial<AlertFacts> = {}): AlertFacts {
  return {
    order: { look: 1, kind: 'attack' },
    state: alertStateOf(),
    monitor: monitorOf(),
    picture: pictureOf(),
    findings: [findingOf()],
    coverage: COVERAGE,
    pages: { taken: true, waiting: false },
    analysis: ATTACK_ANALYSIS,
    caseUrl: CASE_URL,
    environment: 'production',
    gitlabUrl: 'https://gitlab.example.com',
    execution: `arn:aws:states:eu-west-1:111122223333:execution:Latchkey:${CASE_ID}`,
    ...more,
  };
}

/** Shadow mode, no model, and sources that could not be seen whole. */
function withoutModel(): AlertFacts {
  const coverage: Coverage = {
    cloudflare: {
      status: 'partial',
      why: ['Exact times could not be read for 3 of 9 addresses.'],
      counts: { sightings: 9 },
      pages: 2,
    },
    logs: off('No dataset holds request logs of GitLab.'),
    inventory: complete({ credentials: 400 }, 4),
    audit: unavailable('GitLab answered 403 to audit events: the token lacks permission.'),
  };
  const window = { start: '2026-11-20T13:00:00.000Z', end: '2026-11-20T19:00:00.000Z' };
  const monitor = monitorOf({ name: 'all', total: 40, reference: 0, window });
  const state = alertStateOf({
    shadow: true,
    monitor,
    verdict: 'not-observed',
    topScore: 0,
    decision: { page: false, alert: true, report: false },
    counts: { sightings: 9, tokenUses: 210, findings: 0 },
  });
  const picture = pictureOf([groupOf(31), groupOf(9, { clientIP: '198.51.100.23', action: 'log' })], {
    notes: ['The zone keeps events of the last 6 hours only.'],
    window: { start: AT - 6 * HOUR, end: AT },
  });
  const evidence = identifyEvidence([], [sightingOf('203.0.113.7')], coverage, picture);
  return alertFactsOf({ state, monitor, picture, findings: [], coverage, analysis: summarise(evidence, state) });
}

/** A later look found a second credential. */
function update(): AlertFacts {
  const other = findingOf({
    credential: { id: 'token/9', kind: 'project', name: 'ci', scopes: ['read_api'], resource: 'acme/shop' },
    matches: [matchOf('198.51.100.23', { credential: 'token/9', at: { notBefore: AT - HOUR, notAfter: AT } })],
    verdict: 'probable',
    score: 55,
    decision: 'report',
    reasons: ['Its score of 55 is below the page threshold of 70.'],
    parts: [
      { name: 'strength', input: 'used, probable', weight: 30, points: 25.5, sentence: 'It was used from there.' },
      { name: 'novelty', input: 'no-history', weight: 10, points: 0, sentence: 'No history yet.' },
      {
        name: 'usual-network',
        input: '2 days',
        weight: -30,
        points: -15,
        sentence: 'It or its owner worked from there on 2 earlier days.',
      },
    ],
  });
  const monitor = monitorOf({ alertOn: 'change', reference: 12_000 });
  return alertFactsOf({
    order: { look: 2, kind: 'update' },
    state: alertStateOf({ look: 2, monitor }),
    monitor,
    picture: pictureOf([...GROUPS, groupOf(600, { clientIP: '192.0.2.44' })]),
    findings: [other, findingOf()],
    coverage: { cloudflare: complete(), inventory: complete(), audit: complete() },
  });
}

/** Ten thousand groups from as many networks; what was read is part of it. */
function distributed(): AlertFacts {
  const groups = Array.from({ length: 10_000 }, (_, index) =>
    groupOf(20_000 - index, {
      clientIP: `2001:db8:${(index + 16).toString(16)}::${(index % 4_096).toString(16)}`,
      clientAsn: String(64_496 + (index % 16)),
      clientCountryName: ['BR', 'VN', 'ID', 'US'][index % 4] ?? 'US',
      clientRequestPath: `/products/${index}/${'very-long-name/'.repeat(12)}`,
    }),
  );
  const picture = pictureOf(groups, {
    cut: true,
    totalIsLowerBound: true,
    facetsAreLowerBounds: true,
    sampleInterval: 10,
    total: 412_000_000,
  });
  const known = { isEstimate: true, isLowerBound: true };
  const monitor = monitorOf({ total: 412_000_000, reference: 1_000, ...known });
  const state = alertStateOf({
    monitor,
    verdict: 'undetermined',
    topScore: 0,
    decision: { page: false, alert: true, report: false },
    coverage: { cloudflare: 'partial', inventory: 'unavailable', audit: 'unavailable' },
  });
  return alertFactsOf({ state, monitor, picture, findings: [], coverage: {}, analysis: undefined });
}

/** What the golden files are made of, by their names. */
export const ALERTS: Readonly<Record<string, () => AlertFacts>> = {
  'attack-with-key': alertFactsOf,
  'attack-without-model': withoutModel,
  update,
  distributed,
};
