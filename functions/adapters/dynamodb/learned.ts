import { LearnedContext, type Lesson, type StoredContext } from '../../core/learned.ts';
import type { OperatorUse } from '../../core/operators.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import { EvidenceGapError, LatchkeyError } from '../../runtime/errors.ts';
import type { StepLogger } from '../../runtime/logger.ts';
import { errorFields } from '../../runtime/safe-error.ts';
import { openDocument, writeDocument } from './chunks.ts';
import { absent, either, type Table } from './table.ts';

const KEY = { pk: 'learned', sk: 'context' } as const;

/** Others write it a few times an hour; more tries than this mean that something is wrong. */
const WRITE_ATTEMPTS = 5;

interface Versioned {
  readonly context: LearnedContext;
  /** 0: nothing is stored. */
  readonly version: number;
}

/** What earlier days taught of credentials and networks (design §9), as one document: all readers want it whole. */
export class LearnedStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /** Empty where nothing was learned yet. */
  async load(): Promise<LearnedContext> {
    return (await this.#read()).context;
  }

  /**
   * Adds a reading to what is stored. Where that fails, or there is no time left for it, the log says so: others of the
   * same day will teach most of it.
   *
   * @param until no try begins later
   */
  async learn(evidence: Lesson, until: EpochMs, logger: Pick<StepLogger, 'warn'>): Promise<void> {
    await this.#teach((context) => context.learn(evidence), until, logger);
  }

  /** Adds from which operators' networks credentials worked, as {@link learn} adds a reading. */
  async learnOperators(uses: readonly OperatorUse[], until: EpochMs, logger: Pick<StepLogger, 'warn'>): Promise<void> {
    if (uses.length > 0) await this.#teach((context) => context.learnOperators(uses), until, logger);
  }

  async #teach(
    teach: (context: LearnedContext) => void,
    until: EpochMs,
    logger: Pick<StepLogger, 'warn'>,
  ): Promise<void> {
    try {
      if (!(await this.#add(teach, until)))
        logger.warn('what a reading taught was not kept: no time, or others kept writing');
    } catch (error) {
      // Fails toward the reading at hand, which needs none of it.
      if (!(error instanceof LatchkeyError)) throw error;
      logger.warn('what a reading taught could not be kept', errorFields(error));
    }
  }

  async #add(teach: (context: LearnedContext) => void, until: EpochMs): Promise<boolean> {
    for (let attempt = 0; attempt < WRITE_ATTEMPTS && this.#table.clock.now() < until; attempt++) {
      const { context, version } = await this.#read();
      teach(context);
      const now = this.#table.clock.now();
      const same = { expression: '#version = :version', values: { version } };
      const written = await writeDocument(this.#table, KEY, context.stored(now, this.#retentionMs), {
        expires: now + this.#retentionMs,
        onlyIf: version === 0 ? absent(now) : either(absent(now), same),
        attributes: { version: version + 1 },
      });
      if (written) return true;
    }
    return false;
  }

  async #read(): Promise<Versioned> {
    const head = await this.#table.get(KEY);
    if (head === undefined) return { context: new LearnedContext(), version: 0 };
    const version = typeof head.version === 'number' ? head.version : 0;
    try {
      return { context: new LearnedContext(await openDocument<StoredContext>(this.#table, KEY, head)), version };
    } catch (error) {
      // Fails toward paging: what nobody remembers as usual lowers no score. What is learned next replaces it.
      if (error instanceof EvidenceGapError) return { context: new LearnedContext(), version };
      throw error;
    }
  }
}
