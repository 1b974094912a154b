import type { MonitorAlert, SpikeAlert } from '../observed.ts';
import type { Story } from '../truth.ts';
import { auditEvents } from './audit-events.ts';
import { eventRows, gitlabRows, siteRows } from './cloudflare-rows.ts';
import { EventSource, type ShownEvents } from './event-source.ts';
import { type TokenHistories, tokenHistories } from './last-used.ts';
import type { Listing } from './listing.ts';
import { LogSource } from './log-source.ts';
import { monitorAlerts } from './monitors.ts';
import { Places } from './places.ts';
import { RequestLog } from './request-log.ts';
import { spikeAlerts } from './spikes.ts';

/** What does not depend on the mix: worked out once for a story, and only what somebody asks for. */
export class Observatory {
  readonly story: Story;
  readonly places = new Places();
  readonly #events = new Map<string, readonly ShownEvents[]>();
  readonly #eventSources = new Map<string, EventSource>();
  #sites?: RequestLog;
  #gitlab?: RequestLog;
  #security?: RequestLog;
  #logs?: LogSource;
  #histories?: TokenHistories;
  #spikes?: readonly SpikeAlert[];
  #monitors?: readonly MonitorAlert[];

  constructor(story: Story) {
    this.story = story;
  }

  /** Bots on the organisation's sites. */
  get sites(): RequestLog {
    this.#sites ??= new RequestLog(siteRows(this.story, this.places));
    return this.#sites;
  }

  /** What passes the zone to GitLab itself. */
  get gitlab(): RequestLog {
    this.#gitlab ??= new RequestLog(gitlabRows(this.story, this.places));
    return this.#gitlab;
  }

  /** Security events. */
  get security(): RequestLog {
    this.#security ??= new RequestLog(eventRows(this.story, this.places));
    return this.#security;
  }

  get logs(): LogSource {
    this.#logs ??= new LogSource(this.story, this.places);
    return this.#logs;
  }

  get histories(): TokenHistories {
    this.#histories ??= tokenHistories(this.story);
    return this.#histories;
  }

  get spikes(): readonly SpikeAlert[] {
    this.#spikes ??= spikeAlerts(this.story);
    return this.#spikes;
  }

  get monitors(): readonly MonitorAlert[] {
    this.#monitors ??= monitorAlerts(this.story);
    return this.#monitors;
  }

  events(source: 'audit' | 'stream', listing: Listing): readonly ShownEvents[] {
    const key = `${source} ${listing}`;
    const known = this.#events.get(key) ?? auditEvents(source, this.story, listing, this.places);
    this.#events.set(key, known);
    return known;
  }

  eventSource(source: 'audit' | 'stream', listing: Listing): EventSource {
    const key = `${source} ${listing}`;
    const known = this.#eventSources.get(key) ?? new EventSource(source, this.events(source, listing));
    this.#eventSources.set(key, known);
    return known;
  }
}

const observatories = new WeakMap<Story, Observatory>();

/** The observatory of a story, for as long as anybody holds the story. */
export function observatoryOf(story: Story): Observatory {
  const known = observatories.get(story) ?? new Observatory(story);
  observatories.set(story, known);
  return known;
}
