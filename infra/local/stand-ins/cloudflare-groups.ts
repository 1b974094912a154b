import { type Columns, shown } from './cloudflare-columns.ts';
import type { Reading } from './cloudflare-datasets.ts';
import type { Selected } from './cloudflare-document.ts';
import { unknownField } from './cloudflare-errors.ts';

/** Rows with the same values of every selected dimension. */
interface Group<Row> {
  readonly first: Row;
  count: number;
  samples: number;
  readonly sums: Record<string, number>;
}

const NOTHING: Readonly<Record<string, number>> = {};

type SumsOf<Row> = (row: Row, count: number) => Readonly<Record<string, number>>;

/** Answers a groups node: grouped by the selected dimensions, ordered, cut to the limit. */
export function answerGroups<Row>(fields: readonly Selected[], reading: Reading<Row>, sumsOf: SumsOf<Row>): unknown[] {
  const dimensions = fields.filter(({ name }) => name === 'dimensions').flatMap((field) => field.fields);
  const names = dimensions.map(({ name }) => name).filter((name) => name !== '__typename');
  const summed = fields.some(({ name }) => name === 'sum') || reading.orderBy.some(([name]) => name.startsWith('sum_'));
  const groups = [...group(reading, names, summed ? sumsOf : () => NOTHING).values()];
  sortBy(
    groups,
    reading,
    (of, name) => metricOf(of, name, reading),
    ({ first }) => first,
  );
  return groups.slice(0, reading.limit).map((one) => groupAnswer(one, fields, reading));
}

/** Answers a raw node: one answer per row. */
export function answerRows<Row>(fields: readonly Selected[], reading: Reading<Row>): unknown[] {
  const rows = [...reading.rows];
  sortBy(
    rows,
    reading,
    () => undefined,
    ({ row }) => row,
  );
  return rows.slice(0, reading.limit).map(({ row }) => rowAnswer(row, fields, reading));
}

function group<Row>({ rows, columns }: Reading<Row>, names: readonly string[], sumsOf: SumsOf<Row>) {
  const read = names.map((name) => columnOf(columns, name).of);
  const groups = new Map<string, Group<Row>>();
  for (const { row, weight, samples } of rows) {
    let key = '';
    for (const of of read) key += `${of(row)}\u0000`;
    let into = groups.get(key);
    if (into === undefined) {
      into = { first: row, count: 0, samples: 0, sums: {} };
      groups.set(key, into);
    }
    into.count += weight;
    into.samples += samples;
    const sums = sumsOf(row, weight);
    for (const name in sums) into.sums[name] = (into.sums[name] ?? 0) + (sums[name] ?? 0);
  }
  return groups;
}

function columnOf<Row>(columns: Columns<Row>, name: string) {
  const column = columns[name];
  if (column === undefined) throw unknownField(name);
  return column;
}

function metricOf<Row>(of: Group<Row>, name: string, { interval }: Reading<Row>): number | undefined {
  if (name === 'count') return of.count;
  if (name === 'avg_sampleInterval') return interval;
  return name.startsWith('sum_') ? of.sums[name.slice('sum_'.length)] : undefined;
}

function sortBy<Item, Row>(
  items: Item[],
  { orderBy, columns }: Reading<Row>,
  metric: (item: Item, name: string) => number | undefined,
  rowOf: (item: Item) => Row,
): void {
  items.sort((a, b) => {
    for (const [name, direction] of orderBy) {
      const left = metric(a, name) ?? columnOf(columns, name).of(rowOf(a));
      const right = metric(b, name) ?? columnOf(columns, name).of(rowOf(b));
      if (left !== right) return left < right ? -direction : direction;
    }
    return 0;
  });
}

function groupAnswer<Row>(of: Group<Row>, fields: readonly Selected[], reading: Reading<Row>): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const field of fields) {
    answer[field.key] =
      field.name === 'count'
        ? of.count
        : field.name === 'avg'
          ? pick(field, { sampleInterval: reading.interval })
          : field.name === 'sum'
            ? pick(field, of.sums)
            : field.name === 'confidence'
              ? confidence(field, of, reading.interval)
              : field.name === 'dimensions'
                ? rowAnswer(of.first, field.fields, reading)
                : 'Group';
  }
  return answer;
}

function pick(field: Selected, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(field.fields.map(({ key, name }) => [key, values[name] ?? null]));
}

/** The interval a count truly lies in, at two-sided normal confidence; exact where nothing was sampled. */
function confidence<Row>(field: Selected, { count, samples }: Group<Row>, interval: number): Record<string, unknown> {
  const level = typeof field.args.level === 'number' ? field.args.level : 0.95;
  const deviations = level >= 0.99 ? 2.576 : level >= 0.95 ? 1.96 : level >= 0.9 ? 1.645 : 1;
  const spread = interval > 1 ? Math.round(deviations * interval * Math.sqrt(samples)) : 0;
  const values = { estimate: count, lower: Math.max(0, count - spread), upper: count + spread, sampleSize: samples };
  return Object.fromEntries(
    field.fields.map((inner) => [inner.key, inner.name === 'count' ? pick(inner, values) : level]),
  );
}

function rowAnswer<Row>(row: Row, fields: readonly Selected[], reading: Reading<Row>): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const { key, name } of fields) {
    answer[key] =
      name === 'metadata'
        ? []
        : name === 'sampleInterval'
          ? reading.interval
          : name === '__typename'
            ? 'Row'
            : shown(columnOf(reading.columns, name), row);
  }
  return answer;
}
