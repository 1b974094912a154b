import { DAY, type EpochMs } from '../../core/time.ts';
import { numberOf, textOf } from './codec.ts';
import { absent, type Table } from './table.ts';
import type { Key } from './table-reader.ts';

const PARTITION = 'health';
const SOURCE = 'source#';

/** A source of the pipeline that is reported as failing. */
export interface RaisedHealth {
  readonly source: string;
  readonly since: EpochMs;
  readonly why: string;
}

/** Which sources of the pipeline are reported as failing, and which once-a-day messages went out. Holds no address. */
export class HealthStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Every source raised and not yet resolved, by name. */
  async raised(): Promise<RaisedHealth[]> {
    return (await this.#table.query(PARTITION, SOURCE)).map((item) => ({
      source: textOf(item, 'source'),
      since: numberOf(item, 'since'),
      why: textOf(item, 'why'),
    }));
  }

  /** Notes that the source fails; raised again it keeps its `since` and takes the newer reason. */
  async raise(source: string, why: string, at: EpochMs): Promise<void> {
    await this.#table.update(sourceKey(source), { source, why }, { once: { since: at } });
  }

  /** Notes that the source works again. */
  async resolve(source: string): Promise<void> {
    await this.#table.delete(sourceKey(source));
  }

  /**
   * Claims the one message of that name for a day. True for exactly one caller.
   * @param day Any text naming the day, for example `2026-11-20`.
   */
  async claimDaily(name: string, day: string): Promise<boolean> {
    const now = this.#table.clock.now();
    const key = { pk: `daily#${name}`, sk: day };
    return (await this.#table.put(key, {}, { expires: now + 3 * DAY, onlyIf: absent(now) })).stored;
  }
}

function sourceKey(source: string): Key {
  return { pk: PARTITION, sk: `${SOURCE}${source}` };
}
