import { HOUR, MINUTE, type Window } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { type AxiomRow, TooManyRowsError } from './client.ts';

/** What became of reading a window in slices. */
export interface SlicesRead {
  /** Slices that were answered. */
  readonly answered: number;
  /** Milliseconds of the window that were not read, and why. */
  readonly unreadMs: number;
  readonly why: readonly string[];
}

/** Questions under way at a time. */
const WIDTH = 4;

/**
 * Reads a window hour by hour, several hours at a time. A slice with more rows than one answer holds is asked in halves,
 * down to a minute. After a failure nothing more is asked: it would fail again, and take the time that is left.
 *
 * @param spanMs slices are cut where spans of this length meet, as long as they are longer than one
 * @param take gets the rows of each slice as they come
 */
export async function readSlices(
  window: Window,
  spanMs: number,
  ask: (slice: Window) => Promise<readonly AxiomRow[]>,
  take: (rows: readonly AxiomRow[]) => void,
): Promise<SlicesRead> {
  const why = new Set<string>();
  let answered = 0;
  let unreadMs = 0;
  let failed = false;

  /** Answers with what is left to ask. */
  const read = async (slice: Window): Promise<readonly Window[]> => {
    try {
      take(await ask(slice));
      answered += 1;
      return [];
    } catch (error) {
      // Fails toward asking for less, then toward coverage that says what is missing; a bug stays one.
      if (!(error instanceof LatchkeyError)) throw error;
      const parts = error instanceof TooManyRowsError ? halves(slice, spanMs) : [];
      if (parts.length > 0) return parts;
      failed ||= !(error instanceof TooManyRowsError);
      unreadMs += lengthOf(slice);
      why.add(error.message);
      return [];
    }
  };

  let left = hoursOf(window);
  while (left.length > 0 && !failed) {
    const parts = await Promise.all(left.slice(0, WIDTH).map(read));
    left = [...parts.flat(), ...left.slice(WIDTH)];
  }
  for (const slice of left) unreadMs += lengthOf(slice);
  return { answered, unreadMs, why: [...why] };
}

function hoursOf({ start, end }: Window): readonly Window[] {
  const slices: Window[] = [];
  for (let from = start; from < end; ) {
    const to = Math.min(end, (Math.floor(from / HOUR) + 1) * HOUR);
    slices.push({ start: from, end: to });
    from = to;
  }
  return slices;
}

/** The two parts of a slice, which meet where two spans do, or else on a whole minute; none where it has neither. */
function halves({ start, end }: Window, spanMs: number): readonly Window[] {
  const middle = start + (end - start) / 2;
  const cut = [spanMs, MINUTE].map((unit) => Math.round(middle / unit) * unit).find((at) => at > start && at < end);
  return cut === undefined
    ? []
    : [
        { start, end: cut },
        { start: cut, end },
      ];
}

function lengthOf({ start, end }: Window): number {
  return end - start;
}
