import { count, plural } from '../../core/amount-text.ts';
import { capital } from '../../core/capital.ts';
import type { Lane, Timeline } from '../../core/case-view/timeline/timeline.ts';
import type { BotTraffic } from '../../core/case-view/timeline/traffic.ts';
import { type EpochMs, toIso, type Window } from '../../core/time.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { linearScale, type Scale, timeTicks, valueTicks } from './chart-scale.ts';
import {
  CHART,
  FLAG_SYMBOL,
  fittingStart,
  type PlacedFlag,
  percent,
  percentScale,
  placeFlags,
  placeMarks,
  px,
} from './timeline-layout.ts';
import { at, flagSymbol, markClass, markSymbol } from './timeline-symbols.ts';

/** Where the parts of the chart lie, from top to bottom, in pixels; along its width everything is in percents. */
interface Layout {
  readonly x: Scale;
  readonly areaTop: number;
  readonly areaBottom: number;
  readonly lanesBottom: number;
}

const AXIS_HEIGHT = 38;
/** A scale of time is marked so often that its words have room at the least width. */
const TICKS = 5;
/** Letters of a lane's title that fit the least width, and any. */
const TITLE_LETTERS = { narrow: 36, wide: 90 };
/** Units of the area along its width, which is drawn as wide as the chart. */
const AREA_UNITS = 1_000;

/**
 * The timeline as a picture, which fits any width; what it shows is told by `<title>` and `<desc>`. Bounded, as the model is.
 */
export function timelineSvg(timeline: Timeline): Html {
  const { picture, flags, lanes, summary, subject } = timeline;
  const x = percentScale(picture);
  const staggered = placeFlags(flags, x);
  const areaTop = staggered.rows * CHART.flagRow + 26;
  const areaBottom = areaTop + CHART.areaHeight;
  const drawn = stackLanes(lanes, x, areaBottom);
  const layout = { x, areaTop, areaBottom, lanesBottom: drawn.bottom };
  const height = drawn.bottom + AXIS_HEIGHT;
  return html`<svg class="timeline-chart" width="100%" height="${px(height)}" role="img" aria-labelledby="timeline-svg-title timeline-svg-desc"><title id="timeline-svg-title">${capital(subject[1])}, uses of credentials and what Latchkey did, over time</title><desc id="timeline-svg-desc">${summary.join(' ')}</desc>
${shades(timeline, layout)}${timeAxis(picture, layout)}${trafficArea(timeline, layout)}${staggered.placed.map((flag) => poleOf(flag, layout))}${trafficLabels(timeline, layout)}${drawn.lanes}${staggered.placed.map((flag) => flagOf(flag, layout))}</svg>`;
}

/** Where the sign of a flag stands. */
function flagHeight({ row }: PlacedFlag, { areaTop }: Layout): number {
  return areaTop - 28 - row * CHART.flagRow;
}

function poleOf(placed: PlacedFlag, layout: Layout): Html {
  const { kind, from } = placed.flag;
  const x = percent(layout.x(from));
  return html`<line class="timeline-pole timeline-pole-${kind}" x1="${x}" x2="${x}" y1="${px(flagHeight(placed, layout) - 6)}" y2="${px(layout.lanesBottom)}"/>`;
}

function flagOf(placed: PlacedFlag, layout: Layout): Html {
  const { flag, leftwards } = placed;
  const label = html`<text class="timeline-halo timeline-flag-label" x="${leftwards ? -FLAG_SYMBOL : FLAG_SYMBOL}" y="4"${leftwards ? html` text-anchor="end"` : undefined}>${flag.label}</text>`;
  const sign = html`${flagSymbol(flag.kind, 0, 0, leftwards)}${label}`;
  return at(percent(layout.x(flag.from)), flagHeight(placed, layout), sign);
}

function shades({ window, slack }: Timeline, { x, areaTop, lanesBottom }: Layout): Html {
  if (window === undefined || slack === undefined) return html``;
  const shade = (name: string, { start, end }: Window) =>
    html`<rect class="timeline-${name}" x="${percent(x(start))}" y="${px(areaTop)}" width="${percent(Math.max(0.1, x(end) - x(start)))}" height="${px(lanesBottom - areaTop)}"/>`;
  return html`${shade('slack', slack)}${shade('window', window)}`;
}

function level(name: string, y: number): Html {
  return html`<line class="timeline-${name}" x1="0" x2="100%" y1="${px(y)}" y2="${px(y)}"/>`;
}

function timeAxis({ start, end }: Window, { x, areaTop, areaBottom, lanesBottom }: Layout): Html {
  const marked = timeTicks({ start, end }, TICKS);
  const bottom = lanesBottom;
  return html`${level('axis', areaBottom)}${level('axis', bottom)}${marked.map((tick, index) => {
    const at = percent(x(tick));
    const { time, day } = tickText(tick, marked[index - 1]);
    const words = (name: string, text: string, y: number, edge: number) =>
      html`<text class="timeline-${name}" x="${at}" y="${px(y)}" text-anchor="${x(tick) < edge ? 'start' : x(tick) > 100 - edge ? 'end' : 'middle'}">${text}</text>`;
    return html`<line class="timeline-grid" x1="${at}" x2="${at}" y1="${px(areaTop)}" y2="${px(bottom + 5)}"/>${words('tick', time, bottom + 18, 7)}${day !== '' && words('soft', day, bottom + 32, 18)}`;
  })}`;
}

/** A tick's time, and its day under it where it is the first of that day. */
function tickText(tick: EpochMs, before: EpochMs | undefined): { time: string; day: string } {
  const iso = toIso(tick);
  const day = iso.slice(0, 10);
  const time = iso.slice(17, 19) === '00' ? iso.slice(11, 16) : iso.slice(11, 19);
  if (before === undefined) return { time, day: `${day} UTC` };
  return { time, day: toIso(before).startsWith(day) ? '' : day.slice(5) };
}

/** Requests a minute as an area with an outline. */
function trafficArea({ traffic, picture }: Timeline, { x, areaTop, areaBottom }: Layout): Html {
  const { steps, step, peak, from } = traffic;
  if (peak <= 0) return html``;
  const y = linearScale([0, topOf(traffic)], [CHART.areaHeight, 0]);
  const within = (at: number) => (x(Math.min(Math.max(at, picture.start), picture.end)) * AREA_UNITS) / 100;
  // Each step from where the last one ended: up or down, and then along.
  const outline = steps
    .map(({ at, perMinute }, index) => {
      const [from, height] = [px(within(at)), px(y(perMinute))];
      return `${index === 0 ? 'M' : 'L'}${from},${height}L${px(within(at + step))},${height}`;
    })
    .join('');
  const first = steps[0];
  const filled = `${outline}V${CHART.areaHeight}H${first === undefined ? 0 : px(within(first.at))}Z`;
  return html`${valueTicks(peak).map((tick) => level('grid', areaTop + y(tick)))}<svg class="timeline-at" x="0" y="${px(areaTop)}" width="100%" height="${px(areaBottom - areaTop)}" viewBox="0 0 ${AREA_UNITS} ${CHART.areaHeight}" preserveAspectRatio="none"><path class="timeline-area timeline-area-${from}" d="${filled}"/><path class="timeline-outline timeline-outline-${from}" d="${outline}"/></svg>`;
}

/** What the top of the area stands for: a little more than the last mark, for its number. */
function topOf({ peak }: Pick<BotTraffic, 'peak'>): number {
  const marked = valueTicks(peak);
  return (marked[1] ?? marked[0]) * 1.18;
}

const UNKNOWN: Readonly<Partial<Record<BotTraffic['from'], string>>> = {
  'not-stored': 'Not stored.',
  'not-asked': 'Not known: nobody could be asked.',
};

/** What the area is, and its scale; where nothing can be drawn it says why. */
function trafficLabels({ traffic, subject }: Timeline, { areaTop, areaBottom }: Layout): Html {
  const title = html`<text class="timeline-lane-title timeline-halo" x="0" y="${px(areaTop - 8)}">${capital(subject[1])} a minute</text>`;
  if (traffic.peak <= 0) {
    const words = UNKNOWN[traffic.from] ?? 'None at these times.';
    return html`${title}<text x="50%" y="${px((areaTop + areaBottom) / 2)}" text-anchor="middle">${words}</text>`;
  }
  const y = linearScale([0, topOf(traffic)], [areaBottom, areaTop]);
  return html`${title}${valueTicks(traffic.peak).map(
    (tick) => html`<text class="timeline-tick" x="2" y="${px(y(tick) - 3)}">${rateText(tick)}</text>`,
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
    const { placed, height } = placeMarks(lane.marks, x);
    const from = bottom;
    const marksTop = from + CHART.titleHeight + 4;
    bottom = marksTop + height + 6;
    return html`<g><title>${lane.title}: ${tallyText(lane)}</title>${level('axis', from)}${placed.map(
      ({ mark, y }) =>
        html`<g class="${markClass(mark, lane.decision)}">${markSymbol(mark, { x1: x(mark.from), x2: x(mark.to), y: marksTop + y, across: percent })}</g>`,
    )}${laneTitle(lane, from)}</g>`;
  });
  return { lanes: drawn, bottom };
}

function laneTitle(lane: Lane, top: number): Html {
  const start = fittingStart(lane.title, TITLE_LETTERS.narrow);
  const rest = fittingStart(lane.title.slice(start.length), TITLE_LETTERS.wide - TITLE_LETTERS.narrow);
  const more = `${rest}${start.length + rest.length < lane.title.length ? '…' : ''}`;
  return html`<text class="timeline-lane-title timeline-halo" x="2" y="${px(top + 16)}">${start}${
    more !== '' && html`<tspan class="timeline-narrow">…</tspan><tspan class="timeline-wide">${more}</tspan>`
  }</text><text class="timeline-halo ${lane.decision === 'page' ? 'timeline-tally-alarm' : 'timeline-soft'}" x="2" y="${px(top + 31)}">${tallyText(lane)}</text>`;
}

function tallyText({ matchedUses, otherUses }: Lane): string {
  return `${count(matchedUses)} matched${otherUses === 0 ? '' : `, ${plural(otherUses, 'other', 'others')}`}`;
}
