import { HUNT_SPAN } from '../../core/hunt.ts';
import { DAY, type EpochMs, toIso } from '../../core/time.ts';
import { BadInputError, TransientError } from '../../runtime/errors.ts';
import { openDocument, readDocument, writeDocument } from './chunks.ts';
import { numberOf } from './codec.ts';
import { absent, type Table } from './table.ts';
import type { Item, Key } from './table-reader.ts';

/** What is known of a window somebody has begun to hunt. */
export interface WindowRecord {
  /** Where it begins. */
  readonly start: EpochMs;
  readonly status: 'open' | 'finished';
  /** The newest attempt at it; 1 is the first. */
  readonly attempt: number;
  /** An attempt has begun to write a report that none has finished since. */
  readonly writing: boolean;
  /** That attempt, the latest one; missing unless `writing`. */
  readonly writer?: number;
  /** When the newest attempt was claimed. */
  readonly startedAt: EpochMs;
  /** When it was last finished; a window that is hunted again on request keeps it while it is open. */
  readonly finishedAt?: EpochMs;
}

const CURSOR: Key = { pk: 'hunt', sk: 'cursor' };

/**
 * A window's record outlives the 90 days for which Step Functions takes no name twice (`reference/aws-platform.md` §7):
 * an attempt that were forgotten before would be numbered, and so named, like one that ran. It holds no address.
 */
const RECORD_DAYS = 100;

/** Writers that meet at one window's keys start over, at most so often. */
const KEY_TRIES = 5;

/**
 * Which windows were hunted and which is next: a cursor at the first window that is not finished, which never expires,
 * and one record per window. What was written and what was reported expires `retentionDays` after it was stored.
 */
export class HuntStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /** Start of the first unfinished window. Where there is no cursor yet, it is put at `first`. */
  async cursor(first: EpochMs): Promise<EpochMs> {
    const known = await this.#cursor();
    if (known !== undefined) return known;
    await this.#table.put(CURSOR, { start: first }, { onlyIf: { expression: 'attribute_not_exists(#pk)' } });
    return (await this.#cursor()) ?? first;
  }

  /** The window's record; undefined when nobody has claimed it. */
  async window(start: EpochMs): Promise<WindowRecord | undefined> {
    const item = await this.#table.get(windowKey(start));
    return item === undefined ? undefined : recordOf(item);
  }

  /**
   * Takes the window for an attempt, which must follow the stored one (or be 1), and opens it again if it was finished.
   * Of claims at one moment exactly one wins; false for the others.
   */
  async claim(start: EpochMs, attempt: number, now: EpochMs): Promise<boolean> {
    const taken = { start, status: 'open', attempt, startedAt: now };
    const expires = this.#recordExpires(now);
    if (attempt === 1) {
      const record = { ...taken, writer: 0 };
      return (await this.#table.put(windowKey(start), record, { expires, onlyIf: absent(now) })).stored;
    }
    const onlyIf = { expression: '#attempt = :previous', values: { previous: attempt - 1 } };
    return await this.#table.update(windowKey(start), taken, { expires, onlyIf });
  }

  /**
   * Notes that the attempt begins to write rows of these keys, and answers with every key that was ever begun to be
   * written for this window before. Repeating it is harmless.
   * @throws BadInputError when a newer attempt has claimed the window: whatever that writes must be the last word, and
   *   it has not seen these keys.
   */
  async beginWriting(start: EpochMs, attempt: number, keys: readonly string[]): Promise<readonly string[]> {
    const now = this.#table.clock.now();
    const onlyIf = { expression: '#attempt = :attempt AND #status = :open', values: { attempt, open: 'open' } };
    await this.#table.update(windowKey(start), { writer: attempt }, { expires: this.#recordExpires(now), onlyIf });
    await this.#checkNewest(start, attempt);
    const before = await this.#addKeys(start, keys);
    // An attempt that claims the window from here on finds our keys; one that did so before may have read without them.
    await this.#checkNewest(start, attempt);
    return before;
  }

  /**
   * Marks the window as finished by that attempt, then moves the cursor over every finished window. Repeating it is
   * harmless, also after a break in the middle; otherwise the next window to finish makes up for it.
   * @throws BadInputError when a newer attempt has claimed the window.
   */
  async finish(start: EpochMs, attempt: number, now: EpochMs): Promise<void> {
    const finished = { status: 'finished', finishedAt: now, writer: 0 };
    const onlyIf = { expression: '#attempt = :attempt', values: { attempt } };
    const expires = this.#recordExpires(now);
    if (!(await this.#table.update(windowKey(start), finished, { expires, onlyIf }))) throw superseded(start, attempt);
    await this.#passFinished();
  }

  /** Moves the cursor from `from` to the later `start`, giving up the windows between; then over every finished window,
   * as `finish` does. False when the cursor was elsewhere. */
  async skipTo(start: EpochMs, from: EpochMs): Promise<boolean> {
    if (start <= from || !(await this.#move(from, start))) return false;
    await this.#passFinished();
    return true;
  }

  /** Stores which pairs this window's hunt reported, for the hunt of the window after it. */
  async saveReported(start: EpochMs, keys: readonly string[]): Promise<void> {
    const expires = this.#table.clock.now() + this.#retentionMs;
    await writeDocument(this.#table, reportedKey(start), [...new Set(keys)], { expires });
  }

  /** The pairs that window's hunt reported; undefined when it was never joined, which is not the same as none. */
  async reported(start: EpochMs): Promise<ReadonlySet<string> | undefined> {
    const keys = await readDocument<string[]>(this.#table, reportedKey(start));
    return keys === undefined ? undefined : new Set(keys);
  }

  async #cursor(): Promise<EpochMs | undefined> {
    const item = await this.#table.get(CURSOR);
    return item === undefined ? undefined : numberOf(item, 'start');
  }

  /** Each finished window is passed by whoever sees it finished, one conditional write at a time. */
  async #passFinished(): Promise<void> {
    for (let at = await this.#cursor(); at !== undefined; at = await this.#cursor()) {
      if ((await this.window(at))?.status !== 'finished') return;
      await this.#move(at, at + HUNT_SPAN);
    }
  }

  async #move(from: EpochMs, to: EpochMs): Promise<boolean> {
    return await this.#table.update(
      CURSOR,
      { start: to },
      { onlyIf: { expression: '#start = :from', values: { from } } },
    );
  }

  async #checkNewest(start: EpochMs, attempt: number): Promise<void> {
    if ((await this.window(start))?.attempt !== attempt) throw superseded(start, attempt);
  }

  /** Adds to the window's keys, none lost to another writer, and answers with those it had. */
  async #addKeys(start: EpochMs, keys: readonly string[]): Promise<readonly string[]> {
    const key = writtenKey(start);
    for (let tried = 0; tried < KEY_TRIES; tried++) {
      const head = await this.#table.get(key);
      const before = head === undefined ? [] : ((await openDocument<string[]>(this.#table, key, head)) ?? []);
      const all = new Set([...before, ...keys]);
      const version = head === undefined ? 0 : numberOf(head, 'version');
      const now = this.#table.clock.now();
      const stored = await writeDocument(this.#table, key, [...all], {
        expires: now + this.#retentionMs,
        onlyIf: version === 0 ? absent(now) : { expression: '#version = :expected', values: { expected: version } },
        attributes: { version: version + 1 },
      });
      if (stored) return before;
    }
    throw new TransientError(`the keys written for the hour from ${toIso(start)} are changed by others all the time`);
  }

  #recordExpires(now: EpochMs): EpochMs {
    return now + Math.max(this.#retentionMs, RECORD_DAYS * DAY);
  }
}

function recordOf(item: Item): WindowRecord {
  const writer = numberOf(item, 'writer');
  return {
    start: numberOf(item, 'start'),
    status: item.status === 'finished' ? 'finished' : 'open',
    attempt: numberOf(item, 'attempt'),
    writing: writer > 0,
    ...(writer > 0 ? { writer } : {}),
    startedAt: numberOf(item, 'startedAt'),
    ...(item.finishedAt === undefined ? {} : { finishedAt: numberOf(item, 'finishedAt') }),
  };
}

function superseded(start: EpochMs, attempt: number): BadInputError {
  return new BadInputError(
    `attempt ${attempt} at the hour from ${toIso(start)} was superseded: only its newest attempt may write and finish it`,
  );
}

function windowKey(start: EpochMs): Key {
  return { pk: pkOf(start), sk: 'window' };
}

function writtenKey(start: EpochMs): Key {
  return { pk: pkOf(start), sk: 'written' };
}

function reportedKey(start: EpochMs): Key {
  return { pk: pkOf(start), sk: 'reported' };
}

function pkOf(start: EpochMs): string {
  return `hunt#${toIso(start)}`;
}
