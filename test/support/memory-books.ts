import type { AlertOrder } from '../../functions/core/alert-order.ts';
import type { CaseState } from '../../functions/core/case.ts';
import type { Coverage } from '../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Finding } from '../../functions/core/finding.ts';
import type { HuntReport } from '../../functions/core/hunt-report.ts';
import type { Incident, PageOrder } from '../../functions/core/incident.ts';
import type { SightingReport } from '../../functions/core/sighting.ts';
import type { IncidentBook } from '../../functions/join/incidents.ts';
import type { AlertOrders, CaseBook, ReportedPairs } from '../../functions/join/join.ts';
import { BadInputError } from '../../functions/runtime/errors.ts';
import type { WindowBook } from '../../functions/write-report/write-report.ts';

/** What the alert webhook is to be told, kept in memory. */
export class MemoryAlerts implements AlertOrders {
  readonly orders: AlertOrder[] = [];

  async order(_caseId: string, order: AlertOrder) {
    if (this.orders.some(({ look }) => look === order.look)) return false;
    this.orders.push(order);
    return true;
  }
}

/** Cases kept in memory, with what each look stored open to the test. */
export class MemoryCases implements CaseBook {
  readonly sightings = new Map<string, SightingReport>();
  readonly evidence = new Map<string, TokenEvidence>();
  readonly findings = new Map<string, readonly Finding[]>();
  readonly coverage = new Map<string, Coverage>();
  readonly reports = new Map<string, HuntReport>();
  readonly states: CaseState[] = [];
  readonly orders: { order: PageOrder; look: number; sent: boolean }[] = [];

  async loadSightings(caseId: string, look: number) {
    return this.sightings.get(`${caseId} ${look}`);
  }
  readonly readEvidence = async (caseId: string, look: number) => this.evidence.get(`${caseId} ${look}`);
  async saveSightings(caseId: string, look: number, report: SightingReport) {
    this.sightings.set(`${caseId} ${look}`, report);
  }
  async saveFindings(caseId: string, look: number, findings: readonly Finding[]) {
    this.findings.set(`${caseId} ${look}`, findings);
  }
  async loadFindings(caseId: string, look: number) {
    return this.findings.get(`${caseId} ${look}`) ?? [];
  }
  async saveCoverage(caseId: string, look: number, coverage: Coverage) {
    this.coverage.set(`${caseId} ${look}`, coverage);
  }
  /** Nobody reads it. */
  async saveTraffic() {}
  async saveReport(caseId: string, report: HuntReport) {
    this.reports.set(caseId, report);
  }
  async loadReport(caseId: string) {
    return this.reports.get(caseId);
  }
  async saveState(_caseId: string, state: CaseState) {
    this.states.push(state);
  }
  async orderPage(_caseId: string, order: PageOrder, look: number) {
    const same = (o: PageOrder) =>
      o.dedupKey === order.dedupKey &&
      o.kind === order.kind &&
      (o.kind === 'page' || `${[...o.credentials].sort()}` === `${[...order.credentials].sort()}`);
    if (this.orders.some((stored) => same(stored.order) && stored.look === look)) return false;
    this.orders.push({ order, look, sent: false });
    return true;
  }
  async withdrawPage(_caseId: string, order: PageOrder, look: number) {
    const index = this.orders.findIndex(
      (o) => o.order.kind === order.kind && o.order.dedupKey === order.dedupKey && o.look === look && !o.sent,
    );
    if (index >= 0) this.orders.splice(index, 1);
  }
  async unsentPages() {
    return this.orders.filter(({ sent }) => !sent);
  }
}

/** Incidents kept in memory, under the rules of the table: claims are first come, writes name the version they read. */
export class MemoryIncidents implements IncidentBook {
  readonly incidents = new Map<string, Incident>();
  readonly claims = new Map<string, { incidentId: string; until: number }>();
  /** Fails this many writes as if somebody else had won. */
  lostRaces = 0;

  async claim(credentialId: string, incidentId: string, now: number, until: number) {
    // Without a pause between looking and taking: of two that claim at once, one gets it.
    const held = this.claims.get(credentialId);
    if (held !== undefined && held.until > now) return held.incidentId;
    this.claims.set(credentialId, { incidentId, until });
    return incidentId;
  }
  async extend(credentialId: string, incidentId: string, until: number, heldBy = incidentId) {
    const claim = this.claims.get(credentialId);
    if (claim?.incidentId !== heldBy || (heldBy === incidentId && claim.until >= until)) return;
    this.claims.set(credentialId, { incidentId, until });
  }
  async holder(credentialId: string, now: number) {
    const claim = this.claims.get(credentialId);
    return claim !== undefined && claim.until > now ? claim.incidentId : undefined;
  }
  async load(incidentId: string) {
    return this.incidents.get(incidentId);
  }
  async save(incident: Incident, expectedVersion: number) {
    if (this.lostRaces > 0) {
      this.lostRaces--;
      return false;
    }
    if ((this.incidents.get(incident.id)?.version ?? 0) !== expectedVersion) return false;
    this.incidents.set(incident.id, { ...incident, version: expectedVersion + 1 });
    return true;
  }
}

/** Hunts' windows kept in memory: what the join step hands on, and what the report's writer keeps. */
export class MemoryHunts implements ReportedPairs, WindowBook {
  readonly pairs = new Map<number, ReadonlySet<string>>();
  readonly finished: { start: number; attempt: number }[] = [];
  readonly #keys = new Map<number, Set<string>>();
  newestAttempt = 1;

  async reported(windowStart: number) {
    return this.pairs.get(windowStart);
  }
  async saveReported(windowStart: number, keys: readonly string[]) {
    this.pairs.set(windowStart, new Set(keys));
  }
  async beginWriting(start: number, attempt: number, keys: readonly string[]) {
    if (attempt < this.newestAttempt) throw new BadInputError(`attempt ${attempt} was superseded`);
    const begun = this.#keys.get(start) ?? new Set();
    const before = [...begun];
    for (const key of keys) begun.add(key);
    this.#keys.set(start, begun);
    return before;
  }
  async finish(start: number, attempt: number) {
    this.finished.push({ start, attempt });
  }
}
