import type { Incident } from '../core/incident.ts';
import { followLinks } from '../core/incident-links.ts';
import { absorb, newIncident } from '../core/incident-update.ts';
import type { EpochMs } from '../core/time.ts';
import type { IncidentBook } from './incidents.ts';

/** Other cases rarely write the same incidents at once. */
const BRIDGE_ATTEMPTS = 8;

/**
 * Makes one of the incidents that a group of findings touches: the oldest stays and takes over what the younger know,
 * and those are linked to it, without a page. Every write names the version it read and a lost one starts over, so that
 * nothing that was written into a younger one is left behind, and of two cases that bridge the same incidents both keep
 * the same one.
 *
 * @returns the id of the one that stays
 */
export async function bridge(
  ids: readonly string[],
  caseId: string,
  incidents: Pick<IncidentBook, 'load' | 'save'>,
  now: EpochMs,
): Promise<string> {
  let kept = '';
  for (let attempt = 0; attempt < BRIDGE_ATTEMPTS; attempt++) {
    const [oldest, ...younger] = await oldestFirst(ids, caseId, incidents, now);
    if (oldest === undefined) break;
    kept = oldest.id;
    if (await link(oldest, younger, incidents)) break;
  }
  // Toward paging: without the bridge both stay valid until the next look, and one credential may page in both.
  return kept;
}

/**
 * The distinct incidents that the ids lead to. A claim is taken before its incident is stored: one that another case
 * claimed a moment ago may be missing still. It is younger than all that are stored, whatever our own clock says, and
 * among such the id decides: for whoever looks at the same time they come in the same order.
 */
async function oldestFirst(
  ids: readonly string[],
  caseId: string,
  incidents: Pick<IncidentBook, 'load'>,
  now: EpochMs,
): Promise<Incident[]> {
  const found = new Map<string, Incident>();
  for (const id of ids) {
    const { id: end, incident } = await followLinks(id, (of) => incidents.load(of));
    found.set(end, incident ?? newIncident(end, caseId, now));
  }
  const isMissing = ({ version }: Incident) => (version === 0 ? 1 : 0);
  return [...found.values()].sort(
    (a, b) => isMissing(a) - isMissing(b) || a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1),
  );
}

/** False where another case wrote one of them meanwhile. What was absorbed until then is there twice, which is no harm. */
async function link(
  oldest: Incident,
  younger: readonly Incident[],
  incidents: Pick<IncidentBook, 'save'>,
): Promise<boolean> {
  let kept = oldest;
  for (const incident of younger) {
    const merged = absorb(kept, incident);
    if (!(await incidents.save(merged, kept.version))) return false;
    kept = merged;
    const linked = { ...incident, linkedTo: kept.id, version: incident.version + 1 };
    if (!(await incidents.save(linked, incident.version))) return false;
  }
  return true;
}
