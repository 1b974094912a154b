import type { CaseEventKind } from '../../core/case-view/timeline/flags.ts';
import type { Mark } from '../../core/case-view/timeline/marks.ts';
import { DEEDS } from '../../core/case-view/timeline/rows.ts';
import type { Lane, Timeline } from '../../core/case-view/timeline/timeline.ts';
import { STRENGTHS_BEST_FIRST, type Strength } from '../../core/token-use.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { px } from './timeline-layout.ts';
import { flagSymbol, markSymbol } from './timeline-symbols.ts';

/** What the signs of one timeline mean: exactly those that occur in it. */
export function timelineLegend({ traffic, subject, window, slack, lanes, flags }: Timeline): Html {
  const marks = lanes.flatMap((lane) => lane.marks.map((mark) => ({ ...mark, decision: lane.decision })));
  const kinds = new Set(flags.map(({ kind }) => kind));
  const hasSlack = window !== undefined && slack !== undefined && slack.end - slack.start > window.end - window.start;
  return html`<ul class="timeline-legend">${[
    ...(traffic.peak > 0
      ? [
          legendEntry(
            html`<rect class="timeline-area" x="1" y="3" width="26" height="14"/><path class="timeline-outline" d="M1 3H27"/>`,
            `${subject[1]} a minute${traffic.from === 'spread' ? ', spread evenly' : ''}`,
          ),
        ]
      : []),
    ...markEntries(marks),
    ...FLAGS.flatMap(([same, text]) => {
      const kind = same.find((one) => kinds.has(one));
      return kind === undefined ? [] : [legendEntry(flagSymbol(kind, 9, 10, false), text)];
    }),
    ...(window === undefined
      ? []
      : [
          legendEntry(
            html`<rect class="timeline-swatch timeline-window" x="1" y="3" width="26" height="14"/>`,
            'window of the case',
          ),
        ]),
    ...(hasSlack
      ? [
          legendEntry(
            html`<rect class="timeline-swatch timeline-slack" x="1" y="3" width="26" height="14"/>`,
            'slack: matches may lie here, too',
          ),
        ]
      : []),
  ]}</ul>`;
}

/** One entry of a legend: a sign of 28 by 20 units, and what it means. */
export function legendEntry(sign: Html, text: string): Html {
  return html`<li class="timeline-legend-entry"><svg class="timeline-legend-sign" viewBox="0 0 28 20" width="28" height="20" aria-hidden="true" focusable="false">${sign}</svg>${text}</li>`;
}

/** A mark, and what is done about the credential of its lane. */
type LaneMark = Mark & Pick<Lane, 'decision'>;

const COLOURS: readonly (readonly [name: string, of: (mark: LaneMark) => boolean, where: string])[] = [
  ['page', ({ matched, decision }) => matched && decision === 'page', 'at a sighted address, page level'],
  ['report', ({ matched, decision }) => matched && decision !== 'page', 'at a sighted address, below page level'],
  ['other', ({ matched }) => !matched, 'elsewhere, or at another time'],
];

/** What each shape means, and then what each colour does. */
function markEntries(marks: readonly LaneMark[]): Html[] {
  const has = (timing: Mark['timing'], strength: Strength) =>
    marks.some((mark) => mark.timing === timing && mark.strength === strength);
  const points = STRENGTHS_BEST_FIRST.filter((strength) => has('exact', strength));
  const lines = STRENGTHS_BEST_FIRST.filter((strength) => has('between', strength)).map((one) => DEEDS[one]);
  const bar = marks.find(({ timing, uses }) => timing === 'exact' && uses > 1);
  const between = marks.find(({ timing }) => timing === 'between');
  return [
    ...points.map((strength) => legendEntry(sampleOf({ strength, timing: 'exact' }, 1, 0), DEEDS[strength])),
    ...(bar === undefined ? [] : [legendEntry(sampleOf(bar, 3, 4), 'so many, from the first to the last')]),
    ...(between === undefined
      ? []
      : [legendEntry(sampleOf(between, 1, 12), `dashed: ${lines.join(', or ')} at some time in between`)]),
    ...COLOURS.flatMap(([name, isOf, where]) =>
      marks.some(isOf)
        ? [
            legendEntry(
              html`<rect class="timeline-fill timeline-mark-${name}" x="1" y="7" width="26" height="6"/>`,
              where,
            ),
          ]
        : [],
    ),
  ];
}

/** A mark without a colour of its own, as it is drawn where it matched nothing. */
function sampleOf({ strength, timing }: Pick<Mark, 'strength' | 'timing'>, uses: number, half: number): Html {
  const plain = { strength, timing, uses, matched: false, opensBefore: false, opensAfter: false };
  return html`<g class="timeline-mark-plain">${markSymbol(plain, { x1: 14 - half, x2: 14 + half, y: 10, across: px })}</g>`;
}

const FLAGS: readonly (readonly [readonly CaseEventKind[], string])[] = [
  [['attack-start', 'attack-end'], 'begin and end of the attack, as Cloudflare notified'],
  [['poll', 'look'], 'Latchkey looked'],
  [['page'], 'page delivered'],
  [['update'], 'silent update delivered'],
  [['alert'], 'alert delivered'],
];
