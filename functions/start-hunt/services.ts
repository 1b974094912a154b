import type { WindowRecord } from '../adapters/dynamodb/hunts.ts';
import type { Standing } from '../adapters/stepfunctions/executions.ts';
import type { CaseState } from '../core/case.ts';
import type { SourceCoverage } from '../core/coverage.ts';
import type { HealthChange } from '../core/health.ts';
import type { EpochMs, Window } from '../core/time.ts';
import type { Credential, TokenUse } from '../core/token-use.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StepLogger } from '../runtime/logger.ts';

/** Which windows were hunted, and which is next (`adapters/dynamodb/hunts.ts`). */
export interface HuntBook {
  cursor(first: EpochMs): Promise<EpochMs>;
  window(start: EpochMs): Promise<WindowRecord | undefined>;
  claim(start: EpochMs, attempt: number, now: EpochMs): Promise<boolean>;
  skipTo(start: EpochMs, from: EpochMs): Promise<boolean>;
}

/** What opens a hunt's case. */
export interface HuntOpening {
  readonly caseId: string;
  readonly trigger: 'hunt';
  readonly openedAt: EpochMs;
}

/** The cases that attempts at a window belong to. */
export interface HuntCases {
  /** False when the case is there already. */
  open(opening: HuntOpening): Promise<boolean>;
  /** Puts an opened case on the list; takes no time to speak of, and never throws. */
  list(opening: HuntOpening): Promise<void>;
  load(caseId: string): Promise<{ readonly state?: CaseState } | undefined>;
  /** Undefined: no attempt has stored a report. */
  loadReport(caseId: string): Promise<object | undefined>;
  loadAnalysis(caseId: string, look: number): Promise<object | undefined>;
}

/** Executions by name; starting one that exists already is success. */
export interface HuntExecutions {
  start(state: CaseState, name: string): Promise<void>;
  status(name: string): Promise<Standing>;
}

/** What the pipeline's owner was told; telling throws when it could not. */
export interface HuntHealth {
  tell(change: HealthChange): Promise<void>;
  raised(): Promise<readonly { readonly source: string }[]>;
}

/** What the lists say of a window. */
export interface InventoryReading {
  readonly uses: readonly TokenUse[];
  readonly credentials: readonly Credential[];
  readonly coverage: SourceCoverage;
}

/** GitLab's token lists, and what earlier readings of them said. */
export interface Inventory {
  /** When the newest reading in the stored snapshot began; undefined where there is none. */
  lastTaken(): Promise<EpochMs | undefined>;
  /** Reads the lists of tokens used since the window began, and stores what they add. Outside failures are coverage. */
  read(request: { readonly window: Window; readonly deadline: EpochMs }): Promise<InventoryReading>;
}

/** What starting hunts needs of the world. */
export interface HuntServices {
  readonly hunts: HuntBook;
  readonly cases: HuntCases;
  readonly executions: HuntExecutions;
  readonly health: HuntHealth;
  /** Shadow mode: the hunts decide and record, and page nobody. */
  readonly shadow: boolean;
  readonly delayMinutes: number;
  readonly clock: Clock;
  readonly logger: StepLogger;
}

/** What reading the inventory needs of the world. */
export interface SnapshotServices {
  readonly inventory: Inventory;
  /** What earlier days taught; what cannot be kept is logged. */
  readonly learned: {
    learn(reading: InventoryReading, until: EpochMs, logger: Pick<StepLogger, 'warn'>): Promise<void>;
  };
  readonly retentionDays: number;
  readonly clock: Clock;
  readonly logger: StepLogger;
  /** When Lambda ends this invocation. */
  readonly deadline: EpochMs;
}

export interface Services extends HuntServices, SnapshotServices {
  /** Whether there is a dataset to hunt in. */
  readonly huntsConfigured: boolean;
}
