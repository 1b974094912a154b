/** A row of either data set, in GraphQL's column names; `at` in epoch milliseconds. */
export interface Row {
  readonly at: number;
  readonly clientIP: string;
  readonly count?: number;
  readonly [column: string]: string | number | undefined;
}

export interface NodeSettings {
  enabled: boolean;
  availableFields: string[];
  maxPageSize: number;
  maxNumberOfFields: number;
  notOlderThan: number;
  maxDuration: number;
}

/** A test of a filter object against a row: suffixes, `AND`, `OR` as documented (`reference/cloudflare.md` §4.5). */
export function passes(row: Row, filter: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    if (key === 'AND' || key === 'OR') {
      const results = (Array.isArray(wanted) ? wanted : []).map((part) => passes(row, part));
      return key === 'AND' ? results.every(Boolean) : results.some(Boolean);
    }
    const [, column = key, operator = 'eq'] = /^(.+)_(gt|lt|geq|leq|neq|in|notin|like|notlike)$/.exec(key) ?? [];
    return compare(cellOf(row, column), operator, wanted);
  });
}

/** A column's value as answers show it. */
export function cellOf(row: Row, column: string): string | number {
  const steps: Record<string, number> = {
    ...{ datetime: 1000, datetimeMinute: 60_000, datetimeHour: 3_600_000 },
    ...{ datetimeFiveMinutes: 300_000, datetimeFifteenMinutes: 900_000 },
  };
  const step = steps[column];
  if (step !== undefined) return `${new Date(Math.floor(row.at / step) * step).toISOString().slice(0, 19)}Z`;
  return row[column] ?? '';
}

/** Groups rows by dimensions, sums their counts, orders and limits: what a groups node does. */
export function groupRows(rows: readonly Row[], dimensions: readonly string[], orderBy: readonly string[]) {
  const groups = new Map<string, { count: number; dimensions: Record<string, string | number> }>();
  for (const row of rows) {
    const values = Object.fromEntries(dimensions.map((name) => [name, cellOf(row, name)]));
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { count: 0, dimensions: values };
    group.count += row.count ?? 1;
    groups.set(key, group);
  }
  const [, column = 'count', direction = 'DESC'] = /^(\w+)_(ASC|DESC)$/.exec(orderBy[0] ?? '') ?? [];
  const sign = direction === 'ASC' ? 1 : -1;
  return [...groups.values()].sort((a, b) => {
    const [x = '', y = ''] = column === 'count' ? [a.count, b.count] : [a.dimensions[column], b.dimensions[column]];
    return sign * (x < y ? -1 : x > y ? 1 : 0);
  });
}

function compare(held: string | number, operator: string, wanted: unknown): boolean {
  const list = Array.isArray(wanted) ? wanted : [];
  const [a, b] = typeof wanted === 'number' ? [Number(held), wanted] : [String(held), String(wanted)];
  switch (operator) {
    case 'eq':
      return held === wanted;
    case 'neq':
      return held !== wanted;
    case 'in':
      return list.includes(held);
    case 'notin':
      return !list.includes(held);
    case 'gt':
      return a > b;
    case 'geq':
      return a >= b;
    case 'lt':
      return a < b;
    case 'leq':
      return a <= b;
    default: {
      const pattern = String(wanted)
        .split('%')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${pattern.join('.*')}$`).test(String(held)) === (operator === 'like');
    }
  }
}
