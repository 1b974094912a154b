import { sentence } from '../../core/coverage.ts';
import { MINUTE, type Window } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { TooManyRowsError } from './axiom-errors.ts';

/** A part of the question: some networks, some time. */
export interface Part {
  readonly networks: readonly string[];
  readonly window: Window;
}

/** How a question is cut into parts. */
export interface Cutting {
  /** Networks in one part, of IPv4 and of IPv6: testing a range is work, looking up an address is not. */
  readonly networks: { readonly ipv4: number; readonly ipv6: number };
  /** Milliseconds: where two spans meet is the first place to cut time. */
  readonly spanMs: number;
}

/** What became of asking. */
export interface Asked {
  readonly answered: number;
  /** Networks about which something was not answered. */
  readonly unasked: ReadonlySet<string>;
  /** One sentence per reason. */
  readonly why: readonly string[];
}

/** With nine spans of a quarter of an hour each, fewer rows than one answer holds. */
export const NETWORKS_AT_ONCE: Cutting['networks'] = { ipv4: 5_000, ipv6: 1_000 };

/** Questions under way at a time. */
const WIDTH = 4;

/** The most questions of one asking: if every answer were too large, there would be no end to halving them. */
const MOST_QUESTIONS = 1_000;

/**
 * Asks about networks in batches. One whose answer does not fit is asked in halves: of its networks, then of its time,
 * by spans and at last by seconds. After any other failure nothing more is asked: it would fail again, and take the time
 * that is left. What was answered was handed on by then.
 *
 * @param ask throws `TooManyRowsError` for an answer that does not fit
 * @param take gets the rows of each part as they come
 */
export async function askInBatches<Row>(
  whole: Part,
  cutting: Cutting,
  ask: (part: Part) => Promise<readonly Row[]>,
  take: (rows: readonly Row[]) => void,
): Promise<Asked> {
  const why = new Set<string>();
  const unasked = new Set<string>();
  let asked = 0;
  let answered = 0;
  let isOver = false;

  const giveUp = ({ networks }: Part, reason: string) => {
    for (const network of networks) unasked.add(network);
    why.add(reason);
  };

  /** Answers with what is left to ask. */
  const read = async (part: Part): Promise<readonly Part[]> => {
    try {
      asked += 1;
      take(await ask(part));
      answered += 1;
      return [];
    } catch (error) {
      // Fails toward asking for less, then toward coverage that says what is missing; a bug stays one.
      if (!(error instanceof LatchkeyError)) throw error;
      const parts = error instanceof TooManyRowsError ? halvesOf(part, cutting.spanMs) : [];
      if (parts.length === 0) {
        isOver ||= !(error instanceof TooManyRowsError);
        giveUp(part, sentence(error.message));
      }
      return parts;
    }
  };

  let left: readonly Part[] = batchesOf(whole, cutting);
  while (left.length > 0 && !isOver) {
    if (asked >= MOST_QUESTIONS) {
      for (const part of left) giveUp(part, `Axiom was asked ${asked} questions, the most there may be.`);
      break;
    }
    const parts = await Promise.all(left.slice(0, WIDTH).map(read));
    // A network with a gap stays one with a gap, however much more is read of it.
    const rest = [...parts.flat(), ...left.slice(WIDTH)];
    left = rest.filter(({ networks: [first, ...others] }) => others.length > 0 || !unasked.has(first ?? ''));
  }
  for (const { networks } of left) for (const network of networks) unasked.add(network);
  return { answered, unasked, why: [...why] };
}

function batchesOf({ networks, window }: Part, { networks: { ipv4, ipv6 } }: Cutting): Part[] {
  const isIpv6 = (network: string) => network.includes(':');
  const batches = [
    ...slices(
      networks.filter((network) => !isIpv6(network)),
      ipv4,
    ),
    ...slices(networks.filter(isIpv6), ipv6),
  ];
  return batches.map((batch) => ({ networks: batch, window }));
}

function slices(networks: readonly string[], size: number): (readonly string[])[] {
  return Array.from({ length: Math.ceil(networks.length / size) }, (_, index) =>
    networks.slice(index * size, (index + 1) * size),
  );
}

/** Two smaller questions that together are the same one; none where nothing is left to cut. */
function halvesOf({ networks, window }: Part, spanMs: number): readonly Part[] {
  if (networks.length > 1) {
    const middle = Math.ceil(networks.length / 2);
    return [
      { networks: networks.slice(0, middle), window },
      { networks: networks.slice(middle), window },
    ];
  }
  const cut = cutOf(window, spanMs);
  if (cut === undefined) return [];
  return [
    { networks, window: { start: window.start, end: cut } },
    { networks, window: { start: cut, end: window.end } },
  ];
}

/** Near the middle, where two spans meet; within a span where two minutes do, and within a minute where two seconds do. */
function cutOf({ start, end }: Window, spanMs: number): number | undefined {
  return [spanMs, MINUTE, 1000]
    .map((unit) => Math.round((start + end) / 2 / unit) * unit)
    .find((cut) => cut > start && cut < end);
}
