import { type SourceCoverage, sentence, unavailable } from '../../core/coverage.ts';
import { type EpochMs, MINUTE, type Window } from '../../core/time.ts';
import type { Credential, TokenUse } from '../../core/token-use.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { AxiomClient } from './client.ts';
import { type FieldNames, GITLAB_LOG_FIELDS, type GitlabField } from './fields.ts';
import { LogBook, type LogEvidence } from './log-book.ts';
import { type LogColumns, linesQuery, requestsQuery } from './log-query.ts';
import { readSlices, type SlicesRead } from './log-slices.ts';
import { readSchema, resolveFields, type Schema, type SchemaCache } from './schema.ts';
import { spanFor } from './spans.ts';

export interface LogOptions {
  readonly client: Pick<AxiomClient, 'query'>;
  readonly cache: SchemaCache;
  readonly dataset: string;
  /** Columns that are called otherwise than in GitLab's logs; empty for one that is not to be used. */
  readonly overrides: FieldNames<GitlabField>;
  readonly ipv6PrefixLength: number;
  /** Milliseconds a sighting and a use may lie apart. */
  readonly slackMs: number;
  /** Milliseconds a line may take to arrive at Axiom. */
  readonly lateMs: number;
  readonly clock: Clock;
}

/** What GitLab's own logs say about a window. */
export interface LogReading {
  readonly credentials: readonly Credential[];
  readonly uses: readonly TokenUse[];
  readonly coverage: SourceCoverage;
}

export interface LogSource {
  readonly name: 'logs';
  /**
   * Uses and refusals of tokens with exact times, as `api_json.log` and `graphql_json.log` have them. Axiom not
   * answering is coverage, not an error. Coverage is `unavailable` where any part of the window could not be read;
   * what was read is evidence nevertheless.
   */
  read(request: { readonly window: Window; readonly deadline: EpochMs }): Promise<LogReading>;
}

/** Fields without which a line says nothing about a token. */
const REQUIRED: readonly GitlabField[] = ['status', 'tokenId', 'tokenType'];

/** The evidence source `logs`: GitLab's logs in an Axiom dataset. Asks nothing yet. */
export function axiomLogs(options: LogOptions): LogSource {
  return {
    name: 'logs',
    read: async ({ window, deadline }) => {
      try {
        return await readLogs(options, window, deadline);
      } catch (error) {
        // Fails toward a case without this source, whose coverage says so; a bug stays one.
        if (!(error instanceof LatchkeyError)) throw error;
        return { credentials: [], uses: [], coverage: unavailable(sentence(error.message)) };
      }
    },
  };
}

async function readLogs(options: LogOptions, window: Window, deadline: EpochMs): Promise<LogReading> {
  const { client, cache, clock, dataset, ipv6PrefixLength } = options;
  const schema = await readSchema(client, cache, dataset, clock, deadline);
  if (isEmpty(schema)) return nothing(dataset);
  const columns = columnsOf(schema, options);
  const spanMs = spanFor(options.slackMs);
  const rangeOf = ({ start, end }: Window) => ({
    start,
    end: columns.there.time === undefined ? end : end + options.lateMs,
  });
  const book = new LogBook({ spanMs, ipv6PrefixLength });
  const read = await readSlices(
    window,
    spanMs,
    (slice) => client.query(requestsQuery(dataset, columns, slice, spanMs), { range: rangeOf(slice), deadline }),
    (rows) => book.add(rows),
  );
  const evidence = book.evidence();
  const isSilent = evidence.counts.requests === 0 && read.unreadMs === 0;
  const lines = isSilent
    ? await client.query(linesQuery(dataset, columns, window), { range: rangeOf(window), deadline })
    : undefined;
  const noLines = lines !== undefined && !lines.some((row) => Number(row.lines) > 0);
  return {
    credentials: evidence.credentials,
    uses: evidence.uses,
    coverage: coverageOf(
      evidence,
      read,
      noLines ? [silence(dataset, 'in this window')] : [],
      lines === undefined ? 0 : 1,
    ),
  };
}

/** Columns nobody configured are asked for where they are; GitLab's failure fields also where they come only later. */
function columnsOf(schema: Schema, { dataset, overrides }: LogOptions): LogColumns {
  const preset = GITLAB_LOG_FIELDS;
  const hasFallback = schema.columns.has(overrides.fallbackAddress ?? preset.fallbackAddress ?? '');
  const there = resolveFields(schema, {
    preset,
    overrides,
    required: hasFallback ? REQUIRED : [...REQUIRED, 'address'],
    dataset,
    setting: 'axiom.gitlabFields',
  });
  const { failReason, failToken } = preset;
  return {
    there,
    perhaps: {
      ...(failReason === undefined || overrides.failReason !== undefined ? {} : { failReason }),
      ...(failToken === undefined || overrides.failToken !== undefined ? {} : { failToken }),
    },
  };
}

/** Axiom's own columns are there before any line is. */
function isEmpty({ columns }: Schema): boolean {
  return ![...columns.keys()].some((name) => !name.startsWith('_'));
}

function nothing(dataset: string): LogReading {
  const why = [silence(dataset, 'of the last 24 hours')];
  return { credentials: [], uses: [], coverage: { status: 'partial', why, counts: {}, pages: 1 } };
}

function silence(dataset: string, when: string): string {
  return `Axiom dataset ${dataset} has no line ${when}: GitLab's logs may not be arriving there.`;
}

function coverageOf(
  { counts, oldest, newest }: LogEvidence,
  { answered, unreadMs, why: failures }: SlicesRead,
  silent: readonly string[],
  furtherPages: number,
): SourceCoverage {
  const unread = Math.ceil(unreadMs / MINUTE);
  const why = [
    ...(unread > 0 ? [`GitLab's logs could not be read for ${unread} minutes of the window.`] : []),
    ...failures.map(sentence),
    ...(counts.skippedMalformed > 0
      ? [`${counts.skippedMalformed} requests in GitLab's logs could not be read and were left out.`]
      : []),
    ...silent,
  ];
  return {
    status: unread > 0 ? 'unavailable' : why.length > 0 ? 'partial' : 'complete',
    why,
    counts: { ...counts, unreadMinutes: unread },
    pages: answered + furtherPages,
    ...(oldest === undefined ? {} : { oldest }),
    ...(newest === undefined ? {} : { newest }),
  };
}
