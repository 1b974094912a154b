import type { Lane, Timeline } from '../../core/case-view/timeline.ts';
import type { CaseEventKind } from '../../core/case-view/timeline-flags.ts';
import type { Mark } from '../../core/case-view/timeline-marks.ts';
import { STRENGTHS_BEST_FIRST, type Strength } from '../../core/token-use.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { flagSymbol, markClass, markSymbol } from './timeline-symbols.ts';

/** What the signs of one timeline mean: exactly those that occur in it. */
export function timelineLegend({ traffic, window, slack, lanes, flags }: Timeline): Html {
  const marks = lanes.flatMap((lane) => lane.marks.map((mark) => ({ ...mark, decision: lane.decision })));
  const kinds = new Set(flags.map(({ kind }) => kind));
  const hasSlack = window !== undefined && slack !== undefined && slack.end - slack.start > window.end - window.start;
  return html`<ul class="timeline-legend">${[
    ...(traffic.peak > 0
      ? [
          entry(
            html`<rect class="timeline-area" x="1" y="3" width="26" height="14"/><path class="timeline-outline" d="M1 3H27"/>`,
            'requests of bots a minute',
          ),
        ]
      : []),
    ...markEntries(marks),
    ...FLAGS.flatMap(([same, text]) => {
      const kind = same.find((one) => kinds.has(one));
      return kind === undefined ? [] : [entry(flagSymbol(kind, 9, 10, false), text)];
    }),
    ...(window === undefined
      ? []
      : [
          entry(
            html`<rect class="timeline-swatch timeline-window" x="1" y="3" width="26" height="14"/>`,
            'window of the case',
          ),
        ]),
    ...(hasSlack
      ? [
          entry(
            html`<rect class="timeline-swatch timeline-slack" x="1" y="3" width="26" height="14"/>`,
            'slack: matches may lie here, too',
          ),
        ]
      : []),
  ]}</ul>`;
}

function entry(sign: Html, text: string): Html {
  return html`<li class="timeline-legend-entry"><svg class="timeline-legend-sign" viewBox="0 0 28 20" width="28" height="20" aria-hidden="true" focusable="false">${sign}</svg>${text}</li>`;
}

const STRENGTHS: Readonly<Record<Strength, string>> = {
  used: 'used',
  minted: 'created or rotated',
  acted: 'its owner acted',
  refused: 'tried and refused',
};

/** A mark, and what is done about the credential of its lane. */
type LaneMark = Mark & Pick<Lane, 'decision'>;

const STANDINGS: readonly (readonly [of: (mark: LaneMark) => boolean, where: string])[] = [
  [({ matched, decision }) => matched && decision === 'page', "at a bot's address, page level"],
  [({ matched, decision }) => matched && decision !== 'page', "at a bot's address, below page level"],
  [({ matched }) => !matched, 'elsewhere, or at another time'],
];

/** One entry for each strength and standing, as the plainest of its marks; and one for what bars mean. */
function markEntries(marks: readonly LaneMark[]): Html[] {
  const each = STRENGTHS_BEST_FIRST.flatMap((strength) =>
    STANDINGS.flatMap(([isOf, where]) => {
      const own = marks.filter((mark) => mark.strength === strength && isOf(mark));
      const mark = own.find(isPoint) ?? own.find(isBar) ?? own[0];
      return mark === undefined ? [] : [entry(sampleOf(mark), `${STRENGTHS[strength]} ${where}`)];
    }),
  );
  const bar = marks.findLast(isBar);
  const between = marks.findLast(({ timing }) => timing === 'between');
  return [
    ...each,
    ...(bar === undefined ? [] : [entry(sampleOf(bar), 'so many uses, from the first to the last')]),
    ...(between === undefined ? [] : [entry(sampleOf(between), 'dashed: at some time in between')]),
  ];
}

function isPoint({ timing, uses }: Mark): boolean {
  return timing === 'exact' && uses === 1;
}

function isBar({ timing, uses }: Mark): boolean {
  return timing === 'exact' && uses > 1;
}

function sampleOf(mark: LaneMark): Html {
  const plain = { ...mark, uses: isBar(mark) ? 3 : 1, opensBefore: false, opensAfter: false };
  const half = isPoint(mark) ? 0 : isBar(mark) ? 4 : 12;
  return html`<g class="${markClass(mark, mark.decision)}">${markSymbol(plain, 14 - half, 14 + half, 10)}</g>`;
}

const FLAGS: readonly (readonly [readonly CaseEventKind[], string])[] = [
  [['attack-start', 'attack-end'], 'begin and end of the attack, as Cloudflare notified'],
  [['poll', 'look'], 'Latchkey looked'],
  [['page'], 'page delivered'],
  [['update'], 'silent update delivered'],
  [['alert'], 'alert delivered'],
];
