import { EvidenceGapError, LatchkeyError } from '../../runtime/errors.ts';
import { openDocument } from './chunks.ts';
import type { Item, Key, TableReader } from './table-reader.ts';

/** One document of a case, for a reader who wants everything else even where it is lost. */
export interface StoredPart<T> {
  /** What it is, at the beginning of a sentence that goes on in the singular: `The coverage of look 2`. */
  readonly title: string;
  readonly key: Key;
  readonly head: Item;
  /** Whether what was read is what this version knows. */
  readonly isKnown: (value: unknown) => value is T;
}

/**
 * The document; undefined where it cannot be had, which `unread` then says. Throws `TransientError` and `ConfigError`:
 * what passes is no loss.
 */
export async function openPart<T>(
  table: TableReader,
  { title, key, head, isKnown }: StoredPart<T>,
  unread: string[],
): Promise<T | undefined> {
  try {
    const value = await openDocument<unknown>(table, key, head);
    if (value === undefined || isKnown(value)) return value;
    unread.push(`${title} is stored in a form that this version does not know.`);
  } catch (thrown) {
    // Toward showing the rest: what is lost does not come back, and the reader is told.
    if (!isLost(thrown)) throw thrown;
    unread.push(`${title} is stored and cannot be read: parts of it are lost or broken.`);
  }
  return undefined;
}

/** Whether what is stored was written and cannot be had any more; anything else that is thrown passes or can be repaired. */
export function isLost(thrown: unknown): boolean {
  return thrown instanceof EvidenceGapError || !(thrown instanceof LatchkeyError);
}
