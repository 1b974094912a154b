import { sentence, unavailable } from '../../core/coverage.ts';
import type { SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { AxiomClient, AxiomRow } from './client.ts';
import { CLOUDFLARE_PRESETS, type CloudflareField, type CloudflarePreset, type FieldNames } from './fields.ts';
import { methodOf, type RequestColumns } from './flagged.ts';
import { readSchema, resolveFields, type SchemaCache } from './schema.ts';
import type { SightingContext } from './sighting-rows.ts';

export interface AxiomRequestsOptions {
  readonly client: Pick<AxiomClient, 'query'>;
  readonly cache: SchemaCache;
  readonly dataset: string;
  readonly preset: CloudflarePreset;
  /** Columns that are called otherwise than in the preset; empty for one that is not to be used. */
  readonly overrides: FieldNames<CloudflareField>;
  /** Host names of GitLab, lower-case: requests to them are no sighting by themselves (design §7). */
  readonly gitlabHosts: readonly string[];
  readonly ipv6PrefixLength: number;
  /** Milliseconds a sighting and a use may lie apart. */
  readonly slackMs: number;
  /** Milliseconds a request may take to arrive at Axiom. */
  readonly lateMs: number;
  readonly clock: Clock;
}

/**
 * Cloudflare's requests in an Axiom dataset. What is asked about them lies in rooms of its own (`listed-sightings.ts`,
 * `asked-sightings.ts`), as no function needs all of it.
 */
export class AxiomRequests {
  readonly options: AxiomRequestsOptions;

  constructor(options: AxiomRequestsOptions) {
    this.options = options;
  }

  /** @throws ConfigError for a dataset without the columns that are needed; as the client does where Axiom fails */
  async columns(deadline: EpochMs): Promise<RequestColumns> {
    const { client, cache, clock, dataset, preset, overrides, gitlabHosts } = this.options;
    const schema = await readSchema(client, cache, dataset, clock, deadline);
    const there = resolveFields(schema, {
      preset: CLOUDFLARE_PRESETS[preset],
      overrides,
      required: ['address'],
      dataset,
      setting: 'axiom.cloudflareFields',
    });
    return { dataset, there, gitlabHosts };
  }

  /** Events lie by their arrival where the instant is a column of its own: then the range reaches further. */
  async ask(apl: string, { there }: RequestColumns, window: Window, deadline: EpochMs): Promise<readonly AxiomRow[]> {
    const end = there.time === undefined ? window.end : window.end + this.options.lateMs;
    return await this.options.client.query(apl, { range: { start: window.start, end }, deadline });
  }

  /** What all rows of an answer have in common. */
  context(columns: RequestColumns, askedBack: boolean): SightingContext {
    const { dataset, ipv6PrefixLength } = this.options;
    return { dataset, method: methodOf(columns), ipv6PrefixLength, askedBack };
  }
}

/** The same requests for callers that start together: the columns are read once, however many wait for them. */
export function sharingColumns(requests: AxiomRequests): AxiomRequests {
  let columns: Promise<RequestColumns> | undefined;
  return {
    options: requests.options,
    columns: (deadline) => {
      columns ??= requests.columns(deadline);
      return columns;
    },
    ask: (apl, there, window, deadline) => requests.ask(apl, there, window, deadline),
    context: (there, askedBack) => requests.context(there, askedBack),
  };
}

/** Fails toward coverage that says that Axiom did not answer; a bug stays an error. */
export async function answering<Report extends SightingReport>(
  read: () => Promise<Report>,
): Promise<Report | SightingReport> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    return { sightings: [], whole: false, coverage: unavailable(sentence(error.message)) };
  }
}
