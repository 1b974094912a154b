import type { EpochMs } from '../../../functions/core/time.ts';
import { readIso } from './apl-iso.ts';

/**
 * An event of a dataset: its columns by name, flat (dots are part of the name). `_time` is an instant as RFC 3339 or in
 * milliseconds since 1970. `visibleFrom`, in milliseconds since 1970, is no column: the event is there from then on.
 */
export type AxiomEvent = Readonly<Record<string, unknown>>;

/** An event's `_time`; NaN where it is none, and the event is nowhere then. */
export function timeOf({ _time: given }: AxiomEvent): EpochMs {
  if (typeof given === 'number') return given;
  return typeof given === 'string' ? (readIso(given) ?? Number.NaN) : Number.NaN;
}

/** Whether the event of that `_time` can be read at the instant: it has happened by then, and arrived. */
export function isVisible({ visibleFrom }: AxiomEvent, time: EpochMs, now: EpochMs): boolean {
  return time <= now && (typeof visibleFrom !== 'number' || visibleFrom <= now);
}

/** The `_time` of events that a query is about: `start` is inside, `end` is not. */
export interface EventRange {
  readonly start: EpochMs;
  readonly end: EpochMs;
}
