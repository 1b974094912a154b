import type { EpochMs } from './time.ts';

/**
 * How many requests addresses that acted as bots made over time, by Cloudflare's estimate: what a timeline is drawn of.
 * It may count more than the sightings of a list that was cut.
 */
export interface Traffic {
  /** Milliseconds each point stands for: a minute, or more of them where the window is long. */
  readonly step: number;
  /** Ascending; `at` is the start of a step. A step without requests may be missing. */
  readonly points: readonly TrafficPoint[];
}

export interface TrafficPoint {
  readonly at: EpochMs;
  readonly requests: number;
}
