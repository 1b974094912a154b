import type { PollAnswer, PollRequest } from '../adapters/cloudflare/security-events.ts';
import type { ZoneRef } from '../adapters/cloudflare/zones.ts';
import type { AlertRetry, FailedPolls, MonitorBook } from '../adapters/dynamodb/monitors.ts';
import type { Standing } from '../adapters/stepfunctions/executions.ts';
import type { AlertOrder } from '../core/alert-order.ts';
import type { CaseState } from '../core/case.ts';
import type { HealthChange } from '../core/health.ts';
import type { MonitorFilter, MonitorRule, MonitorState } from '../core/monitor.ts';
import type { EventsPicture } from '../core/security-events.ts';
import type { EpochMs } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StepLogger } from '../runtime/logger.ts';

/** Cloudflare's security events. */
export interface EventSource {
  /** The zones to watch; those that could not be looked up are said in `why`. */
  zones(deadline: EpochMs): Promise<{ readonly zones: readonly ZoneRef[]; readonly why: readonly string[] }>;
  poll(request: PollRequest): Promise<PollAnswer>;
}

/** What is remembered from poll to poll (`adapters/dynamodb/monitors.ts`). */
export interface MonitorMemory {
  load(): Promise<MonitorBook>;
  save(key: string, state: MonitorState, version: number): Promise<number | undefined>;
  settle(key: string, caseId: string): Promise<void>;
  retryLater(retry: AlertRetry): Promise<void>;
  claimRetry(retry: AlertRetry, execution: string, until: EpochMs): Promise<boolean>;
  dropRetry(caseId: string): Promise<void>;
  saveFailed(failed: FailedPolls | undefined): Promise<void>;
}

/** The cases that alerts belong to. */
export interface MonitorCases {
  /** False when the case is there already. */
  open(opening: {
    readonly caseId: string;
    readonly trigger: 'monitor';
    readonly openedAt: EpochMs;
    readonly filter: MonitorFilter;
  }): Promise<boolean>;
  savePicture(caseId: string, look: number, picture: EventsPicture): Promise<void>;
  saveState(caseId: string, state: CaseState): Promise<void>;
  load(caseId: string): Promise<{ readonly state?: CaseState } | undefined>;
}

/** What cases ordered to be told (`adapters/dynamodb/alerts.ts`). */
export interface MonitorAlerts {
  unsent(caseId: string): Promise<readonly AlertOrder[]>;
  sent(caseId: string): Promise<readonly AlertOrder[]>;
}

/** Executions by name; starting one that exists already is success. */
export interface MonitorExecutions {
  start(state: CaseState, name: string): Promise<void>;
  status(name: string): Promise<Standing>;
}

/** What the pipeline's owner was told; telling throws when it could not. */
export interface MonitorHealth {
  tell(change: HealthChange): Promise<void>;
  raised(): Promise<readonly { readonly source: string }[]>;
}

/** How zones are watched. */
export interface WatchSettings {
  /** Empty: nothing is watched. */
  readonly filters: readonly MonitorFilter[];
  readonly rule: MonitorRule;
  /** How far back each poll looks, in milliseconds. */
  readonly windowMs: number;
  readonly limit: number;
  /** How far back GitLab is asked for token uses, in milliseconds. */
  readonly gitlabMs: number;
  /** Shadow mode: cases page nobody; alerts go out all the same. */
  readonly shadow: boolean;
  /** False: nobody delivers alerts, so none has to be waited for. */
  readonly alertsOn: boolean;
}

export interface Services {
  readonly events: EventSource;
  readonly monitors: MonitorMemory;
  readonly cases: MonitorCases;
  readonly alerts: MonitorAlerts;
  readonly executions: MonitorExecutions;
  readonly health: MonitorHealth;
  readonly settings: WatchSettings;
  readonly clock: Clock;
  readonly logger: StepLogger;
  /** When Lambda ends this invocation. */
  readonly deadline: EpochMs;
}
