import type { TokenEvidence } from '../../core/evidence.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import type { Credential, TokenUse } from '../../core/token-use.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import { ownJson } from './codec.ts';
import { readRecords, writeRecords } from './records.ts';
import { absent, either, type Table } from './table.ts';
import type { Key, TableReader } from './table-reader.ts';

/**
 * Readings of GitLab, one per window however many cases share it: a reader claims the window's key, reads, and saves
 * for all; the others wait for it or, when its lease ran out, take over.
 */
export class ReadingStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /**
   * Asks to read for `key`. `claimed`: the caller reads, and has `leaseMs` for it (claiming again renews the lease) ·
   * `held`: somebody else is reading · `{readingId}`: it was read already and is still fresh. Of claims at one moment
   * exactly one wins.
   */
  async claim(
    key: string,
    holder: string,
    now: EpochMs,
    leaseMs: number,
  ): Promise<'claimed' | 'held' | { readingId: string }> {
    const free = {
      expression:
        '#freshUntil <= :now OR (attribute_not_exists(#freshUntil) AND (#leaseUntil <= :now OR #holder = :holder))',
      values: { now, holder },
    };
    const claimed = await this.#table.put(
      claimKey(key),
      { holder, leaseUntil: now + leaseMs },
      { expires: now + this.#retentionMs, onlyIf: either(absent(now), free) },
    );
    if (claimed.stored) return 'claimed';
    const item = await this.#table.get(claimKey(key), now);
    // Released between the two calls: free again, which the caller finds out by asking again.
    return typeof item?.readingId === 'string' ? { readingId: item.readingId } : 'held';
  }

  /** Stores what was read and hands it to everyone who claims `key` until `freshUntil`. */
  async save(key: string, readingId: string, evidence: TokenEvidence, freshUntil: EpochMs): Promise<void> {
    const expires = this.#table.clock.now() + this.#retentionMs;
    await writeRecords(this.#table, readingKey(readingId), recordsOf(evidence), { expires });
    await this.#table.put(claimKey(key), { readingId, freshUntil }, { expires });
  }

  /** Gives the claim up without a reading, so that the next one need not wait for the lease to run out. */
  async release(key: string, holder: string): Promise<void> {
    await this.#table.delete(claimKey(key), {
      expression: '#holder = :holder AND attribute_not_exists(#readingId)',
      values: { holder },
    });
  }

  /** The reading. Throws `EvidenceGapError` when it is not there: what cannot be looked up was not "nothing". */
  async load(readingId: string): Promise<TokenEvidence> {
    let head: EvidenceHead | undefined;
    const credentials: Credential[] = [];
    const uses: TokenUse[] = [];
    await readRecords<EvidenceRecord>(this.#table, readingKey(readingId), (record) => {
      if ('head' in record) head = record.head;
      else if ('credential' in record) credentials.push(record.credential);
      else uses.push(record.use);
    });
    if (head === undefined) throw gone(readingId);
    return { ...head, credentials, uses };
  }
}

/**
 * Hands every use that a reading holds of some credentials to `take`, one at a time: there may be more than there is
 * memory for. Answers when GitLab was read. Throws `EvidenceGapError` as `ReadingStore.load` does.
 */
export async function eachUse(
  table: TableReader,
  readingId: string,
  credentials: ReadonlySet<string>,
  take: (use: TokenUse) => void,
): Promise<EpochMs> {
  let readAt: EpochMs | undefined;
  await readRecords<EvidenceRecord>(
    table,
    readingKey(readingId),
    (record) => {
      if ('head' in record) readAt = record.head.readAt;
      else if ('use' in record && credentials.has(record.use.credential)) take(record.use);
    },
    (line) => line.startsWith('{"head"') || credentials.has(credentialIn(line)),
  );
  if (readAt === undefined) throw gone(readingId);
  return readAt;
}

/** A reading without its lists, which may hold hundreds of thousands of entries. */
type EvidenceHead = Omit<TokenEvidence, 'credentials' | 'uses'>;

type EvidenceRecord =
  | { readonly head: EvidenceHead }
  | { readonly credential: Credential }
  | { readonly use: TokenUse };

function* recordsOf({ credentials, uses, ...head }: TokenEvidence): Generator<EvidenceRecord> {
  yield { head };
  for (const credential of credentials) yield { credential };
  for (const use of uses) yield { use };
}

/** What a line of a reading names as its use's credential; '' where none. A quote inside a text has a backslash before it. */
function credentialIn(line: string): string {
  const [, text = '""'] = /"credential":("(?:[^"\\]|\\.)*")/.exec(line) ?? [];
  return ownJson<string>(text);
}

function gone(readingId: string): EvidenceGapError {
  return new EvidenceGapError(`GitLab reading ${readingId} is not stored or has passed its retention time`);
}

function claimKey(key: string): Key {
  return { pk: `reading-claim#${key}`, sk: 'claim' };
}

function readingKey(readingId: string): Key {
  return { pk: `reading#${readingId}`, sk: 'reading' };
}
