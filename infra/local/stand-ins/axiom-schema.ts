import type { EpochMs } from '../../../functions/core/time.ts';
import type { ValueType } from './apl-values.ts';
import { type AxiomEvent, isVisible, timeOf } from './axiom-events.ts';

/** What was found so far of one array of events. */
interface Known {
  /** Events looked at. */
  count: number;
  /** Of those, the ones that could not be seen then. */
  hidden: AxiomEvent[];
  /** Bits of `TYPES` by column. */
  readonly types: Map<string, number>;
}

const STRING = 1;
const INTEGER = 2;
const FLOAT = 4;
const BOOLEAN = 8;
const ARRAY = 16;

const TYPES: ReadonlyMap<number, ValueType> = new Map([
  [STRING, 'string'],
  [INTEGER, 'integer'],
  [FLOAT, 'float'],
  [INTEGER | FLOAT, 'float'],
  [BOOLEAN, 'boolean'],
  [ARRAY, 'array'],
]);

/** Columns of events, each event looked at once: arrays of events only ever grow. */
export class Schemas {
  readonly #known = new WeakMap<readonly AxiomEvent[], Known>();

  /** Names and types of every column that a visible event has a value in, in order of their names. */
  columnsOf(sources: readonly (readonly AxiomEvent[])[], now: EpochMs): ReadonlyMap<string, ValueType> {
    const bits = new Map<string, number>();
    for (const events of sources) {
      for (const [name, found] of this.#look(events, now)) bits.set(name, (bits.get(name) ?? 0) | found);
    }
    const sorted = [...bits].sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([name, found]) => [name, TYPES.get(found) ?? 'unknown']));
  }

  #look(events: readonly AxiomEvent[], now: EpochMs): ReadonlyMap<string, number> {
    let known = this.#known.get(events);
    if (known === undefined || known.count > events.length) {
      known = { count: 0, hidden: [], types: new Map() };
      this.#known.set(events, known);
    }
    const waiting = known.hidden;
    known.hidden = [];
    for (const event of waiting) lookAt(event, known, now);
    for (; known.count < events.length; known.count++) {
      const event = events[known.count];
      if (event !== undefined) lookAt(event, known, now);
    }
    return known.types;
  }
}

function lookAt(event: AxiomEvent, { types, hidden }: Known, now: EpochMs): void {
  if (!isVisible(event, timeOf(event), now)) {
    hidden.push(event);
    return;
  }
  for (const name in event) {
    const bit = bitOf(event[name]);
    const known = types.get(name) ?? 0;
    if ((known | bit) !== known && !SPECIAL.has(name)) types.set(name, known | bit);
  }
}

/** Every dataset has the times, and the other is none of its columns. */
const SPECIAL = new Set(['_time', '_sysTime', 'visibleFrom']);

function bitOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return STRING;
    case 'boolean':
      return BOOLEAN;
    case 'number':
      return Number.isInteger(value) ? INTEGER : Number.isFinite(value) ? FLOAT : 0;
    default:
      return Array.isArray(value) ? ARRAY : 0;
  }
}
