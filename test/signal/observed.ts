import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { GitlabHostSightings } from '../../functions/core/gitlab-hosts.ts';
import type { SightingReport } from '../../functions/core/sighting.ts';
import type { EpochMs, Window } from '../../functions/core/time.ts';

/** What an organisation's plans and set-up let Latchkey see. */
export interface EvidenceMix {
  readonly name: string;
  /** What a reader of the report calls it. */
  readonly title: string;
  readonly gitlab: 'self-managed' | 'saas';
  readonly sources: readonly ('logs' | 'stream' | 'inventory' | 'audit')[];
}

export const EVIDENCE_MIXES: readonly EvidenceMix[] = [
  {
    name: 'all',
    title: 'All four sources (self-managed, Ultimate)',
    gitlab: 'self-managed',
    sources: ['logs', 'stream', 'inventory', 'audit'],
  },
  {
    name: 'gitlab-com-ultimate',
    title: 'GitLab.com Ultimate',
    gitlab: 'saas',
    sources: ['stream', 'inventory', 'audit'],
  },
  { name: 'gitlab-com-premium', title: 'GitLab.com Premium', gitlab: 'saas', sources: ['inventory', 'audit'] },
  {
    name: 'self-managed-logs',
    title: 'Self-managed with logs',
    gitlab: 'self-managed',
    sources: ['logs', 'inventory'],
  },
];

/** A notification that Cloudflare sent: spikes only, and quiet for a while after each. */
export interface SpikeAlert {
  /** When it reached us. */
  readonly at: EpochMs;
  readonly zone: string;
  /** When the spike began, as the notification says. */
  readonly start: EpochMs;
}

/** The rule of the monitor fired for a zone. */
export interface MonitorAlert {
  readonly at: EpochMs;
  readonly zone: string;
  readonly total: number;
  readonly reference: number;
}

/** What Cloudflare and GitLab show of a story under one mix, at any instant they are asked. */
export interface Observed {
  /** By `at`. */
  readonly spikes: readonly SpikeAlert[];
  /** By `at`. */
  readonly monitors: readonly MonitorAlert[];
  /** Cloudflare's list for a look at a spike: cut to the busiest, sampled. */
  spikeSightings(zone: string, window: Window, now: EpochMs): SightingReport;
  /** A monitor's: security events of its 24 hours. */
  monitorSightings(zone: string, window: Window, now: EpochMs): SightingReport;
  /** Axiom's flagged requests, for a hunt's report: cut to the busiest. */
  flaggedSightings(window: Window, now: EpochMs): SightingReport;
  /** What Cloudflare (a zone given), or Axiom (none), says of given addresses (canonical text). */
  askBack(
    zone: string | undefined,
    addresses: readonly string[],
    window: Window,
    now: EpochMs,
  ): SightingReport & GitlabHostSightings;
  /** One reading of GitLab by all sources of the mix. Advances the inventory snapshot: call it in order of time. */
  readGitlab(window: Window, now: EpochMs): TokenEvidence;
}
