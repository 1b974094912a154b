import * as z from 'zod/mini';
import { DAY, type EpochMs, MINUTE } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BadInputError, ConfigError, LatchkeyError } from '../../runtime/errors.ts';
import type { CloudflareClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
import { FieldsRefusedError, NodeRefusedError, QueryRefusedError, ZonesRefusedError } from './refusals.ts';

export const NODE_NAMES = [
  'httpRequestsAdaptiveGroups',
  'firewallEventsAdaptiveGroups',
  'firewallEventsAdaptive',
] as const;
export type NodeName = (typeof NODE_NAMES)[number];

/** The most zones one query may name (`reference/cloudflare.md` §4.2). */
export const ZONES_PER_QUERY = 10;

/** What one analytics node of a zone allows (`reference/cloudflare.md` §4.3). */
export interface NodeLimits {
  readonly enabled: boolean;
  /** As the settings node writes them; undefined: it did not say. */
  readonly fields?: readonly string[] | undefined;
  /** Rows. */
  readonly maxPageSize: number;
  readonly maxNumberOfFields: number;
  /** Seconds. */
  readonly notOlderThan: number;
  /** Seconds. */
  readonly maxDuration: number;
}

/** What outlives a process, so that a capability is asked for and a field refused once a day. */
export interface Cache {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown, expiresAt: EpochMs): Promise<void>;
}

/** For a node that says nothing of itself: what the documentation names, and the shortest window seen (§4.2). */
const ASSUMED: NodeLimits = {
  enabled: true,
  maxPageSize: 10_000,
  maxNumberOfFields: 30,
  notOlderThan: DAY / 1000,
  maxDuration: DAY / 1000,
};

const limit = (assumed: number) => z.catch(z.number().check(z.positive()), assumed);

const NodeSettings = z.object({
  enabled: z.catch(z.boolean(), true),
  availableFields: z.catch(z.optional(z.array(z.string())), undefined),
  maxPageSize: limit(ASSUMED.maxPageSize),
  maxNumberOfFields: limit(ASSUMED.maxNumberOfFields),
  notOlderThan: limit(ASSUMED.notOlderThan),
  maxDuration: limit(ASSUMED.maxDuration),
});

const SettingsAnswer = z.object({
  viewer: z.object({
    zones: z.array(
      z.object({
        zoneTag: z.catch(z.optional(z.string()), undefined),
        settings: z.nullish(z.record(z.string(), z.unknown())),
      }),
    ),
  }),
});

const Stored = z.object({
  nodes: z.record(
    z.enum(NODE_NAMES),
    z.object({
      enabled: z.boolean(),
      fields: z.optional(z.array(z.string())),
      maxPageSize: z.number(),
      maxNumberOfFields: z.number(),
      notOlderThan: z.number(),
      maxDuration: z.number(),
    }),
  ),
  refused: z.array(z.string()),
  expiresAt: z.number(),
});

const SETTINGS = `zoneTag settings {
    ${NODE_NAMES.map((node) => `${node} { enabled availableFields maxPageSize maxNumberOfFields notOlderThan maxDuration }`).join('\n    ')}
  }`;
const QUERY = `query Capabilities($zoneTag: string) {
  viewer { zones(filter: { zoneTag: $zoneTag }) { ${SETTINGS} } }
}`;
const QUERY_MANY = `query Capabilities($zoneTags: [string!]) {
  viewer { zones(filter: { zoneTag_in: $zoneTags }) { ${SETTINGS} } }
}`;
/** How long a poll takes it that the token does not cover a zone: then it asks again. */
const UNCOVERED_MS = 5 * MINUTE;
/** Reads from the cache at a time. */
const CACHE_READS = 8;

/** What a zone's analytics offer, less what Cloudflare has refused since it said so. */
export class Offers {
  readonly nodes: Readonly<Record<NodeName, NodeLimits>>;
  readonly refused: ReadonlySet<string>;
  readonly expiresAt: EpochMs;

  constructor(nodes: Readonly<Record<NodeName, NodeLimits>>, refused: Iterable<string>, expiresAt: EpochMs) {
    this.nodes = nodes;
    this.refused = new Set(refused);
    this.expiresAt = expiresAt;
  }

  enabled(node: NodeName): boolean {
    return this.nodes[node].enabled && !this.refused.has(node);
  }

  /** Whether Cloudflare refused the field, or the node. */
  refuses(name: string): boolean {
    return this.refused.has(isNode(name) ? name : bare(name));
  }

  /** Whether the node has the field: a dimension by its bare name, an aggregate as `avg_sampleInterval`. */
  has(node: NodeName, field: string): boolean {
    if (this.refused.has(bare(field))) return false;
    const { fields } = this.nodes[node];
    return fields === undefined || fields.length === 0 || fields.some((offered) => bare(offered) === bare(field));
  }
}

/** Asks each zone once a day what its analytics offer, and remembers what was refused nevertheless. */
export class Capabilities {
  readonly #client: CloudflareClient;
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #known = new Map<string, Offers>();
  /** Why nothing is known of a zone, and until when it is not asked about again. */
  readonly #uncovered = new Map<string, { error: ConfigError; until: EpochMs }>();

  constructor(options: { client: CloudflareClient; cache: Cache; clock: Clock }) {
    this.#client = options.client;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /**
   * @throws ConfigError when the token does not cover the zone; else as `CloudflareClient.graphql`
   */
  async of(zoneId: string, deadline: EpochMs): Promise<Offers> {
    const known = this.#known.get(zoneId) ?? (await this.#remembered(zoneId));
    if (known !== undefined && known.expiresAt > this.#clock.now()) return known;
    const asked = await this.#ask(zoneId, deadline);
    await this.#keep(zoneId, asked);
    return asked;
  }

  /**
   * As `of` for many zones, in as few requests as Cloudflare allows: what each offers, or why that is not known. That the
   * token does not cover a zone is remembered for some minutes. Never throws for outside failures.
   */
  async ofEach(zoneIds: readonly string[], deadline: EpochMs): Promise<ReadonlyMap<string, Offers | LatchkeyError>> {
    const now = this.#clock.now();
    const found = new Map<string, Offers | LatchkeyError>();
    await inParallel(zoneIds, CACHE_READS, async (zoneId) => {
      const known = this.#known.get(zoneId) ?? (await this.#remembered(zoneId));
      const uncovered = this.#uncovered.get(zoneId);
      if (known !== undefined && known.expiresAt > now) found.set(zoneId, known);
      else if (uncovered !== undefined && uncovered.until > now) found.set(zoneId, uncovered.error);
    });
    const unknown = zoneIds.filter((zoneId) => !found.has(zoneId));
    for (let first = 0; first < unknown.length; first += ZONES_PER_QUERY) {
      const some = unknown.slice(first, first + ZONES_PER_QUERY);
      for (const [zoneId, offers] of await this.#askMany(some, deadline)) found.set(zoneId, offers);
    }
    return found;
  }

  /** Leaves these fields (or a whole node, by its name) out of every query to this zone until the next probe. */
  async refuse(zoneId: string, offers: Offers, names: readonly string[]): Promise<Offers> {
    const refused = [...offers.refused, ...names.map((name) => (isNode(name) ? name : bare(name)))];
    const fewer = new Offers(offers.nodes, refused, offers.expiresAt);
    await this.#keep(zoneId, fewer);
    return fewer;
  }

  async #askMany(zoneIds: readonly string[], deadline: EpochMs): Promise<ReadonlyMap<string, Offers | LatchkeyError>> {
    if (zoneIds.length < 2) return await this.#askEach(zoneIds, deadline);
    try {
      const found = await this.#readMany(
        zoneIds,
        await this.#client.graphql(QUERY_MANY, { zoneTags: zoneIds }, deadline),
      );
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
      const offers = await this.of(zoneId, deadline).catch(outsideFailure);
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
        const offers = offersOf(settings, this.#clock.now() + DAY);
        await this.#keep(zoneId, offers);
        found.set(zoneId, offers);
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

  async #ask(zoneId: string, deadline: EpochMs): Promise<Offers> {
    const expiresAt = this.#clock.now() + DAY;
    let settings: Readonly<Record<string, unknown>> = {};
    try {
      const answer = SettingsAnswer.safeParse(await this.#client.graphql(QUERY, { zoneTag: zoneId }, deadline));
      const zone = answer.data?.viewer.zones[0];
      if (answer.success && zone === undefined) throw zoneNotCovered(zoneId);
      settings = zone?.settings ?? {};
    } catch (error) {
      // Fails towards asking: a zone that hides its settings is asked with careful limits, and refuses what it must.
      if (!isRefusal(error)) throw error;
    }
    return offersOf(settings, expiresAt);
  }

  async #remembered(zoneId: string): Promise<Offers | undefined> {
    try {
      const stored = Stored.safeParse(await this.#cache.get(keyOf(zoneId)));
      if (!stored.success) return undefined;
      const { nodes, refused, expiresAt } = stored.data;
      const offers = new Offers({ ...everyNode(ASSUMED), ...nodes }, refused, expiresAt);
      this.#known.set(zoneId, offers);
      return offers;
    } catch {
      // Fails towards asking Cloudflare again: the cache saves a request, nothing rests on it.
      return undefined;
    }
  }

  async #keep(zoneId: string, offers: Offers): Promise<void> {
    this.#known.set(zoneId, offers);
    const { nodes, refused, expiresAt } = offers;
    try {
      await this.#cache.put(keyOf(zoneId), { nodes, refused: [...refused], expiresAt }, expiresAt);
    } catch {
      // As above: the next process asks again.
    }
  }
}

/** `viewer.zones: []` comes without an error and is one (`reference/cloudflare.md` §4.7). */
export function zoneNotCovered(zoneId: string): ConfigError {
  return new ConfigError(
    `the Cloudflare token does not cover the zone ${zoneId}: give it Analytics Read for that zone, or correct cloudflare.zones`,
  );
}

function offersOf(settings: Readonly<Record<string, unknown>>, expiresAt: EpochMs): Offers {
  const nodes = Object.fromEntries(NODE_NAMES.map((name) => [name, limitsOf(settings[name])]));
  return new Offers({ ...everyNode(ASSUMED), ...nodes }, [], expiresAt);
}

function outsideFailure(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  throw error;
}

function limitsOf(settings: unknown): NodeLimits {
  const parsed = NodeSettings.safeParse(settings);
  if (!parsed.success) return ASSUMED;
  const { availableFields: fields, ...limits } = parsed.data;
  return { ...limits, ...(fields === undefined ? {} : { fields }) };
}

function everyNode(limits: NodeLimits): Record<NodeName, NodeLimits> {
  return {
    httpRequestsAdaptiveGroups: limits,
    firewallEventsAdaptiveGroups: limits,
    firewallEventsAdaptive: limits,
  };
}

/** Refused names come back lower-cased, and group dimensions are flattened with an underscore (§4.3, §4.7). */
function bare(field: string): string {
  return field
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/^dimensions/, '');
}

function isNode(name: string): boolean {
  return NODE_NAMES.some((node) => node === name);
}

function isRefusal(error: unknown): boolean {
  return error instanceof FieldsRefusedError || error instanceof NodeRefusedError || error instanceof QueryRefusedError;
}

function keyOf(zoneId: string): string {
  return `cloudflare/capabilities/${zoneId}`;
}
