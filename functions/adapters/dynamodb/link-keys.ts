import { type LinkKey, LONGEST_LINK_DAYS } from '../../core/case-link.ts';
import { DAY, type EpochMs, toIso } from '../../core/time.ts';
import { numberOf, textOf } from './codec.ts';
import { absent, type Table } from './table.ts';
import type { Item, Key, TableReader } from './table-reader.ts';

const PARTITION = 'case-link-keys';
const SECRET_BYTES = 32;
/** One key signs for so long, counted from 1970-01-01T00:00:00Z, and lives on until its last link has ended. */
const PERIOD_MS = 7 * DAY;

/**
 * The keys that sign links to cases, a new one each week. They lie beside the cases, as whoever can read those needs no
 * link, and a secret of their own would have a price and would have to be renewed by somebody.
 */
export class LinkKeyStore {
  readonly #table: Table;
  readonly #newSecret: () => Uint8Array;

  /** @param newSecret makes 32 random bytes. */
  constructor(table: Table, newSecret: () => Uint8Array) {
    this.#table = table;
    this.#newSecret = newSecret;
  }

  /** The key to sign with now. Whoever needs it first makes it; of several at one moment all get the same. */
  async current(): Promise<LinkKey> {
    const now = this.#table.clock.now();
    const stored = await this.#table.get(keyAt(now));
    if (stored !== undefined) return linkKeyOf(stored);
    const secret = this.#newSecret();
    const expires = periodStart(now) + PERIOD_MS + LONGEST_LINK_DAYS * DAY;
    const attributes = { secret: Buffer.from(secret).toString('base64') };
    const made = await this.#table.put(keyAt(now), attributes, { expires, onlyIf: absent(now) });
    // Not stored: another was first, or this one was, and its answer got lost. What lies there is the key either way.
    return made.stored ? { secret, expires } : await this.current();
  }

  /** Every key whose links may still work. */
  async live(): Promise<LinkKey[]> {
    return await liveLinkKeys(this.#table);
  }

  /** Ends every link given out so far, at once. Answers how many keys there were. */
  async revokeAll(): Promise<number> {
    const keys = (await this.#table.query(PARTITION)).map((item) => ({ pk: PARTITION, sk: textOf(item, 'sk') }));
    await this.#table.deleteMany(keys);
    return keys.length;
  }
}

/** Every key whose links may still work, for whoever only opens them. */
export async function liveLinkKeys(table: TableReader): Promise<LinkKey[]> {
  return (await table.query(PARTITION)).map(linkKeyOf);
}

function periodStart(now: EpochMs): EpochMs {
  return Math.floor(now / PERIOD_MS) * PERIOD_MS;
}

function keyAt(now: EpochMs): Key {
  return { pk: PARTITION, sk: toIso(periodStart(now)) };
}

/** Throws a `TypeError` for what we never wrote: anybody could sign with a key that is empty. */
function linkKeyOf(item: Item): LinkKey {
  const secret = Buffer.from(textOf(item, 'secret'), 'base64');
  if (secret.length !== SECRET_BYTES) throw new TypeError(`stored key of links does not have ${SECRET_BYTES} bytes`);
  return { secret, expires: numberOf(item, 'expires') * 1000 };
}
