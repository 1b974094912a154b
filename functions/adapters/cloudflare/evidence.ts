import type { SightingMethod } from '../../core/sighting.ts';
import type { Interval } from '../../core/time.ts';
import type { GroupRow } from './group-rows.ts';
import { textOf } from './group-rows.ts';

/** What one method says about one address, as Cloudflare wrote it; not yet judged (`build-sightings.ts`). */
export interface Evidence {
  readonly address: string;
  readonly method: SightingMethod;
  readonly requests: number;
  readonly sampleInterval: number;
  readonly seen: Interval;
  readonly seenExactly: boolean;
  readonly lowestBotScore?: number;
  readonly asn?: number;
  readonly asnName?: string;
  readonly country?: string;
  readonly verifiedBot?: boolean;
  readonly ja4?: readonly string[];
  readonly hosts?: readonly string[];
  readonly paths?: readonly string[];
}

/** What one rung of the method ladder read of one zone. */
export interface RungReading {
  readonly evidence: readonly Evidence[];
  /** Evidence that counts only where the network is new for a credential: bot scores on GitLab's own hosts (design §7). */
  readonly onGitlabHosts: readonly Evidence[];
  /** False when a list was cut, sampled, or read in part. */
  readonly whole: boolean;
  /** A list was cut at its limit, and what it hides could be evidence. */
  readonly cut: boolean;
  /** Answered from sampled tables even in the narrowest windows asked: rare addresses may be missing. */
  readonly sampled: boolean;
  /** Requests or events the method matched over all addresses of the zone, by estimate. */
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly pages: number;
  /** What could not be read. */
  readonly why: readonly string[];
}

/** What a group with the dimension `clientIP` says by itself; undefined where it names no address. */
export function evidenceOf(row: GroupRow, method: SightingMethod): Evidence | undefined {
  const address = textOf(row, 'clientIP');
  if (address === undefined) return undefined;
  return {
    address,
    method,
    requests: Math.round(row.count),
    sampleInterval: row.sampleInterval,
    seen: row.seen,
    seenExactly: false,
    ...originOf(row.dimensions),
  };
}

/** ASN, country and verification out of the columns both kinds of node have. */
export function originOf(columns: Readonly<Record<string, unknown>>): Partial<Evidence> {
  const asn = Number(columns.clientAsn);
  const { clientASNDescription: asnName, clientCountryName: country, verifiedBotCategory: category } = columns;
  return {
    ...(Number.isSafeInteger(asn) && asn > 0 ? { asn } : {}),
    ...(typeof asnName === 'string' && asnName !== '' ? { asnName: asnName.slice(0, 100) } : {}),
    ...(typeof country === 'string' && /^[A-Za-z0-9]{2}$/.test(country) ? { country: country.toUpperCase() } : {}),
    ...(typeof category === 'string' && category !== '' ? { verifiedBot: true } : {}),
  };
}

/** The count of malformed rows as coverage wants it: named only where there are any. */
export function skipped(malformed: number): Record<string, number> {
  return malformed === 0 ? {} : { skippedMalformed: malformed };
}
