import type { NodeName, Offers } from '../../../functions/adapters/cloudflare/capabilities.ts';
import { EVENT_DIMENSIONS } from '../../../functions/core/security-events.ts';
import { HOUR } from '../../../functions/core/time.ts';
import type { Settings } from '../../settings.ts';
import { fail, type Line, ok, warn } from '../report.ts';
import { EVENT_FIELDS, offersFields, span } from './zone-offers.ts';

const HOUR_SECONDS = HOUR / 1000;

/**
 * What a zone gives the monitor: how its security events are read, what is not told of them, for how long, and whether
 * their rules have names.
 * @param namesProblem why the names of rules cannot be read; undefined where they can
 */
export function zoneMonitor(what: string, offers: Offers, settings: Settings, namesProblem: string | undefined): Line {
  const grouped = offersFields(offers, 'firewallEventsAdaptiveGroups', EVENT_FIELDS);
  const single = offersFields(offers, 'firewallEventsAdaptive', [...EVENT_FIELDS, 'datetime', 'rayName']);
  if (!grouped && !single) return fail(what, 'its plan offers no security events: the monitor sees nothing here');
  const node = grouped ? 'firewallEventsAdaptiveGroups' : 'firewallEventsAdaptive';
  const less = [
    ...(grouped ? [] : ['its plan has no groups: single events are read, and a large attack is counted in part']),
    ...shortages(offers, node, settings),
    ...(namesProblem === undefined ? [] : [namesProblem]),
  ];
  const told = [grouped ? 'groups of security events' : 'single security events', ...untold(offers, node)];
  return less.length === 0 ? ok(what, told.join('; ')) : warn(what, [...told, ...less].join('; '));
}

/** Fields that this plan keeps to itself: alerts do without them. */
function untold(offers: Offers, node: NodeName): string[] {
  const missing = EVENT_DIMENSIONS.filter((dimension) => !offers.has(node, dimension));
  return missing.length === 0 ? [] : [`not told here: ${missing.join(', ')}`];
}

/** Where the zone gives less than the settings ask for. */
function shortages(offers: Offers, node: NodeName, settings: Settings): string[] {
  const { notOlderThan, maxDuration, maxPageSize } = offers.nodes[node];
  const seconds = Math.min(notOlderThan, maxDuration);
  const [hours, limit] = [settings['monitor.windowHours'], settings['monitor.limit']];
  return [
    ...(seconds < hours * HOUR_SECONDS
      ? [`only ${span(seconds)} are told, monitor.windowHours asks for ${hours} h`]
      : []),
    ...(maxPageSize < limit ? [`only ${maxPageSize} rows are told, monitor.limit asks for ${limit}`] : []),
  ];
}
