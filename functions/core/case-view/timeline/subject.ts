import type { CaseFile } from '../../case-file.ts';
import { isBotMethod } from '../../sighting.ts';

/** What the area of a timeline counts, one of it and many. */
export type TrafficSubject = readonly [one: string, many: string];

/**
 * What the area counts follows the case's trigger: a monitor's are security events, which say nothing about bots. Nor are
 * those bots that were sighted only by their share of the traffic, by a rule, or in an alert.
 */
export function trafficSubject({ trigger, looks }: CaseFile): TrafficSubject {
  if (trigger === 'monitor') return ['security event', 'security events'];
  const all = looks.flatMap(({ sightings }) => sightings?.sightings ?? []);
  const who = all.length === 0 || all.some(({ method }) => isBotMethod(method)) ? 'bots' : 'sighted addresses';
  return [`request of ${who}`, `requests of ${who}`];
}
