import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** What our items hold: DynamoDB's S, N, BOOL and B. Structures are stored as JSON text or as a chunked document. */
export type Value = string | number | boolean | Uint8Array;

/** An item's attributes by name. `undefined` is not stored. */
export type Attributes = Readonly<Record<string, Value | undefined>>;

/** One value in DynamoDB's wire form. Throws a `TypeError` on a number DynamoDB cannot hold (NaN, Infinity). */
export function encodeValue(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value !== 'number') return { B: value };
  if (!Number.isFinite(value)) throw new TypeError(`DynamoDB holds finite numbers only, got ${value}`);
  return { N: String(value) };
}

/** All defined attributes in DynamoDB's wire form. */
export function encode(attributes: Attributes): Record<string, AttributeValue> {
  const encoded: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) encoded[name] = encodeValue(value);
  }
  return encoded;
}

/** The attributes of a stored item; types we never write are left out. */
export function decode(item: Readonly<Record<string, AttributeValue>>): Record<string, Value> {
  const decoded: Record<string, Value> = {};
  for (const [name, value] of Object.entries(item)) {
    if (value.S !== undefined) decoded[name] = value.S;
    else if (value.N !== undefined) decoded[name] = Number(value.N);
    else if (value.BOOL !== undefined) decoded[name] = value.BOOL;
    else if (value.B !== undefined) decoded[name] = value.B;
  }
  return decoded;
}

/** The text attribute of that name. Throws a `TypeError` where there is none: the item is not what we wrote. */
export function textOf(item: Attributes, name: string): string {
  const value = item[name];
  if (typeof value !== 'string') throw new TypeError(`stored item has no text attribute ${name}`);
  return value;
}

/** The number attribute of that name. Throws a `TypeError` where there is none: the item is not what we wrote. */
export function numberOf(item: Attributes, name: string): number {
  const value = item[name];
  if (typeof value !== 'number') throw new TypeError(`stored item has no number attribute ${name}`);
  return value;
}

/**
 * JSON that this product wrote into its own table, as the type it was written from: the table is inside, so its
 * documents were parsed at the edge they came in by and are not parsed again.
 */
export function ownJson<T>(text: string): T {
  const value: T = JSON.parse(text);
  return value;
}
