import { createHash } from 'node:crypto';
import type { Alert } from '../../core/alert.ts';
import type { Analysis } from '../../core/analysis.ts';
import type { CaseState, Trigger } from '../../core/case.ts';
import { type CaseListing, listedState } from '../../core/case-list.ts';
import type { Coverage } from '../../core/coverage.ts';
import type { Finding } from '../../core/finding.ts';
import type { HuntReport } from '../../core/hunt-report.ts';
import type { PageOrder } from '../../core/incident.ts';
import type { MonitorFilter } from '../../core/monitor.ts';
import type { EventsPicture } from '../../core/security-events.ts';
import type { SightingReport } from '../../core/sighting.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import type { Traffic } from '../../core/traffic.ts';
import type { StepLogger } from '../../runtime/logger.ts';
import { errorFields } from '../../runtime/safe-error.ts';
import { within } from '../../runtime/within.ts';
import { listCase } from './case-index.ts';
import { openDocument, readDocument, writeDocument } from './chunks.ts';
import { numberOf, ownJson, textOf } from './codec.ts';
import { absent, type Table } from './table.ts';
import type { Item, Key } from './table-reader.ts';

/** What opened a case. */
export interface CaseOpening {
  readonly caseId: string;
  readonly trigger: Trigger;
  readonly openedAt: EpochMs;
  /** What the trigger delivered, as it came. */
  readonly delivery?: object;
  /** What a Cloudflare notification said; spikes only. */
  readonly alert?: Alert;
  /** Which security events the case is about; monitors only. */
  readonly filter?: MonitorFilter;
}

/** A case as people and steps look it up: what opened it, what was recorded on it, and its latest state. */
export interface CaseRecord extends CaseOpening {
  /** Notifications that the attack ended, oldest first. */
  readonly ends: readonly { readonly at: EpochMs; readonly delivery: object }[];
  readonly state?: CaseState;
}

/** A page or update that was ordered at a look, and when PagerDuty accepted it. */
export interface StoredOrder {
  readonly order: PageOrder;
  readonly look: number;
  readonly sentAt?: EpochMs;
}

/** Milliseconds that a list of cases is waited for: it is to look at, and no case depends on it. */
const LISTING_MS = 500;

const RECORD = 'case';
const STATE = 'case-state';
const END = 'case-end#';
const REPORT = 'hunt-report';
const ORDER = 'order#';

/**
 * Cases and everything found in them. Each item expires `retentionDays` after it was written, as any of them may hold
 * addresses. Writing the same thing twice is harmless: a retried step stores what it stored before.
 */
export class CaseStore {
  readonly #table: Table;
  readonly #retentionMs: number;
  readonly #logger: Pick<StepLogger, 'warn'> | undefined;

  /** @param logger hears of a case that could not be listed; for steps that open cases or save their states */
  constructor(table: Table, retentionDays: number, logger?: Pick<StepLogger, 'warn'>) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
    this.#logger = logger;
  }

  /** Stores a new case; it is not on the list yet. False when there already is one of that id, which is left as it is. */
  async open(opening: CaseOpening): Promise<boolean> {
    const { caseId, trigger, openedAt } = opening;
    return await writeDocument(this.#table, keyOf(caseId, RECORD), opening, {
      expires: this.#expires(),
      onlyIf: absent(this.#table.clock.now()),
      attributes: { trigger, openedAt, zone: zoneOf(opening) },
    });
  }

  /**
   * Lists a case that was opened, unless it is listed. To be called when everything it needs was started: it takes half
   * a second at most, and never throws.
   */
  async list(opening: CaseOpening): Promise<void> {
    const { caseId, trigger, openedAt } = opening;
    const zone = zoneOf(opening);
    const listing = { caseId, trigger, openedAt, ...(zone === undefined ? {} : { zone }) };
    const onlyIf = absent(this.#table.clock.now());
    const expires = openedAt + this.#retentionMs;
    await this.#inPassing(caseId, (signal) => listCase(this.#table, listing, { expires, onlyIf, signal }));
  }

  /** The case, or undefined when there is none (any more). */
  async load(caseId: string): Promise<CaseRecord | undefined> {
    let opening: CaseOpening | undefined;
    let state: CaseState | undefined;
    const ends: { at: EpochMs; delivery: object }[] = [];
    for (const item of await this.#table.query(pkOf(caseId), RECORD)) {
      const sk = textOf(item, 'sk');
      const key = keyOf(caseId, sk);
      if (sk === RECORD) opening = await openDocument<CaseOpening>(this.#table, key, item);
      else if (sk === STATE) state = ownJson<CaseState>(textOf(item, 'state'));
      else ends.push(...(await this.#end(key, item)));
    }
    if (opening === undefined) return undefined;
    return { ...opening, ends, ...(state === undefined ? {} : { state }) };
  }

  /** Records on the case that the attack ended at `at`. */
  async recordEnd(caseId: string, at: EpochMs, delivery: object): Promise<void> {
    const key = keyOf(caseId, `${END}${String(at).padStart(15, '0')}`);
    await writeDocument(this.#table, key, delivery, { expires: this.#expires(), attributes: { at } });
  }

  /** Stores the case's latest state, for people who look later, and lists it so where that takes no time. */
  async saveState(caseId: string, state: CaseState): Promise<void> {
    const attributes = { state: JSON.stringify(state) };
    await Promise.all([
      this.#table.put(keyOf(caseId, STATE), attributes, { expires: this.#expires() }),
      this.#inPassing(caseId, (signal) => this.#relist(caseId, state, signal)),
    ]);
  }

  async saveSightings(caseId: string, look: number, report: SightingReport): Promise<void> {
    await this.#save(caseId, look, 'sightings', report);
  }

  /** The look's sightings; undefined when that look has stored none, which is not the same as having seen none. */
  async loadSightings(caseId: string, look: number): Promise<SightingReport | undefined> {
    return await readDocument<SightingReport>(this.#table, lookKey(caseId, look, 'sightings'));
  }

  /** How many requests addresses that acted as bots made over time, as that look knew it. */
  async saveTraffic(caseId: string, look: number, traffic: Traffic): Promise<void> {
    await this.#save(caseId, look, 'traffic', traffic);
  }

  /** What a monitor saw: at look 0 the poll that began the case, later what each look read. */
  async savePicture(caseId: string, look: number, picture: EventsPicture): Promise<void> {
    await this.#save(caseId, look, 'picture', picture);
  }

  /** What a monitor saw at that look, else at the newest look before it that stored any. */
  async loadPicture(caseId: string, look: number): Promise<EventsPicture | undefined> {
    for (let earlier = look; earlier >= 0; earlier--) {
      const picture = await readDocument<EventsPicture>(this.#table, lookKey(caseId, earlier, 'picture'));
      if (picture !== undefined) return picture;
    }
    return undefined;
  }

  /** Notes which reading of GitLab a look worked with (`readings.ts`). */
  async linkReading(caseId: string, look: number, readingId: string): Promise<void> {
    await this.#table.put(lookKey(caseId, look, 'reading'), { readingId }, { expires: this.#expires() });
  }

  async loadReadingId(caseId: string, look: number): Promise<string | undefined> {
    const item = await this.#table.get(lookKey(caseId, look, 'reading'));
    return item === undefined ? undefined : textOf(item, 'readingId');
  }

  async saveFindings(caseId: string, look: number, findings: readonly Finding[]): Promise<void> {
    await this.#save(caseId, look, 'findings', findings);
  }

  /** The look's findings; none when that look has stored none. */
  async loadFindings(caseId: string, look: number): Promise<Finding[]> {
    return (await readDocument<Finding[]>(this.#table, lookKey(caseId, look, 'findings'))) ?? [];
  }

  async saveCoverage(caseId: string, look: number, coverage: Coverage): Promise<void> {
    await this.#save(caseId, look, 'coverage', coverage);
  }

  async loadCoverage(caseId: string, look: number): Promise<Coverage | undefined> {
    return await readDocument<Coverage>(this.#table, lookKey(caseId, look, 'coverage'));
  }

  /** A hunt's report, as every attempt at its window writes it. */
  async saveReport(caseId: string, report: HuntReport): Promise<void> {
    await writeDocument(this.#table, keyOf(caseId, REPORT), report, { expires: this.#expires() });
  }

  async loadReport(caseId: string): Promise<HuntReport | undefined> {
    return await readDocument<HuntReport>(this.#table, keyOf(caseId, REPORT));
  }

  async saveAnalysis(caseId: string, look: number, analysis: Analysis): Promise<void> {
    await this.#save(caseId, look, 'analysis', analysis);
  }

  async loadAnalysis(caseId: string, look: number): Promise<Analysis | undefined> {
    return await readDocument<Analysis>(this.#table, lookKey(caseId, look, 'analysis'));
  }

  /**
   * Orders a page or update. False when the same one (dedup key, kind, look, and of updates the credentials) was ordered
   * before; it stays as it is.
   */
  async orderPage(caseId: string, order: PageOrder, look: number): Promise<boolean> {
    const onlyIf = absent(this.#table.clock.now());
    const options = { expires: this.#expires(), onlyIf };
    const attributes = { order: JSON.stringify(order), look };
    return (await this.#table.put(orderKey(caseId, order, look), attributes, options)).stored;
  }

  /** Takes an order back, unless PagerDuty has accepted it. */
  async withdrawPage(caseId: string, order: PageOrder, look: number): Promise<void> {
    await this.#table.delete(orderKey(caseId, order, look), {
      expression: 'attribute_not_exists(#sentAt)',
    });
  }

  /** What was ordered and not yet accepted by PagerDuty, the oldest look first. */
  async unsentPages(caseId: string): Promise<StoredOrder[]> {
    return (await this.#orders(caseId)).filter(({ sentAt }) => sentAt === undefined);
  }

  /** Marks an order as accepted at `at`: it is not sent again. */
  async markSent(caseId: string, order: PageOrder, look: number, at: EpochMs): Promise<void> {
    const attributes = { order: JSON.stringify(order), look, sentAt: at };
    await this.#table.put(orderKey(caseId, order, look), attributes, { expires: this.#expires() });
  }

  /** What PagerDuty has accepted, the oldest look first. */
  async sentPages(caseId: string): Promise<StoredOrder[]> {
    return (await this.#orders(caseId)).filter(({ sentAt }) => sentAt !== undefined);
  }

  async #orders(caseId: string): Promise<StoredOrder[]> {
    return (await this.#table.query(pkOf(caseId), ORDER)).map((item) => ({
      order: ownJson<PageOrder>(textOf(item, 'order')),
      look: numberOf(item, 'look'),
      ...(item.sentAt === undefined ? {} : { sentAt: numberOf(item, 'sentAt') }),
    }));
  }

  async #end(key: Key, item: Item): Promise<{ at: EpochMs; delivery: object }[]> {
    const delivery = await openDocument<object>(this.#table, key, item);
    return delivery === undefined ? [] : [{ at: numberOf(item, 'at'), delivery }];
  }

  async #save(caseId: string, look: number, what: string, value: unknown): Promise<void> {
    const attributes = { at: this.#table.clock.now() };
    await writeDocument(this.#table, lookKey(caseId, look, what), value, { expires: this.#expires(), attributes });
  }

  /** Lists the case as its state is; one that was never opened is not listed. */
  async #relist(caseId: string, state: CaseState, signal: AbortSignal): Promise<void> {
    const record = await this.#table.peek(keyOf(caseId, RECORD), ['openedAt', 'zone']);
    if (record === undefined) return;
    const { zone } = record;
    const listing: CaseListing = {
      ...{ caseId, trigger: state.trigger, openedAt: numberOf(record, 'openedAt') },
      ...(typeof zone === 'string' ? { zone } : {}),
      ...listedState(state),
    };
    await listCase(this.#table, listing, { expires: numberOf(record, 'expires') * 1_000, signal });
  }

  async #inPassing(caseId: string, list: (over: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await within(this.#table.clock, LISTING_MS, list);
    } catch (error) {
      // Toward the case, which goes on: its next state lists it anew, and whoever reads the list reads its state, too.
      this.#logger?.warn('the list of cases does not know this state', { listed: caseId, ...errorFields(error) });
    }
  }

  #expires(): EpochMs {
    return this.#table.clock.now() + this.#retentionMs;
  }
}

/** What people know a spike by. */
function zoneOf({ alert }: CaseOpening): string | undefined {
  return alert?.zoneName ?? alert?.hostname ?? alert?.zoneId;
}

function pkOf(caseId: string): string {
  return `case#${caseId}`;
}

function keyOf(caseId: string, sk: string): Key {
  return { pk: pkOf(caseId), sk };
}

function lookKey(caseId: string, look: number, what: string): Key {
  return keyOf(caseId, `look#${twoDigits(look)}#${what}`);
}

/** Pages have a number each. Updates share that of the alert they update, and each group of a look has one. */
function orderKey(caseId: string, order: PageOrder, look: number): Key {
  const group = order.kind === 'update' ? `#${hashOf(order.credentials)}` : '';
  return keyOf(caseId, `${ORDER}${twoDigits(look)}#${order.kind}#${order.dedupKey}${group}`);
}

function hashOf(credentials: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...credentials].sort()))
    .digest('hex')
    .slice(0, 32);
}

/** Sort keys compare as text. */
function twoDigits(look: number): string {
  return String(look).padStart(2, '0');
}
