import type { NodeLimits, NodeName, Offers } from '../../../functions/adapters/cloudflare/capabilities.ts';
import { botFilter } from '../../../functions/adapters/cloudflare/score-rung.ts';
import { DAY, HOUR } from '../../../functions/core/time.ts';
import { fail, type Line, ok, warn } from '../report.ts';

/** How bot addresses are found in a zone, the best way first (`reference/cloudflare.md` §13.3). */
const RUNGS: readonly {
  readonly node: NodeName;
  readonly offered: (offers: Offers) => boolean;
  readonly says: (limits: NodeLimits) => (what: string) => Line;
}[] = [
  {
    node: 'httpRequestsAdaptiveGroups',
    offered: (offers) => botFilter(offers) !== undefined,
    says: (limits) => (what) => ok(what, `bot scores, the surest way to see bots; ${reach(limits)}`),
  },
  {
    node: 'firewallEventsAdaptiveGroups',
    offered: (offers) => offersFields(offers, 'firewallEventsAdaptiveGroups', EVENT_FIELDS),
    says: (limits) => (what) =>
      warn(
        what,
        `no bot scores (they need Enterprise with Bot Management): bots are seen where a rate limit, DDoS rule or bot product acted; ${reach(limits)}`,
      ),
  },
  {
    node: 'firewallEventsAdaptive',
    offered: (offers) => offersFields(offers, 'firewallEventsAdaptive', [...EVENT_FIELDS, 'datetime', 'rayName']),
    says: (limits) => (what) =>
      warn(
        what,
        `no bot scores on this plan: bots are seen in single security events, and a large attack is read in part; ${reach(limits)}`,
      ),
  },
  {
    node: 'httpRequestsAdaptiveGroups',
    offered: (offers) => offersFields(offers, 'httpRequestsAdaptiveGroups', ['clientIP']),
    says: (limits) => (what) =>
      warn(what, `neither bot scores nor security events: only risen shares of traffic are seen; ${reach(limits)}`),
  },
];

/** What a security event must tell to be evidence. */
export const EVENT_FIELDS = ['clientIP', 'source', 'action'];

/** What a zone's analytics give this product. */
export function zoneOffers(what: string, offers: Offers): Line {
  const rung = RUNGS.find(({ offered }) => offered(offers));
  if (rung === undefined) {
    return fail(what, 'its plan offers neither bot scores, security events nor client addresses: nothing is seen here');
  }
  return rung.says(offers.nodes[rung.node])(what);
}

/** Whether the node can be asked for all of these. */
export function offersFields(offers: Offers, node: NodeName, fields: readonly string[]): boolean {
  return offers.enabled(node) && fields.every((field) => offers.has(node, field));
}

function reach({ notOlderThan, maxDuration, maxPageSize }: NodeLimits): string {
  return `kept ${span(notOlderThan)}, ${span(maxDuration)} and ${maxPageSize} rows at once`;
}

/** Seconds in words: hours, or days from two on. */
export function span(seconds: number): string {
  const ms = seconds * 1000;
  return ms >= 2 * DAY ? `${Math.floor(ms / DAY)} days` : `${Math.round(ms / HOUR)} h`;
}
