import * as z from 'zod/mini';
import type { EpochMs } from '../core/time.ts';
import { BadInputError } from '../runtime/errors.ts';

/** EventBridge's scheduled event. */
const ScheduledEvent = z.object({ time: z.iso.datetime({ offset: true }) });

/** When the schedule fired. Throws `BadInputError` where the event does not say. */
export function readEvent(event: unknown): EpochMs {
  const parsed = ScheduledEvent.safeParse(event);
  if (parsed.success) return Date.parse(parsed.data.time);
  throw new BadInputError(
    'Field time of the event is missing or wrong; it must be an ISO 8601 instant with its zone, such as 2026-11-20T19:10:00Z.',
  );
}
