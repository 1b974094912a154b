import { readFileSync } from 'node:fs';
import type { CaseState } from '../../functions/core/case.ts';
import { DAY, MINUTE } from '../../functions/core/time.ts';
import type { Services } from '../../functions/receive-webhook/services.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { WebhookAuth } from '../../functions/runtime/webhook/auth.ts';
import type { WebhookRequest } from '../../functions/runtime/webhook/request.ts';

export const SECRET = 'correct horse battery staple';
/** Five minutes after the samples were sent. */
export const NOW = Date.UTC(2026, 10, 20, 19, 10, 0);

type Opening = Parameters<Services['cases']['open']>[0];
type Delivery = Parameters<Services['deliveries']['remember']>[0];

/** The step's services in memory, with what they took. */
export function fakeServices(options: { zones?: string[]; mode?: 'shadow' | 'live' } = {}) {
  let now = NOW;
  const down = new Set<'deliveries' | 'cases' | 'workflow' | 'health'>();
  const deliveries = new Map<string, Delivery & { started: boolean }>();
  const correlations = new Map<string, { caseId: string; key: string }>();
  const cases = new Map<string, Opening & { ends: { at: number; delivery: object }[] }>();
  const executions: CaseState[] = [];
  const listed: { caseId: string; afterStarts: number }[] = [];
  const raised: { source: string; why: string }[] = [];
  const logged: string[] = [];
  const log = (message: string, fields: object = {}) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  const failIf = (name: 'deliveries' | 'cases' | 'workflow' | 'health') => {
    if (down.has(name)) throw new TransientError(`${name} down`);
  };
  const clock = { now: () => now, sleep: async () => {} };
  const services: Services = {
    auth: new WebhookAuth(async () => ({ current: SECRET, previous: 'the one before' }), clock, logger),
    deliveries: {
      remember: async (delivery) => {
        failIf('deliveries');
        const known = deliveries.get(delivery.key);
        const isNew = known === undefined || now - known.at >= DAY;
        if (isNew) deliveries.set(delivery.key, { ...delivery, started: false });
        const caseId = isNew ? delivery.caseId : known.caseId;
        if (delivery.correlation !== undefined && caseId !== undefined && (isNew || !known.started)) {
          correlations.set(delivery.correlation, { caseId, key: delivery.key });
        }
        return isNew ? 'new' : { started: known.started, ...(caseId === undefined ? {} : { caseId }) };
      },
      markStarted: async (key) => {
        const known = deliveries.get(key);
        if (known !== undefined) deliveries.set(key, { ...known, started: true });
      },
      caseOfCorrelation: async (correlation) => {
        const found = correlations.get(correlation);
        return found && { ...found, started: deliveries.get(found.key)?.started === true };
      },
    },
    cases: {
      open: async (opening) => {
        failIf('cases');
        if (cases.has(opening.caseId)) return false;
        cases.set(opening.caseId, { ...opening, ends: [] });
        return true;
      },
      list: async ({ caseId }) => void listed.push({ caseId, afterStarts: executions.length }),
      load: async (caseId) => cases.get(caseId),
      recordEnd: async (caseId, at, delivery) => void cases.get(caseId)?.ends.push({ at, delivery }),
    },
    workflow: {
      start: async (state) => {
        failIf('workflow');
        if (!executions.some(({ caseId }) => caseId === state.caseId)) executions.push(state);
      },
    },
    health: {
      raise: async (source, why) => {
        failIf('health');
        raised.push({ source, why });
      },
    },
    settings: {
      mode: options.mode ?? 'live',
      retentionDays: 30,
      cloudflare: { zones: options.zones ?? [] },
      window: { leadMinutes: 30 },
    },
    clock,
    logger,
  };
  return {
    services,
    down,
    deliveries,
    cases,
    executions,
    listed,
    raised,
    logged,
    advance: (ms: number) => {
      now += ms;
    },
    stored: () => deliveries.size + cases.size + executions.length + raised.length,
  };
}

/** A sample of `test/events/cloudflare`, as it is sent. */
export function sample(name: string): string {
  return readFileSync(new URL(`../events/cloudflare/${name}.json`, import.meta.url), 'utf8');
}

/** The sample with some of its fields replaced; undefined removes one. */
export function changed(name: string, fields: object): string {
  return JSON.stringify({ ...JSON.parse(sample(name)), ...fields });
}

export function request(body: string, headers: Record<string, string> = {}): WebhookRequest {
  return { body, headers: { 'cf-webhook-auth': SECRET, 'content-type': 'application/json', ...headers } };
}

/** Minutes before `NOW`, as the samples write times. */
export function minutesAgo(minutes: number): string {
  return new Date(NOW - minutes * MINUTE).toISOString();
}
