import type { Finding } from './finding.ts';
import type { Incident, PageOrder } from './incident.ts';
import type { IncidentGroup } from './incident-groups.ts';
import { placesOf, toldOtherwise } from './same-news.ts';
import { DAY, type EpochMs, HOUR } from './time.ts';

/** An incident takes evidence until this long after its last … */
const INCIDENT_QUIET = 24 * HOUR;
/** … and this long after it was opened, at most. */
const INCIDENT_LIFE = 7 * DAY;

/** The most fingerprints, and places, that an incident remembers; one item of the table holds them with room to spare. */
const EVIDENCE_KEPT = 1_000;

/** Until when an incident's claims hold. */
export function claimUntil(openedAt: EpochMs, now: EpochMs): EpochMs {
  return Math.min(now + INCIDENT_QUIET, openedAt + INCIDENT_LIFE);
}

/** A new incident with nothing in it yet. */
export function newIncident(id: string, caseId: string, now: EpochMs): Incident {
  return {
    id,
    caseId,
    openedAt: now,
    lastEvidenceAt: now,
    pagedCredentials: [],
    credentials: [],
    evidence: [],
    pages: 0,
    version: 0,
  };
}

export interface IncidentUpdate {
  readonly incident: Incident;
  /** What PagerDuty is to be told; undefined where the incident learned nothing. */
  readonly order?: PageOrder;
}

/**
 * Adds a group's findings to an incident (design §8). A credential that reaches page level for the first time pages,
 * unless on-call was told of the same under another name (`same-news.ts`); anything else that is new updates the open
 * alert silently; nothing new says nothing. Applying the same group twice gives no second order. A credential whose page
 * PagerDuty never accepted pages again, under a key of its own: under an old one it might be added in silence to an alert
 * that somebody has seen.
 */
export function addToIncident(incident: Incident, group: IncidentGroup, now: EpochMs): IncidentUpdate {
  const fresh = freshEvidence(incident, group);
  const { undeliveredCredentials: untold = [], ...before } = incident;
  const told = toldBy(incident);
  const atPageLevel = findingsOf(group.paging, group);
  const known = toldOtherwise(atPageLevel, incident.pagedPlaces ?? [], told);
  const paging = group.paging.filter((id) => !told.has(id) && !known.has(id));
  if (fresh.length === 0 && paging.length === 0) return { incident };
  const news = [...paging, ...known];
  const pagedCredentials = union(incident.pagedCredentials, news);
  const next: Incident = {
    ...before,
    ...undelivered(untold.filter((id) => !paging.includes(id))),
    lastEvidenceAt: now,
    credentials: union(incident.credentials, group.credentials),
    pagedCredentials,
    ...pagedPlaces(union(incident.pagedPlaces ?? [], findingsOf(news, group).flatMap(placesOf))),
    evidence: union(incident.evidence, fresh).slice(0, EVIDENCE_KEPT),
    pages: incident.pages + (paging.length > 0 ? 1 : 0),
  };
  if (next.pages === 0) return { incident: next };
  return { incident: next, order: orderFor(next, group, paging, fresh.length) };
}

/** A group's findings of some credentials. */
export function findingsOf(credentials: readonly string[], { findings }: IncidentGroup): Finding[] {
  const ids = new Set(credentials);
  return findings.filter(({ credential }) => ids.has(credential.id));
}

/** Whether a finding at page level is no news to the incident, as on-call was told of the same under another name. */
export function isToldOtherwise(incident: Incident, finding: Finding): boolean {
  return toldOtherwise([finding], incident.pagedPlaces ?? [], toldBy(incident)).size > 0;
}

/** The credentials that somebody was paged for, and took the page. */
function toldBy({ pagedCredentials, undeliveredCredentials = [] }: Incident): ReadonlySet<string> {
  const untold = new Set(undeliveredCredentials);
  return new Set(pagedCredentials.filter((id) => !untold.has(id)));
}

/** What the incident did not hold. One that is full learns nothing more: its alert has said enough. */
function freshEvidence(incident: Incident, group: IncidentGroup): string[] {
  if (incident.evidence.length >= EVIDENCE_KEPT) return [];
  const held = new Set(incident.evidence);
  return group.findings.flatMap(({ evidence }) => evidence).filter((fingerprint) => !held.has(fingerprint));
}

/**
 * The older of two bridged incidents with all that the younger knew: what was paged there is not paged again, unless
 * nobody was told. Absorbing the same one again, as it has become since, adds what is new.
 */
export function absorb(older: Incident, younger: Incident): Incident {
  return {
    ...older,
    ...undelivered(union(older.undeliveredCredentials ?? [], younger.undeliveredCredentials ?? [])),
    credentials: union(older.credentials, younger.credentials),
    pagedCredentials: union(older.pagedCredentials, younger.pagedCredentials),
    ...pagedPlaces(union(older.pagedPlaces ?? [], younger.pagedPlaces ?? [])),
    evidence: union(older.evidence, younger.evidence).slice(0, EVIDENCE_KEPT),
    version: older.version + 1,
  };
}

/** The incident with the page of some of its credentials given up; itself where it has paged none of them, or knows. */
export function withUndelivered(incident: Incident, credentials: readonly string[]): Incident {
  const known = incident.undeliveredCredentials ?? [];
  const lost = credentials.filter((id) => incident.pagedCredentials.includes(id) && !known.includes(id));
  return lost.length === 0 ? incident : { ...incident, ...undelivered(union(known, lost)) };
}

function undelivered(credentials: readonly string[]): Pick<Incident, 'undeliveredCredentials'> {
  return credentials.length === 0 ? {} : { undeliveredCredentials: credentials };
}

/** One that is full takes no more: then the same news wakes somebody twice. */
function pagedPlaces(places: readonly string[]): Pick<Incident, 'pagedPlaces'> {
  return places.length === 0 ? {} : { pagedPlaces: places.slice(0, EVIDENCE_KEPT) };
}

function orderFor(incident: Incident, group: IncidentGroup, paging: readonly string[], fresh: number): PageOrder {
  const news = fresh === 1 ? '1 piece of new evidence' : `${fresh} pieces of new evidence`;
  return {
    incidentId: incident.id,
    dedupKey: `${incident.id}/${incident.pages}`,
    kind: paging.length > 0 ? 'page' : 'update',
    credentials: group.findings.map(({ credential }) => credential.id),
    ...(paging.length > 0 ? { paging } : {}),
    why: paging.length > 0 ? `Reached page level: ${paging.slice(0, 5).join(', ')}` : `Update: ${news}`,
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}
