import type { Incident, PageOrder } from '../core/incident.ts';
import { followLinks } from '../core/incident-links.ts';
import { withUndelivered } from '../core/incident-update.ts';
import { TransientError } from '../runtime/errors.ts';

/** Incidents of which a page did not arrive. */
export interface AbandonedBook {
  load(incidentId: string): Promise<Incident | undefined>;
  /** False when somebody else wrote a newer version. */
  save(incident: Incident, expectedVersion: number): Promise<boolean>;
}

/** Other cases rarely write the same incident at once. */
const ATTEMPTS = 8;

/**
 * Notes on an incident, or the one it was bridged to since, which credentials' page was never accepted, so that the next
 * case that sees one of them pages it again: an intrusion counts as paged only when somebody was told.
 * @throws TransientError when other cases kept winning the race for it
 */
export async function abandonPage(order: PageOrder, incidents: AbandonedBook): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { incident } = await followLinks(order.incidentId, (id) => incidents.load(id));
    if (incident === undefined) return;
    const next = withUndelivered(incident, order.paging ?? order.credentials);
    if (next === incident) return;
    if (await incidents.save({ ...next, version: incident.version + 1 }, incident.version)) return;
  }
  throw new TransientError(`Incident ${order.incidentId} could not be written: other cases kept changing it.`);
}
