import type { Window } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { type AxiomRow, TooManyRowsError } from './client.ts';

/** A part of the question: some networks, some time. */
export interface Part {
  readonly networks: readonly string[];
  readonly window: Window;
}

/** What became of asking. */
export interface Asked {
  readonly answered: number;
  /** Networks about which something was not answered. */
  readonly unasked: number;
  readonly why: readonly string[];
}

/** The most networks in one question: with nine spans of a quarter of an hour each, fewer rows than one answer holds. */
export const NETWORKS_AT_ONCE = 5_000;

/** Questions under way at a time. */
const WIDTH = 4;

/**
 * Asks about networks in batches. One whose answer does not fit is asked in halves: of its networks, then of its time,
 * down to a span. After any other failure nothing more is asked: it would fail again, and take the time that is left.
 *
 * @param take gets the rows of each part as they come
 */
export async function askInBatches(
  whole: Part,
  spanMs: number,
  ask: (part: Part) => Promise<readonly AxiomRow[]>,
  take: (rows: readonly AxiomRow[]) => void,
): Promise<Asked> {
  const why = new Set<string>();
  const missing = new Set<string>();
  let answered = 0;
  let failed = false;

  /** Answers with what is left to ask. */
  const read = async (part: Part): Promise<readonly Part[]> => {
    try {
      take(await ask(part));
      answered += 1;
      return [];
    } catch (error) {
      // Fails toward asking for less, then toward coverage that says what is missing; a bug stays one.
      if (!(error instanceof LatchkeyError)) throw error;
      const parts = error instanceof TooManyRowsError ? halves(part, spanMs) : [];
      if (parts.length > 0) return parts;
      failed ||= !(error instanceof TooManyRowsError);
      for (const network of part.networks) missing.add(network);
      why.add(error.message);
      return [];
    }
  };

  let left: readonly Part[] = batches(whole);
  while (left.length > 0 && !failed) {
    const parts = await Promise.all(left.slice(0, WIDTH).map(read));
    left = [...parts.flat(), ...left.slice(WIDTH)];
  }
  for (const { networks } of left) for (const network of networks) missing.add(network);
  return { answered, unasked: missing.size, why: [...why] };
}

function batches({ networks, window }: Part): Part[] {
  return Array.from({ length: Math.ceil(networks.length / NETWORKS_AT_ONCE) }, (_, index) => ({
    networks: networks.slice(index * NETWORKS_AT_ONCE, (index + 1) * NETWORKS_AT_ONCE),
    window,
  }));
}

/** Two smaller questions; none where nothing is left to cut. Time is cut where two spans meet, so that none is in both. */
function halves({ networks, window }: Part, spanMs: number): readonly Part[] {
  if (networks.length > 1) {
    const middle = Math.ceil(networks.length / 2);
    return [
      { networks: networks.slice(0, middle), window },
      { networks: networks.slice(middle), window },
    ];
  }
  const cut = Math.round((window.start + window.end) / 2 / spanMs) * spanMs;
  if (cut <= window.start || cut >= window.end) return [];
  return [
    { networks, window: { start: window.start, end: cut } },
    { networks, window: { start: cut, end: window.end } },
  ];
}
