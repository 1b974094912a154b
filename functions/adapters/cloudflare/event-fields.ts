import { EVENT_DIMENSIONS } from '../../core/security-events.ts';
import type { NodeName, Offers } from './capabilities.ts';
import type { EventFacts } from './event-evidence.ts';
import { eventDimensions } from './event-rows.ts';
import { isVerifiedBot, VERIFIED_FIELDS } from './event-values.ts';
import type { GroupRow } from './group-rows.ts';

/** What an event must tell to be evidence. */
export const NEEDED = ['clientIP', 'source', 'action'] as const;
/** What it is judged by where a zone tells. */
const JUDGED = ['clientRequestHTTPHost', 'botScore'] as const;

/** What an event is judged by, as far as the zone offers it. Of what tells a good bot the better field is enough. */
export function judgedFields(offers: Offers, node: NodeName): readonly string[] {
  const verified = VERIFIED_FIELDS.find((field) => offers.has(node, field));
  const more = JUDGED.filter((field) => offers.has(node, field));
  return [...NEEDED, ...(verified === undefined ? [] : [verified]), ...more];
}

/** Everything that is asked of an event; what it is judged by first, as a node takes only so many fields. */
export function eventFields(offers: Offers, node: NodeName): readonly string[] {
  const more = EVENT_DIMENSIONS.filter((field) => offers.has(node, field));
  return [...new Set([...judgedFields(offers, node), ...more])];
}

/** What a group says, over the span that was asked about. */
export function factsOf({ dimensions, count, sampleInterval, seen }: GroupRow): EventFacts {
  const verifiedBot = isVerifiedBot(dimensions);
  return { dimensions: eventDimensions(dimensions), verifiedBot, count, sampleInterval, seen, seenExactly: false };
}
