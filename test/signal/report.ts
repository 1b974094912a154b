import { type BaselineFigures, falsePagesAtRecall, type Recall } from './metrics.ts';
import { reducedText } from './stand-ins/reduced-report.ts';
import type { ReducedRow } from './stand-ins/reduced-set.ts';
import { GOALS, type MixSummary } from './summary.ts';
import { table } from './table.ts';

/**
 * The report as text: a table of the mixes, one of the baselines, recall by kind of intrusion, and, where any were
 * played, the scenes through the stack.
 */
export function textReport(
  summaries: readonly MixSummary[],
  missed: readonly string[],
  scenes: readonly ReducedRow[] = [],
): string {
  const blocks = [
    table(
      ['evidence', 'recall', 'of observable', 'false pages/month', 'precision@10', 'avg. precision', 'minutes to page'],
      summaries.map(({ mix, ours }) => [
        mix.title,
        shareText(ours.recall),
        `${shareText(ours.observableRecall)} of ${ours.observable}/${ours.intrusions}`,
        rateText(ours.falsePagesPerMonth),
        shareText(ours.precisionAt10),
        shareText(ours.averagePrecision),
        waitText(ours),
      ]),
    ),
    table(
      ['evidence', 'baseline', 'recall', 'false pages/month', 'false pages/month at our recall'],
      summaries.flatMap(({ mix, baselines }) =>
        baselines.map(({ title, recall, falsePagesPerMonth, falsePagesAtOurRecall, points }) => [
          mix.title,
          title,
          shareText(recall),
          rateText(falsePagesPerMonth),
          falsePagesAtOurRecall === undefined ? neverText(points) : rateText(falsePagesAtOurRecall),
        ]),
      ),
    ),
    kindTable(summaries),
    ...(scenes.length === 0 ? [] : [reducedText(scenes)]),
    checkedText(summaries),
    missed.length === 0
      ? 'All goals that were checked hold.'
      : ['Missed:', ...missed.map((what) => `  ${what}`)].join('\n'),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** Which goals `missedGoals` had to look at: most are of one mix only (design §10). */
function checkedText(summaries: readonly MixSummary[]): string {
  const compared = `at our recall every baseline has at least ${GOALS.timesOurs} times our false pages`;
  if (!summaries.some(({ mix }) => mix.name === GOALS.mix)) {
    return `Checked: only the comparison with the baselines (${compared}).`;
  }
  const { mix, recall, falsePagesPerMonth, averagePrecision } = GOALS;
  return [
    'Checked:',
    `  ${mix}: recall >= ${recall}, false pages a month <= ${falsePagesPerMonth}, average precision >= ${averagePrecision}`,
    `  every mix: ${compared}`,
  ].join('\n');
}

/** The highest recall of a baseline that never reaches ours, and the fewest false pages a month that it has there. */
function neverText(points: readonly BaselineFigures[]): string {
  const highest = Math.max(0, ...points.map(({ recall }) => recall));
  const falsePages = falsePagesAtRecall(points, highest);
  return falsePages === undefined ? 'never' : `never: ${shareText(highest)} at ${rateText(falsePages)}`;
}

/** Found of all; in brackets how many of them the mix shows anything of, where those are not all. */
function kindTable(summaries: readonly MixSummary[]): string {
  const [first] = summaries;
  const rows = (first?.kinds ?? []).map(({ kind }, index) => [
    kind,
    ...summaries.map(({ kinds }) => {
      const found = kinds[index];
      if (found === undefined || found.intrusions === 0) return '-';
      const seen = found.observable === found.intrusions ? '' : ` (${found.observable} observable)`;
      return `${found.recalled}/${found.intrusions}${seen}`;
    }),
  ]);
  return table(['woken for, by kind of intrusion', ...summaries.map(({ mix }) => mix.name)], rows);
}

function shareText(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}

function rateText(value: number): string {
  return value.toFixed(2);
}

function waitText({ minutesToPage }: Pick<Recall, 'minutesToPage'>): string {
  if (minutesToPage === undefined) return '-';
  return `${minutesToPage.median.toFixed(0)} (p90 ${minutesToPage.p90.toFixed(0)})`;
}

/** One line of `--json`: the last line of each mix (design §5). Figures that cannot be had are null. */
export function summaryEvent({ mix, months, ours, baselines }: MixSummary): object {
  return {
    event: 'summary',
    mix: mix.name,
    months,
    intrusions: ours.intrusions,
    observable: ours.observable,
    recall: rounded(ours.recall),
    observableRecall: rounded(ours.observableRecall),
    falsePagesPerMonth: rounded(ours.falsePagesPerMonth),
    averagePrecision: rounded(ours.averagePrecision),
    precisionAt10: rounded(ours.precisionAt10),
    minutesToPage: waitOf(ours),
    baselines: Object.fromEntries(
      baselines.map(({ name, recall, falsePagesPerMonth, falsePagesAtOurRecall, points }) => [
        name,
        {
          recall: rounded(recall),
          falsePagesPerMonth: rounded(falsePagesPerMonth),
          falsePagesAtOurRecall: rounded(falsePagesAtOurRecall),
          highestRecall: rounded(Math.max(0, ...points.map((point) => point.recall))),
        },
      ]),
    ),
  };
}

/** Lines of `--json`, one for each kind of intrusion. */
export function kindEvents({ mix, kinds }: MixSummary): object[] {
  return kinds.map(({ kind, intrusions, recalled, recall, observable, observableRecall, ...wait }) => ({
    event: 'kind',
    mix: mix.name,
    kind,
    intrusions,
    recalled,
    recall: rounded(recall),
    observable,
    observableRecall: rounded(observableRecall),
    minutesToPage: waitOf(wait),
  }));
}

function waitOf({ minutesToPage }: Pick<Recall, 'minutesToPage'>): object | null {
  if (minutesToPage === undefined) return null;
  return { median: rounded(minutesToPage.median), p90: rounded(minutesToPage.p90) };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toFixed(4));
}
