import type { EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { type Answer, type Asked, type Faults, faults, rateLimit, type StandIn, serve } from './stand-in.ts';

export interface PagerDutyStandInOptions {
  readonly clock: Clock;
  readonly port?: number;
  readonly faults?: Partial<Faults>;
  /** Keys it knows; without a list any key of the right form. */
  readonly routingKeys?: readonly string[];
  /** Events a key may send in 60 s; 120 by default. */
  readonly eventsPerMinute?: number;
}

export interface PagerDutyStandIn extends StandIn {
  readonly faults: Faults;
  /** Read at every request. Undefined: any key of the right form. */
  routingKeys: readonly string[] | undefined;
  /** Every event answered 202, oldest first. */
  readonly accepted: { readonly at: EpochMs; readonly body: unknown }[];
}

/** A key of the right form that stands for no service. */
export const PAGERDUTY_STAND_IN_KEY = '0123456789abcdef0123456789abcdef';

/** `reference/pagerduty.md` §1: 512 KB. */
const LARGEST_EVENT = 512 * 1024;

/** PagerDuty's Events API v2 (`reference/pagerduty.md` §1). `url` is the root that `/v2/enqueue` is appended to. */
export async function startPagerDutyStandIn(options: PagerDutyStandInOptions): Promise<PagerDutyStandIn> {
  const live = {
    faults: faults(options.faults),
    accepted: [] as { at: EpochMs; body: unknown }[],
    routingKeys: options.routingKeys,
  };
  const limit = rateLimit(options.eventsPerMinute ?? 120, 60_000, options.clock);
  const server = await serve({
    name: 'pagerduty',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    answer: (asked) => enqueue(asked, standIn),
  });
  const standIn: PagerDutyStandIn = Object.assign(live, server);
  return standIn;

  function enqueue(asked: Asked, { accepted, routingKeys }: PagerDutyStandIn): Answer {
    if (asked.path !== '/v2/enqueue') return { status: 404, body: { error: { message: 'Not Found', code: 2100 } } };
    if (asked.method !== 'POST') return { status: 405 };
    if (Buffer.byteLength(asked.text, 'utf8') > LARGEST_EVENT) return { status: 413 };
    const event = parse(asked.text);
    if (event === undefined) return refused(['JSON is invalid']);
    const errors = faultsOf(event);
    const key = event.routing_key;
    if (errors.length > 0 || typeof key !== 'string') return refused(errors);
    if (routingKeys !== undefined && !routingKeys.includes(key)) return refused(["'routing_key' is invalid"]);
    if ('waitMs' in limit.take(key))
      return {
        status: 429,
        body: {
          status: 'throttle exceeded',
          message: 'Requests for this service are arriving too quickly.  Please retry later.',
        },
      };
    accepted.push({ at: options.clock.now(), body: event });
    const dedup_key = typeof event.dedup_key === 'string' ? event.dedup_key : `stand-in-${accepted.length}`;
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key } };
  }
}

type Json = Readonly<Record<string, unknown>>;

function refused(errors: readonly string[]): Answer {
  return {
    status: 400,
    body: { status: 'invalid event', message: 'Event object is invalid', errors },
  };
}

function parse(text: string): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    // Not JSON: the caller is told.
    return undefined;
  }
}

const ACTIONS = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'error', 'warning', 'info'];

/** Everything PagerDuty would refuse about the event, in its words. */
function faultsOf(event: Json): string[] {
  const errors: string[] = [];
  const { routing_key, event_action, dedup_key, payload, links } = event;
  if (typeof routing_key !== 'string') errors.push("'routing_key' is missing or blank");
  else if (routing_key.length !== 32) errors.push("'routing_key' is invalid (must be 32 characters)");
  if (!isOneOf(event_action, ACTIONS)) errors.push(mustBeOneOf('event_action', ACTIONS));
  if (dedup_key !== undefined && (typeof dedup_key !== 'string' || dedup_key.length > 255)) {
    errors.push("'dedup_key' is invalid (must be a string of at most 255 characters)");
  }
  if (event_action !== 'trigger') {
    if (dedup_key === undefined) errors.push("'dedup_key' is missing or blank");
    return errors;
  }
  if (!isObject(payload)) return [...errors, "'payload' is missing or blank"];
  errors.push(...payloadFaults(payload));
  if (links !== undefined && !(Array.isArray(links) && links.every((link) => isObject(link) && isText(link.href)))) {
    errors.push("'links' is invalid (each must have an 'href')");
  }
  return errors;
}

function payloadFaults(payload: Json): string[] {
  const errors: string[] = [];
  const { summary, source, severity, timestamp, custom_details } = payload;
  if (!isText(summary)) errors.push("'payload.summary' is missing or blank");
  else if (summary.length > 1024) errors.push("'payload.summary' is too long (maximum is 1024 characters)");
  if (!isText(source)) errors.push("'payload.source' is missing or blank");
  if (!isOneOf(severity, SEVERITIES)) errors.push(mustBeOneOf('payload.severity', SEVERITIES));
  if (timestamp !== undefined && !(isText(timestamp) && Number.isFinite(Date.parse(timestamp)))) {
    errors.push("'payload.timestamp' is invalid (must be ISO 8601)");
  }
  for (const name of ['component', 'group', 'class']) {
    if (payload[name] !== undefined && typeof payload[name] !== 'string') errors.push(`'payload.${name}' is invalid`);
  }
  if (custom_details !== undefined && !isObject(custom_details)) errors.push("'payload.custom_details' is invalid");
  return errors;
}

function mustBeOneOf(field: string, allowed: readonly string[]): string {
  return `'${field}' is invalid (must be one of the following: ${allowed.map((name) => `'${name}'`).join(', ')})`;
}

function isOneOf(value: unknown, allowed: readonly string[]): boolean {
  return typeof value === 'string' && allowed.includes(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
