import type { EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject, parseJson } from '../json.ts';
import { AplError, placeOf } from './apl-error.ts';
import { readIso } from './apl-iso.ts';
import { parseQuery } from './apl-parser.ts';
import type { Field } from './apl-relation.ts';
import { type QueryResult, runQuery } from './apl-run.ts';
import { printTime, printValue, type Value } from './apl-values.ts';
import type { EventRange } from './axiom-events.ts';
import type { AxiomStore, Looked } from './axiom-store.ts';
import type { Answer, Asked } from './stand-in.ts';

export interface QueryServices {
  readonly store: AxiomStore;
  readonly clock: Clock;
  /** The most rows a result has. */
  readonly ceiling: number;
  /** Takes one of the answers that are to be partial, where there is one. */
  readonly takePartial: () => boolean;
}

/** `POST …/_apl?format=tabular` (`reference/axiom.md` §2). */
export function answerQuery(asked: Asked, services: QueryServices): Answer {
  if (asked.query.get('format') !== 'tabular') return refused('this stand-in answers format=tabular only');
  const request = readRequest(asked.text);
  if (request === undefined) return refused('the body must be JSON with apl, a text');
  const { apl } = request;
  const now = services.clock.now();
  const start = readTime(request.startTime, now);
  const end = readTime(request.endTime, now);
  if (Number.isNaN(start) || Number.isNaN(end)) return refused('startTime and endTime must be RFC 3339 or now-1h');
  const range = { start: start ?? Number.NEGATIVE_INFINITY, end: end ?? Number.POSITIVE_INFINITY };
  try {
    const query = parseQuery(apl);
    const { name } = query.dataset;
    if (!services.store.has(name)) return notFound(name);
    const looked = { examined: 0, matched: 0 };
    const source = services.store.read(name, range, looked);
    const result = runQuery(query, { now, source, ceiling: services.ceiling });
    return { status: 200, body: tabular(name, range, result, looked, services) };
  } catch (error) {
    // Whatever is no fault of the query is a bug of the stand-in, and must not pass for an answer of Axiom's.
    if (!(error instanceof AplError)) throw error;
    return refused(error.message, placeOf(apl, error.at));
  }
}

/** What Axiom says of a dataset that is not there. */
export function notFound(dataset: string): Answer {
  return { status: 404, body: { code: 404, message: `dataset not found: ${dataset.slice(0, 128)}` } };
}

/** Axiom's number of the kind of error that a compiler finds is not documented; this one is among those it has. */
const ERROR_TYPE = 1;

function refused(message: string, place?: { readonly line: number; readonly column: number }): Answer {
  if (place === undefined) return { status: 400, body: { code: 400, message } };
  const detail = { ...place, message, errorType: ERROR_TYPE };
  return { status: 400, body: { code: 400, message: `${place.line}:${place.column}: ${message}`, detail } };
}

interface Request {
  readonly apl: string;
  readonly startTime?: unknown;
  readonly endTime?: unknown;
}

function readRequest(text: string): Request | undefined {
  const body = parseJson(text);
  if (!isObject(body) || typeof body.apl !== 'string') return undefined;
  return { apl: body.apl, startTime: body.startTime, endTime: body.endTime };
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** RFC 3339, `now`, or `now-1h`; undefined where nothing was given, NaN for anything else. */
function readTime(given: unknown, now: EpochMs): EpochMs | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  if (typeof given !== 'string') return Number.NaN;
  const [, sign = '', count = '', unit = ''] = /^now(?:([+-])(\d+)([smhdw]))?$/.exec(given) ?? [];
  if (given === 'now') return now;
  if (sign !== '') return now + Number(`${sign}${count}`) * (UNIT_MS.get(unit) ?? Number.NaN);
  return readIso(given) ?? Number.NaN;
}

function tabular(
  dataset: string,
  range: EventRange,
  { fields, tuples, about, messages }: QueryResult,
  { examined, matched }: Looked,
  { takePartial, ceiling }: QueryServices,
): object {
  const names = new Set(fields.map(({ name }) => name));
  const groups = (about.groups ?? []).filter((name) => names.has(name)).map((name) => ({ name }));
  // Of a result that is as large as one can be the totals are not worth their time: nobody may rely on either.
  const totals = tuples.length < ceiling ? about.totals?.() : undefined;
  const common = {
    sources: [{ name: dataset }],
    range: { field: '_time', start: printBound(range.start), end: printBound(range.end) },
  };
  const table = {
    ...common,
    order: about.order ?? [],
    groups,
    ...(about.buckets === undefined ? {} : { buckets: about.buckets }),
    fields: fields.map((field) => printField(field, about.aggregates)),
    columns: columnsOf(fields, tuples),
  };
  return {
    format: 'tabular',
    status: {
      elapsedTime: 0,
      isPartial: takePartial(),
      isEstimate: false,
      rowsExamined: examined,
      rowsMatched: matched,
      numGroups: groups.length > 0 ? tuples.length : 0,
      blocksExamined: 1,
      cacheStatus: 0,
      minBlockTime: common.range.start,
      maxBlockTime: common.range.end,
      ...(messages.length > 0 ? { messages } : {}),
    },
    tables: [
      { name: '0', ...table },
      ...(totals === undefined
        ? []
        : [
            {
              name: '_totals',
              ...common,
              order: [],
              groups: groups.filter(({ name }) => totals.fields.some((field) => field.name === name)),
              fields: totals.fields.map((field) => printField(field, about.aggregates)),
              columns: columnsOf(totals.fields, [...totals.tuples]),
            },
          ]),
    ],
    datasetNames: [dataset],
    fieldsMetaMap: {},
  };
}

function printBound(at: EpochMs): string | null {
  return Number.isFinite(at) ? printTime(at) : null;
}

function printField({ name, type }: Field, aggregates: ReadonlyMap<string, string> | undefined): object {
  const aggregate = aggregates?.get(name);
  return { name, type, ...(aggregate === undefined ? {} : { agg: { name: aggregate } }) };
}

/** Column by column. Of no rows there are no columns: whoever reads them has to expect that (`reference/axiom.md` §2). */
function columnsOf(fields: readonly Field[], tuples: readonly (readonly Value[])[]): Value[][] {
  if (tuples.length === 0) return [];
  return fields.map(({ type }, index) => tuples.map((tuple) => printValue(tuple[index] ?? null, type)));
}
