import { type EpochMs, MINUTE } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BadInputError, ConfigError, LatchkeyError } from '../../runtime/errors.ts';
import {
  type Capabilities,
  type Offers,
  SETTINGS,
  SettingsAnswer,
  ZONES_PER_QUERY,
  zoneNotCovered,
} from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
import { ZonesRefusedError } from './refusals.ts';

const QUERY = `query Capabilities($zoneTags: [string!]) {
  viewer { zones(filter: { zoneTag_in: $zoneTags }) { ${SETTINGS} } }
}`;
/** How long it is taken that the token does not cover a zone: then it is asked about again. */
const UNCOVERED_MS = 5 * MINUTE;
/** Reads from the cache at a time. */
const CACHE_READS = 8;

/** What many zones' analytics offer, asked together. */
export class ManyCapabilities {
  readonly #client: CloudflareClient;
  readonly #capabilities: Capabilities;
  readonly #clock: Clock;
  /** Why nothing is known of a zone, and until when it is not asked about again. */
  readonly #uncovered = new Map<string, { error: ConfigError; until: EpochMs }>();

  constructor(options: { client: CloudflareClient; capabilities: Capabilities; clock: Clock }) {
    this.#client = options.client;
    this.#capabilities = options.capabilities;
    this.#clock = options.clock;
  }

  /**
   * What each zone offers, or why that is not known, in as few requests as Cloudflare allows. That the
   * token does not cover a zone is remembered for some minutes. Never throws for outside failures.
   */
  async of(zoneIds: readonly string[], deadline: EpochMs): Promise<ReadonlyMap<string, Offers | LatchkeyError>> {
    const now = this.#clock.now();
    const found = new Map<string, Offers | LatchkeyError>();
    await inParallel(zoneIds, CACHE_READS, async (zoneId) => {
      const known = await this.#capabilities.known(zoneId);
      const uncovered = this.#uncovered.get(zoneId);
      if (known !== undefined) found.set(zoneId, known);
      else if (uncovered !== undefined && uncovered.until > now) found.set(zoneId, uncovered.error);
    });
    const unknown = zoneIds.filter((zoneId) => !found.has(zoneId));
    for (let first = 0; first < unknown.length; first += ZONES_PER_QUERY) {
      const some = unknown.slice(first, first + ZONES_PER_QUERY);
      for (const [zoneId, offers] of await this.#askMany(some, deadline)) found.set(zoneId, offers);
    }
    return found;
  }

  async #askMany(zoneIds: readonly string[], deadline: EpochMs): Promise<ReadonlyMap<string, Offers | LatchkeyError>> {
    if (zoneIds.length < 2) return await this.#askEach(zoneIds, deadline);
    try {
      const found = await this.#readMany(zoneIds, await this.#client.graphql(QUERY, { zoneTags: zoneIds }, deadline));
      const hidden = zoneIds.filter((zoneId) => !found.has(zoneId));
      return new Map([...found, ...(await this.#askEach(hidden, deadline))]);
    } catch (error) {
      const failure = outsideFailure(error);
      const named = failure instanceof ZonesRefusedError ? failure.zoneIds : [];
      const others = zoneIds.filter((zoneId) => !named.includes(zoneId));
      if (failure instanceof ConfigError && others.length < zoneIds.length) {
        // Fails those that the error names; the others are asked about without them.
        const refused = zoneIds.flatMap((zoneId) =>
          named.includes(zoneId) ? [[zoneId, this.#isUncovered(zoneId, failure)] as const] : [],
        );
        return new Map([...refused, ...(await this.#askMany(others, deadline))]);
      }
      // Fails towards asking each by itself: one zone that is refused must not hide the others. But what passes was tried
      // again already: then there is no answer about any of them.
      const isRefused = failure instanceof ConfigError || failure instanceof BadInputError;
      return isRefused
        ? await this.#askEach(zoneIds, deadline)
        : new Map(zoneIds.map((zoneId) => [zoneId, failure] as const));
    }
  }

  async #askEach(zoneIds: readonly string[], deadline: EpochMs): Promise<ReadonlyMap<string, Offers | LatchkeyError>> {
    const found = new Map<string, Offers | LatchkeyError>();
    for (const zoneId of zoneIds) {
      const offers = await this.#capabilities.of(zoneId, deadline).catch(outsideFailure);
      found.set(zoneId, offers instanceof ConfigError ? this.#isUncovered(zoneId, offers) : offers);
    }
    return found;
  }

  /** What an answer about several zones says of each; nothing of those that hide their settings. */
  async #readMany(zoneIds: readonly string[], data: unknown): Promise<Map<string, Offers | LatchkeyError>> {
    const found = new Map<string, Offers | LatchkeyError>();
    const answer = SettingsAnswer.safeParse(data);
    if (!answer.success) return found;
    const { zones } = answer.data.viewer;
    const answered = new Map(zones.map(({ zoneTag, settings }) => [zoneTag?.toLowerCase(), settings]));
    for (const zoneId of zoneIds) {
      const settings = answered.get(zoneId);
      if (settings) {
        found.set(zoneId, await this.#capabilities.learn(zoneId, settings));
      } else if (!answered.has(zoneId) && !answered.has(undefined)) {
        found.set(zoneId, this.#isUncovered(zoneId, zoneNotCovered(zoneId)));
      }
    }
    return found;
  }

  #isUncovered(zoneId: string, error: ConfigError): ConfigError {
    this.#uncovered.set(zoneId, { error, until: this.#clock.now() + UNCOVERED_MS });
    return error;
  }
}

function outsideFailure(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  throw error;
}
