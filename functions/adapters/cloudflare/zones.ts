import * as z from 'zod/mini';
import { normalHost } from '../../core/host-name.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { Cache } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { QueryRefusedError } from './refusals.ts';

/** A zone as the API wants it (32 hex digits) and as people know it. */
export interface ZoneRef {
  readonly id: string;
  readonly name?: string;
}

const Zone = z.object({ id: z.string().check(z.regex(/^[0-9a-f]{32}$/i)), name: z.string() });
const ZoneAnswer = z.object({ result: Zone });
const ZonesAnswer = z.object({
  result: z.array(z.unknown()),
  result_info: z.optional(z.nullable(z.object({ total_pages: z.optional(z.number()) }))),
});
const StoredZones = z.array(Zone);

const PAGE = 50;
/** 5,000 zones: more than a poll could ask within Cloudflare's budget (`reference/cloudflare.md` §5). */
const MAX_PAGES = 100;
/** The most labels of a host name that are tried as a zone's name. */
const MAX_LABELS = 10;

/** Zones by id, name and host name; found ones are remembered for a day, misses are not. */
export class ZoneDirectory {
  readonly #client: CloudflareClient;
  readonly #cache: Cache;
  readonly #clock: Clock;

  constructor(options: { client: CloudflareClient; cache: Cache; clock: Clock }) {
    this.#client = options.client;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /**
   * The zone of that id; undefined when Cloudflare knows none. A token that may read a zone's analytics but not the
   * zone itself gets it back without a name.
   * @throws TransientError, RateLimitedError as `CloudflareClient.get`
   */
  async byId(id: string, deadline: EpochMs): Promise<ZoneRef | undefined> {
    const wanted = id.toLowerCase();
    if (!isZoneId(wanted)) return undefined;
    try {
      const found = await this.#remembering(`id/${wanted}`, async () => {
        const answer = ZoneAnswer.safeParse(await this.#client.get(`/zones/${wanted}`, deadline));
        return answer.success ? [answer.data.result] : [];
      });
      return found[0];
    } catch (error) {
      if (error instanceof QueryRefusedError) return undefined;
      // Fails towards asking: whether the token covers the zone, its analytics will tell.
      if (error instanceof ConfigError) return { id: wanted };
      throw error;
    }
  }

  /** The zone of exactly that name. @throws as `CloudflareClient.get` */
  async byName(name: string, deadline: EpochMs): Promise<ZoneRef | undefined> {
    const wanted = normalHost(name);
    if (wanted === undefined) return undefined;
    const found = await this.#remembering(`name/${wanted}`, async () => {
      const answer = ZonesAnswer.safeParse(await this.#client.get(`/zones?name=${wanted}`, deadline));
      return answer.success ? zonesIn(answer.data.result).filter((zone) => zone.name.toLowerCase() === wanted) : [];
    });
    return found[0];
  }

  /** The zone whose name is the longest suffix of the host name. @throws as `CloudflareClient.get` */
  async ofHostname(hostname: string, deadline: EpochMs): Promise<ZoneRef | undefined> {
    const labels = (normalHost(hostname) ?? '').split('.').slice(-MAX_LABELS);
    for (let first = 0; first < labels.length - 1; first++) {
      const zone = await this.byName(labels.slice(first).join('.'), deadline);
      if (zone !== undefined) return zone;
    }
    return undefined;
  }

  /** Every zone the token can read. @throws as `CloudflareClient.get` */
  async all(deadline: EpochMs): Promise<readonly ZoneRef[]> {
    return await this.#remembering('all', async () => {
      const zones: z.infer<typeof Zone>[] = [];
      for (let page = 1; page <= MAX_PAGES; page++) {
        const body = await this.#client.get(`/zones?per_page=${PAGE}&page=${page}`, deadline);
        const answer = ZonesAnswer.safeParse(body);
        if (!answer.success) throw new QueryRefusedError('the list of zones has a form it does not document');
        zones.push(...zonesIn(answer.data.result));
        const pages = answer.data.result_info?.total_pages;
        if (pages === undefined ? answer.data.result.length < PAGE : page >= pages) break;
      }
      return zones;
    });
  }

  async #remembering(
    key: string,
    ask: () => Promise<readonly z.infer<typeof Zone>[]>,
  ): Promise<readonly z.infer<typeof Zone>[]> {
    const cacheKey = `cloudflare/zones/${key}`;
    const stored = StoredZones.safeParse(await this.#cache.get(cacheKey).catch(() => undefined));
    if (stored.success) return stored.data;
    const zones = await ask();
    if (zones.length > 0) {
      // A cache that cannot be written costs one more request next time.
      await this.#cache.put(cacheKey, zones, this.#clock.now() + DAY).catch(() => undefined);
    }
    return zones;
  }
}

/** Whether the text is a zone's id rather than its name. */
export function isZoneId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text);
}

function zonesIn(rows: readonly unknown[]): z.infer<typeof Zone>[] {
  return rows.flatMap((row) => {
    const zone = Zone.safeParse(row);
    return zone.success ? [{ id: zone.data.id.toLowerCase(), name: zone.data.name }] : [];
  });
}
