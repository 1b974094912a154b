import * as z from 'zod/mini';
import { DAY, type EpochMs, toIso } from '../core/time.ts';
import { BadInputError } from '../runtime/errors.ts';

/** EventBridge's scheduled event. */
const ScheduledEvent = z.object({ time: z.iso.datetime({ offset: true }) });

/** A slip of the pen in an event made by hand: what a poll claims in another year would hold alerts back until then. */
const FARTHEST_AHEAD = DAY;

/**
 * When the schedule fired: the one time by which a poll reads, judges and tries again.
 * @throws BadInputError where the event does not say, or speaks of a time more than a day ahead of `now`
 */
export function readEvent(event: unknown, now: EpochMs): EpochMs {
  const parsed = ScheduledEvent.safeParse(event);
  const at = parsed.success ? Date.parse(parsed.data.time) : Number.NaN;
  if (at > now + FARTHEST_AHEAD) {
    throw new BadInputError(`Field time of the event is ${toIso(at)}; it must be at most a day after now.`);
  }
  if (parsed.success) return at;
  throw new BadInputError(
    'Field time of the event is missing or wrong; it must be an ISO 8601 instant with its zone, such as 2026-11-20T19:10:00Z.',
  );
}
