import type { SourceCoverage } from '../../../functions/core/coverage.ts';
import { type EpochMs, instant, type Window } from '../../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../../functions/core/token-use.ts';
import type { NamedReading } from '../../../functions/query-gitlab/read-evidence.ts';
import type { GitlabCall } from '../truth.ts';
import { type EventSeries, eventId } from './audit-rows.ts';
import { ByHour } from './by-hour.ts';
import { instantAt, partOf } from './train.ts';

/** What an event says about credentials. */
export interface Told {
  readonly uses: readonly TokenUse[];
  readonly credentials: readonly Credential[];
}

/** Events of one kind that a call made, and what the product makes of the first of them; the others differ in little. */
export interface ShownEvents extends Told, Omit<EventSeries, 'row'> {
  /** Milliseconds until one can be read. */
  readonly late: number;
  /** Whether the one with this serial number never arrived. */
  readonly isLost: (serial: number) => boolean;
  /** Author and address. */
  readonly runner: string;
  /** A job's token authenticated for that author from there. */
  readonly ofJob: boolean;
  /** What it says instead where a job of the author may have made it; missing: the same. */
  readonly besideJob?: Told;
  /** What made them. */
  readonly call: GitlabCall;
}

/** One of several events. */
export interface ShownEvent {
  readonly at: EpochMs;
  readonly index: number;
}

/** A source of events with exact instants. */
export class EventSource {
  readonly #name: 'stream' | 'audit';
  readonly #events: ByHour<ShownEvents>;

  constructor(name: 'stream' | 'audit', events: Iterable<ShownEvents>) {
    this.#name = name;
    this.#events = new ByHour(events);
  }

  read(window: Window, now: EpochMs): NamedReading {
    const uses: TokenUse[] = [];
    const credentials = new Map<string, Credential>();
    const read = [...this.#events.within(window.start, window.end)]
      .map((events) => ({ events, shown: shownIn(events, window.start, Math.min(window.end, now - events.late + 1)) }))
      .filter(({ shown }) => shown.length > 0);
    const runsJobs = new Set(read.flatMap(({ events: { ofJob, runner } }) => (ofJob ? [runner] : [])));
    let count = 0;
    for (const { events, shown } of read) {
      count += shown.length;
      const told = (runsJobs.has(events.runner) ? events.besideJob : undefined) ?? events;
      for (const one of shown) for (const use of told.uses) uses.push(useOf(use, one, events));
      for (const one of told.credentials) if (!credentials.has(one.id)) credentials.set(one.id, one);
    }
    const coverage = coverageOf(this.#name, count);
    return { name: this.#name, uses, credentials: [...credentials.values()], coverage };
  }
}

/** Those of the events in `[start, end)` that arrived. */
export function shownIn({ train, serial, isLost }: ShownEvents, start: EpochMs, end: EpochMs): ShownEvent[] {
  const shown: ShownEvent[] = [];
  const part = partOf(train, start, end);
  if (part === undefined) return shown;
  for (let index = part.index; index < part.index + part.count; index++) {
    if (!isLost(serial + 2 * index)) shown.push({ at: instantAt(train, index), index });
  }
  return shown;
}

/** What one of the events says, after what the first says. */
function useOf(first: TokenUse, { at, index }: ShownEvent, { call, saved, serial }: ShownEvents): TokenUse {
  if (index === 0) return first;
  const target = call.projects[index % call.projects.length] ?? call.projects[0];
  return { ...first, at: instant(at), target, eventId: `${eventId(serial + 2 * index, saved)}` };
}

/** Of a stream nobody knows what was lost. */
function coverageOf(name: 'stream' | 'audit', events: number): SourceCoverage {
  const isStream = name === 'stream';
  return {
    status: isStream ? 'partial' : 'complete',
    why: isStream ? ['GitLab streams audit events at best effort.'] : [],
    counts: { events },
    pages: isStream ? 0 : 1,
  };
}
