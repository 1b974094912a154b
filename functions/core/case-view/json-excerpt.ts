import { ownText } from '../alert-text.ts';
import { count } from '../amount-text.ts';
import { shorten } from '../hostile-text.ts';

/** Part of a value as JSON for people to read. */
export interface JsonExcerpt {
  readonly text: string;
  /** Entries of lists, whole branches and ends of texts that were left out. */
  readonly leftOut: number;
}

/** Entries kept of each list, tried in this order until the text is short enough. */
const LISTS_KEPT = [12, 6, 3, 2, 1];
const TEXT_KEPT = 400;
const DEPTH_KEPT = 12;
const KEYS_KEPT = 200;

/**
 * A value as indented JSON of at most `maxLength` characters. Long lists are cut, and say in place of the rest how many
 * that were; texts lose tokens and query strings as everywhere. Never looks at more than it keeps, however large the value.
 */
export function jsonExcerpt(value: unknown, maxLength: number): JsonExcerpt {
  let smallest: JsonExcerpt = { text: '', leftOut: 0 };
  for (const most of LISTS_KEPT) {
    const cutter = new Cutter(most);
    smallest = { text: JSON.stringify(cutter.cut(value, 0), null, 2) ?? '', leftOut: cutter.leftOut };
    if (smallest.text.length <= maxLength) return smallest;
  }
  return { text: shorten(smallest.text, maxLength), leftOut: smallest.leftOut + 1 };
}

class Cutter {
  leftOut = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  cut(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= DEPTH_KEPT) {
      this.leftOut += 1;
      return '… deeper than is shown here';
    }
    if (Array.isArray(value)) return this.#list(value, depth);
    return this.#branches(value, depth);
  }

  #text(text: string): string {
    if (text.length > TEXT_KEPT) this.leftOut += 1;
    return ownText(text, TEXT_KEPT);
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const kept = list.slice(0, this.#most).map((entry) => this.cut(entry, depth + 1));
    return [...kept, ...this.#rest(list.length - kept.length)];
  }

  #branches(value: object, depth: number): object {
    const entries = Object.entries(value);
    const kept = entries.slice(0, KEYS_KEPT).map(([name, entry]) => [ownText(name, 100), this.cut(entry, depth + 1)]);
    const rest = this.#rest(entries.length - kept.length).map((text) => ['…', text]);
    return Object.fromEntries([...kept, ...rest]);
  }

  #rest(number: number): string[] {
    if (number <= 0) return [];
    this.leftOut += number;
    return [`… and ${count(number)} more`];
  }
}
