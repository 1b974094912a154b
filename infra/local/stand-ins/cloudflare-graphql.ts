import type { CloudflareWorld, NodeSettings, Zone } from '../scenario/world.ts';
import { type Asking, analyticsNode, answerNode } from './cloudflare-datasets.ts';
import { readDocument, type Selected } from './cloudflare-document.ts';
import { invalidValue, Refused, tooManyNodes, unknownField, zonesRefused } from './cloudflare-errors.ts';

/** The most zones one query may name (`reference/cloudflare.md` §4.2). */
const MOST_ZONES = 10;

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/**
 * Reads the body of a GraphQL request.
 * @throws Refused when it is no JSON object with a `query`.
 */
export function readRequest(text: string): GraphqlRequest {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refused(400, 'error decoding request body');
  }
  if (!isObject(body) || typeof body.query !== 'string') throw new Refused(400, 'query must be given');
  const { query, variables, operationName } = body;
  if (variables !== undefined && variables !== null && !isObject(variables))
    throw invalidValue('variables', 'an object');
  return {
    query,
    variables: variables ?? {},
    operationName: typeof operationName === 'string' ? operationName : undefined,
  };
}

/**
 * Runs a query of the analytics API.
 * @param budget requests left in the current span.
 * @throws Refused: one refused field refuses the whole query.
 */
export function runQuery(request: GraphqlRequest, world: CloudflareWorld, asking: Asking, budget: number): unknown {
  const fields = readDocument(request.query, request.variables, request.operationName);
  return resolve(fields, 'query', (root) => {
    if (root.name !== 'viewer') throw unknownField(root.name);
    return resolve(root.fields, 'viewer', (field) => {
      if (field.name === 'budget') return budget;
      if (field.name === 'accounts') throw new Refused(403, 'not authorized for that account', { code: 'authz' });
      if (field.name !== 'zones') throw unknownField(field.name);
      const zones = zonesAsked(field, world);
      const nodes = field.fields.filter(({ name }) => analyticsNode(name) !== undefined).length;
      if (zones.length * nodes > (world.mostNodes ?? Number.POSITIVE_INFINITY)) throw tooManyNodes();
      return zones.map((zone, index) => zoneAnswer(zone, field, index, asking));
    });
  });
}

function resolve(
  fields: readonly Selected[],
  type: string,
  answer: (field: Selected) => unknown,
): Record<string, unknown> {
  if (fields.length === 0) throw new Refused(400, `"${type}" must have a selection of fields`);
  return Object.fromEntries(fields.map((field) => [field.key, field.name === '__typename' ? type : answer(field)]));
}

/** Zones our token does not cover are left out without a word, unless the scenario has them refused. */
function zonesAsked(field: Selected, world: CloudflareWorld): readonly Zone[] {
  const filter = field.args.filter;
  if (!isObject(filter)) throw invalidValue('filter', 'an object');
  const { zoneTag, zoneTag_in: several, ...others } = filter;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw unknownField(unknown);
  const asked = zoneTag === undefined ? several : [zoneTag];
  if (!Array.isArray(asked) || !asked.every((id) => typeof id === 'string')) {
    throw invalidValue('zoneTag', 'a string, or a list of them in zoneTag_in');
  }
  if (asked.length > MOST_ZONES) throw new Refused(400, `too many zones requested, no more than ${MOST_ZONES} allowed`);
  const zones = world.zones.filter(({ id }) => asked.includes(id));
  const refused = zones.filter(({ access }) => access === 'refused').map(({ id }) => id);
  if (refused.length > 0) throw zonesRefused(refused);
  return zones.filter(({ access }) => access === 'read');
}

function zoneAnswer(zone: Zone, asked: Selected, index: number, asking: Asking): Record<string, unknown> {
  return resolve(asked.fields, 'zone', (field) => {
    if (field.name === 'zoneTag') return zone.id;
    if (field.name === 'settings') return settingsAnswer(zone, field);
    const node = analyticsNode(field.name);
    if (node === undefined) throw unknownField(field.name);
    return answerNode(field, node, zone, ['viewer', asked.key, String(index), field.key], asking);
  });
}

function settingsAnswer(zone: Zone, settings: Selected): Record<string, unknown> {
  return resolve(settings.fields, 'settings', (field) => {
    const node = analyticsNode(field.name);
    if (node === undefined) throw unknownField(field.name);
    return resolve(field.fields, 'nodeSettings', ({ name }) => {
      if (!isSetting(name)) throw unknownField(name);
      return zone.nodes[node][name];
    });
  });
}

const SETTINGS: Readonly<Record<keyof NodeSettings, true>> = {
  enabled: true,
  availableFields: true,
  maxPageSize: true,
  maxNumberOfFields: true,
  notOlderThan: true,
  maxDuration: true,
};

function isSetting(name: string): name is keyof NodeSettings {
  return Object.hasOwn(SETTINGS, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
