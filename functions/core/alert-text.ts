import { isOwnWord, isRuleId } from './event-evidence.ts';
import { idText, plainText, redactSecrets, withoutQuery } from './hostile-text.ts';
import type { EventDimension } from './security-events.ts';

/** Ids of Cloudflare's that an alert may name: they look like secrets, and are none. */
export type OwnIds = ReadonlySet<string>;

/**
 * Text for an alert: on one line, without control characters, bidirectional overrides or secrets, and otherwise as it
 * was written. It can still be a link, a mention or markup: each format escapes it for itself.
 */
export function cleanText(text: string, maxLength: number, own: OwnIds): string {
  // An id stands between word boundaries, where no secret that is taken out goes on.
  const parts = plainText(text, maxLength * 4).split(HEX_ID);
  const clean = parts.map((part, index) => (index % 2 === 1 && own.has(part) ? part : redactSecrets(part)));
  return plainText(clean.join(''), maxLength);
}

/** {@link cleanText} of a value of an event. Paths lose their query string; Cloudflare's own words and ids stay whole. */
export function valueText(dimension: EventDimension, value: string, maxLength: number): string {
  if (dimension === 'clientRequestPath') return cleanText(withoutQuery(value), maxLength, NONE);
  const writtenByOthers = dimension === 'clientRequestHTTPHost' || dimension === 'description';
  const isOwn = isRuleId(value) ? dimension !== 'clientRequestHTTPHost' : !writtenByOthers && isOwnWord(value);
  return isOwn ? idText(value, maxLength) : cleanText(value, maxLength, NONE);
}

const NONE: OwnIds = new Set();
const HEX_ID = /\b([0-9a-f]{32})\b/;
