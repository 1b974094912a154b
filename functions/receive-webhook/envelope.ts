import type { EpochMs } from '../core/time.ts';
import { kindOf, type Refusal, readJsonBody, refusal } from '../runtime/webhook/json-body.ts';
import { type Fields, fieldsOf, own, timeOf, wordOf } from './fields.ts';

/** A Cloudflare notification as it came, its known fields read (`reference/cloudflare.md` §1.1). */
export interface Envelope {
  /** The alert's own sentence; empty where it has none. Hostile text. */
  readonly text: string;
  /** Specific to the alert type; empty where missing. */
  readonly data: Fields;
  /** When it was sent. */
  readonly sentAt?: EpochMs;
  readonly accountId?: string;
  readonly policyId?: string;
  readonly alertType?: string;
  readonly event?: string;
  /** Opaque; a number is kept digit by digit. */
  readonly correlation?: string;
  /** Nothing but a text: what "Save and Test" of a destination sends (§1.3). */
  readonly textOnly: boolean;
  /** The whole body. */
  readonly body: string;
}

/**
 * Reads a body leniently: of all fields only one of `text`, `alert_type` and `data` must be there, numbers may be
 * texts, and what is unknown is left alone. A body that is JSON is read under any Content-Type.
 */
export function readEnvelope(bytes: Uint8Array, contentType: string | undefined): Envelope | Refusal {
  const parsed = readJsonBody(bytes, contentType);
  if ('reason' in parsed) return parsed;
  const fields = fieldsOf(parsed.value);
  if (fields === undefined) return refusal(`the body must be a JSON object, got ${kindOf(parsed.value)}`);
  return envelopeOf(fields, parsed.text);
}

function envelopeOf(fields: Fields, body: string): Envelope | Refusal {
  const text = own(fields, 'text');
  const data = fieldsOf(own(fields, 'data'));
  const alertType = wordOf(fields, 'alert_type');
  if (typeof text !== 'string' && alertType === undefined && data === undefined) {
    return refusal(
      `field text must be a string, got ${kindOf(text)}; a notification has a text, an alert_type or data`,
    );
  }
  const known = definedOf({
    sentAt: timeOf(fields, 'ts'),
    accountId: wordOf(fields, 'account_id'),
    policyId: wordOf(fields, 'policy_id'),
    alertType,
    event: wordOf(fields, 'alert_event'),
    correlation: wordOf(fields, 'alert_correlation_id'),
  });
  return {
    ...known,
    text: typeof text === 'string' ? text : '',
    data: data ?? {},
    textOnly: data === undefined && Object.keys(known).length === 0,
    body,
  };
}

/** The object without its undefined fields. */
export function definedOf<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
