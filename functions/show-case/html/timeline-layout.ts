import type { Flag } from '../../core/case-view/timeline/flags.ts';
import type { Mark } from '../../core/case-view/timeline/marks.ts';
import type { Window } from '../../core/time.ts';
import { linearScale, type Scale } from './chart-scale.ts';

/**
 * Sizes in pixels. The chart is as wide as its page: what lies along its width is placed in percent, and what is laid out
 * side by side keeps clear of one another at the least width, and so at any other.
 */
export const CHART = {
  least: 280,
  areaHeight: 110,
  flagRow: 19,
  titleHeight: 34,
  markRow: 22,
  /** Of a row that holds nothing but thin lines. */
  lineRow: 12,
} as const;

/** From instants to percents of the chart's width; at its edges there is room for a sign. */
export function percentScale({ start, end }: Window): Scale {
  return linearScale([start, end], [2.5, 97.5]);
}

/** A scale in percents at the least width, in pixels. */
function atLeastWidth(x: Scale): Scale {
  return (value) => (x(value) * CHART.least) / 100;
}

/** Half the height of a point mark, with the ring of a matched one. */
export const RADIUS = 5;
export const RING = 8;

export interface PlacedMark {
  readonly mark: Mark;
  /** The middle of its row, from the top of the lane's marks. */
  readonly y: number;
}

/** Of each height. */
const MARK_ROWS = 3;

/** Places marks in as few rows of their lane as they need, matched ones first: these lie on top and stay together. */
export function placeMarks(marks: readonly Mark[], percents: Scale): { placed: PlacedMark[]; height: number } {
  const x = atLeastWidth(percents);
  const rows: { marks: Mark[]; taken: [number, number][]; isThin: boolean }[] = [];
  for (const mark of [...marks].sort(byImportance)) {
    const isThin = mark.timing === 'between';
    const taken: [number, number] = [x(mark.from) - RING - 0.5, x(mark.to) + RING + 0.5];
    const isFree = (row: [number, number][]) => row.every(([from, to]) => taken[1] <= from || taken[0] >= to);
    const alike = rows.filter((row) => row.isThin === isThin);
    const free = alike.find((row) => isFree(row.taken));
    const row = free ?? (alike.length >= MARK_ROWS ? alike.at(-1) : undefined);
    if (row === undefined) rows.push({ marks: [mark], taken: [taken], isThin });
    else {
      row.marks.push(mark);
      row.taken.push(taken);
    }
  }
  let height = 0;
  const placed = rows.flatMap(({ marks: own, isThin }) => {
    const row = isThin ? CHART.lineRow : CHART.markRow;
    height += row;
    return own.map((mark) => ({ mark, y: height - row / 2 }));
  });
  // The important ones are drawn last, over what they may cover.
  return { placed: placed.reverse(), height: Math.max(CHART.lineRow, height) };
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
  /** 0 is the lowest row, next to the area. */
  readonly row: number;
  /** The label stands to the left of its line, as it would leave the chart on the right. */
  readonly leftwards: boolean;
}

/** About how wide a letter of a label is. */
const LETTER = 7;
/** Room of a flag's symbol, in front of its label. */
export const FLAG_SYMBOL = 13;

/** Room that a flag takes on the other side of its pole. */
const EDGE = 4;

/** Staggers flags in rows so that no label runs into another, and no flag's pole through a label. */
export function placeFlags(flags: readonly Flag[], percents: Scale): { placed: PlacedFlag[]; rows: number } {
  const x = atLeastWidth(percents);
  const taken: TakenFlag[] = [];
  const placed = [...flags].reverse().map((flag) => {
    const at = x(flag.from);
    const width = FLAG_SYMBOL + flag.label.length * LETTER + 6;
    const right = at + width > CHART.least ? undefined : freeRow({ x: at, from: at - EDGE, to: at + width }, taken);
    // A label to the left must leave the poles to come their way down.
    const isClear = at >= width && !flags.some(({ from }) => x(from) > at - width && x(from) < at);
    const left = isClear ? freeRow({ x: at, from: at - width, to: at + EDGE }, taken) : undefined;
    // To the right where that costs no row: that is where people look.
    const best = right === undefined || (left !== undefined && left.row < right.row) ? (left ?? right) : right;
    const found = best ?? { x: at, from: at - width, to: at + EDGE, row: rowsOf(taken) };
    taken.push(found);
    return { flag, row: found.row, leftwards: found.to === at + EDGE };
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

/** As many letters from the start of a text as fit `width`, none of them cut, wide ones counted double. */
export function fittingStart(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const letter of text) {
    used += (letter.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1;
    if (used > width) break;
    end += letter.length;
  }
  return text.slice(0, end);
}

/** A place along the width of a chart, as short as it is exact enough. */
export function percent(value: number): string {
  return `${Math.round(value * 100) / 100}%`;
}

/** A coordinate as short as it is exact enough. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
