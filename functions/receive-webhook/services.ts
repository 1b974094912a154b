import type { Alert } from '../core/alert.ts';
import type { CaseState } from '../core/case.ts';
import type { EpochMs } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StepLogger } from '../runtime/logger.ts';
import type { Settings } from './settings.ts';

/** What this step needs of the world. */
export interface Services {
  readonly auth: {
    /** Whether the header holds a current secret. */
    accepts(given: string | undefined): Promise<boolean>;
  };
  readonly deliveries: {
    remember(delivery: {
      readonly key: string;
      readonly caseId?: string;
      readonly correlation?: string;
      readonly at: EpochMs;
      readonly body: string;
    }): Promise<'new' | { readonly caseId?: string; readonly started: boolean }>;
    markStarted(key: string): Promise<void>;
    caseOfCorrelation(correlation: string): Promise<CorrelatedCase | undefined>;
  };
  readonly cases: {
    /** False when the case is there already. */
    open(opening: SpikeOpening): Promise<boolean>;
    /** Puts an opened case on the list; takes no time to speak of, and never throws. */
    list(opening: SpikeOpening): Promise<void>;
    load(caseId: string): Promise<{ readonly alert?: Alert } | undefined>;
    recordEnd(caseId: string, at: EpochMs, delivery: object): Promise<void>;
  };
  readonly workflow: {
    /** Starts the case's execution; one that exists is success. */
    start(state: CaseState): Promise<void>;
  };
  readonly health: Health;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: StepLogger;
}

/** Tells the pipeline's owner that a source of evidence fails; throws when it could not. */
export interface Health {
  raise(source: string, why: string): Promise<void>;
}

export interface SpikeOpening {
  readonly caseId: string;
  readonly trigger: 'spike';
  readonly openedAt: EpochMs;
  readonly delivery: object;
  readonly alert: Alert;
}

export interface CorrelatedCase {
  readonly caseId: string;
  /** Key of the delivery that opened it. */
  readonly key: string;
  readonly started: boolean;
}
