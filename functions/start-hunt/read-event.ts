import * as z from 'zod/mini';
import type { EpochMs } from '../core/time.ts';
import { BadInputError } from '../runtime/errors.ts';

/** What a run is asked to do. */
export interface HuntRequest {
  /** When the schedule fired. */
  readonly time: EpochMs;
  /** Hunt the latest window that is due once more, although it may be finished. */
  readonly force: boolean;
}

/** EventBridge's scheduled event, and what people add to it by hand. */
const ScheduledEvent = z.object({
  time: z.iso.datetime({ offset: true }),
  force: z.optional(z.boolean()),
});

const ALLOWED: Readonly<Record<string, string>> = {
  time: 'an ISO 8601 instant with its zone, such as 2026-11-20T19:10:00Z',
  force: 'true, false or left out',
};

/** What the event asks for. Throws `BadInputError` naming the field that is missing or wrong. */
export function readEvent(event: unknown): HuntRequest {
  const parsed = ScheduledEvent.safeParse(event);
  if (parsed.success) return { time: Date.parse(parsed.data.time), force: parsed.data.force ?? false };
  const field = String(parsed.error.issues[0]?.path[0] ?? 'time');
  throw new BadInputError(`Field ${field} of the event is missing or wrong; it must be ${ALLOWED[field]}.`);
}
