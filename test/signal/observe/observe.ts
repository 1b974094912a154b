import { off } from '../../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../../functions/core/evidence.ts';
import type { EpochMs, Window } from '../../../functions/core/time.ts';
import { evidenceOf, type NamedReading } from '../../../functions/query-gitlab/read-evidence.ts';
import type { EvidenceMix, Observed } from '../observed.ts';
import type { Story } from '../truth.ts';
import { AxiomView } from './axiom-view.ts';
import { zoneIn } from './cloudflare-rows.ts';
import { CloudflareView } from './cloudflare-view.ts';
import { InventorySource } from './inventory-source.ts';
import { listingOf } from './listing.ts';
import { monitorSightings } from './monitors.ts';
import { type Observatory, observatoryOf } from './observatory.ts';
import { RequestLog } from './request-log.ts';

/** A source of GitLab evidence. */
interface Source {
  read(window: Window, now: EpochMs): NamedReading;
}

const SOURCES: EvidenceMix['sources'] = ['logs', 'stream', 'inventory', 'audit'];

/** What Cloudflare and GitLab show of a story under a mix. Cheap for the second mix of a story. */
export function observe(story: Story, mix: EvidenceMix): Observed {
  const seen = observatoryOf(story);
  const gitlab = mix.gitlab === 'self-managed' ? seen.gitlab : new RequestLog([]);
  const cloudflare = new CloudflareView(story.seed, seen.places, seen.sites, gitlab);
  const axiom = new AxiomView(seen.places, seen.sites, gitlab);
  const sources = SOURCES.map((name) => ({
    name,
    source: mix.sources.includes(name) ? open(name, seen, mix) : undefined,
  }));
  return {
    spikes: seen.spikes,
    monitors: seen.monitors,
    spikeSightings: (zone, window, now) => cloudflare.list(zoneIn(story, zone), window, now),
    monitorSightings: (zone, _window, now) => monitorSightings(seen.security, zoneIn(story, zone), now),
    flaggedSightings: (window, now) => axiom.list(window, now),
    askBack: (zone, addresses, window, now) =>
      zone === undefined
        ? axiom.askBack(addresses, window, now)
        : cloudflare.askBack(zoneIn(story, zone), addresses, window, now),
    readGitlab: (window, now): TokenEvidence =>
      evidenceOf(
        sources.map(({ name, source }) => source?.read(window, now) ?? notAsked(name)),
        { window, readAt: now, ownCredential: story.organisation.own.credential },
      ),
  };
}

function open(name: EvidenceMix['sources'][number], seen: Observatory, mix: EvidenceMix): Source {
  const listing = listingOf(mix);
  switch (name) {
    case 'logs':
      return seen.logs;
    case 'inventory':
      return new InventorySource(seen.story, listing, seen.histories, seen.places);
    default:
      return seen.eventSource(name, listing);
  }
}

function notAsked(name: EvidenceMix['sources'][number]): NamedReading {
  return { name, uses: [], credentials: [], coverage: off('Not offered in this mix of sources.') };
}
