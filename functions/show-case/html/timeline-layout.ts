import type { Flag } from '../../core/case-view/timeline-flags.ts';
import type { Mark } from '../../core/case-view/timeline-marks.ts';
import type { Scale } from './chart-scale.ts';

/** Sizes in the units of the chart's view box; one unit is about one pixel on a wide screen. */
export const CHART = {
  width: 880,
  left: 186,
  right: 852,
  areaHeight: 120,
  flagRow: 19,
  markRow: 22,
  laneTop: 12,
} as const;

/** Half the height of a point mark, with the ring of a matched one. */
export const RADIUS = 5;
export const RING = 8;

export interface PlacedMark {
  readonly mark: Mark;
  readonly x1: number;
  readonly x2: number;
  /** 0 is the topmost row of the lane. */
  readonly row: number;
}

const MARK_ROWS = 3;

/** Places marks in as few rows of their lane as they need, matched ones first: these lie on top and stay together. */
export function placeMarks(marks: readonly Mark[], x: Scale): { placed: PlacedMark[]; rows: number } {
  const rows: [number, number][][] = [];
  const placed = [...marks].sort(byImportance).map((mark) => {
    const [x1, x2] = [x(mark.from), x(mark.to)];
    const taken: [number, number] = [x1 - RING - 0.5, x2 + RING + 0.5];
    const free = rows.findIndex((row) => row.every(([from, to]) => taken[1] <= from || taken[0] >= to));
    const row = free !== -1 ? free : Math.min(rows.length, MARK_ROWS - 1);
    rows[row] = [...(rows[row] ?? []), taken];
    return { mark, x1, x2, row };
  });
  // The important ones are drawn last, over what they may cover.
  return { placed: placed.reverse(), rows: Math.max(1, rows.length) };
}

/** Exact before unknown, matched before others. */
function byImportance(a: Mark, b: Mark): number {
  return (
    Number(b.matched) - Number(a.matched) ||
    Number(b.timing === 'exact') - Number(a.timing === 'exact') ||
    a.from - b.from
  );
}

export interface PlacedFlag {
  readonly flag: Flag;
  readonly x: number;
  /** 0 is the lowest row, next to the area. */
  readonly row: number;
  /** The label stands to the left of its line, as it would leave the chart on the right. */
  readonly leftwards: boolean;
}

/** About how wide a letter of a label is. */
const LETTER = 7.5;
/** Room of a flag's symbol, in front of its label. */
export const FLAG_SYMBOL = 13;

/** Room that a flag takes on the other side of its pole. */
const EDGE = 4;

/** Staggers flags in rows so that no label runs into another, and no flag's pole through a label. */
export function placeFlags(flags: readonly Flag[], x: Scale): { placed: PlacedFlag[]; rows: number } {
  const taken: TakenFlag[] = [];
  const placed = [...flags].reverse().map((flag) => {
    const at = x(flag.from);
    const width = FLAG_SYMBOL + flag.label.length * LETTER + 6;
    const right = at + width > CHART.width ? undefined : freeRow({ x: at, from: at - EDGE, to: at + width }, taken);
    // A label to the left must leave the poles to come their way down.
    const isClear = at >= width && !flags.some(({ from }) => x(from) > at - width && x(from) < at);
    const left = isClear ? freeRow({ x: at, from: at - width, to: at + EDGE }, taken) : undefined;
    // To the right where that costs no row: that is where people look.
    const best = right === undefined || (left !== undefined && left.row < right.row) ? (left ?? right) : right;
    const found = best ?? { x: at, from: at - width, to: at + EDGE, row: rowsOf(taken) };
    taken.push(found);
    return { flag, x: at, row: found.row, leftwards: found.to === at + EDGE };
  });
  return { placed: placed.reverse(), rows: rowsOf(taken) };
}

/** Where a flag stands, and from where to where it takes its row. */
interface TakenFlag {
  readonly x: number;
  readonly from: number;
  readonly to: number;
  readonly row: number;
}

/** Whether a pole passes a label: its own pole, and what all but coincides with it, stands at the label's edge. */
function isBeside(pole: number, { from, to }: Pick<TakenFlag, 'from' | 'to'>): boolean {
  return pole <= from + EDGE || pole >= to - EDGE;
}

function rowsOf(taken: readonly TakenFlag[]): number {
  return taken.reduce((rows, { row }) => Math.max(rows, row + 1), 0);
}

/** The lowest row in which a label is free, above the poles that pass it; its own pole must pass no label either. */
function freeRow(flag: Omit<TakenFlag, 'row'>, taken: readonly TakenFlag[]): TakenFlag | undefined {
  for (let row = 0; row <= rowsOf(taken); row += 1) {
    const isFree = taken.every((other) => {
      if (other.row === row) return flag.to <= other.from || flag.from >= other.to;
      return other.row > row ? isBeside(other.x, flag) : isBeside(flag.x, other);
    });
    if (isFree) return { ...flag, row };
  }
  return undefined;
}

/** A text in lines of at most `width` letters, wide ones counted double; what does not fit ends in `…`. */
export function linesOf(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest !== '') {
    const fitting = fittingStart(rest, width);
    if (fitting === rest) return [...lines, rest];
    if (lines.length === most - 1) return [...lines, `${fittingStart(rest, width - 1)}…`];
    const space = fitting.lastIndexOf(' ');
    const line = space > 0 ? fitting.slice(0, space) : fitting;
    lines.push(line);
    rest = rest.slice(line.length).trimStart();
  }
  return lines;
}

/** As many whole letters from the start as fit. */
function fittingStart(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const letter of text) {
    used += (letter.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1;
    if (used > width) break;
    end += letter.length;
  }
  return text.slice(0, end);
}

/** A coordinate as short as it is exact enough. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
