import type { CaseState } from '../core/case.ts';
import type { Incident, PageOrder } from '../core/incident.ts';
import type { IncidentGroup } from '../core/incident-groups.ts';
import { absorb, addToIncident, claimUntil, newIncident } from '../core/incident-update.ts';
import type { EpochMs } from '../core/time.ts';
import { TransientError } from '../runtime/errors.ts';

/** Incidents and the claims that lead to them. Each method is one conditional write or one read. */
export interface IncidentBook {
  /** The incident that holds the credential now: the one that held it, else the given one. */
  claim(credentialId: string, incidentId: string, now: EpochMs, until: EpochMs): Promise<string>;
  extend(credentialId: string, incidentId: string, until: EpochMs): Promise<void>;
  holder(credentialId: string, now: EpochMs): Promise<string | undefined>;
  load(incidentId: string): Promise<Incident | undefined>;
  /** False when somebody else wrote a newer version. */
  save(incident: Incident, expectedVersion: number): Promise<boolean>;
}

/** What PagerDuty is to be told, until it was told. */
export interface OrderBook {
  /** False when the same one was ordered before; it stays as it is. */
  orderPage(caseId: string, order: PageOrder, look: number): Promise<boolean>;
  /** Takes an order back that was not sent yet. */
  withdrawPage(caseId: string, order: PageOrder, look: number): Promise<void>;
  unsentPages(caseId: string): Promise<readonly unknown[]>;
}

/** Two cases rarely write one incident at once; more tries than this mean that something is wrong. */
const WRITE_ATTEMPTS = 8;

/** A link leads from a younger incident to the older one it was bridged to; longer chains do not occur. */
const LINKS_FOLLOWED = 5;

/** The id an incident gets when this case is the first to see it. Readable, and the same at every try. */
export function incidentIdFor(caseId: string, group: IncidentGroup): string {
  const first = group.paging[0] ?? group.credentials[0] ?? 'none';
  return `incident-${caseId}-${first.replace(/[^a-zA-Z0-9]+/g, '-')}`.slice(0, 200);
}

/**
 * Adds each group's findings to its incident, opening one where a finding pages and nobody holds its credentials, and
 * stores what PagerDuty is to be told. The order is stored before the incident remembers it: a crash in between
 * repeats an order under the same key, and never loses one.
 *
 * @returns the incident of each credential that has one, by `Credential.id`
 * @throws TransientError when other cases kept winning the race for an incident
 */
export async function recordIncidents(
  groups: readonly IncidentGroup[],
  state: CaseState,
  incidents: IncidentBook,
  orders: OrderBook,
  now: EpochMs,
): Promise<ReadonlyMap<string, string>> {
  const incidentOf = new Map<string, string>();
  for (const group of groups) {
    const id = await findOrClaim(group, state.caseId, incidents, now);
    if (id === undefined) continue;
    await record(id, group, state, incidents, orders, now);
    for (const credential of group.credentials) incidentOf.set(credential, id);
  }
  return incidentOf;
}

/** The one incident a group belongs to; undefined where nothing pages and no incident holds any of its credentials. */
async function findOrClaim(
  group: IncidentGroup,
  caseId: string,
  incidents: IncidentBook,
  now: EpochMs,
): Promise<string | undefined> {
  const own = incidentIdFor(caseId, group);
  const holders = new Set<string>();
  for (const credential of group.credentials) {
    const holder =
      group.paging.length > 0
        ? await incidents.claim(credential, own, now, claimUntil(now, now))
        : await incidents.holder(credential, now);
    if (holder !== undefined) holders.add(holder);
  }
  return holders.size === 0 ? undefined : bridge([...holders], caseId, incidents, now);
}

/** Where a group touches several incidents, the oldest stays and the younger are linked to it, without a page. */
async function bridge(
  ids: readonly string[],
  caseId: string,
  incidents: IncidentBook,
  now: EpochMs,
): Promise<string | undefined> {
  const found = await Promise.all(ids.map((id) => follow(id, caseId, incidents, now)));
  const distinct = [...new Map(found.map((incident) => [incident.id, incident])).values()];
  distinct.sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
  const [oldest, ...younger] = distinct;
  if (oldest === undefined) return undefined;
  let kept = oldest;
  for (const incident of younger) {
    const merged = absorb(kept, incident);
    // A lost race leaves the bridge to the next look; both incidents stay valid until then.
    if (!(await incidents.save(merged, kept.version))) break;
    await incidents.save({ ...incident, linkedTo: kept.id, version: incident.version + 1 }, incident.version);
    kept = merged;
  }
  return kept.id;
}

async function follow(id: string, caseId: string, incidents: IncidentBook, now: EpochMs): Promise<Incident> {
  let incident = (await incidents.load(id)) ?? newIncident(id, caseId, now);
  for (let i = 0; i < LINKS_FOLLOWED && incident.linkedTo !== undefined; i++) {
    incident = (await incidents.load(incident.linkedTo)) ?? newIncident(incident.linkedTo, caseId, now);
  }
  return incident;
}

async function record(
  id: string,
  group: IncidentGroup,
  state: CaseState,
  incidents: IncidentBook,
  orders: OrderBook,
  now: EpochMs,
): Promise<void> {
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    const incident = (await incidents.load(id)) ?? newIncident(id, state.caseId, now);
    const { incident: next, order } = addToIncident(incident, group, now);
    if (next === incident) return;
    const placed = order !== undefined && (await orders.orderPage(state.caseId, order, state.look));
    if (await incidents.save({ ...next, version: incident.version + 1 }, incident.version)) {
      const until = claimUntil(next.openedAt, now);
      for (const credential of group.credentials) await incidents.extend(credential, id, until);
      return;
    }
    // Another case wrote first and may have ordered the very same: what is still news is ordered in the next round.
    if (placed) await orders.withdrawPage(state.caseId, order, state.look);
  }
  throw new TransientError(`Incident ${id} could not be written: other cases kept changing it.`);
}
