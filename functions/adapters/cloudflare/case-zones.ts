import type { EpochMs } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { isZoneId, type ZoneDirectory, type ZoneRef } from './zones.ts';

/** What an alert says about where it happened (`core/alert.ts`); all of it may be missing. */
export interface ZoneHints {
  readonly zoneId?: string;
  readonly zoneName?: string;
  readonly hostname?: string;
}

/** Where to look, and what could not be found out about it, one sentence each for coverage. */
export interface CaseZones {
  readonly zones: readonly ZoneRef[];
  readonly why: readonly string[];
}

type Directory = Pick<ZoneDirectory, 'byId' | 'byName' | 'ofHostname' | 'all'>;

/**
 * The zones a case is about: by tag, else by name, else the longest zone suffix of the host name, else every configured
 * zone (`reference/cloudflare.md` §2.3). Never throws: zones that could not be looked up are said in `why`.
 * @param configured Setting `cloudflare.zones`: names or ids; empty means every zone the token can read.
 */
export async function resolveZones(
  hints: ZoneHints,
  configured: readonly string[],
  directory: Directory,
  deadline: EpochMs,
): Promise<CaseZones> {
  const why: string[] = [];
  const { zoneId, zoneName, hostname } = hints;
  const steps = [
    zoneId === undefined ? undefined : () => directory.byId(zoneId, deadline),
    zoneName === undefined ? undefined : () => directory.byName(zoneName, deadline),
    hostname === undefined ? undefined : () => directory.ofHostname(hostname, deadline),
  ];
  for (const step of steps) {
    if (step === undefined) continue;
    const zone = await step().catch((error: unknown) => lookUpFailed(error, why));
    if (zone !== undefined) return { zones: [zone], why: [] };
  }
  if (steps.some((step) => step !== undefined)) {
    why.push('The zone the alert names could not be resolved at Cloudflare; all configured zones were looked at.');
  }
  const zones = await configuredZones(configured, directory, deadline, why);
  return { zones, why: [...new Set(why)] };
}

async function configuredZones(
  configured: readonly string[],
  directory: Directory,
  deadline: EpochMs,
  why: string[],
): Promise<readonly ZoneRef[]> {
  if (configured.length === 0) {
    const all = await directory.all(deadline).catch((error: unknown) => lookUpFailed(error, why));
    if (all?.length === 0) why.push('The Cloudflare token can read no zone: it needs Zone Read and Analytics Read.');
    return all ?? [];
  }
  const zones = new Map<string, ZoneRef>();
  for (const entry of configured) {
    const lookUp = isZoneId(entry) ? directory.byId(entry, deadline) : directory.byName(entry, deadline);
    const zone = await lookUp.catch((error: unknown) => lookUpFailed(error, why));
    if (zone === undefined) why.push(`Setting cloudflare.zones: "${entry}" is no zone the Cloudflare token can read.`);
    else zones.set(zone.id, zone);
  }
  return [...zones.values()];
}

/** Fails towards the next way to find a zone; a bug of ours is no gap in evidence and is thrown on. */
function lookUpFailed(error: unknown, why: string[]): undefined {
  if (!(error instanceof LatchkeyError)) throw error;
  why.push(`Zones could not be looked up at Cloudflare: ${error.message.replace(/\.$/, '')}.`);
  return undefined;
}
