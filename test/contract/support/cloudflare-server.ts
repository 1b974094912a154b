import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { cellOf, groupRows, type NodeSettings, passes, type Row } from './cloudflare-data.ts';
import { type Asked, readQuery } from './cloudflare-query.ts';

export const TOKEN = 'cf-token';
/** Every test's clock starts here. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');

const SHARED = ['clientIP', 'clientAsn', 'clientCountryName', 'clientASNDescription', 'clientRequestHTTPHost'];
const BOTH = [...SHARED, 'clientRequestPath', 'datetime', 'datetimeMinute', 'ja4', 'botScore', 'verifiedBotCategory'];
const HTTP = [...BOTH, 'botManagementDecision', 'requestSource'];
const FIREWALL = [...BOTH, 'source', 'action'];
const BOT_FIELDS = ['botScore', 'botManagementDecision', 'ja4'];

const LIMITS = { maxPageSize: 10_000, maxNumberOfFields: 30, notOlderThan: 8 * 86_400, maxDuration: 86_400 };

export interface FakeRuleset {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly rules: readonly { readonly id: string; readonly description?: unknown }[];
}

/** A zone with Bot Management and every node open; tests close what they are about. */
export class FakeZone {
  readonly id: string;
  readonly name: string;
  requests: Row[] = [];
  events: Row[] = [];
  rulesets: FakeRuleset[] | 'forbidden' = [];
  /** Covered by the token. */
  visible = true;
  /** Asking about it is an error. */
  refused = false;
  /** Says its id when it refuses a field. */
  namesItself = true;
  /** Listed in `availableFields` and refused all the same. */
  gated = new Set<string>();
  /** Filters the zone does not take. */
  refusedFilters = new Set<string>();
  /** One row stands for this many, by the length of the window in milliseconds. */
  sampling: (length: number) => number = () => 1;
  nodes: Record<string, NodeSettings> = {
    httpRequestsAdaptiveGroups: { ...LIMITS, enabled: true, availableFields: flattened(HTTP) },
    firewallEventsAdaptiveGroups: { ...LIMITS, enabled: true, availableFields: flattened(FIREWALL) },
    firewallEventsAdaptive: {
      ...LIMITS,
      enabled: true,
      availableFields: [...FIREWALL, 'rayName', 'ruleId', 'matchIndex', 'sampleInterval'],
    },
  };

  constructor(id: string, name: string) {
    this.id = id.padEnd(32, '0');
    this.name = name;
  }

  node(name: string): NodeSettings {
    const node = this.nodes[name];
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  /** As below Enterprise: no bot fields anywhere. */
  withoutBotManagement(): this {
    for (const node of Object.values(this.nodes)) {
      node.availableFields = node.availableFields.filter(
        (field) => !BOT_FIELDS.includes(field.replace('dimensions_', '')),
      );
    }
    return this;
  }
}

export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  /** Close the socket after this many bytes of a longer body. */
  readonly cutAfter?: number;
  /** Send the head and never the end. */
  readonly hang?: boolean;
}

/** Cloudflare's GraphQL and zones API over real HTTP, as documented. */
export class CloudflareServer {
  zones: FakeZone[] = [];
  /** Answers given instead of real ones, in order; `undefined` lets one request through. */
  faults: (Fault | undefined)[] = [];
  /** Given to every GraphQL query but the settings query, as long as it is set. */
  down: Fault | undefined;
  readonly queries: { query: string; variables: Record<string, unknown>; fields: readonly Asked[] }[] = [];
  readonly paths: string[] = [];
  url = '';
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/client/v4`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The data queries: all but those for settings. */
  get dataQueries() {
    return this.queries.filter(({ query }) => !query.includes('settings'));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = (request.url ?? '').replace('/client/v4', '');
    this.paths.push(path);
    const fault = this.faults.shift();
    if (fault !== undefined) return send(response, fault);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return send(response, {
        status: 401,
        body: { success: false, errors: [{ code: 10000, message: 'Authentication error' }] },
      });
    }
    if (path !== '/graphql') return send(response, this.#rest(path));
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
    if (this.down !== undefined && !query.includes('settings')) return send(response, this.down);
    send(response, this.#graphql(query, variables));
  }

  #rest(path: string): Fault {
    const [, zoneTag, rulesetId] = /^\/zones\/(\w+)\/rulesets(?:\/(\w+))?(?:\?|$)/.exec(path) ?? [];
    const rulesets = this.zones.find(({ id, visible }) => visible && id === zoneTag)?.rulesets;
    if (rulesets !== undefined) return answerRulesets(rulesets, rulesetId);
    const visible = this.zones.filter((zone) => zone.visible).map(({ id, name }) => ({ id, name, status: 'active' }));
    const url = new URL(path, 'http://x');
    const id = /^\/zones\/(\w+)$/.exec(url.pathname)?.[1];
    if (id !== undefined) {
      const zone = visible.find((known) => known.id === id);
      if (zone === undefined)
        return { status: 404, body: { success: false, errors: [{ code: 7003, message: 'no' }], result: null } };
      return { body: { success: true, errors: [], result: zone } };
    }
    const name = url.searchParams.get('name');
    const found = name === null ? visible : visible.filter((zone) => zone.name === name);
    const perPage = Number(url.searchParams.get('per_page') ?? 20);
    const page = Number(url.searchParams.get('page') ?? 1);
    return {
      body: {
        success: true,
        errors: [],
        result: found.slice((page - 1) * perPage, page * perPage),
        result_info: { page, per_page: perPage, total_pages: Math.max(1, Math.ceil(found.length / perPage)) },
      },
    };
  }

  #graphql(query: string, variables: Record<string, unknown>): Fault {
    try {
      const fields = readQuery(query, variables);
      this.queries.push({ query, variables, fields });
      const viewer = fields[0];
      const zones = viewer?.fields[0];
      const { zoneTag, zoneTag_in: several = [zoneTag] } = Object(zones?.args.filter);
      if (several.length > 10) throw new Error('too many zones requested');
      const found = this.zones.filter((known) => several.includes(known.id) && known.visible);
      const refused = found.filter((zone) => zone.refused).map(({ id, namesItself }) => (namesItself ? id : ''));
      if (refused.length > 0) throw new Error(`zones [${refused.join(' ')}] are not authorized`);
      const answer = found.map((zone) => answerZone(zone, zones?.fields ?? []));
      return { body: { data: { viewer: { zones: answer } }, errors: null } };
    } catch (error) {
      return { body: graphqlError(error instanceof Error ? error.message : String(error)) };
    }
  }
}

function answerRulesets(rulesets: readonly FakeRuleset[] | 'forbidden', id: string | undefined): Fault {
  const errors = [{ code: 10000, message: 'Authentication error' }];
  if (rulesets === 'forbidden') return { status: 403, body: { success: false, errors, result: null } };
  const list = rulesets.map(({ rules: _, ...ruleset }) => ruleset);
  const result = id === undefined ? list : rulesets.find((ruleset) => ruleset.id === id);
  if (result === undefined) return { status: 404, body: { success: false, errors, result: null } };
  return { body: { success: true, errors: [], result } };
}

/** An answer that HTTP calls a success and GraphQL does not. */
export function graphqlError(message: string, extensions: object = {}) {
  return {
    data: null,
    errors: [{ message, path: [], extensions: { timestamp: '2026-03-01T12:00:00Z', ...extensions } }],
  };
}

function answerZone(zone: FakeZone, fields: readonly Asked[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      if (field.name === 'zoneTag') return ['zoneTag', zone.id];
      if (field.name === 'settings') {
        return ['settings', Object.fromEntries(field.fields.map(({ name }) => [name, zone.nodes[name]]))];
      }
      return [field.alias, answerNode(zone, field)];
    }),
  );
}

function answerNode(zone: FakeZone, asked: Asked): unknown[] {
  const node = zone.node(asked.name);
  if (!node.enabled) throw new Error(`zone '${zone.id}' does not have access to the path`);
  const filter = Object(asked.args.filter);
  const limit = Number(asked.args.limit);
  const since = Date.parse(filter.datetime_geq);
  const until = Date.parse(filter.datetime_lt);
  const dimensions = asked.fields.find(({ name }) => name === 'dimensions')?.fields.map(({ name }) => name);
  const columns =
    dimensions ?? asked.fields.map(({ name }) => name).filter((name) => name !== 'count' && name !== 'avg');
  check(zone, node, { limit, since, until, columns, filter });
  const rows = (asked.name.startsWith('http') ? zone.requests : zone.events).filter((row) => passes(row, filter));
  const sampleInterval = zone.sampling(until - since);
  const orderBy = Array.isArray(asked.args.orderBy) ? asked.args.orderBy : [];
  if (asked.name === 'firewallEventsAdaptive') return rawRows(rows, columns, limit, orderBy);
  const groups = groupRows(rows.length === 0 ? [] : rows, dimensions ?? [], orderBy);
  return groups.slice(0, limit).map((group) => ({ ...group, avg: { sampleInterval } }));
}

function rawRows(
  rows: readonly Row[],
  columns: readonly string[],
  limit: number,
  orderBy: readonly string[],
): unknown[] {
  const key = (row: Row) => `${cellOf(row, 'datetime')} ${row.rayName}`;
  const sign = orderBy[0]?.endsWith('DESC') ? -1 : 1;
  return [...rows]
    .sort((a, b) => sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
    .slice(0, limit)
    .map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? cellOf(row, column)])));
}

function check(
  zone: FakeZone,
  node: NodeSettings,
  asked: { limit: number; since: number; until: number; columns: readonly string[]; filter: object },
): void {
  const filtered = JSON.stringify(asked.filter);
  const gated = [...zone.gated].find((field) => asked.columns.includes(field) || filtered.includes(`"${field}`));
  if (gated !== undefined)
    throw new Error(
      `zone ${zone.namesItself ? `'${zone.id}' ` : ''}does not have access to the field '${gated.toLowerCase()}'`,
    );
  const refused = [...zone.refusedFilters].find((field) => filtered.includes(`"${field}"`));
  if (refused !== undefined) throw new Error(`unknown field "${refused}"`);
  const known = node.availableFields.map((field) => field.replace('dimensions_', ''));
  const unknown = asked.columns.find((column) => !known.includes(column));
  if (unknown !== undefined) throw new Error(`unknown field "${unknown}"`);
  if (asked.columns.length > node.maxNumberOfFields) throw new Error("number of fields can't be more than that");
  if (!(asked.limit > 0 && asked.limit <= node.maxPageSize)) {
    throw new Error(`limit must be positive number and not greater than ${node.maxPageSize}`);
  }
  if (asked.until - asked.since > node.maxDuration * 1000) throw new Error('query time range is too large');
  if (asked.since < NOW - node.notOlderThan * 1000) throw new Error('cannot request data older than that');
}

function flattened(dimensions: readonly string[]): string[] {
  return ['count', 'avg_sampleInterval', ...dimensions.map((name) => `dimensions_${name}`)];
}

function send(response: ServerResponse, fault: Fault): void {
  const text = fault.text ?? JSON.stringify(fault.body ?? {});
  response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers });
  if (fault.hang) response.write(text.slice(0, 1));
  else if (fault.cutAfter === undefined) response.end(text);
  else response.write(text.slice(0, fault.cutAfter), () => response.destroy());
}
