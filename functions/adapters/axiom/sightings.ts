import { phasesOf } from '../../core/activity.ts';
import { type Address, networkOf } from '../../core/address.ts';
import { type SourceCoverage, unavailable } from '../../core/coverage.ts';
import type { GitlabHostSightings } from '../../core/gitlab-hosts.ts';
import type { Sighting, SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { type Asked, askInBatches } from './ask-back.ts';
import type { AxiomClient, AxiomRow } from './client.ts';
import { CLOUDFLARE_PRESETS, type CloudflareField, type CloudflarePreset, type FieldNames } from './fields.ts';
import {
  type AskedNetworks,
  addressesQuery,
  listQuery,
  methodOf,
  networksQuery,
  type RequestColumns,
  totalsQuery,
} from './flagged.ts';
import { spanFor } from './log-query.ts';
import { readSchema, resolveFields, type SchemaCache } from './schema.ts';
import { readSightingRow, type SightingContext } from './sighting-rows.ts';

export interface AxiomSightingsOptions {
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

/** More malformed rows than this share of the list are worth a word in the coverage. */
const NOTABLE = 0.01;

/** Cloudflare's requests in an Axiom dataset, asked which addresses were flagged as bots. */
export class AxiomSightings {
  readonly #options: AxiomSightingsOptions;

  constructor(options: AxiomSightingsOptions) {
    this.#options = options;
  }

  /**
   * The window's flagged addresses with the most requests, and exact totals over all of them. Never whole: whoever
   * needs a certain address asks back. Axiom not answering is coverage, not an error.
   */
  async find({ window, deadline }: { window: Window; deadline: EpochMs }): Promise<SightingReport> {
    return await this.#answering(async () => {
      const columns = await this.#columns(deadline);
      const ask = (apl: string) => this.#ask(apl, columns, window, deadline);
      const [totals, distinct, listed] = await Promise.all([
        ask(totalsQuery(columns, window)),
        ask(addressesQuery(columns, window)),
        ask(listQuery(columns, window)),
      ]);
      const book = new SightingBook(this.#context(columns, false));
      book.add(listed);
      return this.#listReport(columns, book, { ...totals[0], ...distinct[0] });
    });
  }

  /**
   * Everything flagged in the window from the networks of these addresses, as phases of activity; what they asked of
   * GitLab's own hosts apart. Coverage is `unavailable` where any part could not be read: what was read still counts.
   */
  async askBack(request: {
    addresses: readonly Address[];
    window: Window;
    deadline: EpochMs;
  }): Promise<SightingReport & GitlabHostSightings> {
    const { addresses, window, deadline } = request;
    const report = await this.#answering(async () => {
      const columns = await this.#columns(deadline);
      const spanMs = spanFor(this.#options.slackMs);
      const book = new SightingBook(this.#context(columns, true));
      const networks = [...new Set(addresses.map((address) => networkOf(address, this.#options.ipv6PrefixLength)))];
      const asked = await askInBatches(
        { networks, window },
        spanMs,
        (part) =>
          this.#ask(
            networksQuery(columns, part.window, asAsked(part.networks), spanMs),
            columns,
            part.window,
            deadline,
          ),
        (rows) => book.add(rows),
      );
      return {
        sightings: phases(book.sightings, this.#options.slackMs),
        onGitlabHosts: phases(book.onGitlabHosts, this.#options.slackMs),
        whole: asked.unasked === 0,
        coverage: askedCoverage(asked, networks.length, book),
      };
    });
    return { onGitlabHosts: [], ...report };
  }

  /** Fails toward coverage that says so; a bug stays an error. */
  async #answering<Report extends SightingReport>(read: () => Promise<Report>): Promise<Report | SightingReport> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      return { sightings: [], whole: false, coverage: unavailable(sentence(error.message)) };
    }
  }

  async #columns(deadline: EpochMs): Promise<RequestColumns> {
    const { client, cache, clock, dataset, preset, overrides, gitlabHosts } = this.#options;
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
  async #ask(apl: string, { there }: RequestColumns, window: Window, deadline: EpochMs): Promise<readonly AxiomRow[]> {
    const end = there.time === undefined ? window.end : window.end + this.#options.lateMs;
    return await this.#options.client.query(apl, { range: { start: window.start, end }, deadline });
  }

  #context(columns: RequestColumns, askedBack: boolean): SightingContext {
    const { dataset, ipv6PrefixLength } = this.#options;
    return { dataset, method: methodOf(columns), ipv6PrefixLength, askedBack };
  }

  #listReport({ there }: RequestColumns, book: SightingBook, totals: AxiomRow): SightingReport {
    const count = (name: string) => Math.max(0, Number(totals[name] ?? 0)) || 0;
    const malformed = count('withoutAddress') + book.malformed;
    const why = [
      ...(count('rows') === 0
        ? [
            `Axiom dataset ${this.#options.dataset} has no request in this window: Cloudflare's logs may not be arriving.`,
          ]
        : []),
      ...(malformed > NOTABLE * count('requests')
        ? [`${malformed} flagged requests have no address that can be read and were left out.`]
        : []),
      ...(there.host === undefined
        ? ['Requests to GitLab itself cannot be told apart: the dataset has no column of hosts.']
        : []),
    ];
    const sightings = merged(book.sightings);
    return {
      sightings,
      whole: false,
      totalAddresses: count('addresses'),
      totalRequests: count('requests'),
      coverage: {
        status: why.length > 0 ? 'partial' : 'complete',
        why,
        counts: {
          rows: count('rows'),
          requests: count('requests'),
          addresses: count('addresses'),
          listed: sightings.length,
          onGitlabHosts: count('onGitlabHosts'),
          ofCloudflare: book.ofCloudflare,
          skippedMalformed: malformed,
        },
        pages: 3,
        ...book.extent(),
      },
    };
  }
}

/** Rows read so far. */
class SightingBook {
  readonly sightings: Sighting[] = [];
  readonly onGitlabHosts: Sighting[] = [];
  /** Requests of rows that could not be read, and of Cloudflare's own addresses. */
  malformed = 0;
  ofCloudflare = 0;
  readonly #context: SightingContext;

  constructor(context: SightingContext) {
    this.#context = context;
  }

  add(rows: readonly AxiomRow[]): void {
    for (const row of rows) {
      const read = readSightingRow(row, this.#context);
      if (read.kind === 'malformed') this.malformed += read.requests;
      else if (read.kind === 'of-cloudflare') this.ofCloudflare += read.requests;
      else (read.onGitlab ? this.onGitlabHosts : this.sightings).push(read.sighting);
    }
  }

  extent(): Pick<SourceCoverage, 'oldest' | 'newest'> {
    if (this.sightings.length === 0) return {};
    return {
      oldest: this.sightings.reduce((oldest, { seen }) => Math.min(oldest, seen.notBefore), Number.POSITIVE_INFINITY),
      newest: this.sightings.reduce((newest, { seen }) => Math.max(newest, seen.notAfter), Number.NEGATIVE_INFINITY),
    };
  }
}

/** Networks as a query asks for them. An IPv4 address may stand in the logs as an IPv6 text, too. */
function asAsked(networks: readonly string[]): AskedNetworks {
  const ipv4 = networks.filter((network) => !network.includes(':'));
  return {
    addresses: ipv4.flatMap((address) => [address, `::ffff:${address}`]),
    ranges: networks
      .filter((network) => network.includes(':'))
      .map((network) => (network.includes('/') ? network : `${network}/128`)),
  };
}

function phases(spans: readonly Sighting[], slackMs: number): Sighting[] {
  return [...Map.groupBy(spans, ({ address }) => address).values()].flatMap((some) => phasesOf(some, slackMs));
}

/** One sighting per address: the same address may be written in several ways. */
function merged(sightings: readonly Sighting[]): Sighting[] {
  return phases(sightings, Number.POSITIVE_INFINITY);
}

function askedCoverage({ answered, unasked, why }: Asked, networks: number, book: SightingBook): SourceCoverage {
  const reasons = [
    ...(unasked > 0 ? [`Axiom could not be asked about ${unasked} of ${networks} networks that GitLab saw.`] : []),
    ...why.map(sentence),
  ];
  return {
    status: unasked > 0 ? 'unavailable' : 'complete',
    why: reasons,
    counts: { askedNetworks: networks - unasked, unasked },
    pages: answered,
    ...book.extent(),
  };
}

function sentence(message: string): string {
  return `${message}.`.replace(/\.\.$/, '.');
}
