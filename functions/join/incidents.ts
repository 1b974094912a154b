import type { CaseState } from '../core/case.ts';
import type { Incident, PageOrder } from '../core/incident.ts';
import type { IncidentGroup } from '../core/incident-groups.ts';
import { followLinks } from '../core/incident-links.ts';
import { addToIncident, claimUntil, findingsOf, isToldOtherwise, newIncident } from '../core/incident-update.ts';
import { personOf } from '../core/same-news.ts';
import type { EpochMs } from '../core/time.ts';
import { TransientError } from '../runtime/errors.ts';
import { bridge } from './bridge-incidents.ts';

/** Incidents and the claims that lead to them. Each method is one conditional write or one read. */
export interface IncidentBook {
  /** The incident that holds the credential now: the one that held it, else the given one. */
  claim(credentialId: string, incidentId: string, now: EpochMs, until: EpochMs): Promise<string>;
  /** Only while the incident holds the credential; from `heldBy`, which was bridged to it, it takes the claim over. */
  extend(credentialId: string, incidentId: string, until: EpochMs, heldBy?: string): Promise<void>;
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

/** Other cases rarely write one incident at once; more tries than this mean that something is wrong. */
const WRITE_ATTEMPTS = 8;

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
    const holders = await findOrClaim(group, state.caseId, incidents, now);
    if (holders.size === 0) continue;
    const held = await bridge([...new Set(holders.values())], state.caseId, incidents, now);
    const id = await record(held, group, state, { incidents, orders, holders, now });
    for (const credential of group.credentials) incidentOf.set(credential, id);
  }
  return incidentOf;
}

/** The incident that holds each credential of a group; none where nothing pages and no incident holds any of them. */
async function findOrClaim(
  group: IncidentGroup,
  caseId: string,
  incidents: IncidentBook,
  now: EpochMs,
): Promise<ReadonlyMap<string, string>> {
  const own = (await toldIn(group, incidents, now)) ?? incidentIdFor(caseId, group);
  const holders = new Map<string, string>();
  for (const credential of group.credentials) {
    const holder =
      group.paging.length > 0
        ? await incidents.claim(credential, own, now, claimUntil(now, now))
        : await incidents.holder(credential, now);
    if (holder !== undefined) holders.set(credential, holder);
  }
  return holders;
}

/** The incident whose pages told of something in the group under another name: of who acted, or of their token. */
async function toldIn(group: IncidentGroup, incidents: IncidentBook, now: EpochMs): Promise<string | undefined> {
  for (const finding of findingsOf(group.paging, group)) {
    const person = personOf(finding.credential);
    // A person's own acts lead to who holds them by their own claim.
    if (person === undefined || person === finding.credential.id) continue;
    const holder = await incidents.holder(person, now);
    if (holder === undefined) continue;
    const { id, incident } = await followLinks(holder, (of) => incidents.load(of));
    if (incident !== undefined && isToldOtherwise(incident, finding)) return id;
  }
  return undefined;
}

interface Books {
  readonly incidents: IncidentBook;
  readonly orders: OrderBook;
  /** Who holds each credential of the group. */
  readonly holders: ReadonlyMap<string, string>;
  readonly now: EpochMs;
}

/** Adds the group to the incident, or to what that is bridged to by then, and answers which it was. */
async function record(held: string, group: IncidentGroup, state: CaseState, books: Books): Promise<string> {
  const { incidents, orders, now } = books;
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    const { id, incident: stored } = await followLinks(held, (of) => incidents.load(of));
    const incident = stored ?? newIncident(id, state.caseId, now);
    const { incident: next, order } = addToIncident(incident, group, now);
    if (next === incident) return id;
    if (order !== undefined) await orders.orderPage(state.caseId, order, state.look);
    const isPage = order?.kind === 'page';
    const pagedBy = isPage ? { pagedBy: { ...next.pagedBy, [next.pages]: ordererOf(state) } } : {};
    if (await incidents.save({ ...next, ...pagedBy, version: incident.version + 1 }, incident.version)) {
      // Once more, as another run of this look that lost the race may have taken it back just before.
      if (isPage) await orders.orderPage(state.caseId, order, state.look);
      await keepClaims({ ...next, id }, group, books);
      return id;
    }
    // Another case wrote first and may have ordered the very same: what is still news is ordered in the next round.
    if (isPage) await takeBack(order, next.pages, state, books);
  }
  throw new TransientError(`Incident ${held} could not be written: other cases kept changing it.`);
}

/**
 * Takes a page back that lost the race for its incident, unless the incident says that this look ordered it: another
 * run of the look was faster then, and counts on it. Who saves after the last glance at the incident orders once more.
 * A silent update that lost stays: said twice, it wakes nobody.
 */
async function takeBack(order: PageOrder, page: number, state: CaseState, { incidents, orders }: Books): Promise<void> {
  const isCountedOn = async () => (await incidents.load(order.incidentId))?.pagedBy?.[page] === ordererOf(state);
  if (await isCountedOn()) return;
  await orders.withdrawPage(state.caseId, order, state.look);
  if (await isCountedOn()) await orders.orderPage(state.caseId, order, state.look);
}

function ordererOf({ caseId, look }: CaseState): string {
  return `${caseId}#${look}`;
}

/**
 * The incident holds the group's credentials for as long as it takes evidence, also those of what it was bridged with;
 * and, where no other does, the acts of those whose tokens are at page level, which may be seen without the token next.
 */
async function keepClaims(
  { id, openedAt }: Incident,
  group: IncidentGroup,
  { incidents, holders, now }: Books,
): Promise<void> {
  const until = claimUntil(openedAt, now);
  for (const [credential, holder] of holders) await incidents.extend(credential, id, until, holder);
  const people = new Set(findingsOf(group.paging, group).flatMap(({ credential }) => personOf(credential) ?? []));
  for (const person of people) {
    if (holders.has(person)) continue;
    const holder = await incidents.claim(person, id, now, until);
    if (holder === id) await incidents.extend(person, id, until);
  }
}
