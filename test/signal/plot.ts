import type { BaselineSummary, MixSummary } from './summary.ts';
import { GOALS } from './summary.ts';

/** Where a panel draws: its frame within the picture, in pixels. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const PANEL = { width: 440, height: 310 } as const;
const MARGIN = { left: 52, right: 28, top: 34, bottom: 46 } as const;
const LEGEND = 58;
const COLUMNS = 2;

/** False pages a month that get a line of their own; what is beyond the last is drawn on it. */
const RATES = [0, 0.1, 1, 10, 100, 1000] as const;
const RECALLS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Up to here the axis of false pages is nearly linear, from here on logarithmic: none at all is a place on it. */
const BEND = 0.1;

/** Drawn for each baseline, in their order: shape and colour tell them apart, each on its own. */
const MARKS = ['square', 'triangle', 'diamond'] as const;
type Mark = (typeof MARKS)[number];

const STYLE = `
  .page { fill: #ffffff }
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 13px }
  .small { font-size: 11px; fill: #57606a }
  .frame { fill: none; stroke: #8c959f }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .goal { stroke: #57606a; stroke-dasharray: 4 4 }
  .ours { fill: none; stroke: #0969da; stroke-width: 2 }
  .point { fill: #0969da; stroke: #ffffff; stroke-width: 1.5 }
  .square { fill: #bc4c00 } .triangle { fill: #8250df } .diamond { fill: #1a7f37 }
  .strict { fill-opacity: 0.35 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 }
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .frame { stroke: #6e7681 }
    .grid { stroke: #30363d }
    .goal { stroke: #9198a1 }
    .ours { stroke: #58a6ff }
    .point { fill: #58a6ff; stroke: #0d1117 }
    .square { fill: #f0883e } .triangle { fill: #bc8cff } .diamond { fill: #3fb950 }
  }`;

/**
 * Recall against false pages a month as an SVG, a panel for each evidence mix: our curve as the threshold falls, where we
 * work, and the baselines at every strictness (pale; as published in full). Reads in light and dark, and as text.
 */
export function plotSvg(summaries: readonly MixSummary[]): string {
  const rows = Math.ceil(summaries.length / COLUMNS);
  const width = PANEL.width * Math.min(COLUMNS, Math.max(1, summaries.length));
  const height = PANEL.height * rows + LEGEND;
  const panels = summaries.map((summary, index) => panel(summary, frameOf(index)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    '<title id="title">Recall against false pages a month, by evidence</title>',
    `<desc id="desc">${escaped(summaries.map(inWords).join(' '))}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...panels,
    legend(summaries[0]?.baselines ?? [], PANEL.height * rows),
    '</svg>\n',
  ].join('\n');
}

/** Pixels from the left end of an axis of that length to a rate of false pages a month. */
export function placeOfRate(rate: number, length: number): number {
  const most = RATES[RATES.length - 1] ?? 1;
  const bent = (value: number) => Math.log1p(value / BEND);
  return (length * bent(Math.min(Math.max(0, rate), most))) / bent(most);
}

function frameOf(index: number): Frame {
  return {
    left: (index % COLUMNS) * PANEL.width + MARGIN.left,
    top: Math.floor(index / COLUMNS) * PANEL.height + MARGIN.top,
    width: PANEL.width - MARGIN.left - MARGIN.right,
    height: PANEL.height - MARGIN.top - MARGIN.bottom,
  };
}

function panel({ mix, ours, curve, baselines }: MixSummary, frame: Frame): string {
  const place = placeIn(frame);
  const { left, top, width, height } = frame;
  const marks = baselines.flatMap(({ points, recall, falsePagesPerMonth }, index) => [
    ...points.map((point) => mark(place(point.falsePagesPerMonth, point.recall), markOf(index), 3, ' strict')),
    mark(place(falsePagesPerMonth, recall), markOf(index), 5, ''),
  ]);
  const [x, y] = place(ours.falsePagesPerMonth, ours.recall ?? 0);
  return [
    `<g><text class="title" x="${left}" y="${top - 12}">${escaped(mix.title)}</text>`,
    axes(frame, mix.name === GOALS.mix),
    ...marks,
    `<path class="ours" d="${curvePath(curve, place)}"/>`,
    `<circle class="point" cx="${x}" cy="${y}" r="6"/>`,
    `<rect class="frame" x="${left}" y="${top}" width="${width}" height="${height}"/></g>`,
  ].join('\n');
}

type Place = (rate: number, recall: number) => readonly [x: number, y: number];

function placeIn({ left, top, width, height }: Frame): Place {
  return (rate, recall) => [pixel(left + placeOfRate(rate, width)), pixel(top + height * (1 - recall))];
}

function axes(frame: Frame, withGoals: boolean): string {
  const { left, top, width, height } = frame;
  const place = placeIn(frame);
  const right = left + width;
  const bottom = top + height;
  const upright = RATES.map((rate) => {
    const [x] = place(rate, 0);
    const label = rate === RATES.at(-1) ? `≥ ${rate}` : `${rate}`;
    return `<path class="grid" d="M${x} ${top}V${bottom}"/><text class="small" x="${x}" y="${bottom + 15}" text-anchor="middle">${label}</text>`;
  });
  const level = RECALLS.map((recall) => {
    const [, y] = place(0, recall);
    return `<path class="grid" d="M${left} ${y}H${right}"/><text class="small" x="${left - 6}" y="${y + 4}" text-anchor="end">${recall}</text>`;
  });
  const [goalX, goalY] = place(GOALS.falsePagesPerMonth, GOALS.recall);
  const middle = pixel(top + height / 2);
  return [
    ...upright,
    ...level,
    ...(withGoals ? [`<path class="goal" d="M${goalX} ${bottom}V${top}M${left} ${goalY}H${right}"/>`] : []),
    `<text class="small" x="${pixel(left + width / 2)}" y="${bottom + 32}" text-anchor="middle">false pages a month</text>`,
    `<text class="small" x="${left - 38}" y="${middle}" text-anchor="middle" transform="rotate(-90 ${left - 38} ${middle})">recall</text>`,
  ].join('\n');
}

/** Steps: what a lower threshold adds in false pages comes first. */
function curvePath(curve: MixSummary['curve'], place: Place): string {
  const [x, y] = place(0, 0);
  const steps = curve.map((point) => {
    const [nextX, nextY] = place(point.falsePagesPerMonth, point.recall);
    return `H${nextX}V${nextY}`;
  });
  return `M${x} ${y}${steps.join('')}`;
}

function mark([x, y]: readonly [number, number], shape: Mark, size: number, more: string): string {
  const corners: Record<Mark, readonly (readonly [number, number])[]> = {
    square: [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ],
    triangle: [
      [0, -1.2],
      [1.2, 1],
      [-1.2, 1],
    ],
    diamond: [
      [0, -1.4],
      [1.4, 0],
      [0, 1.4],
      [-1.4, 0],
    ],
  };
  const points = corners[shape].map(([dx, dy]) => `${pixel(x + dx * size)},${pixel(y + dy * size)}`);
  return `<polygon class="${shape}${more}" points="${points.join(' ')}"/>`;
}

function markOf(index: number): Mark {
  return MARKS[index % MARKS.length] ?? 'square';
}

function legend(baselines: readonly BaselineSummary[], top: number): string {
  const y = top + 14;
  const ours = [
    `<path class="ours" d="M${MARGIN.left} ${y}h26"/><text x="${MARGIN.left + 34}" y="${y + 4}">Latchkey, as the threshold falls</text>`,
    `<circle class="point" cx="${MARGIN.left + 273}" cy="${y}" r="6"/><text x="${MARGIN.left + 288}" y="${y + 4}">as it pages</text>`,
    `<path class="goal" d="M${MARGIN.left + 390} ${y}h26"/><text x="${MARGIN.left + 424}" y="${y + 4}">goal</text>`,
  ];
  const others = baselines.map(({ title }, index) => {
    const x = MARGIN.left + 13 + index * 250;
    return `${mark([x, y + 26], markOf(index), 5, '')}<text x="${x + 16}" y="${y + 30}">${escaped(title)}</text>`;
  });
  return [...ours, ...others].join('\n');
}

function inWords({ mix, ours, baselines }: MixSummary): string {
  const others = baselines.map(
    ({ title, recall, falsePagesPerMonth }) => `${title}: ${figures(recall, falsePagesPerMonth)}`,
  );
  return `${mix.title}: ${[`Latchkey ${figures(ours.recall ?? 0, ours.falsePagesPerMonth)}`, ...others].join('; ')}.`;
}

function figures(recall: number, rate: number): string {
  return `recall ${recall.toFixed(3)} at ${rate.toFixed(2)} false pages a month`;
}

function pixel(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
