import { createHash } from 'node:crypto';
import { type EpochMs, toIso } from '../core/time.ts';
import type { Envelope } from './envelope.ts';
import { statedStart } from './read-alert.ts';

/** Deeper JSON is compared by the body's own bytes. */
const DEPTH = 32;

/**
 * What all deliveries of one event have in common, 64 hex digits (`reference/cloudflare.md` §1.4): the ids, the event
 * and the start; without a correlation id type, data and time sent. Never the time it arrived.
 */
export function deliveryKey(envelope: Envelope): string {
  const { accountId, policyId, alertType, correlation, event, data, sentAt, body } = envelope;
  if (correlation === undefined) {
    return sha256(canonical({ alert_type: alertType ?? null, data, ts: sentAt ?? null }, DEPTH) ?? body);
  }
  return sha256([accountId, policyId, alertType, correlation, event, statedStart(envelope)].join('|'));
}

/** What a spike's notifications have in common from start to end; undefined without a correlation id. */
export function correlationOf({ accountId, policyId, correlation }: Envelope): string | undefined {
  return correlation === undefined ? undefined : [accountId, policyId, correlation].join('|');
}

/**
 * A case id that people can read and sort, and Step Functions takes as an execution's name:
 * `spike-20261120T190411Z-0a1b2c3d4e`. The same delivery key and start give the same id on one day (UTC) of receipt, and
 * another on the next: what is delivered again after deliveries are forgotten (24 hours) is looked at anew, and Step
 * Functions takes no name twice in 90 days.
 */
export function spikeCaseId(key: string, startedAt: EpochMs, receivedAt: EpochMs): string {
  const start = toIso(startedAt).replace(/\.\d+|[-:]/g, '');
  const day = toIso(receivedAt).slice(0, 10);
  return `spike-${start}-${sha256(`${key}|${day}`).slice(0, 10)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys; undefined when it is nested deeper than `depth`. */
function canonical(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth === 0) return undefined;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: string[] = [];
  for (const [name, below] of entries) {
    const part = canonical(below, depth - 1);
    if (part === undefined) return undefined;
    parts.push(`${JSON.stringify(name)}:${part}`);
  }
  return Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
