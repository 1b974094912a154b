import type { Match } from '../../finding.ts';
import type { EpochMs, Window } from '../../time.ts';
import { isExactlyTimed, type Strength, type TokenUse } from '../../token-use.ts';
import { isToldInterval } from '../told-time.ts';

/** A use of a lane's credential, and whether it is part of the finding. */
export interface LaneUse {
  readonly use: TokenUse;
  readonly matched: boolean;
  /** What it matched. Missing: nothing, or it is not stored. */
  readonly match?: Match;
}

/** One or more uses of the same kind, as they are drawn: within the picture, both ends inside. */
export interface Mark {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Uses counted. */
  readonly uses: number;
  /** The very instants are known (one, or the first and last of several), or only that it was at some time in between. */
  readonly timing: 'exact' | 'between';
  readonly matched: boolean;
  readonly strength: Strength;
  /** It may have been, or went on, before the picture begins. */
  readonly opensBefore: boolean;
  /** The same after the picture ends. */
  readonly opensAfter: boolean;
}

/** Every use of a lane, each counted once: in a mark, beside the picture, or as one whose time is nonsense. */
export interface MarkedUses {
  /** The unmatched before the matched, so that these are drawn on top; then by time. */
  readonly marks: readonly Mark[];
  readonly before: number;
  readonly after: number;
  readonly untimed: number;
}

/** The most marks of a lane. */
export const MARKS_DRAWN = 60;

/** Marks of one kind nearer than this part of the picture would touch, and become one. */
const TOUCHING = 1 / 40;

/** The uses of one lane as marks, those of a kind that would touch as one with their count. */
export function marksOf(uses: readonly LaneUse[], picture: Window): MarkedUses {
  const told = uses.filter(({ use }) => isToldInterval(use.at));
  const before = told.filter(({ use }) => use.at.notAfter < picture.start);
  const after = told.filter(({ use }) => use.at.notBefore > picture.end);
  const inside = told.filter(({ use: { at } }) => at.notAfter >= picture.start && at.notBefore <= picture.end);
  const kinds = [...Map.groupBy(inside.map((use) => markOf(use, picture)).sort(inOrder), kindOf).values()];
  return {
    marks: fewEnough(kinds, picture).sort((a, b) => Number(a.matched) - Number(b.matched) || inOrder(a, b)),
    before: countOf(before),
    after: countOf(after),
    untimed: countOf(uses.filter(({ use }) => !isToldInterval(use.at))),
  };
}

/** How many uses these stand for; one that counts nonsense stands for itself. */
export function countOf(uses: readonly LaneUse[]): number {
  return uses.reduce((sum, { use }) => sum + timesOf(use), 0);
}

function timesOf({ times }: TokenUse): number {
  return times !== undefined && Number.isSafeInteger(times) && times > 0 ? times : 1;
}

function markOf({ use, matched }: LaneUse, { start, end }: Window): Mark {
  return {
    from: Math.max(use.at.notBefore, start),
    to: Math.min(use.at.notAfter, end),
    uses: timesOf(use),
    timing: isExactlyTimed(use) ? 'exact' : 'between',
    matched,
    strength: use.strength,
    opensBefore: use.at.notBefore < start,
    opensAfter: use.at.notAfter > end,
  };
}

function inOrder(a: Mark, b: Mark): number {
  return a.from - b.from || a.to - b.to;
}

function kindOf({ timing, matched, strength }: Mark): string {
  return `${timing} ${matched} ${strength}`;
}

/** Marks are joined over wider and wider gaps until there are few enough; over the whole picture each kind is one. */
function fewEnough(kinds: readonly (readonly Mark[])[], picture: Window): Mark[] {
  const length = picture.end - picture.start;
  for (let gap = length * TOUCHING; ; gap *= 2) {
    const marks = kinds.flatMap((kind) => joinTouching(kind, gap));
    if (marks.length <= MARKS_DRAWN || gap > length) return marks;
  }
}

/** @param kind marks of one kind, in order */
function joinTouching(kind: readonly Mark[], gap: number): Mark[] {
  const joined: Mark[] = [];
  for (const mark of kind) {
    const index = joined.findLastIndex((other) => touch(other, mark, gap));
    const other = joined[index];
    if (other === undefined) joined.push(mark);
    else joined[index] = together(other, mark);
  }
  return joined;
}

/** Exact ones run into one bar. Of those that lie somewhere between two ends, both ends must be the same on the picture. */
function touch(a: Mark, b: Mark, gap: number): boolean {
  if (a.timing === 'exact') return b.from - a.to < gap;
  return Math.abs(a.from - b.from) < gap && Math.abs(a.to - b.to) < gap;
}

function together(a: Mark, b: Mark): Mark {
  return {
    ...a,
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    uses: a.uses + b.uses,
    opensBefore: a.opensBefore || b.opensBefore,
    opensAfter: a.opensAfter || b.opensAfter,
  };
}
