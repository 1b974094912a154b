import { type EpochMs, HOUR, toIso, type Window } from '../../core/time.ts';
import type { AddressFilter } from './address-filter.ts';
import type { NodeLimits, NodeName, Offers } from './capabilities.ts';
import { type GroupPage, readGroups } from './group-rows.ts';
import { readWindows, type WindowsReading } from './read-windows.ts';
import { askableWindows } from './windows.ts';
import { isoSeconds, type Variable, type ZoneAnalytics, type ZoneQuery } from './zone-query.ts';
import type { ZoneRef } from './zones.ts';

/** What a rung of the method ladder is asked. */
export interface RungRequest {
  readonly analytics: ZoneAnalytics;
  readonly zone: ZoneRef;
  readonly window: Window;
  readonly deadline: EpochMs;
  /** Only these addresses; missing: the largest of all. */
  readonly only?: AddressFilter;
  /** Lower-case host names of GitLab. */
  readonly gitlabHosts: readonly string[];
  /** The most addresses wanted of a list. */
  readonly maxAddresses: number;
  /** The zone is known to have no security events in the window: nothing to ask of them. */
  readonly noEvents?: boolean;
}

export type GroupsNode = Exclude<NodeName, 'firewallEventsAdaptive'>;

/** A groups reading and whether the zone could be asked about all of the window. */
export interface GroupsReading extends WindowsReading {
  readonly whole: boolean;
}

/** Requests beyond the first that a cut or sampled list may cost a zone, and a batch of asked-back addresses. */
const SPLITS_OF_LIST = 14;
const SPLITS_OF_BATCH = 6;

export const IN_WINDOW = 'datetime_geq: $since, datetime_lt: $until';

/**
 * Reads groups over the rung's window, in the pieces and pages that the node allows.
 * @param plan The query of one piece; undefined where the zone does not offer what it needs.
 * @returns undefined when `plan` made no query: the rung does not apply to this zone
 */
export async function readGroupsOf(
  node: GroupsNode,
  request: RungRequest,
  plan: (offers: Offers, pageSize: number) => ZoneQuery | undefined,
): Promise<GroupsReading | undefined> {
  const { analytics, zone, window, deadline, only, maxAddresses } = request;
  const offers = await analytics.offers(zone, deadline);
  const limits = offers.nodes[node];
  const pageSize = Math.max(1, Math.floor(Math.min(limits.maxPageSize, maxAddresses)));
  if (plan(offers, pageSize) === undefined) return undefined;

  const { windows, clamped } = askableWindows(window, limits, analytics.clock.now());
  let applies = true;
  const ask = async (piece: Window): Promise<GroupPage> => {
    let aliases: Record<string, number> = {};
    const inPiece = (now: Offers) => {
      const query = plan(now, pageSize);
      if (query === undefined) return undefined;
      aliases = Object.fromEntries(
        query.nodes.map(({ alias, limit, topOnly }) => [alias, topOnly ? Number.POSITIVE_INFINITY : limit]),
      );
      return { ...query, variables: { ...query.variables, ...timesOf(piece) } };
    };
    const rows = await analytics.ask(zone, inPiece, deadline);
    applies &&= rows !== undefined;
    return readGroups(rows ?? {}, aliases, piece);
  };
  const splits = only === undefined ? SPLITS_OF_LIST : SPLITS_OF_BATCH;
  const reading = await readWindows(windows, ask, { splits, enough: enoughOf(request) });
  if (!applies) return undefined;
  const gaps = reading.why.map((reason) => gapAt(zone, reason));
  const why = clamped ? [...gaps, keptOnly(zone, limits, windows[0])] : gaps;
  return { ...reading, why, whole: why.length === 0 && !reading.cut && reading.sampleInterval === 1 };
}

/** Of addresses asked about all is wanted: in shorter windows, unless fewer of them can be asked about at once. */
function enoughOf({ only, maxAddresses }: RungRequest): number {
  if (only === undefined) return maxAddresses;
  return only.halves === undefined ? Number.POSITIVE_INFINITY : 0;
}

/** Filter fields that leave GitLab's hosts out, and that let only them through; with the variable they need. */
export function hostFilters(
  offers: Offers,
  node: NodeName,
  gitlabHosts: readonly string[],
): { others: readonly string[]; gitlab?: readonly string[]; variables: Readonly<Record<string, Variable>> } {
  if (gitlabHosts.length === 0 || !offers.has(node, 'clientRequestHTTPHost')) return { others: [], variables: {} };
  return {
    others: ['clientRequestHTTPHost_notin: $gitlabHosts'],
    gitlab: ['clientRequestHTTPHost_in: $gitlabHosts'],
    variables: { gitlabHosts: { type: '[string!]', value: gitlabHosts.flatMap(spellings) } },
  };
}

/** Cloudflare keeps a host as the client wrote it, and compares it exactly; `normalHost` knows the spellings left out here. */
function spellings(host: string): string[] {
  return [host, `${host}:443`, `${host}:80`, `${host}.`];
}

/** The variables of `IN_WINDOW`. */
export function timesOf(window: Window): Readonly<Record<string, Variable>> {
  return {
    since: { type: 'Time', value: isoSeconds(window.start) },
    until: { type: 'Time', value: isoSeconds(window.end) },
  };
}

/** The reason for a window that starts before what the zone keeps or tells. */
export function keptOnly(zone: ZoneRef, limits: NodeLimits, first: Window | undefined): string {
  const hours = (seconds: number) => `${Math.round((seconds * 1000) / HOUR)} h`;
  const kept = `For ${nameOf(zone)} Cloudflare keeps ${hours(limits.notOlderThan)} of this data`;
  return first === undefined
    ? `${kept}; the whole window is older.`
    : `${kept} and answers about ${hours(limits.maxDuration)} at once; nothing before ${toIso(first.start)} was read.`;
}

/** A sentence for coverage: what could not be read, and of which zone. */
export function gapAt(zone: ZoneRef, reason: string): string {
  return `${nameOf(zone)}: ${reason.replace(/\.$/, '')}.`;
}

/** What people call the zone. */
export function nameOf({ name, id }: ZoneRef): string {
  return name ?? `zone ${id}`;
}
