import { type Address, networkOf } from '../../core/address.ts';
import { isCloudflareAddress } from '../../core/cloudflare-ranges.ts';
import { complete, type SourceCoverage, sentence, unavailable } from '../../core/coverage.ts';
import type { GitlabHostSightings } from '../../core/gitlab-hosts.ts';
import type { SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { EvidenceGapError, LatchkeyError } from '../../runtime/errors.ts';
import { type Asked, askInBatches, NETWORKS_AT_ONCE } from './ask-back.ts';
import type { AxiomClient, AxiomRow } from './client.ts';
import { CLOUDFLARE_PRESETS, type CloudflareField, type CloudflarePreset, type FieldNames } from './fields.ts';
import { type AskedNetworks, listQuery, methodOf, networksQuery, type RequestColumns, totalsQuery } from './flagged.ts';
import { readSchema, resolveFields, type SchemaCache } from './schema.ts';
import { SightingBook } from './sighting-book.ts';
import { readTotals, type SightingContext, type Totals } from './sighting-rows.ts';
import { spanFor } from './spans.ts';

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

/** Malformed requests above this share of those that are flagged are worth a word in the coverage. */
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
      const [[totals], listed] = await Promise.all([
        ask(totalsQuery(columns, window)),
        ask(listQuery(columns, window)),
      ]);
      const book = new SightingBook(this.#context(columns, false));
      book.add(listed);
      return listReport(columns, readTotals(totals), book);
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
    const { slackMs, ipv6PrefixLength } = this.#options;
    const networks = Map.groupBy(request.addresses.filter(mayBeClient), (one) => networkOf(one, ipv6PrefixLength));
    if (networks.size === 0) return { sightings: [], onGitlabHosts: [], whole: true, coverage: complete(NONE_ASKED) };
    const report = await this.#answering(async () => {
      const columns = await this.#columns(request.deadline);
      const book = new SightingBook(this.#context(columns, true));
      const asked = await this.#askAbout([...networks.keys()], request, columns, book);
      return {
        sightings: book.sightings(slackMs),
        onGitlabHosts: book.onGitlabHosts(slackMs),
        whole: asked.unasked.size === 0 && book.unreadable === 0,
        coverage: askedCoverage(asked, networks, book),
      };
    });
    return { onGitlabHosts: [], ...report };
  }

  async #askAbout(
    networks: readonly string[],
    { window, deadline }: { window: Window; deadline: EpochMs },
    columns: RequestColumns,
    book: SightingBook,
  ): Promise<Asked> {
    const spanMs = spanFor(this.#options.slackMs);
    return await askInBatches(
      { networks, window },
      { networks: NETWORKS_AT_ONCE, spanMs },
      (part) => {
        const apl = networksQuery(columns, part.window, asAsked(part.networks), spanMs);
        return this.#ask(apl, columns, part.window, deadline);
      },
      (rows) => book.add(rows),
    );
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
}

const NONE_ASKED = { askedBack: 0, unasked: 0 };

/** Every client of Cloudflare's comes from an address of the internet; of IPv6 that is `2000::/3`. */
function mayBeClient(address: Address): boolean {
  return !isCloudflareAddress(address) && (address.family === 4 || address.w0 >>> 29 === 1);
}

/** Networks as a query asks for them. Loggers write an IPv4 address as an IPv6 text, too (RFC 5952 §5). */
function asAsked(networks: readonly string[]): AskedNetworks {
  const ipv4 = networks.filter((network) => !network.includes(':'));
  return {
    addresses: ipv4.flatMap((address) => [address, `::ffff:${address}`]),
    ranges: networks.filter((network) => network.includes(':')),
  };
}

/** @throws EvidenceGapError for totals that cannot be read: without them nothing is known of the window */
function listReport(columns: RequestColumns, totals: Totals | undefined, book: SightingBook): SightingReport {
  if (totals === undefined) {
    throw new EvidenceGapError(`Axiom's totals of dataset ${columns.dataset} cannot be read`);
  }
  const { rows, ofCloudflare, onGitlabHosts, oldest, newest } = totals;
  const sightings = book.sightings(Number.POSITIVE_INFINITY);
  // What the list shows to be no address, or an address written in two ways, was counted as an address of its own.
  const requests = Math.max(0, totals.requests - book.noAddress);
  const addresses = Math.max(0, totals.addresses - book.noAddressTexts - (book.rows - sightings.length));
  const skippedMalformed = totals.withoutAddress + totals.unreadable + book.noAddress + book.unreadable;
  const why = listGaps(columns, totals, { skippedMalformed, flagged: requests + onGitlabHosts });
  return {
    sightings,
    whole: false,
    totalAddresses: addresses,
    totalRequests: requests,
    coverage: {
      status: why.length > 0 ? 'partial' : 'complete',
      why,
      counts: {
        rows,
        requests,
        addresses,
        listed: sightings.length,
        onGitlabHosts,
        ofCloudflare,
        skippedMalformed,
      },
      pages: 2,
      ...(oldest === undefined ? {} : { oldest }),
      ...(newest === undefined ? {} : { newest }),
    },
  };
}

function listGaps(
  { dataset, there }: RequestColumns,
  { rows, scored }: Totals,
  { skippedMalformed, flagged }: { readonly skippedMalformed: number; readonly flagged: number },
): string[] {
  const gaps: string[] = [];
  if (rows === 0) {
    gaps.push(`Axiom dataset ${dataset} has no request in this window: Cloudflare's logs may not be arriving.`);
  } else if (scored === 0) {
    gaps.push(
      `None of ${rows} requests has a bot score, so none is flagged: without Bot Management set axiom.cloudflareFields.score to "", and requests that a bot product acted on count.`,
    );
  }
  if (skippedMalformed > NOTABLE * (flagged + skippedMalformed)) {
    gaps.push(`${skippedMalformed} requests without an address or a score that can be read were left out.`);
  }
  if (there.host === undefined) {
    gaps.push('Requests to GitLab itself cannot be told apart: the dataset has no column of hosts.');
  }
  return gaps;
}

function askedCoverage(
  { answered, unasked, why }: Asked,
  networks: ReadonlyMap<string, readonly Address[]>,
  book: SightingBook,
): SourceCoverage {
  let all = 0;
  let missing = 0;
  for (const [network, { length }] of networks) {
    all += length;
    if (unasked.has(network)) missing += length;
  }
  const reasons = [
    ...(missing > 0 ? [`Axiom could not be asked about ${missing} of ${all} addresses that GitLab saw.`] : []),
    ...(book.unreadable > 0 ? [`Axiom's answer about ${book.unreadable} requests cannot be read.`] : []),
    ...why,
  ];
  return {
    status: reasons.length > 0 ? 'unavailable' : 'complete',
    why: reasons,
    counts: { askedBack: all - missing, unasked: missing },
    pages: answered,
  };
}
