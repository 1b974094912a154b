import * as z from 'zod/mini';
import type { AxiomRow } from './client.ts';

/** A result of Axiom in its tabular format, read. */
export interface TableReading {
  readonly rows: readonly AxiomRow[];
  /** Axiom did not look at everything. */
  readonly partial: boolean;
  /** Code of a message that says rows are missing because of a limit. */
  readonly limit?: string;
  /** Code of a message that says something went wrong while the result was made. */
  readonly fault?: string;
}

/** A list as it is: the check of a large one's every value belongs to whoever reads the row. */
const Column = z.custom<readonly unknown[]>((value) => Array.isArray(value));

const Message = z.object({
  code: z.catch(z.string(), ''),
  priority: z.catch(z.string(), ''),
});

const Result = z.object({
  status: z.object({
    isPartial: z.nullish(z.boolean()),
    rowsMatched: z.nullish(z.number()),
    messages: z.nullish(z.array(Message)),
  }),
  tables: z.array(
    z.object({
      name: z.string(),
      fields: z.array(z.object({ name: z.string() })),
      columns: z.nullish(z.array(Column)),
    }),
  ),
});

/** A limit on rows, of whatever name; a plan's limit is about something else. */
const ROW_LIMIT = /(?:^|_)limit(?:_|$)/;
const SERIOUS = new Set(['error', 'fatal']);

/**
 * Reads the table named `0`; the other that a result may have repeats its totals (`reference/axiom.md` §2). Undefined
 * when the answer is no such result: columns and fields that do not line up, no table although rows matched.
 */
export function readTable(answer: unknown): TableReading | undefined {
  const result = Result.safeParse(answer);
  if (!result.success) return undefined;
  const { status, tables } = result.data;
  const table = tables.find(({ name }) => name === '0');
  const rows = table === undefined ? noRows(tables, status.rowsMatched) : rowsOf(table.fields, table.columns ?? []);
  if (rows === undefined) return undefined;
  const messages = status.messages ?? [];
  const limit = messages.find(({ code }) => ROW_LIMIT.test(code) && !code.startsWith('license_'))?.code;
  const fault = messages.find(({ code, priority }) => code.startsWith('license_') || SERIOUS.has(priority))?.code;
  return {
    rows,
    partial: status.isPartial === true,
    ...(limit === undefined ? {} : { limit }),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** No table at all means no rows only where Axiom says that none matched. */
function noRows(tables: readonly unknown[], rowsMatched: number | null | undefined): AxiomRow[] | undefined {
  return tables.length === 0 && rowsMatched === 0 ? [] : undefined;
}

/** Columns become rows. Axiom leaves `columns` out, or empty, where there are none. */
function rowsOf(
  fields: readonly { readonly name: string }[],
  columns: readonly (readonly unknown[])[],
): AxiomRow[] | undefined {
  const [first] = columns;
  if (first === undefined) return [];
  if (columns.length !== fields.length || columns.some(({ length }) => length !== first.length)) return undefined;
  return first.map((_, row) => Object.fromEntries(fields.map(({ name }, index) => [name, columns[index]?.[row]])));
}
