import type { Incident } from '../core/incident.ts';
import { TransientError } from '../runtime/errors.ts';

/** Incidents whose newest page did not arrive. */
export interface AbandonedBook {
  load(incidentId: string): Promise<Incident | undefined>;
  /** False when somebody else wrote a newer version. */
  save(incident: Incident, expectedVersion: number): Promise<boolean>;
}

/** Other cases rarely write the same incident at once. */
const ATTEMPTS = 8;

/**
 * Notes on an incident that its newest page was never accepted, so that the next case that sees it orders it again: an
 * intrusion counts as paged only when somebody was told.
 * @throws TransientError when other cases kept winning the race for it
 */
export async function abandonPage(incidentId: string, incidents: AbandonedBook): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const incident = await incidents.load(incidentId);
    if (incident === undefined || incident.undelivered) return;
    const next: Incident = { ...incident, undelivered: true, version: incident.version + 1 };
    if (await incidents.save(next, incident.version)) return;
  }
  throw new TransientError(`Incident ${incidentId} could not be written: other cases kept changing it.`);
}
