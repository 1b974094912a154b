import type { Analysis } from '../../core/analysis.ts';
import type { CaseState } from '../../core/case.ts';
import type { Coverage } from '../../core/coverage.ts';
import type { Finding } from '../../core/finding.ts';
import type { PageOrder } from '../../core/incident.ts';
import type { EventsPicture } from '../../core/security-events.ts';
import type { SightingReport } from '../../core/sighting.ts';
import type { Traffic } from '../../core/traffic.ts';
import type { CaseOpening } from './cases.ts';

/*
 * Whether a stored document has the fields that whoever reads it goes into. They are our own and may have been written
 * by a later version: one that lost a field is told to be of an unknown form rather than break the page of its case.
 * Made by hand, and once: a case may hold a hundred thousand rows.
 */

export function isOpening(value: unknown): value is CaseOpening {
  return OPENING(value);
}

export function isState(value: unknown): value is CaseState {
  return STATE(value);
}

export function isSightings(value: unknown): value is SightingReport {
  return SIGHTINGS(value);
}

export function isFindings(value: unknown): value is Finding[] {
  return FINDINGS(value);
}

export function isCoverage(value: unknown): value is Coverage {
  return isRecord(value) && Object.values(value).every(SOURCE_COVERAGE);
}

export function isAnalysis(value: unknown): value is Analysis {
  return ANALYSIS(value);
}

export function isPicture(value: unknown): value is EventsPicture {
  return PICTURE(value);
}

export function isTraffic(value: unknown): value is Traffic {
  return TRAFFIC(value);
}

export function isPageOrder(value: unknown): value is PageOrder {
  return PAGE_ORDER(value);
}

type Check = (value: unknown) => boolean;

const TEXTS = listOf(isText);
const INTERVAL = has({ notBefore: isNumber, notAfter: isNumber });
const SOURCE_COVERAGE = has({ status: isText, why: TEXTS, counts: isRecord });

const OPENING = has({
  ...{ caseId: isText, trigger: isTrigger, openedAt: isNumber },
  alert: optional(has({ startedAt: isNumber, receivedAt: isNumber, text: isText, addresses: TEXTS, notes: TEXTS })),
  filter: optional(
    has({
      ...{ name: isText, rulesetIds: TEXTS, ruleIds: TEXTS, sources: TEXTS, actions: TEXTS, hosts: TEXTS },
      excludeAsns: listOf(isNumber),
    }),
  ),
});

const STATE = has({
  ...{ caseId: isText, trigger: isTrigger, verdict: isText, look: isNumber, topScore: isNumber },
  window: has({ start: isText, end: isText }),
  counts: has({ sightings: isNumber, tokenUses: isNumber, findings: isNumber }),
  ...{ coverage: isRecord, decision: isRecord, incidentIds: TEXTS },
  analysis: has({ status: isText }),
  monitor: optional(has({ name: isText, zone: isRecord, window: isRecord })),
});

const SIGHTING = has({
  ...{ address: isText, network: isText, seen: INTERVAL, requests: isNumber, zone: has({ id: isText }) },
  ...{ ja4: TEXTS, hosts: TEXTS, paths: TEXTS, method: isText },
});
const SIGHTINGS = has({ sightings: listOf(SIGHTING), coverage: SOURCE_COVERAGE });

const USE = has({
  ...{ credential: isText, address: isText, network: isText, at: INTERVAL },
  ...{ strength: isText, sources: TEXTS },
});
const FINDINGS = listOf(
  has({
    credential: has({ id: isText, kind: isText }),
    matches: listOf(has({ rule: isText, sighting: SIGHTING, use: USE, gap: isNumber })),
    ...{ matchCount: isNumber, verdict: isText, score: isNumber, decision: isText },
    parts: listOf(has({ name: isText, points: isNumber, sentence: isText })),
    addresses: listOf(has({ address: isText, network: isText, uses: isNumber, sources: TEXTS })),
    ...{ reasons: TEXTS, networks: TEXTS, sharedNetworks: TEXTS, evidence: TEXTS },
  }),
);

const CLAIM = has({ text: isText, evidence: TEXTS });
const CLAIMS = listOf(CLAIM);
const ANALYSIS = has({
  ...{ status: isText, severity: isText, summary: CLAIMS },
  indicators: has({ geography: CLAIMS, asns: CLAIMS, targets: CLAIMS, patterns: CLAIMS }),
  actions: listOf(has({ action: isText, claim: CLAIM })),
});

const FACET = has({ values: listOf(has({ value: isText, count: isNumber })), distinct: isNumber });
const PICTURE = has({
  ...{ window: has({ start: isNumber, end: isNumber }), readAt: isNumber, total: isNumber },
  ...{ notes: TEXTS, ruleNames: isRecord, groups: listOf(has({ count: isNumber, dimensions: isRecord })) },
  facets: (facets) => isRecord(facets) && Object.values(facets).every(FACET),
});

const TRAFFIC = has({
  step: (step) => isNumber(step) && step > 0,
  points: listOf(has({ at: isNumber, requests: isNumber })),
});

const PAGE_ORDER = has({ incidentId: isText, dedupKey: isText, kind: isText, credentials: TEXTS, why: isText });

function has(fields: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(fields);
  return (value) => isRecord(value) && checks.every(([name, check]) => check(value[name]));
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTrigger(value: unknown): boolean {
  return value === 'spike' || value === 'hunt' || value === 'monitor';
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
