import { parseQuery } from '../../../../infra/local/stand-ins/apl-parser.ts';
import { type QueryResult, runQuery } from '../../../../infra/local/stand-ins/apl-run.ts';
import type { Value } from '../../../../infra/local/stand-ins/apl-values.ts';
import type { AxiomEvent, EventRange } from '../../../../infra/local/stand-ins/axiom-events.ts';
import { AxiomStore } from '../../../../infra/local/stand-ins/axiom-store.ts';
import { fakeClock, START } from './asking.ts';

export type Row = Readonly<Record<string, Value>>;

export interface Asking {
  readonly range?: EventRange;
  readonly ceiling?: number;
}

/** All that a query of the dataset `t` results in, at `START`. */
export function evaluate(apl: string, events: readonly AxiomEvent[], { range, ceiling }: Asking = {}): QueryResult {
  const store = new AxiomStore({ t: events }, fakeClock());
  const all = range ?? { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  const source = store.read('t', all, { examined: 0, matched: 0 });
  return runQuery(parseQuery(apl), { now: START, source, ceiling: ceiling ?? 50_000 });
}

/** The rows of a query of the dataset `t`. Instants are milliseconds. */
export function rowsOf(apl: string, events: readonly AxiomEvent[], asking: Asking = {}): Row[] {
  const { fields, tuples } = evaluate(apl, events, asking);
  return tuples.map((tuple) => Object.fromEntries(fields.map(({ name }, index) => [name, tuple[index] ?? null])));
}

/** Events a second apart, the last one at `START`; what is given stays in its order. */
export function table(...columns: readonly AxiomEvent[]): AxiomEvent[] {
  return columns.map((event, index) => ({ _time: START - (columns.length - 1 - index) * 1000, ...event }));
}

/** One value of one expression over one event. */
export function valueFor(expression: string, event: AxiomEvent = {}): Value {
  const [row] = rowsOf(`t | project value = ${expression}`, table(event));
  return row?.value ?? null;
}
