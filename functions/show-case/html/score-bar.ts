import { type ScoreSegment, type ScoreStack, scoreStack } from '../../core/case-view/score-stack.ts';
import type { Finding, ScorePart } from '../../core/finding.ts';
import { withoutSecrets } from '../../core/hostile-text.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { percent } from './timeline-layout.ts';

/** What a part speaks of: what the key opens · what was done · who was there · how unusual it is · what speaks against it. */
type Group = 'may' | 'did' | 'bot' | 'new' | 'less';

const GROUPS: Readonly<Record<string, Group>> = {
  scope: 'may',
  role: 'may',
  strength: 'did',
  frequency: 'did',
  actions: 'did',
  address: 'bot',
  bot: 'bot',
  refused: 'bot',
  'new-owners': 'new',
  novelty: 'new',
  'unusual-hour': 'new',
  dormancy: 'new',
};

/**
 * Geometry in pixels; along the width of the page everything is in percents, from `LEFT` to `RIGHT`, so that the drawing
 * fits any. Words are placed twice, as they fit a desk and as they fit a phone.
 */
const LEFT = 1.5;
const RIGHT = 98.5;
const SIZES = [
  ['wide', 640],
  ['narrow', 280],
] as const;
const TOP = 24;
/** The word of a row stands over it. */
const WORD = 18;
const BAR = 46;
const GAP = 6;
/** Room under a row for the numbers of parts that are too narrow for one. */
const NUMBERS = 16;
const LETTER = 7;
/** A part at least this wide has its number inside. */
const FITS_NUMBER = 16;

/**
 * How a finding's score came about: a bar of what raises it, under it what lowers it, and what is left. Parts too narrow
 * to name bear their number in {@link scoreTable}, which belongs beside it.
 *
 * @param id of the finding's article, unique on the page
 */
export function scoreBar(finding: Pick<Finding, 'parts' | 'score'>, threshold: number, id: string): Html {
  if (finding.parts.length === 0) return html`<p>What the score of ${finding.score} was made of is not stored.</p>`;
  const stack = scoreStack(finding);
  return html`<p class="score-sum">${stack.sentence}</p>
${stack.raises.length + stack.lowers.length > 0 && drawing(stack, threshold, id)}`;
}

/** The parts of a score as a table: the same as the bar, with why, and what could not be judged. */
export function scoreTable(finding: Pick<Finding, 'parts' | 'score'>): Html | undefined {
  return finding.parts.length === 0 ? undefined : partsTable(finding.parts, scoreStack(finding));
}

function drawing(stack: ScoreStack, threshold: number, id: string): Html {
  const { least, most, score } = stack;
  const x = (points: number) => LEFT + ((points - least) / (most - least)) * (RIGHT - LEFT);
  const rows = [
    { word: 'raises', segments: stack.raises },
    { word: 'lowers', segments: stack.lowers },
  ].filter(({ segments }) => segments.length > 0);
  let y = TOP;
  const drawn = rows.map(({ word, segments }) => {
    const row = segmentRow({ word, segments, y, x, id });
    y += WORD + BAR + GAP + (row.isTiny ? NUMBERS : 0);
    return row;
  });
  const end = y + WORD + 14;
  const groups = [...new Set([...stack.raises, ...stack.lowers].map(groupOf))];
  const marked = [0, 25, 50, 75, 100];
  const upright = (name: string, points: number, from: number, to: number) =>
    html`<line class="score-${name}" x1="${percent(x(points))}" x2="${percent(x(points))}" y1="${from}" y2="${to}"/>`;
  return html`<svg class="score-bar" width="100%" height="${end + 24}" role="img" aria-labelledby="${id}-bar ${id}-bar-text">
<title id="${id}-bar">Score ${score} of 100, part by part</title>
<desc id="${id}-bar-text">${describe(stack, threshold)}</desc>
<defs>${groups.map((group) => texture(group, id))}</defs>
${most > 100 && html`<rect class="score-beyond" x="${percent(x(100))}" y="${TOP - 6}" width="${percent(x(most) - x(100))}" height="${end - TOP + 6}"/>`}
${drawn.map(({ boxes }) => boxes)}
${stack.lowers.length > 0 && upright('turn', stack.raised, TOP + WORD, TOP + WORD + BAR)}
${upright('threshold', threshold, 18, end + 4)}
${drawn.map(({ words }) => words)}
<text class="score-row" x="${percent(LEFT)}" y="${y + 13}">score</text>
<rect class="score-rest" x="${percent(x(0))}" y="${y + WORD}" width="${percent(Math.max(0.3, x(score) - x(0)))}" height="14"/>
${scoreLabel(score, x, y + 13)}
<line class="score-axis" x1="${percent(x(0))}" x2="${percent(x(100))}" y1="${end + 4}" y2="${end + 4}"/>
${marked.map((points) => html`${upright('axis', points, end + 4, end + 8)}<text class="score-tick" x="${percent(x(points))}" y="${end + 20}" text-anchor="${anchorAt(x(points))}">${points}</text>`)}
<text class="score-threshold-word" x="${percent(x(threshold))}" y="13" text-anchor="${x(threshold) > 80 ? 'end' : 'middle'}">pages from ${threshold}</text>
${most > 100 && x(most) - x(threshold) > 30 && html`<text class="score-tick score-wide" x="${percent(x(most))}" y="13" text-anchor="end">beyond 100: capped</text>`}
</svg>`;
}

function anchorAt(x: number): string {
  return x < 3 ? 'start' : x > 97 ? 'end' : 'middle';
}

interface Row {
  readonly word: string;
  readonly segments: readonly ScoreSegment[];
  readonly y: number;
  readonly x: (points: number) => number;
  readonly id: string;
}

/** Boxes and words apart, so that no line is drawn over a word. */
function segmentRow({ word, segments, y, x, id }: Row): { boxes: Html[]; words: Html[]; isTiny: boolean } {
  const top = y + WORD;
  const ordered = [...segments].sort((a, b) => a.from - b.from);
  const boxes = ordered.map((segment) => {
    const group = groupOf(segment);
    return html`<rect class="score-${group}" fill="url(#${id}-${group})" x="${percent(x(segment.from))}" y="${top}" width="${percent(Math.max(0.1, x(segment.to) - x(segment.from)))}" height="${BAR}"/>`;
  });
  let isTiny = false;
  const words = SIZES.map(([name, pixels]) => {
    // Numbers under the row stand apart, however little each part is worth.
    let taken = Number.NEGATIVE_INFINITY;
    const all = ordered.map((segment) => {
      const middle = (x(segment.from) + x(segment.to)) / 2;
      const width = ((x(segment.to) - x(segment.from)) * pixels) / 100;
      if (width >= FITS_NUMBER) return inside(segment, percent(middle), width, top);
      isTiny = true;
      taken = Math.max((middle * pixels) / 100, taken + 15);
      return numberAt(segment.number, percent(Math.min(RIGHT, (taken * 100) / pixels)), top + BAR + 14);
    });
    return html`<g class="score-${name}">${all}</g>`;
  });
  const first = html`<text class="score-row" x="${percent(LEFT)}" y="${top - 5}">${word}</text>`;
  return { boxes, words: [first, ...words], isTiny };
}

function numberAt(number: number, x: string, y: number): Html {
  return html`<text class="score-number" x="${x}" y="${y}" text-anchor="middle">${number}</text>`;
}

/** A part's name and points where they fit; else its number and points, or its number. */
function inside({ part, number }: ScoreSegment, middle: string, width: number, y: number): Html {
  const name = `${number} ${nameOf(part)}`;
  const points = signed(part.points);
  if (name.length * LETTER + 8 <= width) return twoLines(name, points, middle, y);
  if (points.length * LETTER + 6 <= width) return twoLines(String(number), points, middle, y);
  return numberAt(number, middle, y + BAR / 2 + 5);
}

function twoLines(first: string, second: string, middle: string, y: number): Html {
  return html`<text class="score-name" x="${middle}" y="${y + 19}" text-anchor="middle">${first}</text><text class="score-points" x="${middle}" y="${y + 36}" text-anchor="middle">${second}</text>`;
}

function scoreLabel(score: number, x: (points: number) => number, y: number): Html {
  return html`<text class="score-result" x="${percent(Math.max(x(score), 35))}" y="${y}" text-anchor="end">${score} of 100</text>`;
}

/** A hatch of its own for each group, so that none needs its colour to be told from another. */
function texture(group: Group, id: string): Html {
  const lines: Readonly<Record<Group, string>> = {
    may: 'M0 8L8 0M-2 2L2 -2M6 10L10 6',
    did: '',
    bot: 'M2 2h.01M6 6h.01',
    new: 'M0 2H8M0 6H8',
    less: 'M0 0L8 8M-2 6L2 10M6 -2L10 2',
  };
  return html`<pattern id="${id}-${group}" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="score-paper-${group}" width="8" height="8"/><path class="score-line-${group}" d="${lines[group]}"/></pattern>`;
}

function describe({ raises, lowers, sentence }: ScoreStack, threshold: number): string {
  const list = (segments: readonly ScoreSegment[]) =>
    segments.map(({ part }) => `${nameOf(part)} ${signed(part.points)}`).join(', ');
  const up = raises.length === 0 ? 'Nothing raises it.' : `Raised by ${list(raises)}.`;
  const down = lowers.length === 0 ? 'Nothing lowers it.' : `Lowered by ${list(lowers)}.`;
  return `${up} ${down} ${sentence} It pages from ${threshold}.`;
}

function partsTable(parts: readonly ScorePart[], stack: ScoreStack): Html {
  const numbers = new Map([...stack.raises, ...stack.lowers].map((segment) => [segment.part, segment.number]));
  return html`<table class="finding-table score-table"><caption>Each part of the score; the numbers are those in the bar</caption>
<thead><tr><th scope="col">Part</th><th scope="col" class="number">Points</th><th scope="col">Why</th></tr></thead>
<tbody>${parts.map((part) => {
    const number = numbers.get(part);
    const chip =
      number === undefined
        ? html`<span class="score-chip">–</span>`
        : html`<span class="score-chip score-chip-${groupOf({ part })}">${number}</span>`;
    return html`<tr><th scope="row">${chip} ${nameOf(part)}</th><td class="number">${signed(part.points)}</td><td>${withoutSecrets(part.sentence, 300)}</td></tr>
`;
  })}</tbody>
<tfoot><tr><th scope="row">Sum</th><td class="number">${minus(stack.sum)}</td><td>Score ${stack.score} of 100</td></tr></tfoot></table>`;
}

function groupOf({ part }: Pick<ScoreSegment, 'part'>): Group {
  if (part.points < 0) return 'less';
  return Object.hasOwn(GROUPS, part.name) ? (GROUPS[part.name] ?? 'did') : 'did';
}

function nameOf({ name }: ScorePart): string {
  return withoutSecrets(name.replaceAll('-', ' '), 30);
}

function signed(points: number): string {
  return points > 0 ? `+${points}` : minus(points);
}

function minus(points: number): string {
  return String(points).replace('-', '−');
}

/** See `FINDINGS_STYLE`. */
export const SCORE_STYLE = `
.score-sum { margin: 0 0 0.5rem; }
.score-bar { display: block; max-width: 860px; }
.score-narrow { display: none; }
.score-bar text { fill: var(--ink); font-size: 13px; }
.score-bar .score-row, .score-bar .score-tick { fill: var(--ink-soft); }
.score-bar .score-points, .score-bar .score-result, .score-bar .score-number { font-weight: 700; }
.score-bar :is(.score-name, .score-points, .score-result, .score-number) { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.score-may, .score-did, .score-bot, .score-new, .score-less { stroke-width: 1.5; }
.score-may { stroke: var(--use); }
.score-did { stroke: var(--alarm); }
.score-bot { stroke: var(--bot); }
.score-new { stroke: var(--unknown); }
.score-less { stroke: var(--calm); stroke-dasharray: 5 3; }
.score-paper-may { fill: var(--window); }
.score-paper-did { fill: var(--alarm-paper); }
.score-paper-bot { fill: var(--caution-paper); }
.score-paper-new { fill: var(--unknown-paper); }
.score-paper-less { fill: var(--calm-paper); }
.score-line-may, .score-line-bot, .score-line-new, .score-line-less { fill: none; stroke-opacity: 0.3; }
.score-line-may { stroke: var(--use); }
.score-line-bot { stroke: var(--bot); stroke-width: 2.2; stroke-linecap: round; stroke-opacity: 0.55; }
.score-line-new { stroke: var(--unknown); }
.score-line-less { stroke: var(--calm); }
.score-table tbody th { white-space: nowrap; }
.score-beyond { fill: var(--panel); }
.score-rest { fill: var(--ink); }
.score-axis { stroke: var(--ink-soft); fill: none; }
.score-turn { stroke: var(--ink-soft); stroke-width: 2; }
.score-threshold { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 3 3; }
.score-bar .score-threshold-word { font-weight: 600; }
.score-chip { display: inline-block; min-width: 1.5em; padding: 0 0.25em; margin-right: 0.25em; text-align: center;
  border: 1.5px solid var(--line); border-radius: 0.25em; font-size: 0.85em; font-weight: 700; }
.score-chip-may { border-color: var(--use); background: var(--window); }
.score-chip-did { border-color: var(--alarm); background: var(--alarm-paper); }
.score-chip-bot { border-color: var(--bot); background: var(--caution-paper); }
.score-chip-new { border-color: var(--unknown); background: var(--unknown-paper); }
.score-chip-less { border-color: var(--calm); border-style: dashed; background: var(--calm-paper); }
@media (max-width: 46rem) {
  .score-narrow { display: inline; }
  .score-wide { display: none; }
}
`;
