import type { CaseState } from '../../functions/core/case.ts';
import type { CaseFile, CaseLook } from '../../functions/core/case-file.ts';
import { type Coverage, complete, unavailable } from '../../functions/core/coverage.ts';
import { identifyEvidence } from '../../functions/core/evidence-ids.ts';
import type { Finding, Match } from '../../functions/core/finding.ts';
import { buildFindings } from '../../functions/core/findings.ts';
import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { summarise } from '../../functions/core/summary.ts';
import { DAY, HOUR, instant, MINUTE, toIso } from '../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../functions/core/token-use.ts';
import type { CasePageFacts } from '../../functions/show-case/html/case-page-facts.ts';
import { groupOf, monitorOf, pictureOf } from './event-facts.ts';
import { credential, NOON, sighting, tokenUse, WINDOW } from './evidence.ts';

const CASE_ID = 'spike-20310506T114500Z-0123456789';

const COVERAGE: Coverage = {
  cloudflare: {
    ...complete({ addresses: 40, requests: 36_000, skippedMalformed: 0 }, 3),
    oldest: WINDOW.start,
    newest: NOON,
  },
  axiom: { status: 'off', why: ['Setting axiom.gitlabDataset names no dataset.'], counts: {}, pages: 0 },
  inventory: { ...complete({ credentials: 412, uses: 1_204 }, 5), oldest: NOON - DAY, newest: NOON - 2 * MINUTE },
  audit: unavailable('GitLab answered 403 to audit events: the token lacks permission.'),
};

/** Forty bots over the window, the worst of them on 203.0.113.7 and one found by asking back. */
function bots(count = 40): Sighting[] {
  return Array.from({ length: count }, (_, index) => {
    const address = index === 0 ? '203.0.113.7' : `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    return sighting({
      address,
      network: address,
      original: address,
      seen: { notBefore: NOON - 14 * MINUTE + (index % 7) * MINUTE, notAfter: NOON - (index % 3) * MINUTE },
      requests: 100 + ((index * 37) % 1_900),
      lowestBotScore: 1 + (index % 29),
      asn: 64_500 + (index % 5),
      asnName: `EXAMPLE-NET-${index % 5}`,
      country: ['NL', 'US', 'DE', 'BR', 'VN'][index % 5] ?? 'NL',
      hosts: index % 2 === 0 ? ['www.example.com'] : ['shop.example.com', 'www.example.com'],
      paths: [`/login/${index % 9}`],
      askedBack: index === 1,
    });
  });
}

/** A case page's finding as Join would make it of these matches: parts, reasons and verdict are computed. */
function findingsFrom(matches: readonly Match[], credentials: readonly Credential[]): Finding[] {
  const knowledge = { isKnownEgress: () => false, sharedEgress: () => undefined, isNewOperator: () => true };
  return buildFindings(matches, credentials, knowledge, {
    trigger: 'spike',
    threshold: 70,
    floor: true,
    huntPages: 'confirmed',
    huntProbable: 83,
    ownEgressKnown: false,
    window: WINDOW,
    slack: 30 * MINUTE,
    probableHours: 2,
    weights: SCORE_WEIGHTS,
  });
}

const THIEF = credential({
  expiresAt: NOON + 200 * DAY,
  lastUsedAt: NOON - 4 * MINUTE,
  usedBefore: NOON - 3 * DAY,
  knownNetworks: ['192.0.2.20'],
});
const DEPLOYER = credential({
  id: 'token/77',
  kind: 'project',
  name: 'ci-mirror',
  scopes: ['read_repository'],
  owner: { id: 91, username: 'project_12_bot', bot: true },
  accessLevel: 30,
  resource: 'acme/shop',
  createdAt: NOON - 20 * DAY,
});

function usesOf(): { matched: TokenUse[]; others: TokenUse[] } {
  return {
    matched: [
      tokenUse({ at: instant(NOON - 9 * MINUTE), calls: ['GET /api/:version/projects'], eventId: '901' }),
      tokenUse({ at: { notBefore: NOON - 6 * MINUTE, notAfter: NOON - 4 * MINUTE }, times: 12, sources: ['logs'] }),
      tokenUse({ at: { notBefore: NOON - 50 * MINUTE, notAfter: NOON - 3 * MINUTE }, sources: ['inventory'] }),
      tokenUse({
        credential: 'token/77',
        address: '198.18.0.1',
        network: '198.18.0.1',
        original: '198.18.0.1',
        at: { notBefore: NOON - 5 * HOUR, notAfter: NOON - 2 * MINUTE },
        sources: ['inventory'],
      }),
    ],
    others: [
      tokenUse({
        address: '192.0.2.20',
        network: '192.0.2.20',
        original: '192.0.2.20',
        at: instant(NOON - 40 * MINUTE),
      }),
      tokenUse({
        address: '192.0.2.20',
        network: '192.0.2.20',
        original: '192.0.2.20',
        at: instant(NOON - 22 * MINUTE),
      }),
    ],
  };
}

function matchesOf(uses: readonly TokenUse[], seen: readonly Sighting[]): Match[] {
  return uses.flatMap((use): Match[] => {
    const found = seen.find(({ network }) => network === use.network);
    return found === undefined ? [] : [{ rule: 'same-address', sighting: found, use, gap: 0 }];
  });
}

function stateOf(more: Partial<CaseState>): CaseState {
  return {
    caseId: CASE_ID,
    trigger: 'spike',
    window: { start: toIso(WINDOW.start), end: toIso(WINDOW.end) },
    look: 2,
    counts: { sightings: 40, tokenUses: 1_204, findings: 2, incidents: 1 },
    coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'unavailable' },
    verdict: 'confirmed',
    topScore: 100,
    decision: { page: true, alert: false, report: true },
    shadow: false,
    incidentIds: ['inc-1'],
    analysis: { status: 'summary' },
    due: { explain: false, page: false, report: false, alert: false, health: false },
    ...more,
  };
}

/** A page about a stolen token, with a second credential that is only reported. Two looks, one page, one update. */
export function sampleCaseFile(more: Partial<CaseFile> = {}): CaseFile {
  const seen = bots();
  const { matched, others } = usesOf();
  const findings = findingsFrom(matchesOf(matched, seen), [THIEF, DEPLOYER]);
  const state = stateOf({ topScore: Math.max(...findings.map(({ score }) => score)) });
  const analysis = summarise(identifyEvidence(findings, seen, COVERAGE), state);
  const report = {
    sightings: seen,
    whole: true,
    coverage: complete({ addresses: 40 }, 3),
    totalAddresses: 40,
    totalRequests: seen.reduce((sum, { requests }) => sum + requests, 0),
  };
  const points = Array.from({ length: 14 }, (_, index) => ({
    at: NOON - (14 - index) * MINUTE,
    requests: 400 + 3_000 * Math.round(Math.sin((index / 13) * Math.PI) * 10),
  }));
  const look: CaseLook = {
    look: 1,
    at: NOON + 20_000,
    sightings: report,
    traffic: { step: MINUTE, points },
    findings,
    coverage: COVERAGE,
    analysis,
  };
  const order = {
    incidentId: 'inc-1',
    dedupKey: 'inc-1/1',
    credentials: ['token/42'],
    why: 'token/42 reached page level.',
  };
  return {
    caseId: CASE_ID,
    trigger: 'spike',
    openedAt: NOON,
    state,
    alert: {
      alertType: 'bot_traffic_basic_alert',
      event: 'ALERT_STATE_EVENT_START',
      startedAt: NOON - 14 * MINUTE,
      zoneId: 'a'.repeat(32),
      zoneName: 'example.com',
      count: 36_000,
      link: 'https://dash.cloudflare.com/?to=/:account/example.com/security/analytics',
      text: 'Bot traffic of example.com rose above its baseline.',
      addresses: [],
      receivedAt: NOON,
      notes: [],
    },
    ends: [NOON + 3 * MINUTE],
    looks: [look, { ...look, look: 2, at: NOON + 5 * MINUTE + 30_000 }],
    pages: [
      { order: { ...order, kind: 'page', paging: ['token/42'] }, look: 1, sentAt: NOON + 24_000 },
      { order: { ...order, kind: 'update', why: 'More evidence of token/42.' }, look: 2, sentAt: NOON + 5.6 * MINUTE },
    ],
    alerts: [],
    incidents: [
      {
        id: 'inc-1',
        openedAt: NOON + 22_000,
        lastEvidenceAt: NOON + 5.5 * MINUTE,
        caseId: CASE_ID,
        pagedCredentials: ['token/42'],
        credentials: ['token/42'],
        evidence: findings.flatMap(({ evidence }) => evidence),
        pages: 1,
        pagedBy: { 1: `${CASE_ID}#1` },
        version: 2,
      },
    ],
    uses: {
      readAt: NOON + 5 * MINUTE,
      uses: [...others, ...matched].sort((a, b) => a.at.notAfter - b.at.notAfter),
      leftOut: 0,
    },
    unread: [],
    ...more,
  };
}

/** A monitor's case: an attack in the security events, the same stolen token in it, and its alert. */
export function monitorCaseFile(more: Partial<CaseFile> = {}): CaseFile {
  const file = sampleCaseFile();
  const picture = pictureOf([
    groupOf(8_000),
    groupOf(2_500, { clientIP: '198.18.0.9', action: 'managed_challenge', clientCountryName: 'US' }),
    groupOf(40, { clientIP: '198.18.0.10', clientRequestPath: '/admin?token=secret' }),
  ]);
  const state =
    file.state === undefined ? undefined : { ...file.state, trigger: 'monitor' as const, monitor: monitorOf() };
  return {
    ...file,
    caseId: 'monitor-0123456789abcdef-7',
    trigger: 'monitor',
    ...(state === undefined ? {} : { state }),
    filter: {
      name: 'all',
      rulesetIds: [],
      ruleIds: [],
      sources: [],
      actions: [],
      hosts: [],
      description: '',
      excludeAsns: [],
    },
    looks: [{ look: 0, picture }, ...file.looks.map((look) => ({ ...look, picture }))],
    alerts: [
      { look: 1, kind: 'attack', sentAt: NOON + 26_000 },
      { look: 2, kind: 'update' },
    ],
    ...more,
  };
}

/** A case that saw bots and no credential, with every source read whole. */
export function quietCaseFile(more: Partial<CaseFile> = {}): CaseFile {
  const file = sampleCaseFile();
  const coverage: Coverage = { ...COVERAGE, audit: complete({ events: 5_000 }, 50) };
  return {
    ...file,
    state: stateOf({
      counts: { sightings: 40, tokenUses: 1_204, findings: 0 },
      coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'complete' },
      verdict: 'not-observed',
      topScore: 0,
      decision: { page: false, alert: false, report: false },
      incidentIds: [],
      analysis: { status: 'none' },
    }),
    looks: file.looks.map(({ analysis, ...look }) => ({ ...look, findings: [], coverage })),
    pages: [],
    incidents: [],
    uses: { readAt: NOON, uses: [], leftOut: 0 },
    ...more,
  };
}

/** The case, had nothing in it been at page level at any look: by itself it orders no page. */
export function reportedOnly(file: CaseFile): CaseFile {
  return {
    ...file,
    ...(file.state && { state: { ...file.state, decision: { page: false, alert: false, report: true } } }),
    looks: file.looks.map((look) => ({
      ...look,
      ...(look.findings && { findings: look.findings.map((one) => ({ ...one, decision: 'report' as const })) }),
    })),
    pages: [],
  };
}

/** A case that was opened, and of which nothing else is stored yet. */
export function openedCaseFile(): CaseFile {
  const { state, uses, ...file } = sampleCaseFile();
  return { ...file, looks: [], pages: [], incidents: [], ends: [] };
}

/** Ten thousand sightings, three hundred findings and two hundred uses of each. */
export function largeCaseFile(): CaseFile {
  const file = sampleCaseFile();
  const seen = bots(10_000);
  const credentials = Array.from({ length: 300 }, (_, index) =>
    credential({ id: `token/${1_000 + index}`, name: `deploy token number ${index}`, owner: { id: 100 + index } }),
  );
  const uses = credentials.flatMap(({ id }, index) =>
    Array.from({ length: 200 }, (_, use) => {
      const address = seen[(index * 31 + use * 7) % 4_000]?.address ?? '203.0.113.7';
      const at = instant(NOON - ((use * 13_000 + index * 700) % (40 * MINUTE)));
      return tokenUse({ credential: id, address, network: address, original: address, at });
    }),
  );
  const byNetwork = new Map(seen.map((one) => [one.network, one]));
  const matches = uses.flatMap((use): Match[] => {
    const found = byNetwork.get(use.network);
    return found === undefined ? [] : [{ rule: 'same-address', sighting: found, use, gap: 0 }];
  });
  const findings = findingsFrom(matches, credentials);
  return {
    ...file,
    looks: file.looks.map((look) => ({
      ...look,
      findings,
      sightings: { sightings: seen, whole: false, coverage: COVERAGE.cloudflare ?? complete(), totalAddresses: 48_000 },
    })),
    uses: { readAt: NOON, uses, leftOut: 12_345 },
  };
}

/** The sample with `text` in every place that somebody outside can write to. */
export function hostileCaseFile(text: string): CaseFile {
  const file = monitorCaseFile();
  const seen = bots(3).map((one) => ({
    ...one,
    original: text,
    asnName: text,
    country: text,
    ja4: [text],
    hosts: [text],
    paths: [text],
    zone: { id: text, name: text },
  }));
  const owned = [
    { ...THIEF, name: text, scopes: ['api', text], owner: { id: 7, username: text }, resource: text },
    { ...DEPLOYER, id: `deploy-token/${text}`, kind: 'deploy-token' as const, name: text, resource: text },
  ];
  const uses = owned.map(({ id }) =>
    tokenUse({
      credential: id,
      original: text,
      action: text,
      target: text,
      eventId: text,
      calls: [text],
      refusal: text,
    }),
  );
  const findings = findingsFrom(matchesOf(uses, seen), owned).map((one) => ({
    ...one,
    parts: one.parts.map((part) => ({ ...part, input: text })),
    reasons: [...one.reasons, text],
  }));
  const claim = { text, evidence: ['f1', 's1', 't1', text] };
  const picture = pictureOf([groupOf(9, { clientRequestPath: text, clientRequestHTTPHost: text, description: text })], {
    ruleNames: { ['a'.repeat(32)]: text },
    notes: [text],
  });
  return {
    ...file,
    ...(file.alert === undefined
      ? {}
      : { alert: { ...file.alert, alertType: text, zoneName: text, hostname: text, text, link: text, notes: [text] } }),
    ...(file.state === undefined
      ? {}
      : { state: { ...file.state, monitor: { ...monitorOf(), name: text, zone: { id: text, name: text } } } }),
    ...(file.filter === undefined ? {} : { filter: { ...file.filter, name: text, hosts: [text], description: text } }),
    looks: file.looks.map((look) => ({
      ...look,
      picture,
      findings,
      sightings: { sightings: seen, whole: true, coverage: complete() },
      coverage: { ...COVERAGE, audit: unavailable(text) },
      analysis: {
        status: 'model',
        model: text,
        why: text,
        summary: [claim],
        severity: 'high',
        indicators: { geography: [claim], asns: [claim], targets: [claim], patterns: [claim] },
        actions: [{ action: 'revoke-credential', claim }],
      },
    })),
    pages: file.pages.map((page) => ({ ...page, order: { ...page.order, why: text } })),
    uses: { readAt: NOON, uses, leftOut: 0 },
    unread: [text],
  };
}

/** What the page of a case is made of, an hour after its window. */
export function casePageFactsOf(file: CaseFile, more: Partial<CasePageFacts> = {}): CasePageFacts {
  return {
    file,
    now: NOON + HOUR,
    slack: 30 * MINUTE,
    lookMinutes: [5, 15, 60],
    threshold: 70,
    gitlabUrl: 'https://gitlab.example.com',
    environment: 'production',
    evidenceHref: `/cases/${file.caseId}/evidence.json?expires=1935840000&signature=${'A'.repeat(43)}`,
    ...more,
  };
}
