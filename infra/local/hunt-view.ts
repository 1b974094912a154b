import type { WrittenReport } from './hunt-report.ts';
import { arrayAt, type JsonObject, numberAt, stringAt } from './json.ts';
import { inert, type Paint } from './paint.ts';

const WIDTH = 110;
const INDENT = '  ';
const GAP = '  ';
const ROWS_SHOWN = 15;
const REASONS_SHOWN = 4;
/** The credential's column gets what the others leave, and at least this. */
const NARROWEST = 12;

interface Column {
  readonly title: string;
  readonly side: 'left' | 'right';
  text(row: JsonObject): string;
}

const CREDENTIAL: Column = { title: 'credential', side: 'left', text: credentialOf };

const COLUMNS: readonly Column[] = [
  { title: '#', side: 'right', text: number('rank') },
  { title: 'score', side: 'right', text: number('score') },
  { title: 'verdict', side: 'left', text: words('verdict') },
  CREDENTIAL,
  { title: 'address', side: 'left', text: words('address') },
  { title: 'uses', side: 'right', text: number('uses') },
  { title: 'requests', side: 'right', text: number('requests') },
  { title: 'bot', side: 'right', text: number('lowest_bot_score') },
  { title: 'decision', side: 'left', text: words('decision') },
];

/** What a hunt wrote, as lines of at most 110 columns: a row per finding and address, the worst first, then the manifest. */
export function huntLines(report: WrittenReport, paint: Paint): string[] {
  const { rows, manifests, dataset } = report;
  const shown = rows.slice(0, ROWS_SHOWN);
  const widths = widthsOf(shown);
  const line = (cells: readonly string[]) => cut(`${INDENT}${cells.join(GAP)}`);
  const header = line(COLUMNS.map(({ title, side }, index) => padded(title, widths[index] ?? 0, side)));
  const body = shown.map((row) => {
    const text = line(COLUMNS.map((column, index) => padded(column.text(row), widths[index] ?? 0, column.side)));
    return row.decision === 'page' ? paint.red(text) : text;
  });
  const more = rows.length > shown.length ? [paint.dim(`${INDENT}… and ${rows.length - shown.length} more`)] : [];
  const table = rows.length === 0 ? [] : [paint.cyan(header), ...body, ...more];
  return [...table, ...manifests.flatMap((manifest) => manifestLines(manifest, dataset, paint))];
}

function manifestLines(manifest: JsonObject, dataset: string, paint: Paint): string[] {
  const count = (name: string) => (numberAt(manifest, name) ?? 0).toLocaleString('en');
  const hour = [stringAt(manifest, 'window_start'), stringAt(manifest, 'window_end')?.slice(11)].map(minuteOf);
  const retracted = numberAt(manifest, 'retracted') ? [`${count('retracted')} taken back`] : [];
  const found = [
    `${count('rows_expected')} rows of ${count('findings')} findings`,
    ...retracted,
    `${stringAt(manifest, 'verdict') ?? 'no verdict'}, top score ${count('top_score')}`,
    `${count('sightings')} addresses sighted`,
    `${count('token_uses')} token uses`,
    `attempt ${count('attempt')}`,
  ];
  const coverage = Object.entries(manifest).flatMap(([name, status]) =>
    name.startsWith('coverage_') && typeof status === 'string' ? [`${name.slice('coverage_'.length)} ${status}`] : [],
  );
  return [
    paint.bold(cut(`${INDENT}hunted ${hour.join(' to ')} UTC · in dataset ${dataset}`)),
    cut(`${INDENT}${found.join(' · ')}`),
    ...(coverage.length === 0 ? [] : [paint.dim(cut(`${INDENT}coverage: ${coverage.join(', ')}`))]),
    ...arrayAt(manifest, 'coverage_why')
      .slice(0, REASONS_SHOWN)
      .map((why) => paint.dim(cut(`${INDENT}  ${String(why)}`))),
  ];
}

/** `2026-11-20T18:00:00.000Z` as `2026-11-20 18:00`. */
function minuteOf(iso = '?'): string {
  return iso.replace('T', ' ').replace(/:\d\d(?:\.\d+)?Z$/, '');
}

function widthsOf(rows: readonly JsonObject[]): number[] {
  const wanted = COLUMNS.map(({ title, text }) =>
    Math.max(title.length, ...rows.map((row) => cells(text(row)).length)),
  );
  const taken = INDENT.length + GAP.length * (COLUMNS.length - 1) + wanted.reduce((sum, width) => sum + width, 0);
  const credential = COLUMNS.indexOf(CREDENTIAL);
  return wanted.map((width, index) =>
    index === credential ? Math.max(NARROWEST, width - Math.max(0, taken - WIDTH)) : width,
  );
}

function credentialOf(row: JsonObject): string {
  const parts = [stringAt(row, 'credential_id'), stringAt(row, 'credential_name')];
  return inert(parts.filter((part) => part !== undefined && part !== '').join(' '));
}

function words(name: string): Column['text'] {
  return (row) => inert(stringAt(row, name) ?? '-');
}

function number(name: string): Column['text'] {
  return (row) => numberAt(row, name)?.toLocaleString('en') ?? '-';
}

function padded(text: string, width: number, side: Column['side']): string {
  const letters = cells(text);
  const kept = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text;
  const blank = ' '.repeat(Math.max(0, width - cells(kept).length));
  return side === 'left' ? `${kept}${blank}` : `${blank}${kept}`;
}

function cut(text: string): string {
  return padded(inert(text), WIDTH, 'left').trimEnd();
}

/** What a terminal counts, nearly: one cell per code point. */
function cells(text: string): string[] {
  return Array.from(text);
}
