import { type Column, type Frame, newFrame, type Read } from './apl-compiled.ts';
import type { Value, ValueType } from './apl-values.ts';

export interface Field {
  readonly name: string;
  readonly type: ValueType;
}

/** Rows on their way through a query. Nothing is read before somebody asks for them. */
export interface Relation {
  readonly columns: readonly Column[];
  /** Shows the rows in order, all in one frame, until the visitor has seen enough and says false. */
  readonly each: (visit: (frame: Frame) => boolean) => void;
  /** There as long as every row is an event of a dataset, in no order anybody asked for. */
  readonly events?: {
    /** The event's `_time`, whether or not it is still a column. */
    readonly time: Read;
    /** To be called for every row that is used. */
    readonly matched: () => void;
  };
  readonly about: About;
}

/** What an answer says of a result beside its rows. */
export interface About {
  readonly order?: readonly { readonly field: string; readonly desc: boolean }[];
  /** The fields of the last `summarize` that rows were grouped by. */
  readonly groups?: readonly string[];
  /** Names of the functions that made fields of the last `summarize`. */
  readonly aggregates?: ReadonlyMap<string, string>;
  /** The field of a group that is a span of time, and its length in nanoseconds. */
  readonly buckets?: { readonly field: string; readonly size: number };
  /** The same result, over all spans of time. */
  readonly totals?:
    | (() => { readonly fields: readonly Field[]; readonly tuples: Iterable<readonly Value[]> })
    | undefined;
}

/** Rows that were put together: one value for each field. */
export function fromTuples(
  fields: readonly Field[],
  tuples: () => Iterable<readonly Value[]>,
  about: About = {},
): Relation {
  const columns = fields.map(({ name, type }, index) => ({
    name,
    type,
    read: (frame: Frame) => frame.tuple[index] ?? null,
  }));
  const each: Relation['each'] = (visit) => {
    const frame = newFrame();
    for (const tuple of tuples()) {
      frame.tuple = tuple;
      frame.row += 1;
      if (!visit(frame)) return;
    }
  };
  return { columns, each, about };
}

/** Shows the rows to who makes something else of them. */
export function consume({ each, events }: Relation, visit: (frame: Frame) => boolean): void {
  if (events === undefined) {
    each(visit);
    return;
  }
  each((frame) => {
    events.matched();
    return visit(frame);
  });
}

/** All values of the row, by column. */
export function tupleOf(columns: readonly Column[], frame: Frame): Value[] {
  return columns.map(({ read }) => read(frame));
}
