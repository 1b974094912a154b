import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TransientError } from '../../runtime/errors.ts';
import { type Capabilities, NODE_NAMES, type NodeName, type Offers, zoneNotCovered } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { FieldsRefusedError, NodeRefusedError, QueryRefusedError } from './refusals.ts';
import type { ZoneRef } from './zones.ts';

/** A value handed to a query as a variable: scalars only, as the names of filter input types are not certain (§4.1). */
export interface Variable {
  readonly type: 'string' | '[string!]' | 'Time';
  readonly value: string | readonly string[];
}

/** One reading of one analytics node, under an alias of its own. */
export interface NodeQuery {
  readonly alias: string;
  readonly node: NodeName;
  /** The filter object's fields as GraphQL text; everything from outside is a variable in it. */
  readonly filter: readonly string[];
  /** Rows. */
  readonly limit: number;
  /** The largest groups are enough: being cut at the limit is no gap. */
  readonly topOnly?: boolean;
  /** For example `count_DESC`. */
  readonly orderBy?: readonly string[];
  /** Dimensions of a groups node, columns of the raw one. The most important first, as a node takes only so many. */
  readonly fields: readonly string[];
}

export interface ZoneQuery {
  readonly nodes: readonly NodeQuery[];
  readonly variables: Readonly<Record<string, Variable>>;
}

/** Rows as they came, by alias. */
export type ZoneAnswer = Readonly<Record<string, readonly unknown[]>>;

/** Gated fields are refused one at a time; more refusals than this for one query mean that something else is wrong. */
const MAX_REFUSALS = 12;

const Answer = z.object({ viewer: z.object({ zones: z.array(z.record(z.string(), z.unknown())) }) });

/** Asks one zone's analytics, and gets along with what the zone refuses. */
export class ZoneAnalytics {
  readonly clock: Clock;
  readonly #client: CloudflareClient;
  readonly #capabilities: Capabilities;

  constructor(options: { client: CloudflareClient; capabilities: Capabilities; clock: Clock }) {
    this.clock = options.clock;
    this.#client = options.client;
    this.#capabilities = options.capabilities;
  }

  /** @throws as `Capabilities.of` */
  async offers(zone: ZoneRef, deadline: EpochMs): Promise<Offers> {
    return await this.#capabilities.of(zone.id, deadline);
  }

  /**
   * Runs the query that `plan` makes of what the zone offers; undefined when `plan` makes none. Where Cloudflare refuses
   * a field or a node, that is remembered and the query planned again without it.
   * @throws ConfigError when the token does not cover the zone; else as `CloudflareClient.graphql`
   */
  async ask(
    zone: ZoneRef,
    plan: (offers: Offers) => ZoneQuery | undefined,
    deadline: EpochMs,
  ): Promise<ZoneAnswer | undefined> {
    let offers = await this.#capabilities.of(zone.id, deadline);
    let before = '';
    for (let refusals = 0; ; refusals++) {
      const query = plan(offers);
      if (query === undefined) return undefined;
      const text = textOf(query, offers);
      if (text === before || refusals > MAX_REFUSALS) {
        throw new QueryRefusedError('the zone refuses a field that cannot be left out');
      }
      before = text;
      try {
        return zoneIn(await this.#client.graphql(text, variablesOf(zone, query), deadline), zone);
      } catch (error) {
        const refused = refusedBy(error, query);
        if (refused === undefined) throw error;
        // Fails towards asking for less: the plan leaves the field out, or uses another node.
        offers = await this.#capabilities.refuse(zone.id, offers, refused);
      }
    }
  }
}

/** An instant as analytics take and give it: ISO 8601 in UTC, whole seconds. */
export function isoSeconds(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** What was refused under the name of a field: an unknown one may be a node that the zone's schema does not have at all. */
export function nodeOrField(field: string): string {
  return NODE_NAMES.find((name) => name.toLowerCase() === field.toLowerCase()) ?? field;
}

function refusedBy(error: unknown, { nodes }: ZoneQuery): readonly string[] | undefined {
  if (error instanceof FieldsRefusedError) return error.fields.map(nodeOrField);
  if (error instanceof NodeRefusedError) return [...new Set(nodes.map(({ node }) => node))];
  return undefined;
}

function textOf({ nodes, variables }: ZoneQuery, offers: Offers): string {
  const declared = Object.entries(variables).map(([name, { type }]) => `$${name}: ${type}`);
  return `query Sightings(${['$zoneTag: string', ...declared].join(', ')}) {
  viewer { zones(filter: { zoneTag: $zoneTag }) { zoneTag
${nodes.map((node) => `    ${nodeText(node, offers)}`).join('\n')}
  } }
}`;
}

/** One reading as GraphQL text, with as many of its fields as the node takes. */
export function nodeText(query: NodeQuery, offers: Offers): string {
  const { alias, node, filter, limit, orderBy } = query;
  const order = orderBy === undefined ? '' : `, orderBy: [${orderBy.join(', ')}]`;
  const head = `${alias}: ${node}(limit: ${limit}${order}, filter: { ${filter.join(', ')} })`;
  return `${head} { ${selection(query, offers)} }`;
}

function selection({ node, fields }: NodeQuery, offers: Offers): string {
  const most = offers.nodes[node].maxNumberOfFields;
  if (node === 'firewallEventsAdaptive') return fields.slice(0, most).join(' ');
  const sampling = offers.has(node, 'avg_sampleInterval') ? ' avg { sampleInterval }' : '';
  const dimensions = fields.slice(0, Math.max(1, most - (sampling === '' ? 1 : 2)));
  return `count${sampling}${dimensions.length === 0 ? '' : ` dimensions { ${dimensions.join(' ')} }`}`;
}

function variablesOf(zone: ZoneRef, { variables }: ZoneQuery): Record<string, unknown> {
  const values = Object.entries(variables).map(([name, { value }]) => [name, value]);
  return { zoneTag: zone.id, ...Object.fromEntries(values) };
}

function zoneIn(data: unknown, zone: ZoneRef): ZoneAnswer {
  const parsed = Answer.safeParse(data);
  if (!parsed.success) throw new TransientError('Cloudflare answered a query in a form it does not document');
  const [found] = parsed.data.viewer.zones;
  if (found === undefined) throw zoneNotCovered(zone.name ?? zone.id);
  const rows: Record<string, readonly unknown[]> = {};
  for (const [alias, value] of Object.entries(found)) if (Array.isArray(value)) rows[alias] = value;
  return rows;
}
