import type { EpochMs } from '../../../functions/core/time.ts';
import type { Value, ValueType } from './apl-values.ts';
import type { AxiomEvent } from './axiom-events.ts';

/**
 * The row that is being looked at. Rows go through a query one by one in the same frame, so whoever keeps something of
 * a row reads it before the next comes.
 */
export interface Frame {
  /** The row of a dataset. */
  event: AxiomEvent;
  /** The row of a result that was put together before, by column. */
  tuple: readonly Value[];
  /** The number of the group whose row it is. */
  group: number;
  /** Another number for every row. */
  row: number;
  /** What was worked out for a row, and for which: see `once`. */
  readonly slots: Value[];
  readonly rows: number[];
}

export type Read = (frame: Frame) => Value;

/** An expression, ready to be evaluated on any number of rows. */
export interface Compiled {
  readonly type: ValueType;
  readonly read: Read;
  /** There where it is the same for every row. */
  readonly constant?: { readonly value: Value };
}

export interface Column {
  readonly name: string;
  readonly type: ValueType;
  readonly read: Read;
}

/** A function of single values. */
export interface FunctionEntry {
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** @throws AplError for arguments of a type it does not take */
  readonly build: (args: readonly Compiled[], call: Call) => Compiled;
}

export interface Call {
  /** Where it stands in the query. */
  readonly at: number;
  /** The instant of the query. */
  readonly now: EpochMs;
}

export function newFrame(): Frame {
  return { event: {}, tuple: [], group: 0, row: 0, slots: [], rows: [] };
}

export function constant(value: Value, type: ValueType): Compiled {
  return { type, read: () => value, constant: { value } };
}

export const NULL: Compiled = constant(null, 'null');

/** An expression made of others: a constant where all of them are. */
export function derived(type: ValueType, parts: readonly Compiled[], read: Read): Compiled {
  const isConstant = parts.every((part) => part.constant !== undefined);
  return isConstant ? constant(read(newFrame()), type) : { type, read };
}

/** The same, worked out at most once for a row, and not at all where nobody asks. @param slot no other's */
export function once(read: Read, slot: number): Read {
  return (frame) => {
    if (frame.rows[slot] !== frame.row) {
      frame.slots[slot] = read(frame);
      frame.rows[slot] = frame.row;
    }
    return frame.slots[slot] ?? null;
  };
}
