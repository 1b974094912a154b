/** One performance figure, as `npm run bench -- --json` prints it. */
export interface Figure {
  /** `<what>/<of which>`, for example `bundle-size/extract`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is held to, in the same unit, for example `<= 400`. */
  readonly goal: string;
  readonly ok: boolean;
}

/** A figure that must not be larger than its goal. */
export function atMost(goal: number, figure: Pick<Figure, 'name' | 'value' | 'unit'>): Figure {
  return { ...rounded(figure), goal: `<= ${goal}`, ok: figure.value <= goal };
}

/** A figure that must not be smaller than its goal. */
export function atLeast(goal: number, figure: Pick<Figure, 'name' | 'value' | 'unit'>): Figure {
  return { ...rounded(figure), goal: `>= ${goal}`, ok: figure.value >= goal };
}

function rounded(figure: Pick<Figure, 'name' | 'value' | 'unit'>): Pick<Figure, 'name' | 'value' | 'unit'> {
  return { ...figure, value: Number(figure.value.toPrecision(4)) };
}

/** The middle one; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Median milliseconds of this thread's processor time over `rounds` runs of `work` on what `prepare` makes anew for
 * each, after two unmeasured ones. Processor time, as other work on the machine is none of our business; anew, as a
 * string keeps its hash from the round before.
 */
export function millisecondsOf<T>(rounds: number, prepare: () => T, work: (input: T) => unknown): number {
  const times: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const input = prepare();
    const before = process.threadCpuUsage();
    work(input);
    const used = process.threadCpuUsage(before);
    if (round >= 0) times.push((used.user + used.system) / 1000);
  }
  return median(times);
}

/** The value as it comes out of a parsed page: flat strings of its own, sharing nothing. */
export function asParsed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** A repeatable source of numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to `below` - 1. */
export function wholeBelow(below: number, random: () => number): number {
  return Math.floor(random() * below);
}
