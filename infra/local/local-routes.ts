import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionView } from './execution.ts';
import { isFromHere } from './from-here.ts';
import { isObject, parseJson } from './json.ts';
import type { Firing } from './rule-timer.ts';

/** What stand-ins accepted (design §5). Times are ISO 8601, UTC. */
export interface Outbox {
  readonly pagerduty: readonly OutboxEntry[];
  readonly alerts: readonly OutboxEntry[];
  /** Rows by dataset. */
  readonly axiom: Readonly<Record<string, readonly unknown[]>>;
}

export interface OutboxEntry {
  readonly at: string;
  readonly body: unknown;
}

/** What the `/local/…` routes show and do. */
export interface LocalApi {
  executions(): readonly ExecutionView[];
  execution(id: string): ExecutionView | undefined;
  outbox(): Outbox;
  /** Fires the rule of that trigger; undefined where the stack has no such rule. Resolves with the executions' ids. */
  fire(trigger: TimedTrigger, firing: Firing): Promise<readonly string[]> | undefined;
  /** When the scenario has something for that trigger (ISO 8601); undefined, or missing: now. */
  defaultTime?(trigger: TimedTrigger): string | undefined;
}

/** Triggers that the clock sets off. */
export type TimedTrigger = 'hunt' | 'monitor';

interface LocalAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Answers a `/local/…` request. Only to this machine: a page in a browser that got its own name to point here, or that
 * posts across origins, is refused.
 */
export async function answerLocal(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  local: LocalApi,
): Promise<void> {
  const { status, body: answer } = await perform(request, body, local);
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(answer));
}

async function perform(request: IncomingMessage, body: Buffer, local: LocalApi): Promise<LocalAnswer> {
  if (!isFromHere(request)) return refusal(403, 'The /local routes answer requests to and from this machine only');
  const path = (request.url ?? '').split('?')[0] ?? '';
  const [, , resource = '', id, ...more] = path.split('/');
  if (more.length > 0) return refusal(404, 'Not Found');
  if (id === undefined && (resource === 'hunt' || resource === 'monitor')) {
    if (request.method !== 'POST') return refusal(405, `Use POST /local/${resource}`);
    return fire(resource, body, local);
  }
  if (request.method !== 'GET') return refusal(405, 'Use GET');
  if (resource === 'executions') return id === undefined ? ok(local.executions()) : execution(id, local);
  if (resource === 'outbox' && id === undefined) return ok(local.outbox());
  return refusal(404, 'Not Found');
}

function execution(id: string, local: LocalApi): LocalAnswer {
  const found = local.execution(id);
  return found === undefined ? refusal(404, 'No execution has this id') : ok(found);
}

async function fire(trigger: TimedTrigger, body: Buffer, local: LocalApi): Promise<LocalAnswer> {
  const request = body.length === 0 ? {} : parseJson(body.toString('utf8'));
  if (!isObject(request)) return refusal(400, 'Expected a JSON object, or no body');
  const { time, force } = request;
  if (time !== undefined && (typeof time !== 'string' || Number.isNaN(Date.parse(time)))) {
    return refusal(400, 'time: expected an ISO 8601 instant');
  }
  if (force !== undefined && typeof force !== 'boolean') return refusal(400, 'force: expected true or false');
  const fired = local.fire(trigger, { time: time ?? local.defaultTime?.(trigger), force });
  if (fired === undefined) return refusal(404, `The stack has no ${trigger} rule: nothing fires ${trigger}s yet`);
  return ok({ executions: await fired });
}

function ok(body: unknown): LocalAnswer {
  return { status: 200, body };
}

function refusal(status: number, message: string): LocalAnswer {
  return { status, body: { message } };
}
