import { type CaseZones, resolveZones, type ZoneHints } from '../adapters/cloudflare/case-zones.ts';
import type { CloudflareSightings } from '../adapters/cloudflare/sightings.ts';
import type { CloudflareTraffic } from '../adapters/cloudflare/traffic.ts';
import type { ZoneDirectory } from '../adapters/cloudflare/zones.ts';
import type { Alert } from '../core/alert.ts';
import type { SourceCoverage } from '../core/coverage.ts';
import type { Sighting, SightingReport } from '../core/sighting.ts';
import { EvidenceGapError } from '../runtime/errors.ts';
import type { FindSightings } from './extract.ts';
import { readingOf } from './traffic-reading.ts';

export interface SpikeServices {
  readonly cases: { load(caseId: string): Promise<{ readonly alert?: Alert } | undefined> };
  readonly directory: Pick<ZoneDirectory, 'byId' | 'byName' | 'ofHostname' | 'all'>;
  readonly sightings: Pick<CloudflareSightings, 'find'>;
  readonly traffic: Pick<CloudflareTraffic, 'read'>;
  /** Setting `cloudflare.zones`. */
  readonly configuredZones: readonly string[];
}

/** How a spike's sightings are found: the alert says where and may name addresses, Cloudflare's analytics say who. */
export function spikeSightings(services: SpikeServices): FindSightings {
  return async ({ caseId, window, deadline }) => {
    const alert = (await services.cases.load(caseId))?.alert;
    const zones = await resolveZones(hintsOf(alert), services.configuredZones, services.directory, deadline);
    const asked = { zones: zones.zones, window, deadline };
    const traffic = readingOf(() => services.traffic.read(asked));
    const report = await services.sightings.find({ ...asked, payloadAddresses: alert?.addresses ?? [] });
    return {
      report: { ...report, coverage: withZoneGaps(report, zones, alert) },
      traffic: report.sightings.some(byShare) ? Promise.resolve(new EvidenceGapError(NO_FILTER)) : traffic,
    };
  };
}

const NO_FILTER = 'of an unusual share of the traffic no filter tells the minutes';

function byShare({ method }: Sighting): boolean {
  return method === 'share';
}

function hintsOf(alert: Alert | undefined): ZoneHints {
  return {
    ...(alert?.zoneId === undefined ? {} : { zoneId: alert.zoneId }),
    ...(alert?.zoneName === undefined ? {} : { zoneName: alert.zoneName }),
    ...(alert?.hostname === undefined ? {} : { hostname: alert.hostname }),
  };
}

/** What could not be known about where to look is a gap too, whatever the zones that were asked said. */
function withZoneGaps({ coverage }: SightingReport, zones: CaseZones, alert: Alert | undefined): SourceCoverage {
  const missing = alert === undefined ? ["The case's alert is not stored; all configured zones were looked at."] : [];
  const gaps = [...missing, ...zones.why];
  if (gaps.length === 0) return coverage;
  const status = coverage.status === 'complete' ? 'partial' : coverage.status;
  return { ...coverage, status, why: [...gaps, ...coverage.why] };
}
