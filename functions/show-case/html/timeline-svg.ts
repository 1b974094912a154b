import { count, plural } from '../../core/amount-text.ts';
import type { Lane, Timeline } from '../../core/case-view/timeline.ts';
import { type EpochMs, toIso, type Window } from '../../core/time.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { linearScale, type Scale, timeTicks, valueTicks } from './chart-scale.ts';
import { CHART, FLAG_SYMBOL, linesOf, type PlacedFlag, placeFlags, placeMarks, px } from './timeline-layout.ts';
import { flagSymbol, markClass, markSymbol } from './timeline-symbols.ts';

/** Where the parts of the chart lie, from top to bottom. */
interface Layout {
  readonly x: Scale;
  readonly areaTop: number;
  readonly areaBottom: number;
  readonly lanesBottom: number;
}

const AXIS_HEIGHT = 36;
const TICKS = 7;
const TITLE_LETTERS = 23;

/** The timeline as a picture; what it shows is told by `<title>` and `<desc>`. Bounded, as the model is. */
export function timelineSvg(timeline: Timeline): Html {
  const { picture, flags, lanes, summary } = timeline;
  const x = linearScale([picture.start, picture.end], [CHART.left, CHART.right]);
  const staggered = placeFlags(flags, x);
  const areaTop = staggered.rows * CHART.flagRow + 12;
  const areaBottom = areaTop + CHART.areaHeight;
  const drawn = stackLanes(lanes, x, areaBottom);
  const layout = { x, areaTop, areaBottom, lanesBottom: drawn.bottom };
  const height = drawn.bottom + AXIS_HEIGHT;
  return html`<svg class="timeline-chart" viewBox="0 0 ${CHART.width} ${px(height)}" width="100%" role="img" aria-labelledby="timeline-svg-title timeline-svg-desc"><title id="timeline-svg-title">Requests of bots, uses of credentials and what Latchkey did, over time</title><desc id="timeline-svg-desc">${summary.join(' ')}</desc>
${shades(timeline, layout)}${timeAxis(picture, layout)}${trafficArea(timeline, layout)}${staggered.placed.map((flag) => poleOf(flag, layout))}${shadeLabels(timeline, layout)}${drawn.lanes}${staggered.placed.map((flag) => flagOf(flag, layout))}</svg>`;
}

/** Where the sign of a flag stands. */
function flagHeight({ row }: PlacedFlag, { areaTop }: Layout): number {
  return areaTop - 12 - row * CHART.flagRow;
}

function poleOf(placed: PlacedFlag, layout: Layout): Html {
  const top = flagHeight(placed, layout) - 6;
  return html`<path class="timeline-pole timeline-pole-${placed.flag.kind}" d="M${px(placed.x)} ${px(top)}V${px(layout.lanesBottom)}"/>`;
}

function flagOf(placed: PlacedFlag, layout: Layout): Html {
  const { flag, x, leftwards } = placed;
  const y = flagHeight(placed, layout);
  const label = leftwards ? x - FLAG_SYMBOL : x + FLAG_SYMBOL;
  return html`${flagSymbol(flag.kind, x, y, leftwards)}<text class="timeline-flag-label" x="${px(label)}" y="${px(y + 4)}"${leftwards ? html` text-anchor="end"` : undefined}>${flag.label}</text>`;
}

function shades({ window, slack }: Timeline, { x, areaTop, lanesBottom }: Layout): Html {
  if (window === undefined || slack === undefined) return html``;
  const shade = (name: string, { start, end }: Window) =>
    html`<rect class="timeline-${name}" x="${px(x(start))}" y="${px(areaTop)}" width="${px(Math.max(1, x(end) - x(start)))}" height="${px(lanesBottom - areaTop)}"/>`;
  return html`${shade('slack', slack)}${shade('window', window)}`;
}

/** What the shades are, wherever there is room to say so. */
function shadeLabels({ window, slack }: Timeline, { x, areaTop }: Layout): Html {
  if (window === undefined || slack === undefined) return html``;
  const label = (name: string, start: number, end: number) =>
    x(end) - x(start) < name.length * 8
      ? undefined
      : html`<text class="timeline-soft timeline-on-${name}" x="${px(x(start) + 6)}" y="${px(areaTop + 14)}">${name}</text>`;
  return html`${label('slack', slack.start, window.start)}${label('window', window.start, window.end)}${label('slack', window.end, slack.end)}`;
}

function timeAxis({ start, end }: Window, { x, areaTop, areaBottom, lanesBottom }: Layout): Html {
  const marked = timeTicks({ start, end }, TICKS);
  const bottom = lanesBottom;
  return html`<path class="timeline-grid" d="${marked.map((tick) => `M${px(x(tick))} ${px(areaTop)}V${px(bottom + 5)}`).join('')}"/><path class="timeline-axis" d="M${CHART.left} ${px(areaBottom)}H${CHART.right}M${CHART.left} ${px(bottom)}H${CHART.right}"/>${marked.map(
    (tick, index) => {
      const { time, day } = tickText(tick, marked[index - 1]);
      return html`<text class="timeline-tick" x="${px(x(tick))}" y="${px(bottom + 18)}" text-anchor="middle">${time}</text>${
        day === ''
          ? undefined
          : html`<text class="timeline-soft" x="${px(x(tick))}" y="${px(bottom + 32)}" text-anchor="middle">${day}</text>`
      }`;
    },
  )}<text class="timeline-soft" x="4" y="${px(bottom + 18)}">time (UTC)</text>`;
}

/** A tick's time, and its day under it where it is the first of that day. */
function tickText(tick: EpochMs, before: EpochMs | undefined): { time: string; day: string } {
  const iso = toIso(tick);
  const day = iso.slice(0, 10);
  const time = iso.slice(17, 19) === '00' ? iso.slice(11, 16) : iso.slice(11, 19);
  return { time, day: before !== undefined && toIso(before).startsWith(day) ? '' : day };
}

/** Requests a minute as an area with an outline; where nothing is known it says so instead. */
function trafficArea({ traffic, picture }: Timeline, { x, areaTop, areaBottom }: Layout): Html {
  const { steps, step, peak, from } = traffic;
  const label = html`<text class="timeline-lane-title" x="4" y="${px(areaTop + 14)}">Requests of bots</text><text class="timeline-soft" x="4" y="${px(areaTop + 30)}">requests a minute</text>`;
  if (peak <= 0) {
    const words = from === 'not-stored' ? 'What the bots did is not stored.' : 'No requests of bots here.';
    return html`${label}<text x="${px((CHART.left + CHART.right) / 2)}" y="${px((areaTop + areaBottom) / 2 + 12)}" text-anchor="middle">${words}</text>`;
  }
  const marked = valueTicks(peak);
  const y = linearScale([0, marked[1] ?? marked[0]], [areaBottom, areaTop + 22]);
  const within = (at: number) => x(Math.min(Math.max(at, picture.start), picture.end));
  // Each step from where the last one ended: up or down, and then along.
  const outline = steps
    .map(({ at, perMinute }, index) => {
      const [from, height] = [px(within(at)), px(y(perMinute))];
      return `${index === 0 ? 'M' : 'L'}${from},${height}L${px(within(at + step))},${height}`;
    })
    .join('');
  const [first, last] = [steps[0], steps.at(-1)];
  const ends = first === undefined || last === undefined ? [0, 0] : [within(first.at), within(last.at + step)];
  const filled = `${outline}V${px(areaBottom)}H${px(ends[0] ?? 0)}Z`;
  return html`${label}<path class="timeline-grid" d="${marked.map((tick) => `M${CHART.left} ${px(y(tick))}H${CHART.right}`).join('')}"/><path class="timeline-area timeline-area-${from}" d="${filled}"/><path class="timeline-outline timeline-outline-${from}" d="${outline}"/>${[
    0,
    ...marked,
  ].map(
    (tick) =>
      html`<text class="timeline-tick" x="${CHART.left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${rateText(tick)}</text>`,
  )}`;
}

const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

function rateText(rate: number): string {
  if (rate < 10) return String(rate);
  return rate < 100_000 ? count(rate) : COMPACT.format(rate);
}

/** The lanes one under the other, each as high as its marks need. */
function stackLanes(lanes: readonly Lane[], x: Scale, top: number): { lanes: Html[]; bottom: number } {
  let bottom = lanes.length === 0 ? top : top + 8;
  const drawn = lanes.map((lane) => {
    const { placed, rows } = placeMarks(lane.marks, x);
    const title = linesOf(lane.title, TITLE_LETTERS, 2);
    const height = Math.max(rows * CHART.markRow, title.length * 15 + 16) + 2 * CHART.laneTop;
    const from = bottom;
    bottom += height;
    const middle = from + (height - rows * CHART.markRow) / 2 + CHART.markRow / 2;
    return html`<g><title>${lane.title}: ${tallyText(lane)}</title><path class="timeline-axis" d="M0 ${px(from)}H${CHART.right}"/>${laneTitle(lane, title, from + CHART.laneTop)}${placed.map(
      ({ mark, x1, x2, row }) =>
        html`<g class="${markClass(mark, lane.decision)}">${markSymbol(mark, x1, x2, middle + row * CHART.markRow)}</g>`,
    )}</g>`;
  });
  return { lanes: drawn, bottom };
}

function laneTitle(lane: Lane, lines: readonly string[], top: number): Html {
  return html`${lines.map(
    (text, index) =>
      html`<text class="${index === 0 ? 'timeline-lane-title' : 'timeline-soft'}" x="4" y="${px(top + 11 + index * 15)}">${text}</text>`,
  )}<text class="${lane.decision === 'page' ? 'timeline-tally-alarm' : 'timeline-soft'}" x="4" y="${px(top + 12 + lines.length * 15)}">${tallyText(lane)}</text>`;
}

function tallyText({ matchedUses, otherUses }: Lane): string {
  return `${count(matchedUses)} matched${otherUses === 0 ? '' : `, ${plural(otherUses, 'other', 'others')}`}`;
}
