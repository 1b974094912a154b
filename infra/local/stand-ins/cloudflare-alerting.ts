import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import type { CloudflareWorld, ZonePlan } from '../scenario/world.ts';
import { failed, succeeded } from './cloudflare-envelope.ts';
import type { Answer, Asked } from './stand-in.ts';

/** What was registered, oldest first; live: a test may add what somebody else made. */
export interface AlertingBooks {
  readonly destinations: Destination[];
  readonly policies: JsonObject[];
}

export interface Destination {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Sent with every message, never shown. */
  readonly secret: string | undefined;
  readonly createdAt: string;
}

interface AlertType {
  readonly product: string;
  readonly type: string;
  readonly name: string;
  readonly plans: readonly ZonePlan[];
  /** Filter keys with how many values each takes. */
  readonly filters: Readonly<Record<string, '0-n' | '1-n'>>;
}

const ANY_PLAN: readonly ZonePlan[] = ['free', 'pro', 'business', 'enterprise'];

/** Who is offered what (`reference/cloudflare.md` §2); Advanced DDoS is nobody's plan. */
const ALERT_TYPES: readonly AlertType[] = [
  {
    product: 'Bots',
    type: 'bot_traffic_basic_alert',
    name: 'Bot Detection Alert',
    plans: ['enterprise'],
    filters: { zones: '1-n' },
  },
  {
    product: 'WAF',
    type: 'clickhouse_alert_fw_anomaly',
    name: 'Security Events Alert',
    plans: ['business', 'enterprise'],
    filters: { zones: '1-n', actions: '0-n' },
  },
  {
    product: 'WAF',
    type: 'clickhouse_alert_fw_ent_anomaly',
    name: 'Advanced Security Events Alert',
    plans: ['enterprise'],
    filters: { zones: '1-n', services: '0-n', actions: '0-n' },
  },
  {
    product: 'DoS Protection',
    type: 'dos_attack_l7',
    name: 'HTTP DDoS Attack Alert',
    plans: ANY_PLAN,
    filters: {},
  },
  {
    product: 'Logpush',
    type: 'failing_logpush_job_disabled_alert',
    name: 'Failing Logpush Job Disabled',
    plans: ['enterprise'],
    filters: {},
  },
  {
    product: 'SSL/TLS',
    type: 'universal_ssl_event_type',
    name: 'Universal SSL Alert',
    plans: ANY_PLAN,
    filters: {},
  },
];

/** The text of a destination's test (`reference/cloudflare.md` §1.3). */
const TEST_MESSAGE =
  'Hello World! This is a test message sent from https://cloudflare.com. If you can see this, your webhook is configured properly.';

/**
 * Answers `/accounts/{id}/alerting/v3/…` (`reference/cloudflare.md` §2, §3) for a caller whose token is good; undefined
 * for any other route. Creating a destination sends its test message first, and fails unless that is answered with 2xx.
 */
export async function answerAlerting(
  route: string,
  asked: Asked,
  world: CloudflareWorld,
  books: AlertingBooks,
  clock: Clock,
): Promise<Answer | undefined> {
  const [, account, rest] = /^\/accounts\/([^/]+)\/alerting\/v3\/(.+)$/.exec(route) ?? [];
  if (account === undefined || rest === undefined) return undefined;
  if (account !== world.account.id) return failed(403, 10000, 'Authentication error');
  const at = (pattern: RegExp) => pattern.exec(rest)?.[1];
  if (rest === 'available_alerts' && asked.method === 'GET') return done(offered(world));
  if (rest === 'destinations/webhooks') return await destinations(asked, books, clock);
  const destinationId = at(/^destinations\/webhooks\/(\w+)$/);
  if (destinationId !== undefined) return oneDestination(asked, destinationId, books);
  if (rest === 'policies') return policies(asked, world, books, clock);
  const policyId = at(/^policies\/(\w+)$/);
  if (policyId !== undefined) return onePolicy(asked, policyId, world, books, clock);
  return failed(404, 7000, 'No route for that URI');
}

function done(result: unknown): Answer {
  return { status: 200, body: succeeded(result) };
}

/** By product, with the filters each type takes. */
function offered(world: CloudflareWorld): Record<string, object[]> {
  const shown: Record<string, object[]> = {};
  for (const { product, type, name, filters } of typesOf(world)) {
    const filterOptions = Object.entries(filters).map(([key, range]) => ({
      AvailableValues: null,
      ComparisonOperator: '==',
      Key: key,
      Range: range,
    }));
    const row = { type, display_name: name, description: `${name}.`, filter_options: filterOptions };
    shown[product] = [...(shown[product] ?? []), row];
  }
  return shown;
}

/** An account is offered what the best plan among its zones includes. */
function typesOf({ zones }: CloudflareWorld): AlertType[] {
  return ALERT_TYPES.filter(({ plans }) => zones.some(({ plan }) => plans.includes(plan)));
}

async function destinations(asked: Asked, books: AlertingBooks, clock: Clock): Promise<Answer> {
  if (asked.method === 'GET') return done(books.destinations.map(shownDestination));
  if (asked.method !== 'POST') return notAllowed();
  const given = destinationIn(asked);
  if (given === undefined) return failed(400, 1004, 'Invalid request: name and url are required');
  const refused = await test(given);
  if (refused !== undefined) return failed(400, 1004, refused);
  const made = { ...given, id: idAfter(books.destinations), createdAt: new Date(clock.now()).toISOString() };
  books.destinations.push(made);
  return done({ id: made.id });
}

function oneDestination(asked: Asked, id: string, { destinations }: AlertingBooks): Answer {
  const index = destinations.findIndex((one) => one.id === id);
  const known = destinations[index];
  if (known === undefined) return failed(404, 1002, 'webhook not found');
  if (asked.method === 'GET') return done(shownDestination(known));
  if (asked.method !== 'PUT') return notAllowed();
  const given = destinationIn(asked);
  if (given === undefined) return failed(400, 1004, 'Invalid request: name and url are required');
  destinations[index] = { ...known, ...given, secret: given.secret ?? known.secret };
  return done({ id });
}

function destinationIn({ text }: Asked): Pick<Destination, 'name' | 'url' | 'secret'> | undefined {
  const body = parseJson(text);
  if (!isObject(body) || typeof body.name !== 'string' || typeof body.url !== 'string') return undefined;
  return { name: body.name, url: body.url, secret: typeof body.secret === 'string' ? body.secret : undefined };
}

function shownDestination({ id, name, url, createdAt }: Destination): object {
  return { id, name, url, type: 'generic', created_at: createdAt, last_success: null, last_failure: null };
}

/** Why Cloudflare refuses the destination; undefined when the test was answered with 2xx. */
async function test({ url, secret }: Pick<Destination, 'url' | 'secret'>): Promise<string | undefined> {
  try {
    const { status, statusText } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(secret === undefined ? {} : { 'cf-webhook-auth': secret }) },
      body: JSON.stringify({ text: TEST_MESSAGE }),
      redirect: 'manual',
    });
    if (status >= 200 && status < 300) return undefined;
    return `Webhook test failed with status code ${status} ${status} ${statusText}`;
  } catch {
    // Nobody there: the destination is refused as well, in words of our own.
    return 'Webhook test failed: the URL could not be reached';
  }
}

function policies(asked: Asked, world: CloudflareWorld, books: AlertingBooks, clock: Clock): Answer {
  if (asked.method === 'GET') return done(books.policies);
  if (asked.method !== 'POST') return notAllowed();
  const body = parseJson(asked.text);
  const problem = isObject(body) ? policyProblem(body, world, books) : 'the body is no object';
  if (problem !== undefined || !isObject(body)) return failed(400, 1004, `Invalid request: ${problem}`);
  const now = new Date(clock.now()).toISOString();
  const made = { ...body, id: idAfter(books.policies), created: now, modified: now };
  books.policies.push(made);
  return done({ id: made.id });
}

function onePolicy(asked: Asked, id: string, world: CloudflareWorld, books: AlertingBooks, clock: Clock): Answer {
  const index = books.policies.findIndex((one) => one.id === id);
  const known = books.policies[index];
  if (known === undefined) return failed(404, 1002, 'policy not found');
  if (asked.method === 'GET') return done(known);
  if (asked.method !== 'PUT') return notAllowed();
  const body = parseJson(asked.text);
  const changed = { ...known, ...(isObject(body) ? body : {}), id, modified: new Date(clock.now()).toISOString() };
  const problem = policyProblem(changed, world, books);
  if (problem !== undefined) return failed(400, 1004, `Invalid request: ${problem}`);
  books.policies[index] = changed;
  return done({ id });
}

/** What Cloudflare would refuse about a policy. */
function policyProblem(policy: JsonObject, world: CloudflareWorld, books: AlertingBooks): string | undefined {
  const { name, alert_type: type, enabled, mechanisms } = policy;
  if (typeof name !== 'string' || typeof enabled !== 'boolean') return 'name and enabled are required';
  const known = typesOf(world).find((one) => one.type === type);
  if (known === undefined) return `alert_type ${String(type)} is not available to this account`;
  const webhooks: unknown = isObject(mechanisms) ? mechanisms.webhooks : undefined;
  const hooks: readonly unknown[] = Array.isArray(webhooks) ? webhooks : [];
  if (!hooks.every((hook) => isObject(hook) && books.destinations.some(({ id }) => id === hook.id))) {
    return 'mechanisms name a webhook that does not exist';
  }
  return filterProblem(isObject(policy.filters) ? policy.filters : {}, known, world);
}

function filterProblem(filters: JsonObject, type: AlertType, world: CloudflareWorld): string | undefined {
  for (const [key, values] of Object.entries(filters)) {
    if (!Object.hasOwn(type.filters, key)) return `filter ${key} is not supported by ${type.type}`;
    if (!Array.isArray(values)) return `filter ${key} must be a list`;
  }
  const missing = Object.entries(type.filters).find(([key, range]) => range === '1-n' && !Object.hasOwn(filters, key));
  if (missing !== undefined) return `filter ${missing[0]} is required by ${type.type}`;
  const zones: readonly unknown[] = Array.isArray(filters.zones) ? filters.zones : [];
  const unknown = zones.find((zone) => !world.zones.some(({ id }) => id === zone));
  return unknown === undefined ? undefined : `zone ${String(unknown)} is not in this account`;
}

function notAllowed(): Answer {
  return failed(405, 10405, 'Method not allowed for this authentication scheme');
}

/** 32 hexadecimal digits. */
function idAfter(list: readonly unknown[]): string {
  return (list.length + 1).toString(16).padStart(32, 'a');
}
