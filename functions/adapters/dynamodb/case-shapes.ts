import type { Alert } from '../../core/alert.ts';
import type { Analysis } from '../../core/analysis.ts';
import type { CaseState } from '../../core/case.ts';
import type { Coverage } from '../../core/coverage.ts';
import type { Finding } from '../../core/finding.ts';
import type { PageOrder } from '../../core/incident.ts';
import type { MonitorFilter } from '../../core/monitor.ts';
import type { EventsPicture } from '../../core/security-events.ts';
import type { SightingReport } from '../../core/sighting.ts';
import type { Traffic } from '../../core/traffic.ts';
import type { CaseOpening } from './cases.ts';

/*
 * Whether a stored document has the fields that whoever reads it goes into. They are our own and may have been written
 * by a later version: one that lost a field is told to be of an unknown form rather than break the page of its case.
 */

export function isOpening(value: unknown): value is CaseOpening {
  return (
    has(value, { caseId: isText, trigger: isTrigger, openedAt: isNumber }) &&
    (value.alert === undefined || isAlert(value.alert)) &&
    (value.filter === undefined || isFilter(value.filter))
  );
}

export function isState(value: unknown): value is CaseState {
  return has(value, {
    ...{ caseId: isText, trigger: isTrigger, verdict: isText, look: isNumber, topScore: isNumber },
    window: (window) => has(window, { start: isText, end: isText }),
    counts: (counts) => has(counts, { sightings: isNumber, tokenUses: isNumber, findings: isNumber }),
    ...{ coverage: isRecord, decision: isRecord, incidentIds: isTexts },
    analysis: (analysis) => has(analysis, { status: isText }),
    monitor: (monitor) => monitor === undefined || has(monitor, { zone: isRecord, window: isRecord }),
  });
}

export function isSightings(value: unknown): value is SightingReport {
  return has(value, { sightings: listOf(isSighting), coverage: isSourceCoverage });
}

export function isFindings(value: unknown): value is Finding[] {
  return listOf((finding) =>
    has(finding, {
      credential: (credential) => has(credential, { id: isText, kind: isText }),
      matches: listOf((match) => has(match, { rule: isText, sighting: isSighting, use: isUse, gap: isNumber })),
      ...{ matchCount: isNumber, verdict: isText, score: isNumber, decision: isText },
      parts: listOf((part) => has(part, { name: isText, points: isNumber, sentence: isText })),
      addresses: listOf((one) => has(one, { address: isText, network: isText, uses: isNumber, sources: isTexts })),
      ...{ reasons: isTexts, networks: isTexts, sharedNetworks: isTexts, evidence: isTexts },
    }),
  )(value);
}

export function isCoverage(value: unknown): value is Coverage {
  return isRecord(value) && Object.values(value).every(isSourceCoverage);
}

export function isAnalysis(value: unknown): value is Analysis {
  return has(value, {
    ...{ status: isText, severity: isText, summary: isClaims },
    indicators: (all) => has(all, { geography: isClaims, asns: isClaims, targets: isClaims, patterns: isClaims }),
    actions: listOf((one) => has(one, { action: isText, claim: isClaim })),
  });
}

export function isPicture(value: unknown): value is EventsPicture {
  return has(value, {
    ...{ window: isInstants('start', 'end'), readAt: isNumber, total: isNumber, notes: isTexts, ruleNames: isRecord },
    groups: listOf((group) => has(group, { count: isNumber, dimensions: isRecord })),
    facets: (facets) => isRecord(facets) && Object.values(facets).every((facet) => has(facet, { values: isList })),
  });
}

export function isTraffic(value: unknown): value is Traffic {
  const points = listOf((point) => has(point, { at: isNumber, requests: isNumber }));
  return has(value, { step: (step) => isNumber(step) && step > 0, points });
}

export function isPageOrder(value: unknown): value is PageOrder {
  return has(value, { incidentId: isText, dedupKey: isText, kind: isText, credentials: isTexts, why: isText });
}

function isAlert(value: unknown): value is Alert {
  return has(value, { startedAt: isNumber, receivedAt: isNumber, text: isText, addresses: isTexts, notes: isTexts });
}

function isFilter(value: unknown): value is MonitorFilter {
  const lists = { rulesetIds: isTexts, ruleIds: isTexts, sources: isTexts, actions: isTexts, hosts: isTexts };
  return has(value, { name: isText, ...lists, excludeAsns: isList });
}

function isSighting(value: unknown): boolean {
  return has(value, {
    ...{ address: isText, network: isText, seen: isInstants('notBefore', 'notAfter'), requests: isNumber },
    ...{ ja4: isTexts, hosts: isTexts, paths: isTexts, method: isText },
    zone: (zone) => has(zone, { id: isText }),
  });
}

function isUse(value: unknown): boolean {
  const at = isInstants('notBefore', 'notAfter');
  return has(value, { credential: isText, address: isText, network: isText, at, strength: isText, sources: isTexts });
}

function isSourceCoverage(value: unknown): boolean {
  return has(value, { status: isText, why: isTexts, counts: isRecord });
}

function isClaim(value: unknown): boolean {
  return has(value, { text: isText, evidence: isTexts });
}

function isClaims(value: unknown): boolean {
  return listOf(isClaim)(value);
}

function isTrigger(value: unknown): boolean {
  return value === 'spike' || value === 'hunt' || value === 'monitor';
}

type Check = (value: unknown) => boolean;

function has(value: unknown, fields: Readonly<Record<string, Check>>): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
}

function isInstants(first: string, last: string): Check {
  return (value) => has(value, { [first]: isNumber, [last]: isNumber });
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every((element: unknown) => check(element));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
