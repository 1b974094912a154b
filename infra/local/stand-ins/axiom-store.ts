import type { EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import type { Column, Frame } from './apl-compiled.ts';
import { newFrame } from './apl-compiled.ts';
import type { Relation } from './apl-relation.ts';
import { readValue, type ValueType } from './apl-values.ts';
import { type AxiomEvent, type EventRange, isVisible, timeOf } from './axiom-events.ts';
import { Schemas } from './axiom-schema.ts';

/** How many events a query looked at, and used. */
export interface Looked {
  examined: number;
  matched: number;
}

/** The datasets there are: those given, which others may add to, and what was created and ingested. */
export class AxiomStore {
  readonly #given: Readonly<Record<string, readonly AxiomEvent[]>>;
  readonly #clock: Clock;
  readonly #schemas = new Schemas();
  readonly #arrivals = new WeakMap<AxiomEvent, EpochMs>();
  /** Events by dataset, in order. */
  readonly ingested: Record<string, AxiomEvent[]> = {};

  constructor(given: Readonly<Record<string, readonly AxiomEvent[]>>, clock: Clock) {
    this.#given = given;
    this.#clock = clock;
  }

  names(): string[] {
    return [...new Set([...Object.keys(this.#given), ...Object.keys(this.ingested)])].sort();
  }

  has(dataset: string): boolean {
    return Object.hasOwn(this.#given, dataset) || Object.hasOwn(this.ingested, dataset);
  }

  create(dataset: string): void {
    this.ingested[dataset] ??= [];
  }

  ingest(dataset: string, events: readonly AxiomEvent[]): void {
    const now = this.#clock.now();
    this.create(dataset);
    for (const event of events) {
      this.#arrivals.set(event, now);
      this.ingested[dataset]?.push(event);
    }
  }

  /** Names and types of a dataset's columns, as far as they can be seen now; the two times of Axiom's own first. */
  schema(dataset: string): ReadonlyMap<string, ValueType> {
    const found = this.#schemas.columnsOf(this.#sources(dataset), this.#clock.now());
    return new Map([['_sysTime', 'datetime'], ['_time', 'datetime'], ...found]);
  }

  /** The dataset's events whose `_time` is in the range, as far as they can be seen now. */
  read(dataset: string, { start, end }: EventRange, looked: Looked): Relation {
    const now = this.#clock.now();
    const sources = this.#sources(dataset);
    return {
      columns: [...this.schema(dataset)].map(([name, type]) => this.#column(name, type)),
      events: {
        time: readTime,
        matched: () => {
          looked.matched += 1;
        },
      },
      each: (visit) => {
        const frame = newFrame();
        for (const events of sources) {
          for (const event of events) {
            const at = timeOf(event);
            if (at < start || at >= end || !isVisible(event, at, now)) continue;
            looked.examined += 1;
            frame.event = event;
            frame.row += 1;
            if (!visit(frame)) return;
          }
        }
      },
      about: {},
    };
  }

  #sources(dataset: string): (readonly AxiomEvent[])[] {
    return [this.#given, this.ingested].flatMap((datasets) => {
      const events = Object.hasOwn(datasets, dataset) ? datasets[dataset] : undefined;
      return events === undefined ? [] : [events];
    });
  }

  #column(name: string, type: ValueType): Column {
    if (name === '_time') return { name, type, read: readTime };
    if (name === '_sysTime') return { name, type, read: ({ event }) => this.#arrival(event) };
    return { name, type, read: ({ event }) => readValue(event[name]) };
  }

  #arrival(event: AxiomEvent): EpochMs {
    const { visibleFrom } = event;
    return this.#arrivals.get(event) ?? (typeof visibleFrom === 'number' ? visibleFrom : timeOf(event));
  }
}

function readTime({ event }: Frame): EpochMs {
  return timeOf(event);
}
