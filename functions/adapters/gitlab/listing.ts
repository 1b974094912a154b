import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import { RateLimitedError, TransientError } from '../../runtime/errors.ts';
import type { PageReader } from './api.ts';
import type { GitLabAnswer } from './transport.ts';

/** A list as far as it could be read. What was read before it ended is kept. */
export interface Listing<T> {
  readonly rows: readonly T[];
  readonly pages: number;
  readonly skippedMalformed: number;
  readonly end: ListingEnd;
}

/** How it ended: read whole · GitLab refused it for good (the status says why) · cut short by what passes. */
export type ListingEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'cut'; readonly why: string };

export interface ListingOptions {
  readonly deadline: EpochMs;
  /** Most pages of this list that are asked for. */
  readonly maxPages: number;
}

/**
 * Reads a list page by page. A row that does not fit its schema is counted and skipped. Throws only what no retry can
 * mend (`ConfigError`).
 */
export async function readListing<T>(
  read: PageReader,
  schema: z.core.$ZodType<T>,
  options: ListingOptions,
): Promise<Listing<T>> {
  const rows: T[] = [];
  const asked = new Set<string>();
  let pages = 0;
  let skippedMalformed = 0;
  const ended = (end: ListingEnd): Listing<T> => ({ rows, pages, skippedMalformed, end });

  for (let next: string | undefined; ; ) {
    const answer = await readPage(read, options.deadline, next);
    if (typeof answer === 'string') return ended({ kind: 'cut', why: answer });
    if (answer.status >= 300) return ended({ kind: 'refused', status: answer.status });
    pages += 1;
    if (!Array.isArray(answer.body)) return ended({ kind: 'cut', why: 'GitLab answered something that is no list' });
    for (const row of answer.body) {
      const parsed = z.safeParse(schema, row);
      if (parsed.success) rows.push(parsed.data);
      else skippedMalformed += 1;
    }
    if (answer.nextRefused !== undefined) return ended({ kind: 'cut', why: answer.nextRefused });
    next = answer.next;
    if (next === undefined) return ended({ kind: 'whole' });
    if (asked.has(next)) return ended({ kind: 'cut', why: "GitLab's link to the next page leads in a circle" });
    asked.add(next);
    if (pages >= options.maxPages) return ended({ kind: 'cut', why: `only the first ${pages} pages were read` });
  }
}

/** One object; undefined when GitLab refuses it or it is not what was expected. Throws what the transport throws. */
export async function readOne<T>(
  read: PageReader,
  schema: z.core.$ZodType<T>,
  deadline: EpochMs,
): Promise<{ status: number; value: T | undefined }> {
  const { status, body } = await read(deadline);
  const parsed = z.safeParse(schema, status < 300 ? body : undefined);
  return { status, value: parsed.success ? parsed.data : undefined };
}

/** Fails toward keeping what was read: the reason becomes coverage. */
async function readPage(read: PageReader, deadline: EpochMs, next?: string): Promise<GitLabAnswer | string> {
  try {
    return await read(deadline, next);
  } catch (error) {
    if (error instanceof TransientError || error instanceof RateLimitedError) return error.message;
    throw error;
  }
}
