import { type EpochMs, HOUR, type Window } from './time.ts';

/** A hunt's window is one hour of UTC. */
export const HUNT_SPAN = HOUR;

/** The most windows one run of the rule starts: an outage is caught up without asking Axiom about all of it at once. */
export const WINDOWS_PER_RUN = 3;

/** The settings a hunt's times follow from, in milliseconds (design §7). */
export interface HuntTimes {
  /** How far a sighting and a token use may lie apart. */
  readonly slack: number;
  /** How far before its window a hunt reads. */
  readonly overlap: number;
  /** How long after its end a window is hunted. */
  readonly delay: number;
  /** How late evidence may arrive. */
  readonly lateness: number;
}

/** What one hunt reads, and which pairs of a sighting and a use are its own. */
export interface HuntReads {
  /** The window: a pair whose later instant lies in it belongs to this hunt. */
  readonly owned: Window;
  /**
   * The end of the window before, whose evidence may have arrived after that was hunted: a pair of it belongs to this
   * hunt unless that one reported it. Empty where the delay is as long as the lateness, and never longer than that one
   * window: of the one before it, nothing is known here of what was reported.
   */
  readonly late: Window;
  /** Token uses that can be part of such a pair. */
  readonly uses: Window;
  /** Sightings that can be, and those that decide which window a pair belongs to. */
  readonly sightings: Window;
}

/**
 * What a hunt over a window reads. A use can lie `slack` before the instant that makes its pair, and the sighting that
 * made the pair earlier, another `slack` before the use. Covers every late pair where {@link overlapSuffices} and
 * evidence arrives before the next window is hunted (`lateness` at most `delay` and a window).
 */
export function huntReads(window: Window, times: HuntTimes): HuntReads {
  const tail = Math.min(HUNT_SPAN, Math.max(0, times.lateness - times.delay));
  return {
    owned: window,
    late: { start: window.start - tail, end: window.start },
    uses: { start: window.start - times.overlap, end: window.end },
    sightings: { start: window.start - times.overlap - times.slack, end: window.end },
  };
}

/** Whether a pair that arrived late is whole in what the next hunt reads (design §7). */
export function overlapSuffices({ slack, overlap, delay, lateness }: HuntTimes): boolean {
  return overlap >= slack && overlap + delay >= slack + lateness;
}

/** Where a hunt that has no past begins: the window that was last to end, at least `delay` ago. */
export function latestWindow(now: EpochMs, delay: number): EpochMs {
  return Math.floor((now - delay) / HUNT_SPAN) * HUNT_SPAN - HUNT_SPAN;
}

/** Starts of the windows from `cursor` (where the first unfinished one starts) that ended at least `delay` ago. */
export function dueWindows(cursor: EpochMs, now: EpochMs, delay: number): EpochMs[] {
  const last = latestWindow(now, delay);
  const count = Math.max(0, Math.floor((last - cursor) / HUNT_SPAN) + 1);
  return Array.from({ length: count }, (_, index) => cursor + index * HUNT_SPAN);
}

/** The case of the window that starts then: every attempt at a window is the same case. */
export function huntCaseId(start: EpochMs): string {
  return `hunt-${new Date(start).toISOString().slice(0, 13)}Z`;
}

/** The execution's name: one per attempt, as Step Functions takes a name once in 90 days. */
export function huntExecutionName(start: EpochMs, attempt: number): string {
  return `${huntCaseId(start)}-${attempt}`;
}
