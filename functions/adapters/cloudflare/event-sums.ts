import { createHash } from 'node:crypto';
import type { EventGroup } from '../../core/security-events.ts';
import type { RawEvent } from './event-rows.ts';

/** What has more values than it is worth to look for equal ones. */
const MANY_VALUES: readonly string[] = ['clientIP', 'clientRequestPath'];

/**
 * Raw events added up by what they have in common, each weighted by its sampling: as `RawEventGroups`, for 100,000
 * events that may all differ. Groups are told apart by a hash, and equal texts are kept once.
 */
export class EventSums {
  /** The coarsest sampling of any event; 1 is none. */
  sampleInterval = 1;
  #total = 0;
  readonly #groups = new Map<string, { count: number; readonly dimensions: EventGroup['dimensions'] }>();
  readonly #texts = new Map<string, string>();

  /** Adds an event. Gives what is kept of it. */
  add({ dimensions, sampleInterval }: RawEvent): EventGroup['dimensions'] {
    this.#total += sampleInterval;
    this.sampleInterval = Math.max(this.sampleInterval, sampleInterval);
    // `eventDimensions` writes them in one order.
    const key = createHash('sha256').update(JSON.stringify(dimensions)).digest('binary');
    const same = this.#groups.get(key);
    if (same !== undefined) {
      same.count += sampleInterval;
      return same.dimensions;
    }
    const kept = this.#lean(dimensions);
    this.#groups.set(key, { count: sampleInterval, dimensions: kept });
    return kept;
  }

  /** The largest first; of equal ones those that were added first. */
  groups(): readonly EventGroup[] {
    const largestFirst = [...this.#groups.values()].sort((a, b) => b.count - a.count);
    return largestFirst.map(({ count, dimensions }) => ({ count: Math.round(count), dimensions }));
  }

  /** About how many events there were. */
  total(): number {
    return Math.round(this.#total);
  }

  #lean(dimensions: EventGroup['dimensions']): EventGroup['dimensions'] {
    return Object.fromEntries(
      Object.entries(dimensions).map(([name, value]) => [
        name,
        typeof value === 'string' && !MANY_VALUES.includes(name) ? this.#once(value) : value,
      ]),
    );
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}
