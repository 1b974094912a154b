import { isOwnWord, isRuleId } from './event-evidence.ts';
import { idText, plainText, redactSecrets, withoutQuery } from './hostile-text.ts';
import type { EventDimension } from './security-events.ts';

/** Ids of Cloudflare's that an alert may name: they look like secrets, and are none. */
export type OwnIds = ReadonlySet<string>;

/**
 * Text for an alert: on one line, without control characters, bidirectional overrides, secrets or query strings, and
 * otherwise as it was written. It can still be a link, a mention or markup: each format escapes it for itself.
 */
export function cleanText(text: string, maxLength: number, own: OwnIds): string {
  // An id stands between word boundaries, where no secret that is taken out goes on.
  const parts = plainText(text, maxLength * 4).split(HEX_ID);
  const clean = parts.map((part, index) => (index % 2 === 1 && own.has(part) ? part : redactSecrets(part)));
  return plainText(clean.join('').replace(QUERY, '?…'), maxLength);
}

/** {@link cleanText} of our own sentences, which hold no secret and may name a rule by an id that looks like one. */
export function ownText(text: string, maxLength: number): string {
  return idText(text, maxLength).replace(QUERY, '?…');
}

/** {@link cleanText} of a value of an event. Paths lose their query string; Cloudflare's own words and ids stay whole. */
export function valueText(dimension: EventDimension, value: string, maxLength: number): string {
  if (dimension === 'clientRequestPath') return cleanText(withoutQuery(value), maxLength, NONE);
  const writtenByOthers = dimension === 'clientRequestHTTPHost' || dimension === 'description';
  const isOwn = isRuleId(value) ? dimension !== 'clientRequestHTTPHost' : !writtenByOthers && isOwnWord(value);
  return isOwn ? idText(value, maxLength) : cleanText(value, maxLength, NONE);
}

const NONE: OwnIds = new Set();
/** What follows the `?` of a URL, wherever it stands. */
const QUERY = /\?[^\s?]*=\S*/g;
const HEX_ID = /\b([0-9a-f]{32})\b/;
