import type { SourceCoverage } from '../../../functions/core/coverage.ts';
import type { EpochMs, Window } from '../../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../../functions/core/token-use.ts';
import type { NamedReading } from '../../../functions/query-gitlab/read-evidence.ts';
import type { GitlabCall } from '../truth.ts';

/** What an event says about credentials. */
export interface Told {
  readonly uses: readonly TokenUse[];
  readonly credentials: readonly Credential[];
}

/** An audit event that the product reads. */
export interface ShownEvent extends Told {
  readonly at: EpochMs;
  /** When it can be read. */
  readonly shownAt: EpochMs;
  /** Author and address. */
  readonly runner: string;
  /** A job's token authenticated for that author from there. */
  readonly ofJob: boolean;
  /** What it says instead where a job of the author may have made it; missing: the same. */
  readonly besideJob?: Told;
  /** What made it. For counting only. */
  readonly call: GitlabCall;
}

/** A source of events with exact instants. */
export class EventSource {
  readonly #name: 'stream' | 'audit';
  readonly #events: readonly ShownEvent[];

  /** @param events by `at` */
  constructor(name: 'stream' | 'audit', events: readonly ShownEvent[]) {
    this.#name = name;
    this.#events = events;
  }

  read(window: Window, now: EpochMs): NamedReading {
    const read = this.#within(window, now);
    const runsJobs = new Set(read.filter(({ ofJob }) => ofJob).map(({ runner }) => runner));
    const uses: TokenUse[] = [];
    const credentials = new Map<string, Credential>();
    for (const event of read) {
      const told = (runsJobs.has(event.runner) ? event.besideJob : undefined) ?? event;
      for (const use of told.uses) uses.push(use);
      for (const one of told.credentials) if (!credentials.has(one.id)) credentials.set(one.id, one);
    }
    const coverage = coverageOf(this.#name, read.length);
    return { name: this.#name, uses, credentials: [...credentials.values()], coverage };
  }

  #within(window: Window, now: EpochMs): ShownEvent[] {
    const read: ShownEvent[] = [];
    for (let index = firstFrom(this.#events, window.start); index < this.#events.length; index++) {
      const event = this.#events[index];
      if (event === undefined || event.at >= window.end) break;
      if (event.shownAt <= now) read.push(event);
    }
    return read;
  }
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

function firstFrom(events: readonly ShownEvent[], at: EpochMs): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.at ?? Number.POSITIVE_INFINITY) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
