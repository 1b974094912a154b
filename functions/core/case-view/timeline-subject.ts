import type { CaseFile } from '../case-file.ts';
import { isBotMethod } from '../sighting.ts';

/** What the area of a timeline counts, in words. */
export interface TrafficSubject {
  /** `Requests of bots`; where a sentence begins. */
  readonly title: string;
  readonly unit: readonly [one: string, many: string];
  readonly named: readonly [one: string, many: string];
  /** Whose they are. */
  readonly who: string;
  /** `The bots were busiest`: a span of time follows. */
  readonly busiest: string;
  /** `what the bots did`: it is not stored. */
  readonly deeds: string;
  /** `bots came`: whether is not known. */
  readonly came: string;
  /** That nothing names an address; a full stop follows. */
  readonly nobody: string;
}

const BOTS: TrafficSubject = {
  title: 'Requests of bots',
  unit: ['request', 'requests'],
  named: ['request of bots', 'requests of bots'],
  who: 'bots',
  busiest: 'The bots were busiest',
  deeds: 'what the bots did',
  came: 'bots came',
  nobody: 'No address was named as a bot',
};

const EVENTS: TrafficSubject = {
  title: 'Security events',
  unit: ['event', 'events'],
  named: ['security event', 'security events'],
  who: 'addresses of the security events',
  busiest: 'Security events were most frequent',
  deeds: 'when the security events were',
  came: 'there were security events',
  nobody: 'No security event named an address',
};

/** Sighted without a word about bots: by their share of the traffic, by a rule, or in an alert. */
const SIGHTED: TrafficSubject = {
  ...BOTS,
  title: 'Requests of sighted addresses',
  named: ['request of sighted addresses', 'requests of sighted addresses'],
  who: 'sighted addresses',
  busiest: 'The sighted addresses were busiest',
};

/** What the area counts follows the case's trigger: a monitor's are security events, which say nothing about bots. */
export function trafficSubject({ trigger, looks }: CaseFile): TrafficSubject {
  if (trigger === 'monitor') return EVENTS;
  const methods = looks.flatMap(({ sightings }) => sightings?.sightings ?? []).map(({ method }) => method);
  return methods.length === 0 || methods.some(isBotMethod) ? BOTS : SIGHTED;
}
