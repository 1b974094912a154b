import * as z from 'zod/mini';
import { DAY, type EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { CloudflareClient } from './client.ts';
import { FieldsRefusedError, NodeRefusedError, QueryRefusedError } from './refusals.ts';

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

/** An answer to it. */
export const SettingsAnswer = z.object({
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

/** What a query asks of each zone it names. */
export const SETTINGS = `zoneTag settings {
    ${NODE_NAMES.map((node) => `${node} { enabled availableFields maxPageSize maxNumberOfFields notOlderThan maxDuration }`).join('\n    ')}
  }`;
const QUERY = `query Capabilities($zoneTag: string) {
  viewer { zones(filter: { zoneTag: $zoneTag }) { ${SETTINGS} } }
}`;

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

  constructor(options: { client: CloudflareClient; cache: Cache; clock: Clock }) {
    this.#client = options.client;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /**
   * @throws ConfigError when the token does not cover the zone; else as `CloudflareClient.graphql`
   */
  async of(zoneId: string, deadline: EpochMs): Promise<Offers> {
    return (await this.known(zoneId)) ?? (await this.learn(zoneId, await this.#ask(zoneId, deadline)));
  }

  /** What is known of a zone without asking; undefined where nothing is, or it is a day old. */
  async known(zoneId: string): Promise<Offers | undefined> {
    const known = this.#known.get(zoneId) ?? (await this.#remembered(zoneId));
    return known !== undefined && known.expiresAt > this.#clock.now() ? known : undefined;
  }

  /** Remembers for a day what a zone said of itself. */
  async learn(zoneId: string, settings: Readonly<Record<string, unknown>>): Promise<Offers> {
    const nodes = Object.fromEntries(NODE_NAMES.map((name) => [name, limitsOf(settings[name])]));
    const offers = new Offers({ ...everyNode(ASSUMED), ...nodes }, [], this.#clock.now() + DAY);
    await this.#keep(zoneId, offers);
    return offers;
  }

  /** Leaves these fields (or a whole node, by its name) out of every query to this zone until the next probe. */
  async refuse(zoneId: string, offers: Offers, names: readonly string[]): Promise<Offers> {
    const refused = [...offers.refused, ...names.map((name) => (isNode(name) ? name : bare(name)))];
    const fewer = new Offers(offers.nodes, refused, offers.expiresAt);
    await this.#keep(zoneId, fewer);
    return fewer;
  }

  async #ask(zoneId: string, deadline: EpochMs): Promise<Readonly<Record<string, unknown>>> {
    try {
      const answer = SettingsAnswer.safeParse(await this.#client.graphql(QUERY, { zoneTag: zoneId }, deadline));
      const zone = answer.data?.viewer.zones[0];
      if (answer.success && zone === undefined) throw zoneNotCovered(zoneId);
      return zone?.settings ?? {};
    } catch (error) {
      // Fails towards asking: a zone that hides its settings is asked with careful limits, and refuses what it must.
      if (isRefusal(error)) return {};
      throw error;
    }
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
