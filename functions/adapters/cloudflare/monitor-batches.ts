import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import { LatchkeyError, RateLimitedError, TransientError } from '../../runtime/errors.ts';
import { type Capabilities, type Offers, ZONES_PER_QUERY, zoneNotCovered } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
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
  readonly answers: readonly PartAnswer[];
  /** By the zone's id: why it could not be read. */
  readonly failures: ReadonlyMap<string, LatchkeyError>;
}

export interface BatchesOptions {
  readonly client: CloudflareClient;
  readonly capabilities: Capabilities;
  readonly question: MonitorQuestion;
  /** Ids of zones that are asked by themselves. Kept up by what happens. */
  readonly apart: Set<string>;
  readonly deadline: EpochMs;
}

interface Batch {
  readonly plan: MonitorPlan;
  readonly filters: readonly number[];
  readonly parts: readonly ZonePart[];
}

const IN_PARALLEL = 4;
/** Requests of one poll that getting along with refusals may cost: Cloudflare allows 60 a minute for everything (§4.2). */
const MOST_RECOVERIES = 30;

const Answer = z.object({ viewer: z.object({ zones: z.array(z.record(z.string(), z.unknown())) }) });

/** Asks zones in batches of up to ten that are asked alike, and finds out which zone it was when a batch is refused. */
export async function askInBatches(parts: readonly ZonePart[], options: BatchesOptions): Promise<BatchesAnswer> {
  const asking = new Asking(options);
  await inParallel(asking.batchesOf(parts), IN_PARALLEL, (batch) => asking.ask(batch));
  return asking;
}

class Asking implements BatchesAnswer {
  readonly answers: PartAnswer[] = [];
  readonly failures = new Map<string, LatchkeyError>();
  readonly #options: BatchesOptions;
  #recoveries = 0;

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  /** Zones that are asked alike together. */
  batchesOf(parts: readonly ZonePart[]): readonly Batch[] {
    const alike = new Map<string, Batch & { readonly parts: ZonePart[] }>();
    for (const part of parts) {
      const plan = planOf(this.#options.question, part.filters, part.offers);
      if (plan instanceof LatchkeyError) {
        this.failures.set(part.zone.id, plan);
        continue;
      }
      const alone = this.#options.apart.has(part.zone.id) ? part.zone.id : '';
      const key = JSON.stringify([plan.text, plan.variables, alone]);
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { plan, filters: part.filters, parts: [part] });
      else known.parts.push(part);
    }
    return [...alike.values()].flatMap((batch) =>
      chunks(batch.parts, ZONES_PER_QUERY).map((some) => ({ ...batch, parts: some })),
    );
  }

  async ask(batch: Batch): Promise<void> {
    const { client, deadline } = this.#options;
    const zones = batch.parts.map(({ zone }) => zone.id);
    try {
      const data = await client.graphql(batch.plan.text, { ...batch.plan.variables, zones }, deadline);
      this.#keep(batch, answersIn(data));
    } catch (error) {
      // Fails towards finding out which zones it is about; what passes was tried again already. Bugs go on up.
      if (!(error instanceof LatchkeyError)) throw error;
      await this.#recover(batch, error);
    }
  }

  #keep({ plan, parts }: Batch, answers: ReadonlyMap<string, Readonly<Record<string, unknown>>>): void {
    for (const part of parts) {
      const rows = answers.get(part.zone.id);
      // A zone left out of the answer comes without an error, and is one (`reference/cloudflare.md` §4.7).
      if (rows === undefined) this.failures.set(part.zone.id, zoneNotCovered(part.zone.name ?? part.zone.id));
      else this.answers.push({ ...part, plan, rows });
      if (part.filters.length === this.#options.question.filters.length) this.#options.apart.delete(part.zone.id);
    }
  }

  async #recover(batch: Batch, error: LatchkeyError): Promise<void> {
    const passes = error instanceof TransientError || error instanceof RateLimitedError;
    if (passes) return this.#fail(batch.parts, error);
    const left = await this.#withoutRefused(batch, error);
    const [only, ...others] = batch.parts;
    if (left === undefined && only !== undefined && others.length === 0) this.#options.apart.add(only.zone.id);
    const smaller = left === undefined ? halves(batch, error) : [left];
    if (smaller === undefined) return this.#fail(batch.parts, error);
    for (const next of smaller.flatMap((some) => this.batchesOf(some))) {
      if (this.#recoveries++ < MOST_RECOVERIES) await this.ask(next);
      else this.#fail(next.parts, error);
    }
  }

  #fail(parts: readonly ZonePart[], error: LatchkeyError): void {
    for (const { zone } of parts) this.failures.set(zone.id, error);
  }

  /** The batch's zones without what was refused; undefined where the error is no such refusal, or not clear enough. */
  async #withoutRefused(batch: Batch, error: LatchkeyError): Promise<readonly ZonePart[] | undefined> {
    if (error instanceof ZonesRefusedError) {
      const left = batch.parts.filter(({ zone }) => !error.zoneIds.includes(zone.id));
      if (left.length === batch.parts.length) return undefined;
      this.#fail(
        batch.parts.filter((part) => !left.includes(part)),
        error,
      );
      return left;
    }
    const refusedBy = refusalsOf(error, batch, this.#options.question);
    if (refusedBy === undefined) return undefined;
    const left: ZonePart[] = [];
    for (const part of batch.parts) {
      const again = await this.#without(part, refusedBy(part.zone.id), batch.plan);
      if (again !== undefined) left.push(again);
    }
    return left;
  }

  async #without(part: ZonePart, names: readonly string[], before: MonitorPlan): Promise<ZonePart | undefined> {
    if (names.length === 0) return part;
    const { capabilities, question } = this.#options;
    const offers = await capabilities.refuse(part.zone.id, part.offers, names);
    const plan = planOf(question, part.filters, offers);
    if (plan instanceof LatchkeyError || plan.text !== before.text) return { ...part, offers };
    this.#fail([part], new QueryRefusedError('the zone refuses a field that cannot be left out'));
    return undefined;
  }
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

/** Two halves of a batch: of its zones, or of one zone's filters where they were too much at once. */
function halves({ parts, filters }: Batch, error: LatchkeyError): readonly (readonly ZonePart[])[] | undefined {
  if (parts.length > 1) return inTwo(parts);
  if (filters.length < 2 || !(error instanceof QueryTooHeavyError)) return undefined;
  return inTwo(filters).map((some) => parts.map((part) => ({ ...part, filters: some })));
}

function inTwo<T>(items: readonly T[]): T[][] {
  return chunks(items, Math.ceil(items.length / 2));
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
