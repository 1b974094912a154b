import type { EpochMs } from '../core/time.ts';
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

/** A body that is no notification: the answer's status, and why in one sentence that names the field. */
export interface Refusal {
  readonly status: 415 | 422;
  readonly reason: string;
}

/**
 * Reads a body leniently: of all fields only one of `text`, `alert_type` and `data` must be there, numbers may be
 * texts, and what is unknown is left alone. A body that is JSON is read under any Content-Type.
 */
export function readEnvelope(bytes: Uint8Array, contentType: string | undefined): Envelope | Refusal {
  const body = textOf(bytes);
  const parsed = body === undefined ? 'malformed' : parseJson(body);
  if (body === undefined || parsed === 'malformed') return notJson(contentType);
  if (parsed === 'too deep') return refusal('the body is nested too deeply');
  const fields = fieldsOf(parsed.value);
  if (fields === undefined) return refusal(`the body must be a JSON object, got ${kindOf(parsed.value)}`);
  return envelopeOf(fields, body);
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

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Fails toward a refusal: JSON is UTF-8, and a guessed encoding could change what is compared later.
    return undefined;
  }
}

/**
 * Without `__proto__` keys, so that no later copy of the object can change what it inherits; and integers too long for
 * a double as their own digits, as a live capture shows 19-digit correlation ids (§1.1).
 */
function parseJson(body: string): { value: unknown } | 'malformed' | 'too deep' {
  try {
    return {
      value: JSON.parse(body, (key, value: unknown, context?: { source?: string }) => {
        if (key === '__proto__') return undefined;
        const exact =
          typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? '');
        return exact ? value : context?.source;
      }),
    };
  } catch (thrown) {
    // Fails toward a refusal that says which of the two it was.
    return thrown instanceof RangeError ? 'too deep' : 'malformed';
  }
}

function notJson(contentType: string | undefined): Refusal {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || /^(?:application|text)\/json$|^[\w.-]+\/[\w.+-]+\+json$/.test(type)) {
    return refusal('the body is not JSON in UTF-8');
  }
  return { status: 415, reason: 'the body is not JSON, and its Content-Type says so; send application/json' };
}

function refusal(reason: string): Refusal {
  return { status: 422, reason };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
