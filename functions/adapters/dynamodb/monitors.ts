import { isSameState, type MonitorState, settled } from '../../core/monitor.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import { TransientError } from '../../runtime/errors.ts';
import { type Attributes, numberOf, ownJson, textOf } from './codec.ts';
import type { Table } from './table.ts';
import type { Item, Key } from './table-reader.ts';

/** What is remembered of one zone and filter, and how often it was written. */
export interface StoredMonitor {
  readonly state: MonitorState;
  readonly version: number;
}

/** An alert that waits for its next try. */
export interface AlertRetry {
  readonly caseId: string;
  /** Of the zone and filter (`core/monitor.ts` `monitorKey`). */
  readonly key: string;
  /** Tries so far. */
  readonly attempts: number;
  /** The next try. */
  readonly at: EpochMs;
  /** The execution of a try that was begun, until somebody tells what became of it. */
  readonly execution?: string;
}

/** Polls in a row that could not read everything, or not do what follows from it. */
export interface FailedPolls {
  readonly count: number;
  /** Of the latest. */
  readonly why: string;
}

/** All that a poll has to know. */
export interface MonitorBook {
  /** By `monitorKey`. */
  readonly states: ReadonlyMap<string, StoredMonitor>;
  readonly retries: readonly AlertRetry[];
  readonly failed: FailedPolls | undefined;
}

/** One partition, so that one query reads everything. */
const PARTITION = 'monitor';
const STATE = 'state#';
const RETRY = 'retry#';
const FAILED: Key = { pk: PARTITION, sk: 'failed' };

/** Writers that meet at one state start over, at most so often. */
const SETTLE_TRIES = 10;

/**
 * What the monitor remembers: a state per zone and filter, alerts that wait for another try, and how many polls failed
 * in a row. States hold no address and do not expire; a retry does, `retentionDays` after it was written, like its case.
 */
export class MonitorStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /** Everything at once. */
  async load(): Promise<MonitorBook> {
    const states = new Map<string, StoredMonitor>();
    const retries: AlertRetry[] = [];
    let failed: FailedPolls | undefined;
    for (const item of await this.#table.query(PARTITION)) {
      const sk = textOf(item, 'sk');
      if (sk.startsWith(STATE)) states.set(sk.slice(STATE.length), storedOf(item));
      else if (sk.startsWith(RETRY)) retries.push(retryOf(item));
      else failed = { count: numberOf(item, 'count'), why: textOf(item, 'why') };
    }
    return { states, retries, failed };
  }

  /**
   * Writes the state if the stored version is still `version`; 0: none is stored. Answers with the new version, or
   * undefined when somebody was faster. Somebody who wrote the very same is ourselves, whose answer was lost, or as good.
   */
  async save(key: string, state: MonitorState, version: number): Promise<number | undefined> {
    const onlyIf =
      version === 0
        ? { expression: 'attribute_not_exists(#pk)' }
        : { expression: '#version = :version', values: { version } };
    const attributes = { state: JSON.stringify(state), version: version + 1 };
    const { stored } = await this.#table.put(stateKey(key), attributes, { onlyIf });
    return stored || (await this.#holds(stateKey(key), attributes)) ? version + 1 : undefined;
  }

  /**
   * Notes that the alert of that case was delivered, or waits for another try. Nothing where no alert or another's is
   * under way. @throws TransientError when others change the state all the time
   */
  async settle(key: string, caseId: string): Promise<void> {
    for (let tried = 0; tried < SETTLE_TRIES; tried++) {
      const item = await this.#table.get(stateKey(key));
      if (item === undefined) return;
      const { state, version } = storedOf(item);
      const next = settled(state, caseId);
      if (isSameState(state, next) || (await this.save(key, next, version)) !== undefined) return;
    }
    throw new TransientError(`the monitor state of ${key} is changed by others all the time`);
  }

  /** Stores when the alert is tried again, in place of what was stored about it. */
  async retryLater({ caseId, key, attempts, at }: AlertRetry): Promise<void> {
    const expires = this.#table.clock.now() + this.#retentionMs;
    await this.#table.put(retryKey(caseId), { caseId, key, attempts, at }, { expires });
  }

  /**
   * Takes a retry for one try by that execution, unless somebody has taken or changed it since it was read: the next is
   * not before `until`. Its `attempts` stay: whoever tries it counts. False when somebody was faster; as for `save`,
   * who took it in the very same way is ourselves.
   */
  async claimRetry({ caseId, attempts, at }: AlertRetry, execution: string, until: EpochMs): Promise<boolean> {
    const onlyIf = { expression: '#attempts = :attempts AND #at = :at', values: { attempts, at } };
    const taken = await this.#table.update(retryKey(caseId), { at: until, execution }, { onlyIf });
    return taken || (await this.#holds(retryKey(caseId), { attempts, at: until, execution }));
  }

  /** Forgets the retry: its alert was delivered, or can never be. */
  async dropRetry(caseId: string): Promise<void> {
    await this.#table.delete(retryKey(caseId));
  }

  /** Whether the item is there with these values. */
  async #holds(key: Key, values: Attributes): Promise<boolean> {
    const item = await this.#table.get(key);
    return item !== undefined && Object.entries(values).every(([name, value]) => item[name] === value);
  }

  async loadRetry(caseId: string): Promise<AlertRetry | undefined> {
    const item = await this.#table.get(retryKey(caseId));
    return item === undefined ? undefined : retryOf(item);
  }

  /** Stores how many polls failed in a row; undefined: the last one did not. */
  async saveFailed(failed: FailedPolls | undefined): Promise<void> {
    if (failed === undefined) await this.#table.delete(FAILED);
    else await this.#table.put(FAILED, { count: failed.count, why: failed.why });
  }
}

function storedOf(item: Item): StoredMonitor {
  return { state: ownJson<MonitorState>(textOf(item, 'state')), version: numberOf(item, 'version') };
}

function retryOf(item: Item): AlertRetry {
  return {
    caseId: textOf(item, 'caseId'),
    key: textOf(item, 'key'),
    attempts: numberOf(item, 'attempts'),
    at: numberOf(item, 'at'),
    ...(item.execution === undefined ? {} : { execution: textOf(item, 'execution') }),
  };
}

function stateKey(key: string): Key {
  return { pk: PARTITION, sk: `${STATE}${key}` };
}

function retryKey(caseId: string): Key {
  return { pk: PARTITION, sk: `${RETRY}${caseId}` };
}
