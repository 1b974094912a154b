import { parseAddress } from '../core/address.ts';
import { isCloudflareAddress } from '../core/cloudflare-ranges.ts';
import type { Coverage, SourceCoverage, SourceName } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import { mergeUses } from '../core/merge-uses.ts';
import type { EpochMs, Window } from '../core/time.ts';
import { type Credential, isResourcePath, type TokenUse } from '../core/token-use.ts';
import type { Clock } from '../runtime/clock.ts';
import type { EvidenceSources } from './evidence-source.ts';

/** Fewer tokens and events than this say nothing about how GitLab sees addresses. */
const ENOUGH_TO_TELL = 5;

/** Asks every source about a window at the same time, and puts together what they say. */
export async function readEvidence(
  { sources, ownCredential }: EvidenceSources,
  request: { readonly window: Window; readonly deadline: EpochMs },
  clock: Clock,
): Promise<TokenEvidence> {
  const [readings, own] = await Promise.all([
    Promise.all(sources.map(async (source) => ({ name: source.name, ...(await source.read(request)) }))),
    ownCredential(request.deadline),
  ]);
  return evidenceOf(readings, {
    window: request.window,
    readAt: clock.now(),
    ...(own === undefined ? {} : { ownCredential: own }),
  });
}

/** What the sources read of one window, put together: each use once, each credential as well as it is known. */
export function evidenceOf(
  readings: readonly NamedReading[],
  about: Pick<TokenEvidence, 'window' | 'readAt' | 'ownCredential'>,
): TokenEvidence {
  const coverage: Coverage = Object.fromEntries(readings.map((reading) => [reading.name, reading.coverage]));
  const uses = mergeUses(readings.flatMap((reading) => reading.uses));
  return { ...about, credentials: distinct(readings), uses, coverage, realIpMissing: isRealIpMissing(uses) };
}

/**
 * One per credential: what the source that knows most says, filled up with what only others know. Logs know a token by
 * its id and by who acted, so whatever another source says of it is better founded.
 */
function distinct(readings: readonly NamedReading[]): Credential[] {
  const byId = new Map<string, { readonly credential: Credential; readonly richness: number }>();
  for (const { name, credentials } of readings) {
    for (const credential of credentials) {
      const known = byId.get(credential.id);
      const richness = name === 'logs' ? 0 : Object.keys(credential).length;
      if (known === undefined) byId.set(credential.id, { credential, richness });
      else if (richness > known.richness)
        byId.set(credential.id, { credential: fill(credential, known.credential), richness });
      else byId.set(credential.id, { ...known, credential: fill(known.credential, credential) });
    }
  }
  return [...byId.values()].map(({ credential }) => credential);
}

/** What one source said. */
export interface NamedReading {
  readonly name: SourceName;
  readonly credentials: readonly Credential[];
  readonly uses: readonly TokenUse[];
  readonly coverage: SourceCoverage;
}

function fill(rich: Credential, poor: Credential): Credential {
  const path = [rich, poor].find(({ resource }) => resource !== undefined && isResourcePath(resource))?.resource;
  const isSameOwner = rich.owner !== undefined && rich.owner.id === poor.owner?.id;
  return {
    ...poor,
    ...rich,
    ...(path === undefined ? {} : { resource: path }),
    ...(isSameOwner ? { owner: { ...poor.owner, ...rich.owner } } : {}),
  };
}

/** GitLab behind Cloudflare that does not restore the visitor's address sees Cloudflare's everywhere. */
function isRealIpMissing(uses: readonly TokenUse[]): boolean {
  const witnesses = new Set(uses.map(({ credential, eventId }) => eventId ?? credential));
  return witnesses.size >= ENOUGH_TO_TELL && uses.every(({ address }) => isOfCloudflare(address));
}

function isOfCloudflare(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isCloudflareAddress(address);
}
