import * as z from 'zod/mini';
import { EVENT_DIMENSIONS, type EventDimension } from '../../core/security-events.ts';
import type { EpochMs } from '../../core/time.ts';
import { LatchkeyError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { type Capabilities, type Offers, ZONES_PER_QUERY, zoneNotCovered } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
import type { PollBudget, ZoneMemory } from './monitor-memory.ts';
import { filtersBy, type MonitorPlan, type MonitorQuestion, planOf } from './monitor-query.ts';
import {
  FieldsRefusedError,
  NodeRefusedError,
  QueryRefusedError,
  QueryTooHeavyError,
  ZonesRefusedError,
} from './refusals.ts';
import { nodeOrField } from './zone-query.ts';
import type { ZoneRef } from './zones.ts';

/** A zone and the filters (by their place) that it is to be asked about in one query. */
export interface ZonePart {
  readonly zone: ZoneRef;
  readonly offers: Offers;
  readonly filters: readonly number[];
}

/** What a zone answered, by alias. */
export interface PartAnswer extends ZonePart {
  readonly plan: MonitorPlan;
  readonly rows: Readonly<Record<string, unknown>>;
}

export interface BatchesAnswer {
  /** By the zone's id: why it could not be read. */
  readonly failures: ReadonlyMap<string, LatchkeyError>;
  /** Ids of the zones whose raw events were asked for, whatever came of it. */
  readonly raw: ReadonlySet<string>;
}

export interface BatchesOptions {
  readonly client: CloudflareClient;
  readonly capabilities: Capabilities;
  readonly question: MonitorQuestion;
  readonly memory: ZoneMemory;
  readonly budget: PollBudget;
  readonly deadline: EpochMs;
  /**
   * Takes an answer as soon as it is there: all of them at once are more than the function's memory holds. Throws
   * LatchkeyError for one that cannot be read.
   */
  readonly take: (answer: PartAnswer) => void;
}

/** A part that is still to be asked. */
interface Pending extends ZonePart {
  /** Only zones at one table are asked together. */
  readonly table: string;
  /** Why the zone is not read, should the poll end before it is asked again. */
  readonly why: LatchkeyError;
}

interface Batch {
  readonly plan: MonitorPlan;
  readonly filters: readonly number[];
  readonly parts: readonly Pending[];
}

/** Answers of 16 MiB that are on their way at a time, in a function of 512 MB. */
const IN_PARALLEL = 3;
/** Where a batch was too much at once: more than half of it often is, too. */
const TABLES = 4;
/** So many zones refuse a field before it is taken to be their plan's, and left out for all that are yet to be asked. */
const ZONES_OF_A_PLAN = 2;

const Answer = z.object({ viewer: z.object({ zones: z.array(z.record(z.string(), z.unknown())) }) });

/** Asks zones in batches of up to ten that are asked alike, and finds out which zone it was when a batch is refused. */
export async function askInBatches(parts: readonly ZonePart[], options: BatchesOptions): Promise<BatchesAnswer> {
  const asking = new Asking(options);
  await asking.ask(parts);
  return asking;
}

class Asking implements BatchesAnswer {
  readonly failures = new Map<string, LatchkeyError>();
  readonly raw = new Set<string>();
  readonly #options: BatchesOptions;
  readonly #now: EpochMs;
  /** The zones that refused a field in this poll. */
  readonly #refusedBy = new Map<EventDimension, Set<string>>();

  constructor(options: BatchesOptions) {
    this.#options = options;
    this.#now = options.question.now;
  }

  /**
   * In rounds: what is left of all batches is batched anew, so that zones that turned out to be alike are asked together
   * again. Otherwise each refusal would end in a batch of its own.
   */
  async ask(parts: readonly ZonePart[]): Promise<void> {
    const { memory, budget } = this.#options;
    let pending: readonly Pending[] = parts.map((part) => {
      return { ...part, table: memory.tableOf(part.zone.id, this.#now), why: notReached() };
    });
    for (let round = 0; pending.length > 0; round++) {
      const left = await inParallel(this.#batchesOf(pending), IN_PARALLEL, async (batch) => {
        if (round === 0 || budget.takeRecovery()) return await this.#askBatch(batch);
        for (const { zone, why } of batch.parts) this.failures.set(zone.id, why);
        return [];
      });
      pending = left.flat();
    }
  }

  /** Zones that are asked alike together; the largest batches first, as the poll may end before the last. */
  #batchesOf(parts: readonly Pending[]): readonly Batch[] {
    const { question, memory } = this.#options;
    const unsure = this.#unsure();
    const alike = new Map<string, Batch & { readonly parts: Pending[] }>();
    for (const part of parts) {
      const { zone, filters, offers, table } = part;
      const plan = planOf(question, filters, offers, { unsure, long: memory.isLean(zone.id, this.#now) });
      if (plan instanceof LatchkeyError) {
        this.failures.set(zone.id, plan);
        continue;
      }
      if (plan.node === 'firewallEventsAdaptive') this.raw.add(zone.id);
      const alone = memory.apart.has(zone.id) ? zone.id : '';
      const key = JSON.stringify([plan.text, plan.variables, alone, table]);
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { plan, filters, parts: [part] });
      else known.parts.push(part);
    }
    const batches = [...alike.values()].flatMap((batch) =>
      chunks(batch.parts, ZONES_PER_QUERY).map((some) => ({ ...batch, parts: some })),
    );
    return batches.sort((a, b) => b.parts.length - a.parts.length);
  }

  /** What is left to ask of the batch. */
  async #askBatch(batch: Batch): Promise<readonly Pending[]> {
    const { client, deadline } = this.#options;
    const zones = batch.parts.map(({ zone }) => zone.id);
    try {
      const data = await client.graphql(batch.plan.text, { ...batch.plan.variables, zones }, deadline);
      this.#take(batch, answersIn(data));
      return [];
    } catch (error) {
      // Fails towards finding out which zones it is about; what passes was tried again already. Bugs go on up.
      if (!(error instanceof LatchkeyError)) throw error;
      return await this.#leftOf(batch, error);
    }
  }

  #take({ plan, parts }: Batch, answers: ReadonlyMap<string, Readonly<Record<string, unknown>>>): void {
    const { question, memory, take } = this.#options;
    for (const { zone, offers, filters } of parts) {
      if (filters.length === question.filters.length) memory.apart.delete(zone.id);
      try {
        const rows = answers.get(zone.id);
        // A zone left out of the answer comes without an error, and is one (`reference/cloudflare.md` §4.7).
        if (rows === undefined) throw zoneNotCovered(zone.name ?? zone.id);
        take({ zone, offers, filters, plan, rows });
      } catch (error) {
        // Fails towards "could not look" for this zone; the others go on. Bugs go on up.
        if (!(error instanceof LatchkeyError)) throw error;
        this.failures.set(zone.id, error);
      }
    }
  }

  async #leftOf(batch: Batch, error: LatchkeyError): Promise<readonly Pending[]> {
    const passes = error instanceof TransientError || error instanceof RateLimitedError;
    if (passes) return this.#fail(batch.parts, error);
    const left = await this.#withoutRefused(batch, error);
    if (left !== undefined) return left;
    const [only, ...others] = batch.parts;
    return only !== undefined && others.length === 0 ? this.#lessOf(only, batch, error) : this.#smaller(batch, error);
  }

  /** Less of the only zone of a batch: without long texts, then of some filters at a time. */
  #lessOf(part: Pending, { plan, filters }: Batch, error: LatchkeyError): readonly Pending[] {
    const { memory } = this.#options;
    const isHeavy = error instanceof QueryTooHeavyError;
    if (isHeavy && plan.node === 'firewallEventsAdaptive' && !plan.leftOut.long) {
      memory.makeLean(part.zone.id, this.#now);
      return [{ ...part, why: error }];
    }
    memory.apart.add(part.zone.id);
    if (!isHeavy || filters.length < 2) return this.#fail([part], error);
    return chunks(filters, Math.ceil(filters.length / 2)).map((some) => ({ ...part, filters: some, why: error }));
  }

  /** The zones in smaller batches. Those that are too much at once are so at the next polls, too. */
  #smaller({ parts }: Batch, error: LatchkeyError): readonly Pending[] {
    const isHeavy = error instanceof QueryTooHeavyError;
    return chunks(parts, Math.ceil(parts.length / (isHeavy ? TABLES : 2))).flatMap((some) => {
      const table = some[0]?.zone.id ?? '';
      if (isHeavy) for (const { zone } of some) this.#options.memory.seat(zone.id, table, this.#now);
      return some.map((part) => ({ ...part, table, why: error }));
    });
  }

  #fail(parts: readonly ZonePart[], error: LatchkeyError): readonly Pending[] {
    for (const { zone } of parts) this.failures.set(zone.id, error);
    return [];
  }

  /** The batch's zones without what was refused; undefined where the error is no such refusal, or not clear enough. */
  async #withoutRefused(batch: Batch, error: LatchkeyError): Promise<readonly Pending[] | undefined> {
    if (error instanceof ZonesRefusedError) {
      const refused = batch.parts.filter(({ zone }) => error.zoneIds.includes(zone.id));
      if (refused.length === 0) return undefined;
      this.#fail(refused, error);
      return batch.parts.flatMap((part) => (refused.includes(part) ? [] : [{ ...part, why: notReached() }]));
    }
    const refusedBy = refusalsOf(error, batch, this.#options.question);
    if (refusedBy === undefined) return undefined;
    const left: Pending[] = [];
    for (const part of batch.parts) {
      const again = await this.#without(part, refusedBy(part.zone.id), batch.plan);
      if (again !== undefined) left.push({ ...again, why: notReached() });
    }
    return left;
  }

  async #without(part: Pending, names: readonly string[], before: MonitorPlan): Promise<Pending | undefined> {
    if (names.length === 0) return part;
    const { capabilities, question } = this.#options;
    this.#note(part.zone.id, names);
    const offers = await capabilities.refuse(part.zone.id, part.offers, names);
    const plan = planOf(question, part.filters, offers, before.leftOut);
    if (plan instanceof LatchkeyError || plan.text !== before.text) return { ...part, offers };
    this.#fail([part], new QueryRefusedError('the zone refuses a field that cannot be left out'));
    return undefined;
  }

  #note(zoneId: string, names: readonly string[]): void {
    for (const dimension of EVENT_DIMENSIONS) {
      if (!names.some((name) => name.toLowerCase() === dimension.toLowerCase())) continue;
      this.#refusedBy.set(dimension, (this.#refusedBy.get(dimension) ?? new Set()).add(zoneId));
    }
  }

  /**
   * Fields left out for zones that were not asked yet, as zones are told to refuse one after the other: each poll learns
   * of some, until it is known of all of them. Never what a filter needs: it decides which zone can be read.
   */
  #unsure(): readonly EventDimension[] {
    const { question } = this.#options;
    const all = question.filters.map((_, index) => index);
    return [...this.#refusedBy].flatMap(([dimension, zones]) =>
      zones.size >= ZONES_OF_A_PLAN && !filtersBy(question, all, dimension) ? [dimension] : [],
    );
  }
}

function notReached(): LatchkeyError {
  return new TransientError(
    'the zone was not reached: finding out what zones refuse took all the requests that this poll had to spare',
  );
}

/** The fields and nodes that a zone refuses, by its id; undefined where the error does not say enough. */
function refusalsOf(
  error: LatchkeyError,
  { parts, filters, plan }: Batch,
  question: MonitorQuestion,
): ((zoneId: string) => readonly string[]) | undefined {
  const isHere = (zoneId: string | undefined) => parts.some(({ zone }) => zone.id === zoneId);
  if (error instanceof NodeRefusedError) {
    const named = error.zoneIds.filter(isHere);
    if (named.length === 0 && parts.length > 1) return undefined;
    return (zoneId) => (named.length === 0 || named.includes(zoneId) ? [plan.node] : []);
  }
  if (!(error instanceof FieldsRefusedError)) return undefined;
  const unnamed = error.refusals.filter(({ zoneId }) => !isHere(zoneId));
  // A filter is never left out: which zone refuses its field decides which zone cannot be read.
  if (parts.length > 1 && unnamed.some(({ field }) => filtersBy(question, filters, field))) return undefined;
  return (zoneId) =>
    error.refusals
      .filter((refusal) => refusal.zoneId === zoneId || unnamed.includes(refusal))
      .map(({ field }) => nodeOrField(field));
}

/** What each zone answered, by its id. @throws TransientError for an answer in no known form */
export function answersIn(data: unknown): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const parsed = Answer.safeParse(data);
  if (!parsed.success) throw new TransientError('Cloudflare answered a query in a form it does not document');
  return new Map(parsed.data.viewer.zones.map((zone) => [String(zone.zoneTag).toLowerCase(), zone]));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
