import type { EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject, parseJson } from '../json.ts';
import { readIso } from './apl-iso.ts';
import { readEpoch } from './apl-values.ts';
import type { AxiomEvent } from './axiom-events.ts';
import { flatten } from './axiom-flatten.ts';
import { notFound } from './axiom-query.ts';
import type { AxiomStore } from './axiom-store.ts';
import type { Answer, Asked } from './stand-in.ts';

/** Limits of one ingest and of a dataset (`reference/axiom.md` §3). */
const MOST_EVENTS = 10_000;
const MOST_FIELDS = 1024;

export interface IngestServices {
  readonly store: AxiomStore;
  readonly clock: Clock;
  /** Takes one of the ingests that are to lose events, where there is one. */
  readonly takePartial: () => boolean;
}

/** Ingest into a dataset, of a JSON list or of one JSON object in each line. Some events may fail in a 200. */
export function answerIngest(dataset: string, asked: Asked, { store, clock, takePartial }: IngestServices): Answer {
  if (!store.has(dataset)) return notFound(dataset);
  const labels = readLabels(asked.headers['x-axiom-event-labels']);
  const given = readEvents(asked.text);
  if (given === undefined || labels === undefined) return { status: 400, body: { code: 400, message: 'invalid JSON' } };
  if (given.length > MOST_EVENTS) {
    return { status: 400, body: { code: 400, message: `a batch has at most ${MOST_EVENTS} events` } };
  }
  const now = clock.now();
  const timeField = asked.query.get('timestamp-field') ?? '_time';
  const fields = new Set(store.schema(dataset).keys());
  const taken: AxiomEvent[] = [];
  const failures: { timestamp: string; error: string }[] = [];
  const lost = takePartial() ? Math.ceil(given.length / 2) : 0;
  for (const [index, raw] of given.entries()) {
    const event = index < lost ? 'the event could not be stored' : readEvent(raw, { labels, timeField, now, fields });
    if (typeof event === 'string') failures.push({ timestamp: new Date(now).toISOString(), error: event });
    else taken.push(event);
  }
  store.ingest(dataset, taken);
  return {
    status: 200,
    body: {
      ingested: taken.length,
      failed: failures.length,
      failures,
      processedBytes: Buffer.byteLength(asked.text, 'utf8'),
      blocksCreated: 0,
      walLength: taken.length,
    },
  };
}

/** What every event of the request is stamped with; undefined where the header is none. */
function readLabels(header: string | readonly string[] | undefined): object | undefined {
  if (header === undefined) return {};
  const labels = typeof header === 'string' ? parseJson(header) : undefined;
  return isObject(labels) ? labels : undefined;
}

function readEvents(text: string): unknown[] | undefined {
  if (text.trimStart().startsWith('[')) {
    const events = parseJson(text);
    return Array.isArray(events) ? events : undefined;
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const events = lines.map(parseJson);
  return events.includes(undefined) ? undefined : events;
}

interface Reading {
  readonly labels: object;
  readonly timeField: string;
  readonly now: EpochMs;
  /** Fields of the dataset so far; those of events that are taken are added. */
  readonly fields: Set<string>;
}

/** The event as it is kept, or why it cannot be. */
function readEvent(raw: unknown, { labels, timeField, now, fields }: Reading): AxiomEvent | string {
  if (!isObject(raw)) return 'the event is no JSON object';
  const columns = flatten({ ...raw, ...labels });
  if (typeof columns === 'string') return columns;
  const { [timeField]: time } = columns;
  const { _time: _given, ...rest } = columns;
  const at = time === undefined || time === null ? now : readTime(time);
  if (at === undefined) return `${timeField} is no valid time`;
  const added = Object.keys(rest).filter((name) => !fields.has(name));
  if (fields.size + added.length > MOST_FIELDS) return `the dataset would have more than ${MOST_FIELDS} fields`;
  for (const name of added) fields.add(name);
  return { _time: new Date(at).toISOString(), ...rest };
}

/** RFC 3339, or a count of s, ms, µs or ns since 1970, as a number or text. */
function readTime(given: unknown): EpochMs | undefined {
  if (typeof given === 'string' && !/^\d+$/.test(given)) return readIso(given);
  const count = typeof given === 'string' || typeof given === 'number' ? Number(given) : Number.NaN;
  const at = readEpoch(count);
  return Math.abs(at) <= LAST_INSTANT ? at : undefined;
}

/** The last instant that a date can be. */
const LAST_INSTANT = 8.64e15;
