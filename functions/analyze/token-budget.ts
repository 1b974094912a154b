import { shorten } from '../core/hostile-text.ts';

/**
 * Tokens a JSON text costs a model, at most in practice. English prose has four characters a token, but events are
 * addresses, hashes and paths: 2.6 bytes a token with IPv6 addresses, 2.3 with paths of random punctuation (measured
 * with the tokenizers of Llama 3 and OpenAI's o200k), hence two characters a token. No token goes on from letters to
 * digits, from one case to the other within random text, or past an escape: `1a2B` costs four. A character outside ASCII
 * costs what the tokenizers fall back to for a script they do not know: one token for each of its UTF-8 bytes. Words
 * without vowels, and punctuation at random, cost a third more than this, at most (o200k, cl100k).
 */
export function estimateTokens(text: string): number {
  let tokens = Buffer.byteLength(text);
  for (const [piece] of text.matchAll(PIECES)) tokens -= piece.length - 1;
  return tokens;
}

/** ASCII as no tokenizer known here cuts it smaller, but for rare words: numbers by three digits, all else by two. */
const PIECES = /\\[ -~]?|[a-z]{1,2}|[A-Z]{1,2}|\d{1,3}|[^\\a-zA-Z\d\u0080-\uffff]{1,2}/g;

/** The text, cut so that as a JSON string it costs at most so many tokens; a cut shows as `…`. */
export function withinTokens(text: string, tokens: number): string {
  let kept = text;
  // Each step takes at least an eighth, so that a text of any script is cut in a few.
  while (kept !== '' && estimateTokens(JSON.stringify(kept)) > tokens) {
    kept = shorten(kept, Math.floor(kept.length * 0.875));
  }
  return kept;
}

/** The first entries whose JSON texts, with a comma each, cost at most so many tokens together. */
export function fitting<T>(entries: Iterable<T>, tokens: number): T[] {
  const kept: T[] = [];
  let left = tokens;
  for (const entry of entries) {
    left -= estimateTokens(`${JSON.stringify(entry)},`);
    if (left < 0) break;
    kept.push(entry);
  }
  return kept;
}
