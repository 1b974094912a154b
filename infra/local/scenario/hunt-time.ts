import { HUNT_SPAN } from '../../../functions/core/hunt.ts';
import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import type { World } from './world.ts';

/** Before the world's start, when the story is still under way. */
const IN_THE_STORY = 3 * MINUTE;
/** Setting `hunt.delayMinutes` of the sample. */
const DELAY = 10 * MINUTE;

/**
 * When the hourly rule fires for the hour the world's story ends in: that hour is then the latest one due. It may lie
 * ahead of the machine's clock; nothing that the story tells of is later than the world's start.
 */
export function huntTimeOf({ start }: Pick<World, 'start'>): EpochMs {
  return Math.floor((start - IN_THE_STORY) / HUNT_SPAN) * HUNT_SPAN + HUNT_SPAN + DELAY;
}
